package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.OpTrial.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SoftmaxTest {
    private final Kernels kernels = new ScalarKernels();

    @Test
    void equalScoresShareAlike() throws InvalidModelException {
        Values x = Values.of(DType.I8, Shape.of(4), 9, 9, 9, 9);
        Values y = OpTrial.run(kernels, new Softmax(1 << 20, 10), x);
        assertThat(y.values()).containsExactly(8192, 8192, 8192, 8192);
    }

    @Test
    void oneScoreTakesAllThatFits() throws InvalidModelException {
        assertThat(
                        OpTrial.run(
                                        kernels,
                                        new Softmax(1 << 20, 10),
                                        Values.of(DType.I8, Shape.of(1), -5))
                                .values())
                .containsExactly(32767);
        Values x = Values.of(DType.I16, Shape.of(2), 32767, -32767);
        assertThat(OpTrial.run(kernels, new Softmax(1 << 20, 10), x).values())
                .containsExactly(32767, 0);
    }

    /** The published formula step by step, with powers from {@link FixedPoint#exp2neg}. */
    @Test
    void rowsFollowTheFormula() {
        Seeded.forSeeds(
                300,
                random -> {
                    DType dtype = KernelsContract.output(random);
                    TensorType type =
                            new TensorType(
                                    dtype,
                                    Shape.of(
                                            Seeded.between(random, 1, 3),
                                            Seeded.between(random, 1, 40)));
                    Values x = new Values(type, Seeded.values(random, type));
                    int shift = Seeded.between(random, 1, 40);
                    Softmax op = new Softmax(Seeded.between(random, 0, 1 << 30), shift);
                    Values y = OpTrial.run(kernels, op, x);
                    int n = type.shape().last();
                    for (int row = 0; row < type.shape().dim(0); row++) {
                        List<BigInteger> scores = new ArrayList<>();
                        BigInteger top = null;
                        for (int i = 0; i < n; i++) {
                            BigInteger score =
                                    Exact.roundShift(
                                            Exact.big(x.values()[row * n + i])
                                                    .multiply(Exact.big(op.multiplier())),
                                            shift);
                            top = top == null ? score : top.max(score);
                            scores.add(score);
                        }
                        BigInteger sum = BigInteger.ZERO;
                        List<BigInteger> powers = new ArrayList<>();
                        for (BigInteger score : scores) {
                            BigInteger power =
                                    Exact.big(
                                            FixedPoint.exp2neg(
                                                    top.subtract(score).longValueExact()));
                            powers.add(power);
                            sum = sum.add(power);
                        }
                        BigInteger reciprocal = BigInteger.TWO.pow(61).divide(sum);
                        for (int i = 0; i < n; i++) {
                            BigInteger share =
                                    Exact.roundShift(powers.get(i).multiply(reciprocal), 46);
                            assertThat(y.values()[row * n + i])
                                    .isEqualTo(share.min(Exact.big(32767)).intValueExact());
                        }
                    }
                });
    }

    /**
     * Against decimals: scores in steps of 1/16 bit, so that a factor of 4096 brings them to Q16
     * exactly.
     */
    @Test
    void sharesAreWithinOneUnitOfTheRealOnes() {
        MathContext precise = new MathContext(40);
        BigDecimal[] powers = new BigDecimal[16];
        BigDecimal step = BigDecimal.valueOf(2);
        for (int i = 0; i < 4; i++) {
            step = step.sqrt(precise);
        }
        for (int i = 0; i < 16; i++) {
            powers[i] = step.pow(i, precise);
        }
        Seeded.forSeeds(
                100,
                random -> {
                    TensorType type =
                            new TensorType(DType.I8, Shape.of(Seeded.between(random, 1, 60)));
                    Values x = new Values(type, Seeded.values(random, type));
                    Values y = OpTrial.run(kernels, new Softmax(1 << 30, 18), x);
                    BigDecimal sum = BigDecimal.ZERO;
                    List<BigDecimal> real = new ArrayList<>();
                    for (int value : x.values()) {
                        BigDecimal power =
                                powers[Math.floorMod(value, 16)].multiply(
                                        BigDecimal.valueOf(2)
                                                .pow(Math.floorDiv(value, 16), precise),
                                        precise);
                        real.add(power);
                        sum = sum.add(power);
                    }
                    for (int i = 0; i < real.size(); i++) {
                        BigDecimal share =
                                real.get(i)
                                        .divide(sum, precise)
                                        .multiply(BigDecimal.valueOf(32768));
                        assertThat(share.subtract(BigDecimal.valueOf(y.values()[i])).abs())
                                .isLessThanOrEqualTo(BigDecimal.ONE);
                    }
                });
    }

    @Test
    void aShiftOutOfRangeIsRefused() {
        Values x = Values.of(DType.I32, Shape.of(2), Integer.MIN_VALUE, Integer.MAX_VALUE);
        assertThatThrownBy(() -> OpTrial.run(kernels, new Softmax(Integer.MAX_VALUE, 63), x))
                .hasMessage("shift is 63; allowed 1..62");
    }
}
