package dev.lockstep.inference;

/**
 * Bounds of every model, checked before anything is allocated. They are consensus rules: a file
 * beyond them has no meaning, whatever the machine.
 *
 * @param modelBytesMax size of a whole file
 * @param opsMax operations in a graph
 * @param tensorsMax inputs, weights and results together
 * @param rankMax dimensions of a tensor
 * @param dimMax extent of one dimension
 * @param elementsMax elements of one tensor
 * @param channelWeightsMax weights that make up one sum
 * @param portsMax inputs of a model, outputs of a model, inputs of one operation
 * @param constantWordsMax 32-bit words in the constant pool
 * @param arenaElementsMax elements of all results alive at once, as laid out
 * @param macsMax multiply-accumulates of one run
 * @param elementOpsMax element operations, lookups, divisions and moved elements of one run, each
 */
public record Limits(
        long modelBytesMax,
        int opsMax,
        int tensorsMax,
        int rankMax,
        int dimMax,
        long elementsMax,
        int channelWeightsMax,
        int portsMax,
        int constantWordsMax,
        int arenaElementsMax,
        long macsMax,
        long elementOpsMax) {
    /** The limits of LKM-1. */
    public static final Limits V1 =
            new Limits(
                    256L << 20,
                    4096,
                    8192,
                    6,
                    1 << 20,
                    1L << 28,
                    1 << 20,
                    16,
                    1 << 22,
                    1 << 24,
                    1L << 35,
                    1L << 31);
}
