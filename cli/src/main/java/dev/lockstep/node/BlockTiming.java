package dev.lockstep.node;

/**
 * How long a block took on this machine.
 *
 * @param executionNanos to build or check it
 * @param inferenceNanos of that, to run models
 * @param agreementNanos from the proposal, its own or another's, until the block was final
 */
record BlockTiming(long executionNanos, long inferenceNanos, long agreementNanos) {}
