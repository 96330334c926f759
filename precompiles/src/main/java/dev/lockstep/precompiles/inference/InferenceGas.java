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
 * one thread), as for ordinary EVM work. Until measured on the finished kernels, weights are
 * estimates rounded towards the dear side.
 *
 * @param base decoding, hashing, a place in the memo, handing over to a session
 * @param mac8 a multiply-accumulate of 8 bits: 3 a nanosecond are 60 a gas
 * @param mac16 one of 16 bits, whose operands take twice the bandwidth
 * @param macDepthwise one of a depthwise convolution, which reuses no operand: about 1 a nanosecond
 * @param element an element requantised, added, compared or moved: about 2 ns
 * @param lookup a table lookup: a load that does not vectorise, about 2 ns
 * @param division an integer division: about 20 ns
 * @param weightByte a byte of weights read: memory gives about 8 bytes a nanosecond
 * @param port an element that goes in or out, which contracts write as 256-bit decimals: two
 *     conversions of 100 ns each
 * @param view what {@code quote} and {@code describe} cost
 * @param viewWord and each word that they answer
 * @param refusal what a call costs that is refused before it runs
 * @param refusalWord and each word of call data that was looked at for it
 * @unit gas for base, view, refusal and words; a thousandth of gas for the others
 */
public record InferenceGas(
        long base,
        long mac8,
        long mac16,
        long macDepthwise,
        long element,
        long lookup,
        long division,
        long weightByte,
        long port,
        long view,
        long viewWord,
        long refusal,
        long refusalWord) {
    /** The first prices. */
    public static final InferenceGas V1 =
            new InferenceGas(2_000, 17, 34, 50, 100, 100, 1_000, 6, 10_000, 700, 3, 1_000, 12);

    private static final long PER_GAS = 1_000;

    /**
     * What a call of a model is charged.
     *
     * @param ports elements of all inputs and outputs
     * @param scalePermille the chain's scale, 1000 for the table's prices
     * @return at most 2^63-1, which no call can pay
     */
    public long call(Cost cost, long ports, long scalePermille) {
        long sum = times(mac8, cost.macs8());
        sum = plus(sum, times(mac16, cost.macs16()));
        sum = plus(sum, times(macDepthwise, cost.macsDepthwise()));
        sum = plus(sum, times(element, cost.elements()));
        sum = plus(sum, times(lookup, cost.lookups()));
        sum = plus(sum, times(division, cost.divisions()));
        sum = plus(sum, times(weightByte, cost.weightBytes()));
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
