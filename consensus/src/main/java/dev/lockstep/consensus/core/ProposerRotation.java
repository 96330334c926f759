package dev.lockstep.consensus.core;

import dev.lockstep.types.Address;

/**
 * Whose turn it is: round robin over the validators in ascending order, one further with every
 * block and every round.
 *
 * @source EEA QBFT specification, section 5.2
 */
public final class ProposerRotation {
    private ProposerRotation() {}

    /**
     * @param validators of the block to be proposed
     * @param parentProposer the coinbase of its parent
     * @param round from 0
     */
    public static Address proposer(ValidatorSet validators, Address parentProposer, long round) {
        int place = validators.indexOf(parentProposer);
        // One that left is succeeded by the one that would have come after it.
        int first = place >= 0 ? place + 1 : -(place + 1);
        int n = validators.size();
        return validators.addresses().get((int) ((first + round % n) % n));
    }
}
