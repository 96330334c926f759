package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.Interval;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Multiplier;
import dev.lockstep.inference.Quantization;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** Scales, weights, biases and multipliers: how real numbers become integers, at the edges. */
class FixedPointFormTest {
    private static final TensorScale UNIT = new TensorScale(DType.I8, 1, 0);

    private static FloatLayer.Dense dense(float[] weight, float... bias) {
        return new FloatLayer.Dense("x", "t", weight, bias, Clip.NONE);
    }

    @Test
    void aFactorIsTheNearestOfItsLength() {
        Multiplier third =
                Multiplier.of(Factors.ratio(BigDecimal.ONE, BigDecimal.valueOf(3)), 1000);
        // 1/3 = 0.10101…b · 2^-1: 31 bits of it are (2^32 - 1) / 3 · 2^-32, rounded to nearest.
        assertThat(third.value()).isEqualTo(1431655765);
        assertThat(third.shift()).isEqualTo(32);
    }

    @Test
    void aFactorThatRoundsUpToTheNextPowerOfTwoLosesAShift() {
        BigDecimal almostOne =
                BigDecimal.ONE.subtract(BigDecimal.valueOf(2).pow(-40, new MathContext(60)));
        assertThat(Multiplier.of(almostOne, 1000)).isEqualTo(Multiplier.of(BigDecimal.ONE, 1000));
    }

    @Test
    void aWiderSumLeavesAShorterFactor() {
        BigDecimal factor = new BigDecimal(0.7f);
        assertThat(bits(Multiplier.of(factor, (1L << 31) - 1).value())).isEqualTo(31);
        assertThat(bits(Multiplier.of(factor, (1L << 34) - 1).value())).isEqualTo(28);
        assertThat(bits(Multiplier.of(factor, (1L << 50) - 1).value())).isEqualTo(12);
    }

    @Test
    void aFactorTimesItsSumStaysWithin63Bits() {
        long seed = 3;
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (int i = 0; i < 20_000; i++) {
            long sumMax = random.nextLong(1L << random.nextInt(1, 50));
            float real = Math.scalb(1 + random.nextFloat(), random.nextInt(-40, 10));
            Multiplier m = Multiplier.of(new BigDecimal(real), sumMax);
            Math.addExact(Math.multiplyExact(sumMax, m.value()), 1L << (m.shift() - 1));
            double formed = Math.scalb((double) m.value(), -m.shift());
            double precision = Math.scalb(1.0, -bits(m.value()));
            assertThat(Math.abs(formed / real - 1))
                    .as("seed %d, round %d: %s of %s", seed, i, real, sumMax)
                    .isLessThanOrEqualTo(precision);
        }
    }

    @Test
    void theLargestWeightBecomes127AndNoneLess() throws ImportException {
        LinearWeights linear =
                LinearWeights.of(
                        dense(new float[] {-0.5f, 0.25f, 0.125f, 3}, 0, 0), UNIT, UNIT, 128);
        assertThat(linear.weight()).containsExactly(-127, 64, 5, 127);
    }

    @Test
    void theZeroPointOfTheInputGoesIntoTheBias() throws ImportException {
        TensorScale from = new TensorScale(DType.I8, 0.5f, -128);
        LinearWeights linear = LinearWeights.of(dense(new float[] {127, 64}, 10), from, UNIT, 128);
        // Weights at scale 1, the sum at scale 0.5: a bias of 10 is 20, and 128 · (127 + 64) makes
        // up for the zero point.
        assertThat(linear.bias()).containsExactly(20 + 128 * 191);
    }

    @Test
    void aBiasFarLargerThanTheWeightsTakesPrecisionFromThemInsteadOfOverflowing()
            throws ImportException {
        LinearWeights linear = LinearWeights.of(dense(new float[] {1e-9f}, 1e6f), UNIT, UNIT, 128);
        assertThat(linear.weight()).containsExactly(0);
        assertThat(linear.bias()[0]).isBetween((1 << 29) - 64, (1 << 29) + 64);
        double result =
                linear.bias()[0]
                        * Math.scalb(
                                (double) linear.multipliers().getFirst().value(),
                                -linear.multipliers().getFirst().shift());
        assertThat(result).isBetween(0.999e6, 1.001e6);
    }

    @Test
    void aChannelOfZerosIsZero() throws ImportException {
        LinearWeights linear = LinearWeights.of(dense(new float[] {0, 0}, 0), UNIT, UNIT, 128);
        assertThat(linear.weight()).containsExactly(0, 0);
        assertThat(linear.bias()).containsExactly(0);
    }

    @Test
    void aTensorThatIsAlwaysZeroHasAScale() {
        Range zero = new Range(0, 0, true);
        assertThat(TensorScale.of(DType.I8, zero)).isEqualTo(UNIT);
        assertThat(TensorScale.of(DType.I16, zero)).isEqualTo(new TensorScale(DType.I16, 1, 0));
        assertThat(TensorScale.precise(zero).dtype()).isEqualTo(DType.I32);
    }

    @Test
    void zeroIsExactInEveryScale() {
        for (Range range :
                new Range[] {
                    new Range(-0.3f, 7, false), new Range(0, 6, false), new Range(-5, 0, false)
                }) {
            TensorScale scale = TensorScale.of(DType.I8, range);
            assertThat(scale.real(scale.quantize(0))).isZero();
            assertThat(scale.saturates(range.high() * 0.99)).isFalse();
            assertThat(scale.saturates(range.high() + 1)).isTrue();
        }
    }

    @Test
    void wholeNumbersThatFitStandForThemselves() {
        assertThat(TensorScale.ofInput(DType.I8, new Range(0, 255, true)))
                .isEqualTo(new TensorScale(DType.I8, 1, -128));
        assertThat(TensorScale.ofInput(DType.I8, new Range(-100, 90, true)))
                .isEqualTo(new TensorScale(DType.I8, 1, 0));
        assertThat(TensorScale.ofInput(DType.I16, new Range(-1, 1, true)).scale())
                .isEqualTo(0x1p-13f);
        assertThat(TensorScale.ofInput(DType.I16, new Range(0, 30000, true)))
                .isEqualTo(new TensorScale(DType.I16, 1, 0));
        assertThat(TensorScale.ofInput(DType.I8, new Range(0, 256, true)).scale()).isNotEqualTo(1);
    }

    @Test
    void inputsOf16BitsHaveAPowerOfTwo() {
        TensorScale scale = TensorScale.ofInput(DType.I16, new Range(-3, 59.7f, false));
        assertThat(scale.quantization()).isEqualTo(new Quantization(1, 8, 0));
        assertThat(scale.saturates(2 * 59.7)).isFalse();
    }

    @Test
    void aScaleIsWrittenExactly() {
        for (float scale : new float[] {1, 0.1f, 3e-20f, 0x1p-16f, 5e6f}) {
            Quantization q = new TensorScale(DType.I16, scale, 0).quantization();
            BigDecimal written =
                    BigDecimal.valueOf(q.multiplier()).divide(BigDecimal.valueOf(2).pow(q.shift()));
            assertThat(written).isEqualByComparingTo(new BigDecimal(scale));
        }
        assertThat(new TensorScale(DType.I32, 0x1p-16f, 0).quantization())
                .isEqualTo(new Quantization(1, 16, 0));
    }

    @Test
    void rangesForgetTheLastBitsOfFloatKernels() {
        float six = 6;
        assertThat(new Range(0, Math.nextUp(six), false).coarse())
                .isEqualTo(new Range(0, 6, false));
        assertThat(new Range(0, Math.nextDown(six), false).coarse())
                .isEqualTo(new Range(0, 6, false));
        assertThat(new Range(-6.001f, 0, false).coarse().low()).isLessThanOrEqualTo(-6.001f);
        assertThat(new Range(0, 0, false).coarse()).isEqualTo(new Range(0, 0, false));
        float wide = 123.456f;
        assertThat(new Range(0, wide, false).coarse().high() / wide).isBetween(1f, 1.002f);
    }

    @Test
    void theErrorFunctionIsExactToTwelveDigits() {
        // Values of NIST's Digital Library of Mathematical Functions, table 7.23.
        assertThat(CurveLowering.errorFunction(0)).isZero();
        assertThat(CurveLowering.errorFunction(0.5)).isCloseTo(0.520499877813, offset(1e-12));
        assertThat(CurveLowering.errorFunction(-1)).isCloseTo(-0.842700792950, offset(1e-12));
        assertThat(CurveLowering.errorFunction(3)).isCloseTo(0.999977909503, offset(1e-12));
        assertThat(CurveLowering.errorFunction(2.9999999))
                .isCloseTo(CurveLowering.errorFunction(3), offset(1e-10));
    }

    @Test
    void percentilesOutsideOfHalfToAllAreRefused() {
        assertThat(Calibration.percentile(99.9).share()).isCloseTo(0.999, offset(1e-12));
        assertThatThrownBy(() -> Calibration.percentile(0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Calibration.percentile(101))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static int bits(int value) {
        return 32 - Integer.numberOfLeadingZeros(value);
    }

    @Test
    void anIndexBeyondItsTableIsRefusedBeforeARun() throws ImportException {
        Network network =
                Network.read(
                        OnnxBuilder.opset(13)
                                .raw(OnnxBuilder.bytes(11, OnnxBuilder.valueInfo("i", 7, 3)))
                                .weight("t", new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2)
                                .node("Gather", "t i", "y")
                                .output("y")
                                .build());
        Map<String, Range> ranges = Map.of("y", Range.of(1, 8));
        Model model = Quantizer.quantize(network.graph(), ranges, DType.I16).model();
        assertThat(model.inputs().getFirst().range()).isEqualTo(new Interval(-4, 3));
        double[] rows = Parity.outputs(network.graph(), model, new float[] {-1, 0, 3})[0];
        double[] expected = {7, 8, 1, 2, 7, 8};
        for (int i = 0; i < rows.length; i++) {
            assertThat(rows[i]).isCloseTo(expected[i], offset(0.05));
        }
    }
}
