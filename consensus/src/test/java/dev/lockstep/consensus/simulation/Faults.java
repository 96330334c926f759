package dev.lockstep.consensus.simulation;

import java.util.random.RandomGenerator;

/**
 * What goes wrong until the network heals.
 *
 * @param lossPercent of messages
 * @param sealLossPercent of commits and final blocks, besides: so that a block is decided by some
 *     and unknown to others
 * @param duplicatePercent of messages
 * @param delayMillisMax each message takes from 1 to this
 * @param crashPercent that a node is down, looked at every few seconds
 * @param hasPartitions whether the network falls into two parts now and then
 * @param checkMillisMax how long executing a block may take, slow models included
 */
record Faults(
        int lossPercent,
        boolean hasDeafNodes,
        int blockLossPercent,
        int duplicatePercent,
        int delayMillisMax,
        int crashPercent,
        boolean hasPartitions,
        int checkMillisMax) {
    static final Faults NONE = new Faults(0, false, 0, 0, 60, 0, false, 50);

    static Faults random(RandomGenerator random) {
        return new Faults(
                random.nextInt(3) == 0 ? 0 : random.nextInt(40),
                random.nextBoolean(),
                50 * random.nextInt(3),
                random.nextInt(30),
                10 + random.nextInt(random.nextBoolean() ? 200 : 3000),
                random.nextInt(3) == 0 ? 0 : random.nextInt(40),
                random.nextBoolean(),
                10 + random.nextInt(random.nextInt(4) == 0 ? 4000 : 200));
    }
}
