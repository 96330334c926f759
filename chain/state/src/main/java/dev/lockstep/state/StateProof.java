package dev.lockstep.state;

import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * What shows, against a state root, what an account and its slots hold.
 *
 * @param number the block after which it holds
 * @param root that block's state root
 * @param account {@link Account#EMPTY} where there is none
 * @param accountProof nodes from the state's root
 * @source EIP-1186
 */
public record StateProof(
        long number,
        Hash root,
        Address address,
        Account account,
        List<Bytes> accountProof,
        List<Slot> slots) {
    public StateProof {
        accountProof = List.copyOf(accountProof);
        slots = List.copyOf(slots);
    }

    /**
     * @param proof nodes from the account's storage root
     */
    public record Slot(UInt256 key, UInt256 value, List<Bytes> proof) {
        public Slot {
            proof = List.copyOf(proof);
        }
    }
}
