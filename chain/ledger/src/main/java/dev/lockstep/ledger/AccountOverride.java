package dev.lockstep.ledger;

import java.util.Collections;
import java.util.SortedMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * What a call is to believe of an account; null keeps what is there.
 *
 * @param storageReplaced whether {@code slots} are all the storage there is, or only changes to it
 */
public record AccountOverride(
        @Nullable Long nonce,
        @Nullable UInt256 balance,
        @Nullable Bytes code,
        boolean storageReplaced,
        SortedMap<UInt256, UInt256> slots) {
    public AccountOverride {
        slots = Collections.unmodifiableSortedMap(slots);
    }
}
