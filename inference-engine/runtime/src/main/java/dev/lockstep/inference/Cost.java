package dev.lockstep.inference;

/**
 * What one run takes, exactly, from shapes alone.
 *
 * @param macs8 multiply-accumulates with 8-bit activations
 * @param macs16 multiply-accumulates with 16-bit activations
 * @param macsDepthwise multiply-accumulates of depthwise convolutions, which reuse nothing
 * @param elements element operations: requantised, compared or added elements
 * @param lookups table lookups
 * @param divisions integer divisions
 * @param weightBytes bytes of weights read
 * @param moves elements copied, or taken into a running sum or extreme, many at once
 */
public record Cost(
        long macs8,
        long macs16,
        long macsDepthwise,
        long elements,
        long lookups,
        long divisions,
        long weightBytes,
        long moves) {
    public static final Cost NONE = new Cost(0, 0, 0, 0, 0, 0, 0, 0);

    static Cost ofElements(long elements) {
        return new Cost(0, 0, 0, elements, 0, 0, 0, 0);
    }

    static Cost ofMoves(long moves) {
        return new Cost(0, 0, 0, 0, 0, 0, 0, moves);
    }

    /**
     * A product of counts, which a hostile file may drive past 63 bits: then the greatest count
     * there is.
     */
    static long product(long a, long b) {
        return Math.multiplyHigh(a, b) == 0 && a * b >= 0 ? a * b : Long.MAX_VALUE;
    }

    /** Reading {@code lookups} table entries for {@code elements} elements. */
    static Cost ofLookups(long elements, long lookups) {
        return new Cost(0, 0, 0, elements, lookups, 0, 0, 0);
    }

    /**
     * {@code macs} dense multiply-accumulates on activations of this type, {@code outputs} results.
     */
    static Cost ofMacs(DType activations, long macs, long outputs, long weightBytes) {
        boolean narrow = activations == DType.I8;
        return new Cost(narrow ? macs : 0, narrow ? 0 : macs, 0, outputs, 0, 0, weightBytes, 0);
    }

    /** Multiply-accumulates of every kind. */
    public long macs() {
        return Math.addExact(Math.addExact(macs8, macs16), macsDepthwise);
    }

    /** The two one after the other; the greatest counts there are where a sum has no 63 bits. */
    public Cost plus(Cost other) {
        return new Cost(
                sum(macs8, other.macs8),
                sum(macs16, other.macs16),
                sum(macsDepthwise, other.macsDepthwise),
                sum(elements, other.elements),
                sum(lookups, other.lookups),
                sum(divisions, other.divisions),
                sum(weightBytes, other.weightBytes),
                sum(moves, other.moves));
    }

    private static long sum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
