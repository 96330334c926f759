package dev.lockstep.importer;

import static dev.lockstep.importer.OnnxBuilder.integer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.InferenceResult;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Session;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.LongBinaryOperator;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done with whole numbers is exact, over the whole range of their type. */
class WholeNumbersTest {
    private static final int INT32 = 6;
    private static final int COUNT = 400;
    private static final long SEED = 11;

    private static final long[] ENDS = {
        0, 1, 2, 6, 7, 8, 13, Integer.MAX_VALUE, Integer.MAX_VALUE - 1, 1 << 30, (1 << 30) - 1
    };

    @ParameterizedTest
    @ValueSource(
            longs = {
                1,
                2,
                3,
                5,
                7,
                10,
                64,
                641,
                65537,
                1_000_003,
                (1 << 24) - 1,
                1 << 24,
                -1,
                -3,
                -8,
                -641
            })
    void quotientsAndRemaindersAreThoseOfJava(long divisor) throws ImportException {
        check("Div", divisor, (a, b) -> a / b);
        check("Mod", divisor, Math::floorMod);
        check("Mod", divisor, (a, b) -> a % b, integer("fmod", 1));
    }

    private static void check(
            String op, long divisor, LongBinaryOperator expected, byte[]... attributes)
            throws ImportException {
        byte[] onnx =
                OnnxBuilder.opset(14)
                        .inputOf("x", INT32, COUNT)
                        .typed("d", INT32, divisor)
                        .node(op, "x d", "y", attributes)
                        .output("y")
                        .build();
        FloatGraph graph = Network.read(onnx).graph();
        Model model = Quantizer.quantize(graph, Map.of(), DType.I16).model();
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        int[] x = new int[COUNT];
        for (int i = 0; i < COUNT; i++) {
            long near = divisor * random.nextLong(-30, 31) + random.nextInt(-1, 2);
            x[i] =
                    i < 2 * ENDS.length
                            ? (int) (i % 2 == 0 ? ENDS[i / 2] : -ENDS[i / 2])
                            : i % 2 == 0
                                    ? random.nextInt()
                                    : Math.clamp(near, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        int[] y = run(model, x);
        for (int i = 0; i < COUNT; i++) {
            // The one quotient that its type does not hold.
            boolean overflows = op.equals("Div") && divisor == -1 && x[i] == Integer.MIN_VALUE;
            if (!overflows) {
                assertThat(y[i])
                        .as("%s of %d and %d, seed %d", op, x[i], divisor, SEED)
                        .isEqualTo((int) expected.applyAsLong(x[i], divisor));
            }
        }
    }

    @Test
    void ofTwoAsNearTheEvenOneIsTaken() throws ImportException {
        byte[] onnx =
                OnnxBuilder.opset(14).input("x", 41).node("Round", "x", "y").output("y").build();
        FloatGraph graph = Network.read(onnx).graph();
        Map<String, Range> ranges = Map.of("x", Range.of(-5, 5));
        Model model = Quantizer.quantize(graph, ranges, DType.I16).model();
        float[] quarters = new float[41];
        for (int i = 0; i < quarters.length; i++) {
            quarters[i] = (i - 20) / 4f;
        }
        double[] rounded = Parity.outputs(graph, model, quarters)[0];
        for (int i = 0; i < quarters.length; i++) {
            assertThat(rounded[i]).as("%f", quarters[i]).isEqualTo(Math.rint(quarters[i]) + 0.0);
        }
    }

    @Test
    void divisorsAreConstantWholeNumbersBesideZero() {
        OnnxBuilder zero =
                OnnxBuilder.opset(14)
                        .inputOf("x", INT32, 3)
                        .typed("d", INT32, 0)
                        .node("Div", "x d", "y");
        assertThatThrownBy(() -> Network.read(zero.output("y").build()))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("divisor 0; allowed are 1 to 16777216 and their negatives");
    }

    private static int[] run(Model model, int[] x) {
        ByteBuffer in = ByteBuffer.allocate(Integer.BYTES * x.length);
        in.asIntBuffer().put(x);
        if (!(Session.open(model).run(in.array()) instanceof InferenceResult.Output(byte[] out))) {
            throw new AssertionError(Session.open(model).run(in.array()));
        }
        int[] y = new int[x.length];
        ByteBuffer.wrap(out).asIntBuffer().get(y);
        return y;
    }
}
