package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * For every operation, parameters and inputs that are just within what loading a model proves, and
 * the same with one more, which must be refused.
 */
final class OpLimits {
    /**
     * An operation with inputs of which only types and intervals are known.
     *
     * @param message why it is refused; empty where it is not
     */
    record Limit(Op op, List<Operand> inputs, String message) {}

    private final List<Limit> limits = new ArrayList<>();

    private OpLimits() {}

    static List<Limit> of(int number) {
        OpLimits limits = new OpLimits();
        limits.make(number);
        return limits.limits;
    }

    private void accepted(Op op, Operand... inputs) {
        limits.add(new Limit(op, List.of(inputs), ""));
    }

    private void refused(String message, Op op, Operand... inputs) {
        limits.add(new Limit(op, List.of(inputs), message));
    }

    private static Operand full(DType dtype, int... dims) {
        return new Operand(
                new TensorType(dtype, Shape.of(dims)), dtype.range(), MemorySegment.NULL);
    }

    private static Operand within(Interval interval, int... dims) {
        return new Operand(new TensorType(DType.I32, Shape.of(dims)), interval, MemorySegment.NULL);
    }

    /** Weights that are all the same. */
    private static Operand weights(int value, int... dims) {
        TensorType type = new TensorType(DType.W8, Shape.of(dims));
        byte[] bytes = new byte[type.shape().elements()];
        java.util.Arrays.fill(bytes, (byte) value);
        return new Operand(type, DType.W8.range(), MemorySegment.ofArray(bytes));
    }

    private static Rescale factor(int multiplier, int shift) {
        return new Rescale(Ints.of(multiplier), Ints.of(shift), Clipping.of(0, DType.I32));
    }

    /** Factors for two channels, the second one as given. */
    private static Rescale second(int multiplier, int shift) {
        return new Rescale(Ints.of(1, multiplier), Ints.of(1, shift), Clipping.of(0, DType.I32));
    }

    /** Greatest bias beside a sum of 127 · 128. */
    private static final int BIAS_MAX = Integer.MAX_VALUE - 127 * 128;

    private static final String SUM_31 =
            "greatest sum of channel 1 is 2147483648; allowed 0..2147483647";

    private static final String SHIFT = "shift of channel 0 is 63; allowed 1..62";

    private void make(int number) {
        switch (number) {
            case 1 -> {
                Operand x = full(DType.I8, 1, 1, 1, 1);
                Operand w = weights(127, 2, 1, 1, 1);
                accepted(conv(BIAS_MAX), x, w);
                refused(SUM_31, conv(BIAS_MAX + 1), x, w);
            }
            case 2 -> {
                Operand x = full(DType.I8, 1, 1, 1, 1);
                Operand w = weights(-127, 2, 1, 1, 1);
                accepted(depthwise(BIAS_MAX), x, w);
                refused(SUM_31, depthwise(BIAS_MAX + 1), x, w);
            }
            case 3 -> fullyConnected();
            case 4 -> {
                Operand x = full(DType.I32, 1);
                accepted(add(1 << 30), x, x);
                refused(
                        "the second input reaches 2147483648 times 1073741825, which leaves 63 bits;"
                                + " allowed is a size of 2147483647",
                        add((1 << 30) + 1),
                        x,
                        x);
            }
            case 5 -> {
                Operand x = full(DType.I16, 1);
                accepted(new Mul(0, 0, DType.I32, factor(Integer.MAX_VALUE, 62)), x, x);
                refused(SHIFT, new Mul(0, 0, DType.I32, factor(Integer.MAX_VALUE, 63)), x, x);
                refused(
                        "first input has type I32; allowed [I8, I16]",
                        new Mul(0, 0, DType.I32, factor(1, 1)),
                        full(DType.I32, 1),
                        x);
            }
            case 6 -> {
                Operand x = full(DType.I8, 1, 1, 1, 1);
                accepted(new MaxPool(2, 1, new Window(1, 1, 1, 1, 1, 0, 1, 0)), x);
                refused(
                        "window 0 over rows sees padding only",
                        new MaxPool(2, 1, new Window(1, 1, 2, 1, 1, 0, 2, 0)),
                        x);
            }
            case 7 -> {
                Operand x = full(DType.I32, 1, 1, 1, 4);
                accepted(average(1 << 30, 62, 2), x);
                refused(
                        "channel 0: a sum of 6442450944 times 1073741824 plus 2305843009213693952"
                                + " leaves 63 bits; allowed is a sum of 6442450943",
                        average(1 << 30, 62, 3),
                        x);
            }
            case 8 -> {
                accepted(new Clip(-128, -128), full(DType.I8, 1));
                refused(
                        "lower clip is -129; allowed -128..127",
                        new Clip(-129, 0),
                        full(DType.I8, 1));
            }
            case 9 -> {
                accepted(new Lut8(DType.I8, Ints.repeat(127, 256)), full(DType.I8, 1));
                refused(
                        "table entry 0 is 128; allowed -128..127",
                        new Lut8(DType.I8, Ints.repeat(128, 256)),
                        full(DType.I8, 1));
                refused(
                        "table entries is 255; expected 256",
                        new Lut8(DType.I8, Ints.repeat(0, 255)),
                        full(DType.I8, 1));
            }
            case 10 -> {
                accepted(new Lut16(DType.I16, Ints.repeat(-32767, 513)), full(DType.I16, 1));
                refused(
                        "table entry 0 is -32768; allowed -32767..32767",
                        new Lut16(DType.I16, Ints.repeat(-32768, 513)),
                        full(DType.I16, 1));
            }
            case 11 -> {
                accepted(new Reshape(Shape.of(2, 3)), full(DType.I8, 6));
                refused(
                        "number of elements is 6; expected 7",
                        new Reshape(Shape.of(2, 3)),
                        full(DType.I8, 7));
            }
            case 12 -> {
                accepted(new Transpose(Ints.of(1, 0)), full(DType.I8, 1, 2));
                refused(
                        "axis 1 of the order is 2; allowed 0..1",
                        new Transpose(Ints.of(1, 2)),
                        full(DType.I8, 1, 2));
            }
            case 13 -> {
                Operand x = full(DType.I32, 1);
                accepted(
                        new Concat(0, Ints.of(0, 0), DType.I32, second(Integer.MAX_VALUE, 62)),
                        x,
                        x);
                refused(
                        "shift of channel 1 is 63; allowed 1..62",
                        new Concat(0, Ints.of(0, 0), DType.I32, second(1, 63)),
                        x,
                        x);
                refused(
                        "zero point is 1; allowed for I32 0..0",
                        new Concat(0, Ints.of(0, 1), DType.I32, second(1, 1)),
                        x,
                        x);
            }
            case 14 -> {
                accepted(new Pad(Ints.of(1), Ints.of(0), 127), full(DType.I8, 1));
                refused(
                        "value is 128; allowed -128..127",
                        new Pad(Ints.of(1), Ints.of(0), 128),
                        full(DType.I8, 1));
            }
            case 15 -> {
                accepted(new Softmax(Integer.MAX_VALUE, 62), full(DType.I32, 1));
                refused("shift is 63; allowed 1..62", new Softmax(1, 63), full(DType.I32, 1));
            }
            case 16 -> {
                accepted(new ArgMax(), full(DType.I32, 1));
                refused(
                        "number of inputs is 2; expected 1",
                        new ArgMax(),
                        full(DType.I32, 1),
                        full(DType.I32, 1));
            }
            case 17 -> {
                Operand x = full(DType.I32, 1);
                accepted(new Requantize(0, DType.I32, factor(Integer.MAX_VALUE, 62)), x);
                refused(SHIFT, new Requantize(0, DType.I32, factor(1, 63)), x);
                refused(
                        "multiplier of channel 0 is -1; allowed 0..2147483647",
                        new Requantize(0, DType.I32, factor(-1, 1)),
                        x);
            }
            case 18 -> {
                accepted(new Slice(Ints.of(3), Ints.of(-1), Shape.of(4)), full(DType.I8, 4));
                refused(
                        "last coordinate on axis 0 is -1; allowed 0..3",
                        new Slice(Ints.of(3), Ints.of(-1), Shape.of(5)),
                        full(DType.I8, 4));
            }
            case 19 -> {
                accepted(new Select(Shape.of(2), Ints.of(0, 3)), full(DType.I8, 4));
                refused(
                        "index 1 on axis 0 is 4; allowed 0..3",
                        new Select(Shape.of(2), Ints.of(0, 4)),
                        full(DType.I8, 4));
            }
            case 20 -> {
                ReduceSum op = new ReduceSum(Ints.of(0), 0, DType.I32, factor(1 << 30, 62));
                accepted(op, full(DType.I32, 2));
                refused(
                        "channel 0: a sum of 6442450944 times 1073741824 plus 2305843009213693952"
                                + " leaves 63 bits; allowed is a sum of 6442450943",
                        op,
                        full(DType.I32, 3));
            }
            case 21 -> {
                accepted(new ReduceExtreme(Ints.of(1), true), full(DType.I32, 1, 2));
                refused(
                        "axis 0 is 2; allowed 0..1",
                        new ReduceExtreme(Ints.of(2), true),
                        full(DType.I32, 1, 2));
            }
            case 22 -> {
                MatMul op = new MatMul(true, 0, 0, DType.I32, factor(1, 1));
                int most = Integer.MAX_VALUE / (128 * 128);
                accepted(op, full(DType.I8, 1, most), full(DType.I8, 1, most));
                refused(
                        "greatest sum is 2147483648; allowed 0..2147483647",
                        op,
                        full(DType.I8, 1, most + 1),
                        full(DType.I8, 1, most + 1));
            }
            case 23 -> {
                Operand x = full(DType.I8, 1, 1, 1, 1);
                Operand w = weights(127, 2, 1, 1, 1);
                accepted(scattered(BIAS_MAX), x, w);
                refused(SUM_31, scattered(BIAS_MAX + 1), x, w);
            }
            case 24 -> {
                accepted(new Gather(0), full(DType.I8, 4), within(new Interval(0, 3), 1));
                refused(
                        "greatest index is 4; allowed 0..3",
                        new Gather(0),
                        full(DType.I8, 4),
                        within(new Interval(0, 4), 1));
                refused(
                        "least index is -1; allowed 0..3",
                        new Gather(0),
                        full(DType.I8, 4),
                        within(new Interval(-1, 3), 1));
            }
            case 25 -> {
                Embedding op = new Embedding(DType.I32, factor(1, 1));
                accepted(op, weights(1, 4, 1), within(new Interval(0, 3), 1));
                refused(
                        "greatest index is 4; allowed 0..3",
                        op,
                        weights(1, 4, 1),
                        within(new Interval(0, 4), 1));
            }
            case 26 -> {
                accepted(new Constant(DType.I16, Shape.of(1), Ints.of(-32767)));
                refused(
                        "element 0 is -32768; allowed -32767..32767",
                        new Constant(DType.I16, Shape.of(1), Ints.of(-32768)));
            }
            case 27 -> {
                accepted(
                        new LogSoftmax(Integer.MAX_VALUE, 32, DType.I32, factor(1, 1)),
                        full(DType.I32, 1));
                refused(
                        "shift is 63; allowed 1..62",
                        new LogSoftmax(1, 63, DType.I32, factor(1, 1)),
                        full(DType.I32, 1));
            }
            case 28 -> {
                accepted(norm(), within(new Interval(0, 1 << 30), 1, 2));
                refused(
                        "greatest deviation is 1073741825; allowed 0..1073741824",
                        norm(),
                        within(new Interval(-1, 1 << 30), 1, 2));
            }
            case 29 -> {
                Operand x = full(DType.I16, 2);
                Operand angles = full(DType.I16, 1);
                accepted(
                        new Rope(true, DType.I32, factor(Integer.MAX_VALUE, 62)),
                        x,
                        angles,
                        angles);
                refused(SHIFT, new Rope(true, DType.I32, factor(1, 63)), x, angles, angles);
                refused(
                        "elements to pair modulo 2 is 1; expected 0",
                        new Rope(true, DType.I32, factor(1, 1)),
                        full(DType.I16, 3),
                        angles,
                        angles);
            }
            case 30 -> {
                Operand q = full(DType.I16, 1, 1, 1);
                Operand k = full(DType.I16, 1, 4, 1);
                accepted(attention(3), q, k, k);
                refused("first is 4; allowed 0..3", attention(4), q, k, k);
                accepted(attention(0), q, k, k, within(new Interval(0, 3), 1));
                refused(
                        "greatest index is 4; allowed 0..3",
                        attention(0),
                        q,
                        k,
                        k,
                        within(new Interval(0, 4), 1));
            }
            case 31 -> {
                Operand data = full(DType.I8, 4);
                Operand update = full(DType.I8, 2);
                accepted(new Scatter(0), data, update, within(new Interval(0, 2), 1));
                refused(
                        "greatest index is 3; allowed 0..2",
                        new Scatter(0),
                        data,
                        update,
                        within(new Interval(0, 3), 1));
            }
            case 32 -> {
                Operand x = full(DType.I8, 1, 32);
                Operand w = weights(0x11, 2, 16);
                Operand g = weights(127, 2, 1);
                int most = Integer.MAX_VALUE - 32 * 128 * 255;
                accepted(grouped(most), x, w, g);
                refused(SUM_31, grouped(most + 1), x, w, g);
                refused(
                        "weight 1 of channel 0 is -8; allowed -7..7",
                        grouped(0),
                        x,
                        weights(-127, 2, 16),
                        g);
            }
            case 40 -> treeEnsemble();
            case 41 -> floatToFixed();
            case 42 -> {
                Operand x = full(DType.I32, 1, 1);
                accepted(linear(0), x);
                refused(
                        "result 0: inputs up to 2147483648 with weights of 2147483648 in total and"
                                + " bias 1 could leave 62 bits",
                        linear(1),
                        x);
            }
            case 43 -> {
                Operand x = full(DType.I32, 1);
                Probabilities.Curve curve = Probabilities.Curve.LOGISTIC;
                accepted(new Probabilities(curve, Integer.MAX_VALUE, 62), x);
                refused(SHIFT, new Probabilities(curve, 1, 63), x);
                refused(
                        "multiplier of channel 0 is -1; allowed 0..2147483647",
                        new Probabilities(curve, -1, 1),
                        x);
            }
            case 44 -> {
                accepted(new Normalize(Normalize.Norm.MAX), within(new Interval(0, 5), 2));
                refused(
                        "elements lie in -1..5; division by the greatest takes none below 0",
                        new Normalize(Normalize.Norm.MAX),
                        within(new Interval(-1, 5), 2));
                accepted(new Normalize(Normalize.Norm.L2), full(DType.I32, 1));
                accepted(
                        new Normalize(Normalize.Norm.L2),
                        within(new Interval(-1518500249, 1518500249), 2));
                refused(
                        "greatest sum of squares is 4611686018500125000; allowed"
                                + " 0..4611686018427387904",
                        new Normalize(Normalize.Norm.L2),
                        within(new Interval(-1518500250, 1518500249), 2));
            }
            case 45 -> supportVectors();
            case 46 -> {
                accepted(new TopK(4, true, false), full(DType.I8, 4));
                refused("k is 5; allowed 1..4", new TopK(5, true, false), full(DType.I8, 4));
                refused(
                        "input has type F32; allowed [I8, I16, I32]",
                        new TopK(1, true, false),
                        full(DType.F32, 4));
            }
            default -> throw new IllegalArgumentException("no limits of operation " + number);
        }
    }

    private static Conv2d conv(int bias) {
        return new Conv2d(Window.PLAIN, 1, 0, Ints.of(0, bias), DType.I32, second(1, 1));
    }

    private static DepthwiseConv2d depthwise(int bias) {
        return new DepthwiseConv2d(Window.PLAIN, 0, Ints.of(0, bias), DType.I32, second(1, 1));
    }

    private void fullyConnected() {
        Operand x = full(DType.I8, 1, 1);
        Operand w = weights(127, 2, 1);
        accepted(new FullyConnected(Ints.of(0, BIAS_MAX), DType.I32, second(1, 1)), x, w);
        refused(
                SUM_31,
                new FullyConnected(Ints.of(0, BIAS_MAX + 1), DType.I32, second(1, 1)),
                x,
                w);
        Operand wide = full(DType.I16, 1, 1024);
        Operand many = weights(127, 2, 1024);
        // Here it is the product with the factor that is at its limit, not the sum.
        long sum = 1024L * 127 * 32767;
        int most = (int) ((Long.MAX_VALUE - (1L << 61)) / sum);
        accepted(new FullyConnected(Ints.of(0, 0), DType.I32, second(most, 62)), wide, many);
        refused(
                "channel 1: a sum of "
                        + sum
                        + " times "
                        + (most + 1)
                        + " plus 2305843009213693952 leaves 63 bits; allowed is a sum of "
                        + (Long.MAX_VALUE - (1L << 61)) / (most + 1),
                new FullyConnected(Ints.of(0, 0), DType.I32, second(most + 1, 62)),
                wide,
                many);
    }

    private static Add add(int factor) {
        return new Add(0, 0, Integer.MAX_VALUE, factor, 62, DType.I32, Clipping.of(0, DType.I32));
    }

    private static AveragePool average(int multiplier, int shift, int kernel) {
        return new AveragePool(1, kernel, Window.PLAIN, 0, DType.I32, factor(multiplier, shift));
    }

    private static TransposedConv2d scattered(int bias) {
        return new TransposedConv2d(
                Window.PLAIN, 0, 0, 1, 0, Ints.of(0, bias), DType.I32, second(1, 1));
    }

    private static LayerNorm norm() {
        return new LayerNorm(
                true,
                0,
                0,
                1,
                Ints.repeat(1, 2),
                Ints.repeat(0, 2),
                20,
                DType.I32,
                Clipping.of(0, DType.I32));
    }

    private static Attention attention(int first) {
        return new Attention(true, first, 1, 1, DType.I32, factor(1, 1));
    }

    private static FullyConnected4 grouped(int bias) {
        return new FullyConnected4(32, Ints.of(0, bias), DType.I32, second(1, 1));
    }

    private void treeEnsemble() {
        Operand x = full(DType.I8, 1, 1);
        accepted(chain(64, 0), x);
        refused("node 64 stands below 64 others; allowed 63", chain(65, 0), x);
        accepted(chain(1, 1), full(DType.F32, 1, 1));
        refused(
                "node 0 says where missing values go, and I8 has none; allowed for F32",
                chain(1, 1),
                x);
        refused("feature of node 0 is 1; allowed 0..0", chain(1, 2), x);
        accepted(twoLeaves(0), x);
        refused("target 0: a sum could leave 62 bits", twoLeaves(1), x);
    }

    /** Nodes one below the other. */
    private static TreeEnsemble chain(int length, int selector) {
        int[] nodes = new int[TreeEnsemble.NODE * length];
        for (int i = 0; i < length; i++) {
            nodes[TreeEnsemble.NODE * i] = selector;
            nodes[TreeEnsemble.NODE * i + 2] = i + 1 < length ? i + 1 : -1;
            nodes[TreeEnsemble.NODE * i + 3] = -1;
        }
        return trees(Ints.of(0), Ints.of(nodes), Ints.of(TreeEnsemble.LAST, 0, 1));
    }

    /** Two trees that say 2^61 each, and the second one some more. */
    private static TreeEnsemble twoLeaves(int more) {
        return trees(
                Ints.of(-1, -2),
                Ints.NONE,
                Ints.of(TreeEnsemble.LAST, 1 << 29, 0, TreeEnsemble.LAST, 1 << 29, more));
    }

    private static TreeEnsemble trees(Ints roots, Ints nodes, Ints leaves) {
        return new TreeEnsemble(
                1,
                TreeEnsemble.Aggregate.SUM,
                roots,
                nodes,
                leaves,
                Ints.of(0, 0),
                DType.I32,
                factor(1, 1));
    }

    private void floatToFixed() {
        Operand x = full(DType.F32, 1);
        accepted(fixed(192, 0, 0, factor(1, 1)), x);
        accepted(fixed(-128, 0, 0, factor(1, 1)), x);
        refused("shift of feature 0 is 193; allowed -128..192", fixed(193, 0, 0, factor(1, 1)), x);
        refused(
                "shift of feature 0 is -129; allowed -128..192",
                fixed(-129, 0, 0, factor(1, 1)),
                x);
        Rescale narrow = new Rescale(Ints.of(1), Ints.of(1), new Clipping(0, -7, 7));
        accepted(fixed(0, 0, 7, narrow), x);
        refused("substitute of feature 0 is 8; allowed -7..7", fixed(0, 0, 8, narrow), x);
        long most = (1L << 32) - 1;
        int multiplier = (int) ((Long.MAX_VALUE - (1L << 61)) / most);
        accepted(fixed(0, Integer.MIN_VALUE, 0, factor(multiplier, 62)), x);
        refused(
                "channel 0: a sum of "
                        + most
                        + " times "
                        + (multiplier + 1)
                        + " plus 2305843009213693952 leaves 63 bits; allowed is a sum of "
                        + (Long.MAX_VALUE - (1L << 61)) / (multiplier + 1),
                fixed(0, Integer.MIN_VALUE, 0, factor(multiplier + 1, 62)),
                x);
    }

    private static FloatToFixed fixed(int shift, int offset, int substitute, Rescale rescale) {
        return new FloatToFixed(
                Ints.of(shift), Ints.of(offset), Ints.of(substitute), DType.I32, rescale);
    }

    private static Linear linear(int bias) {
        return new Linear(Ints.of(Integer.MIN_VALUE), Ints.of(0, bias), DType.I32, factor(1, 1));
    }

    private void supportVectors() {
        Operand x = within(new Interval(0, 1 << 30), 1);
        accepted(near(SupportVectors.Nearness.RBF, -1 << 30, 0), x);
        refused(
                "greatest sum is 4611686022722355201; allowed 0..4611686018427387904",
                near(SupportVectors.Nearness.RBF, (-1 << 30) - 1, 0),
                x);
        refused("offset is 1; expected 0", near(SupportVectors.Nearness.RBF, 0, 1), x);
        accepted(near(SupportVectors.Nearness.SIGMOID, 1 << 30, 3L << 60), x);
        refused(
                "offset is 3458764513820540929; allowed -3458764513820540928..3458764513820540928",
                near(SupportVectors.Nearness.SIGMOID, 1 << 30, (3L << 60) + 1),
                x);
    }

    private static SupportVectors near(SupportVectors.Nearness nearness, int v, long offset) {
        return new SupportVectors(
                nearness, 1, Ints.of(v), Ints.of((int) (offset >> 32), (int) offset), 1, 1);
    }
}
