package dev.lockstep.consensus.core;

import dev.lockstep.types.Address;
import java.util.List;

/** How it was found who decides on a block. */
public sealed interface Selection {
    ValidatorSet validators();

    /** Whom the block's header has to name, ascending. */
    List<Address> named();

    /**
     * By votes in headers.
     *
     * @param tally after the parent
     * @param isEpochBlock whether the block's own vote does not count
     */
    record ByVotes(VoteTally tally, boolean isEpochBlock) implements Selection {
        @Override
        public ValidatorSet validators() {
            return tally.validators();
        }

        @Override
        public List<Address> named() {
            return validators().addresses();
        }
    }

    /** By a contract, on the state after the parent; headers name nobody and have no votes. */
    record ByContract(ValidatorSet validators) implements Selection {
        @Override
        public List<Address> named() {
            return List.of();
        }
    }
}
