package dev.lockstep.evm;

import dev.lockstep.types.AccessListEntry;
import dev.lockstep.types.Address;
import dev.lockstep.types.Authorization;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * A call that nobody signed.
 *
 * @param to the callee, or null to run {@code input} as init code
 * @param gasLimit intrinsic gas included
 * @param gasPrice what GASPRICE answers; nothing is charged @unit wei
 */
public record CallRequest(
        Address from,
        @Nullable Address to,
        long gasLimit,
        UInt256 gasPrice,
        UInt256 value,
        Bytes input,
        List<AccessListEntry> accessList,
        List<Authorization> authorizations) {
    public CallRequest {
        accessList = List.copyOf(accessList);
        authorizations = List.copyOf(authorizations);
    }
}
