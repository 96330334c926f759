package dev.lockstep.precompiles.inference;

import dev.lockstep.inference.Cost;
import org.apache.tuweni.bytes.Bytes;

/**
 * The prices of model calls, all of them in this one table.
 *
 * <p>A call costs {@code base + ceil(sum of weight * count / 1000)}, times the chain's scale. The
 * counts come from the model's shapes alone, so that the price is known before anything runs.
 *
 * <p>The yardstick is 20 ns a gas on the slowest supported configuration (pure-Java kernels, AVX2,
 * one thread), as for the dearer precompiles. Weights are measured, by {@code InferenceSpeed} among
 * the tests, and chosen so that operations of usual shapes take 5 to 15 ns a gas.
 *
 * @param base decoding, hashing, a place in the memo, handing over to a session
 * @param operation an operation, however small: finding its loops and its layout
 * @param mac8 a multiply-accumulate of 8 bits
 * @param mac16 one of 16 bits, or one that reuses no operand
 * @param macDepthwise one of a depthwise convolution
 * @param element an element requantised, added or compared
 * @param lookup a table lookup: a load that does not vectorise
 * @param division an integer division
 * @param weightByte a byte of weights read
 * @param move an element copied or taken into a running sum, many at once
 * @param port an element that goes in or out, which contracts write as 256-bit decimals
 * @param view what {@code quote} and {@code describe} cost
 * @param viewWord and each word that they answer
 * @param refusal what a call costs that is refused before it runs
 * @param refusalWord and each word of call data that was looked at for it
 * @unit gas for base, view, refusal and words; a thousandth of gas for the others
 */
public record InferenceGas(
        long base,
        long operation,
        long mac8,
        long mac16,
        long macDepthwise,
        long element,
        long lookup,
        long division,
        long weightByte,
        long move,
        long port,
        long view,
        long viewWord,
        long refusal,
        long refusalWord) {
    /** The first prices. */
    public static final InferenceGas V1 =
            new InferenceGas(
                    2_000, 40_000, 14, 24, 30, 100, 100, 1_000, 6, 40, 10_000, 700, 3, 1_000, 12);

    private static final long PER_GAS = 1_000;

    /**
     * What a call of a model is charged.
     *
     * @param operations how many there are
     * @param ports elements of all inputs and outputs
     * @param scalePermille the chain's scale, 1000 for the table's prices
     * @return at most 2^63-1, which no call can pay
     */
    public long call(Cost cost, long operations, long ports, long scalePermille) {
        long sum = times(mac8, cost.macs8());
        sum = plus(sum, times(mac16, cost.macs16()));
        sum = plus(sum, times(macDepthwise, cost.macsDepthwise()));
        sum = plus(sum, times(element, cost.elements()));
        sum = plus(sum, times(lookup, cost.lookups()));
        sum = plus(sum, times(division, cost.divisions()));
        sum = plus(sum, times(weightByte, cost.weightBytes()));
        sum = plus(sum, times(move, cost.moves()));
        sum = plus(sum, times(operation, operations));
        sum = plus(sum, times(port, ports));
        long gas = plus(base, Math.ceilDiv(sum, PER_GAS));
        long scaled = times(gas, scalePermille);
        return scaled == Long.MAX_VALUE ? scaled : Math.ceilDiv(scaled, PER_GAS);
    }

    long view(Bytes answer) {
        return view + viewWord * words(answer);
    }

    long refusal(Bytes input) {
        return refusal + refusalWord * words(input);
    }

    private static long words(Bytes bytes) {
        return (bytes.size() + 31L) / 32;
    }

    /** The product of numbers that are not negative, 2^63-1 where it is more. */
    private static long times(long a, long b) {
        boolean fits = Math.multiplyHigh(a, b) == 0 && a * b >= 0;
        return fits ? a * b : Long.MAX_VALUE;
    }

    private static long plus(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
