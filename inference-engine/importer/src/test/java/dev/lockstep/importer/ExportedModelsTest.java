package dev.lockstep.importer;

import static dev.lockstep.importer.OnnxBuilder.integer;
import static dev.lockstep.importer.OnnxBuilder.ints;
import static dev.lockstep.importer.OnnxBuilder.real;
import static dev.lockstep.importer.OnnxBuilder.string;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.importer.FloatGraph.Input;
import dev.lockstep.inference.DType;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Small networks in the form in which exporters of PyTorch and Keras write them: sizes looked up
 * and put together again, normalisations and activations in many steps, masks of minus infinity.
 */
class ExportedModelsTest {
    private static final long SEED = 11;
    private static final float LEAST = -Float.MAX_VALUE;
    private static final float INFINITE = Float.NEGATIVE_INFINITY;

    /**
     * @param wide decibels that 16-bit activations must reach against ONNX Runtime
     * @param narrow the same of 8-bit ones
     */
    record Case(String name, byte[] onnx, double wide, double narrow) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> networks() {
        return Stream.of(
                new Case("encoder with a mask that is an input", encoder(), 33, 22),
                new Case("decoder with a mask chosen by truths", decoder(), 33, 22),
                new Case("decoder with turned positions and groups", rotaryDecoder(), 33, 22),
                new Case("mobile block with squeeze and excitation", mobile(), 35, 25),
                new Case("up and down with a bridge", upAndDown(), 35, 25),
                new Case("picture to a given size", resized(), 35, 25),
                new Case("LSTM with the batch first", recurrent("LSTM", 4), 33, 22),
                new Case("GRU in both directions", recurrent("GRU", 3), 33, 22),
                new Case("layers quantised at run time", dynamic(), 35, 25),
                new Case("wide depthwise with a norm of channels last", convNext(), 35, 25),
                new Case("picture as patches", patches(), 33, 22),
                new Case("channels last from bytes", channelsLast(), 35, 25),
                new Case("mean of what a mask leaves, to length one", embedding(), 33, 22),
                new Case("causal convolutions with a gate", causal(), 35, 25),
                new Case("columns beside embedded numbers", tabular(), 35, 25),
                new Case("points and their greatest", points(), 35, 25));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void agreesWithOnnxRuntime(Case network) throws ImportException {
        double wide = sqnr(network, DType.I16);
        double narrow = sqnr(network, DType.I8);
        System.out.printf("%-45s %.1f dB in 16 bits, %.1f in 8%n", network.name(), wide, narrow);
        assertThat(wide).isGreaterThan(network.wide());
        assertThat(narrow).isGreaterThan(network.narrow());
    }

    private static double sqnr(Case each, DType activations) throws ImportException {
        Network network = Network.read(each.onnx());
        Samples samples = samples(network.graph());
        Map<String, Range> ranges =
                Calibrator.ranges(network, samples, Calibration.MIN_MAX, Progress.NONE);
        Quantizer.Result result = Quantizer.quantize(network.graph(), ranges, activations);
        assertThat(result.traced()).hasSize(result.model().ops().size());
        ParityReport report =
                Parity.compare(network, result.model(), result.traced(), samples, Progress.NONE);
        if (Boolean.getBoolean("report")) {
            System.out.println(report.text());
        }
        return report.outputs().getFirst().sqnr();
    }

    /** Reals, indices below 20, or masks of ones and then zeros, by the names of inputs. */
    private static Samples samples(FloatGraph graph) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        int count = 24;
        float[] values = new float[count * graph.sampleSize()];
        int at = 0;
        for (int i = 0; i < count; i++) {
            for (Input input : graph.inputs()) {
                int size = graph.size(input.name());
                int seen = random.nextInt(size / 2, size + 1);
                for (int k = 0; k < size; k++) {
                    values[at++] =
                            switch (input.name()) {
                                case "ids" -> random.nextInt(20);
                                case "mask" -> k < seen ? 1 : 0;
                                case "bytes" -> random.nextInt(256);
                                default -> (float) random.nextGaussian();
                            };
                }
            }
        }
        return new Samples(graph.sampleSize(), values, null);
    }

    /** A network in the making: weights are drawn, names are made up. */
    private static final class Net {
        private final OnnxBuilder out;
        private final RandomGenerator random =
                RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        private int next;

        Net(int opset) {
            out = OnnxBuilder.opset(opset);
        }

        String fresh() {
            return "t" + next++;
        }

        String op(String op, String inputs, byte[]... attributes) {
            String name = fresh();
            out.node(op, inputs, name, attributes);
            return name;
        }

        String weight(double size, long... dims) {
            int count = 1;
            for (long dim : dims) {
                count *= (int) dim;
            }
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) (size * random.nextGaussian());
            }
            String name = fresh();
            out.weight(name, values, dims);
            return name;
        }

        /** Numbers near one, as gains and variances are. */
        String gain(long... dims) {
            int count = 1;
            for (long dim : dims) {
                count *= (int) dim;
            }
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) random.nextDouble(0.5, 1.5);
            }
            String name = fresh();
            out.weight(name, values, dims);
            return name;
        }

        String number(float value) {
            String name = fresh();
            out.weight(name, new float[] {value});
            return name;
        }

        String whole(long... values) {
            String name = fresh();
            out.whole(name, values, values.length);
            return name;
        }

        String index(long value) {
            String name = fresh();
            out.whole(name, new long[] {value});
            return name;
        }

        /** One size of a tensor as a list, as PyTorch looks it up. */
        String size(String x, long axis) {
            String one = op("Gather", op("Shape", x) + " " + index(axis), integer("axis", 0));
            return op("Unsqueeze", one + " " + whole(0));
        }

        String reshape(String x, String... sizes) {
            return op(
                    "Reshape", x + " " + op("Concat", String.join(" ", sizes), integer("axis", 0)));
        }

        String transpose(String x, long... order) {
            return op("Transpose", x, ints("perm", order));
        }

        String dense(String x, int from, int to) {
            double size = 1 / Math.sqrt(from);
            String product = op("MatMul", x + " " + weight(size, from, to));
            return op("Add", weight(0.1, to) + " " + product);
        }

        /** A norm of the last axis in single steps. */
        String norm(String x, int width) {
            String mean = op("ReduceMean", x, ints("axes", -1));
            String deviation = op("Sub", x + " " + mean);
            String square = op("Pow", deviation + " " + number(2));
            String variance = op("ReduceMean", square, ints("axes", -1));
            String more = op("Add", variance + " " + number(1e-5f));
            String normal = op("Div", deviation + " " + op("Sqrt", more));
            String scaled = op("Mul", normal + " " + gain(width));
            return op("Add", scaled + " " + weight(0.1, width));
        }

        String rootMeanSquare(String x, int width) {
            String square = op("Pow", x + " " + number(2));
            String mean = op("ReduceMean", square, ints("axes", -1));
            String root = op("Sqrt", op("Add", mean + " " + number(1e-6f)));
            String normal = op("Mul", x + " " + op("Div", number(1) + " " + root));
            return op("Mul", gain(width) + " " + normal);
        }

        String gelu(String x) {
            String inner = op("Div", x + " " + number((float) Math.sqrt(2)));
            String sum = op("Add", op("Erf", inner) + " " + number(1));
            return op("Mul", op("Mul", x + " " + sum) + " " + number(0.5f));
        }

        String tanhGelu(String x) {
            String cube = op("Mul", op("Pow", x + " " + number(3)) + " " + number(0.044715f));
            String sum = op("Mul", op("Add", x + " " + cube) + " " + number(0.7978846f));
            String share = op("Add", op("Tanh", sum) + " " + number(1));
            return op("Mul", op("Mul", x + " " + number(0.5f)) + " " + share);
        }

        String heads(String x, int heads, int size) {
            String split = reshape(x, size(x, 0), size(x, 1), whole(heads), whole(size));
            return transpose(split, 0, 2, 1, 3);
        }

        String conv(String x, int from, int to, int kernel, int groups, byte[]... attributes) {
            double size = 1 / Math.sqrt((double) from / groups * kernel * kernel);
            String w = weight(size, to, from / groups, kernel, kernel);
            byte[][] all = java.util.Arrays.copyOf(attributes, attributes.length + 1);
            all[attributes.length] = integer("group", groups);
            return op("Conv", x + " " + w + " " + weight(0.1, to), all);
        }

        String batchNorm(String x, int channels) {
            return op(
                    "BatchNormalization",
                    String.join(
                            " ",
                            x,
                            gain(channels),
                            weight(0.1, channels),
                            weight(0.1, channels),
                            gain(channels)));
        }

        String hardSwish(String x) {
            String up = op("Add", x + " " + number(3));
            String cut = op("Clip", up + " " + number(0) + " " + number(6));
            return op("Div", op("Mul", x + " " + cut) + " " + number(6));
        }

        byte[] build(String y) {
            out.node("Identity", y, "y");
            return out.output("y").build();
        }
    }

    /** Attention of heads, with something done to the scores. */
    private static String attention(
            Net net,
            String x,
            int width,
            int heads,
            java.util.function.UnaryOperator<String> mask) {
        int size = width / heads;
        String q = net.heads(net.dense(x, width, width), heads, size);
        String k = net.heads(net.dense(x, width, width), heads, size);
        String v = net.heads(net.dense(x, width, width), heads, size);
        String product = net.op("MatMul", q + " " + net.transpose(k, 0, 1, 3, 2));
        String scores = net.op("Div", product + " " + net.number((float) Math.sqrt(size)));
        String shares = net.op("Softmax", mask.apply(scores), integer("axis", -1));
        String sum = net.transpose(net.op("MatMul", shares + " " + v), 0, 2, 1, 3);
        String flat = net.reshape(sum, net.size(sum, 0), net.size(sum, 1), net.whole(width));
        return net.dense(flat, width, width);
    }

    private static byte[] encoder() {
        Net net = new Net(13);
        net.out.raw(OnnxBuilder.bytes(11, OnnxBuilder.valueInfo("ids", 7, 1, 10)));
        net.out.raw(OnnxBuilder.bytes(11, OnnxBuilder.valueInfo("mask", 7, 1, 10)));
        String words = net.op("Gather", net.weight(1, 20, 16) + " ids");
        String places = net.whole(java.util.stream.LongStream.range(0, 32).toArray());
        places = net.op("Unsqueeze", places + " " + net.whole(0));
        String used =
                net.op(
                        "Slice",
                        String.join(
                                " ",
                                places,
                                net.whole(0),
                                net.size("ids", 1),
                                net.whole(1),
                                net.whole(1)));
        String where = net.op("Gather", net.weight(0.5, 32, 16) + " " + used);
        String x = net.norm(net.op("Add", words + " " + where), 16);
        String mask = net.op("Unsqueeze", "mask " + net.whole(1, 2));
        mask = net.op("Cast", mask, integer("to", 1));
        mask = net.op("Sub", net.number(1) + " " + mask);
        String hidden = net.op("Mul", mask + " " + net.number(LEAST));
        for (int layer = 0; layer < 2; layer++) {
            String seen = attention(net, x, 16, 4, scores -> net.op("Add", scores + " " + hidden));
            x = net.norm(net.op("Add", seen + " " + x), 16);
            String inner = net.gelu(net.dense(x, 16, 32));
            x = net.norm(net.op("Add", net.dense(inner, 32, 16) + " " + x), 16);
        }
        String first = net.op("Gather", x + " " + net.index(0), integer("axis", 1));
        String pooled = net.op("Tanh", net.dense(first, 16, 16));
        return net.build(net.dense(pooled, 16, 3));
    }

    /** Ones on and below the diagonal, cut out of a buffer and made truths. */
    private static String causalTruths(Net net, String x) {
        float[] ones = new float[1];
        ones[0] = 1;
        net.out.weight("one", ones, 1, 1, 1, 1);
        String all = net.op("Expand", "one " + net.whole(1, 1, 32, 32));
        String lower = net.op("Trilu", all, integer("upper", 0));
        String truths = net.op("Cast", lower, integer("to", 9));
        for (int axis = 2; axis < 4; axis++) {
            truths =
                    net.op(
                            "Slice",
                            String.join(
                                    " ",
                                    truths,
                                    net.whole(0),
                                    net.size(x, 1),
                                    net.whole(axis),
                                    net.whole(1)));
        }
        return truths;
    }

    private static byte[] decoder() {
        Net net = new Net(17);
        net.out.input("x", 1, 8, 16);
        String truths = causalTruths(net, "x");
        String x = "x";
        for (int layer = 0; layer < 2; layer++) {
            String normal =
                    net.op(
                            "LayerNormalization",
                            x + " " + net.gain(16) + " " + net.weight(0.1, 16));
            String seen =
                    attention(
                            net,
                            normal,
                            16,
                            2,
                            scores ->
                                    net.op(
                                            "Where",
                                            truths + " " + scores + " " + net.number(LEAST)));
            x = net.op("Add", seen + " " + x);
            String inner = net.tanhGelu(net.dense(net.norm(x, 16), 16, 32));
            x = net.op("Add", x + " " + net.dense(inner, 32, 16));
        }
        return net.build(net.op("MatMul", net.norm(x, 16) + " " + net.weight(0.3, 16, 20)));
    }

    private static String turned(Net net, String x, String cos, String sin) {
        String first =
                net.op("Slice", String.join(" ", x, net.whole(0), net.whole(4), net.whole(3)));
        String second =
                net.op(
                        "Slice",
                        String.join(" ", x, net.whole(4), net.whole(Long.MAX_VALUE), net.whole(3)));
        String half = net.op("Concat", net.op("Neg", second) + " " + first, integer("axis", -1));
        return net.op("Add", net.op("Mul", x + " " + cos) + " " + net.op("Mul", half + " " + sin));
    }

    private static byte[] rotaryDecoder() {
        Net net = new Net(14);
        net.out.input("x", 1, 8, 16);
        int heads = 2;
        int size = 8;
        String steps =
                net.op(
                        "Range",
                        net.index(0)
                                + " "
                                + net.op("Squeeze", net.size("x", 1))
                                + " "
                                + net.index(1));
        String places = net.op("Cast", steps, integer("to", 1));
        String column = net.op("Unsqueeze", places + " " + net.whole(1));
        net.out.weight("rates", new float[] {1, 0.3f, 0.1f, 0.03f}, 1, 4);
        String angles = net.op("MatMul", column + " rates");
        angles = net.op("Concat", angles + " " + angles, integer("axis", -1));
        String cos = net.op("Cos", angles);
        String sin = net.op("Sin", angles);
        String far =
                net.op(
                        "ConstantOfShape",
                        net.op(
                                "Concat",
                                net.size("x", 1) + " " + net.size("x", 1),
                                integer("axis", 0)),
                        tensorAttribute("value", INFINITE));
        String hidden = net.op("Trilu", far + " " + net.index(1), integer("upper", 1));
        String normal = net.rootMeanSquare("x", 16);
        String q = net.heads(net.dense(normal, 16, 16), heads, size);
        String k = net.heads(net.dense(normal, 16, 8), 1, size);
        String v = net.heads(net.dense(normal, 16, 8), 1, size);
        q = turned(net, q, cos, sin);
        k = repeated(net, turned(net, k, cos, sin), heads, size);
        v = repeated(net, v, heads, size);
        String scores = net.op("MatMul", q + " " + net.transpose(k, 0, 1, 3, 2));
        scores = net.op("Mul", scores + " " + net.number(0.35355f));
        scores = net.op("Add", scores + " " + hidden);
        String shares = net.op("Softmax", scores, integer("axis", -1));
        String never = net.op("IsNaN", shares);
        shares = net.op("Where", never + " " + net.number(0) + " " + shares);
        String sum = net.transpose(net.op("MatMul", shares + " " + v), 0, 2, 1, 3);
        String flat = net.reshape(sum, net.size(sum, 0), net.size(sum, 1), net.whole(-1));
        String x = net.op("Add", "x " + net.dense(flat, 16, 16));
        String inner = net.rootMeanSquare(x, 16);
        String gate = net.dense(inner, 16, 24);
        gate = net.op("Mul", gate + " " + net.op("Sigmoid", gate));
        String both = net.op("Mul", gate + " " + net.dense(inner, 16, 24));
        return net.build(net.op("Add", x + " " + net.dense(both, 24, 16)));
    }

    /** Keys for all heads of a group, by a shape in which -1 stands for what is there. */
    private static String repeated(Net net, String x, int heads, int size) {
        String one = net.op("Unsqueeze", x + " " + net.whole(2));
        String wanted =
                net.op(
                        "Concat",
                        String.join(
                                " ",
                                net.size(x, 0),
                                net.whole(-1),
                                net.whole(heads),
                                net.size(x, 2),
                                net.whole(size)),
                        integer("axis", 0));
        String open = net.op("Equal", wanted + " " + net.whole(-1, -1, -1, -1, -1));
        String ones =
                net.op("ConstantOfShape", net.op("Shape", wanted), wholeAttribute("value", 1));
        String shape = net.op("Where", open + " " + ones + " " + wanted);
        String all = net.op("Expand", one + " " + shape);
        return net.reshape(
                all, net.size(all, 0), net.whole(heads), net.size(all, 3), net.whole(size));
    }

    private static byte[] tensorAttribute(String name, float value) {
        byte[] tensor = OnnxBuilder.floats("", new float[] {value}, 1);
        return OnnxBuilder.join(
                OnnxBuilder.text(1, name), OnnxBuilder.bytes(5, tensor), OnnxBuilder.number(20, 4));
    }

    private static byte[] wholeAttribute(String name, long value) {
        byte[] tensor =
                OnnxBuilder.join(
                        OnnxBuilder.number(1, 1),
                        OnnxBuilder.number(2, 7),
                        OnnxBuilder.number(7, value));
        return OnnxBuilder.join(
                OnnxBuilder.text(1, name), OnnxBuilder.bytes(5, tensor), OnnxBuilder.number(20, 4));
    }

    private static byte[] mobile() {
        Net net = new Net(13);
        net.out.input("x", 1, 3, 16, 16);
        byte[] border = ints("pads", 1, 1, 1, 1);
        String x = net.conv("x", 3, 8, 3, 1, border, ints("strides", 2, 2));
        x = net.hardSwish(net.batchNorm(x, 8));
        String inner = net.hardSwish(net.batchNorm(net.conv(x, 8, 16, 1, 1), 16));
        inner = net.op("Relu", net.batchNorm(net.conv(inner, 16, 16, 3, 16, border), 16));
        String squeezed = net.op("GlobalAveragePool", inner);
        squeezed = net.op("Relu", net.conv(squeezed, 16, 4, 1, 1));
        squeezed = net.op("HardSigmoid", net.conv(squeezed, 4, 16, 1, 1), real("alpha", 1 / 6f));
        inner = net.op("Mul", squeezed + " " + inner);
        inner = net.batchNorm(net.conv(inner, 16, 8, 1, 1), 8);
        x = net.op("Add", inner + " " + x);
        x = net.op("GlobalAveragePool", x);
        String flat = net.op("Flatten", x, integer("axis", 1));
        return net.build(
                net.op(
                        "Gemm",
                        flat + " " + net.weight(0.4, 10, 8) + " " + net.weight(0.1, 10),
                        integer("transB", 1)));
    }

    private static byte[] upAndDown() {
        Net net = new Net(13);
        net.out.input("x", 1, 2, 16, 16);
        byte[] border = ints("pads", 1, 1, 1, 1);
        String top = net.op("Relu", net.conv("x", 2, 6, 3, 1, border));
        String low = net.op("MaxPool", top, ints("kernel_shape", 2, 2), ints("strides", 2, 2));
        low = net.op("LeakyRelu", net.conv(low, 6, 8, 3, 1, border), real("alpha", 0.1f));
        String lowest =
                net.op("AveragePool", low, ints("kernel_shape", 2, 2), ints("strides", 2, 2));
        lowest = net.op("Elu", net.conv(lowest, 8, 8, 3, 1, border));
        String twice = net.fresh();
        net.out.weight(twice, new float[] {1, 1, 2, 2}, 4);
        String up =
                net.op(
                        "Resize",
                        lowest + "  " + twice,
                        string("mode", "nearest"),
                        string("nearest_mode", "floor"),
                        string("coordinate_transformation_mode", "asymmetric"));
        up = net.op("Concat", up + " " + low, integer("axis", 1));
        up =
                net.op(
                        "ConvTranspose",
                        up + " " + net.weight(0.2, 16, 6, 2, 2) + " " + net.weight(0.1, 6),
                        ints("strides", 2, 2));
        up = net.op("Concat", net.op("Relu", up) + " " + top, integer("axis", 1));
        return net.build(net.op("Sigmoid", net.conv(up, 12, 1, 1, 1)));
    }

    private static byte[] resized() {
        Net net = new Net(13);
        net.out.input("x", 1, 3, 12, 10);
        byte[] border = ints("pads", 1, 1, 1, 1);
        String low = net.conv("x", 3, 4, 3, 1, border, ints("strides", 2, 2));
        String shape = net.op("Shape", "x");
        String spatial =
                net.op("Slice", String.join(" ", shape, net.whole(2), net.whole(4), net.whole(0)));
        String channels =
                net.op(
                        "Slice",
                        String.join(
                                " ",
                                net.op("Shape", low),
                                net.whole(0),
                                net.whole(2),
                                net.whole(0)));
        String sizes = net.op("Concat", channels + " " + spatial, integer("axis", 0));
        String up =
                net.op(
                        "Resize",
                        low + "   " + sizes,
                        string("mode", "linear"),
                        string("coordinate_transformation_mode", "half_pixel"));
        return net.build(net.conv(net.op("Relu", up), 4, 2, 3, 1, border));
    }

    private static byte[] recurrent(String op, int gates) {
        Net net = new Net(14);
        net.out.input("x", 1, 6, 5);
        int hidden = 7;
        boolean both = op.equals("GRU");
        int ways = both ? 2 : 1;
        String steps = net.transpose("x", 1, 0, 2);
        String zeros = net.op("ConstantOfShape", net.whole(ways, 1, hidden));
        String shape =
                net.op(
                        "Concat",
                        net.whole(ways) + " " + net.size(steps, 1) + " " + net.whole(hidden),
                        integer("axis", 0));
        String start = net.op("Expand", zeros + " " + shape);
        String inputs =
                String.join(
                        " ",
                        steps,
                        net.weight(0.4, ways, (long) gates * hidden, 5),
                        net.weight(0.4, ways, (long) gates * hidden, hidden),
                        net.weight(0.1, ways, 2L * gates * hidden),
                        "",
                        start);
        String all =
                both
                        ? net.op(
                                op,
                                inputs,
                                integer("hidden_size", hidden),
                                integer("linear_before_reset", 1),
                                string("direction", "bidirectional"))
                        : net.op(op, inputs + " " + start, integer("hidden_size", hidden));
        String turned = net.transpose(all, 0, 2, 1, 3);
        String flat = net.op("Reshape", turned + " " + net.whole(0, 0, -1));
        String first = net.transpose(flat, 1, 0, 2);
        String last = net.op("Gather", first + " " + net.index(-1), integer("axis", 1));
        return net.build(net.dense(last, ways * hidden, 3));
    }

    private static byte[] dynamic() {
        Net net = new Net(13);
        net.out.input("x", 1, 12);
        String x = "x";
        int[] widths = {12, 16, 4};
        for (int layer = 0; layer < 2; layer++) {
            String q = net.fresh();
            String scale = net.fresh();
            String zero = net.fresh();
            net.out.node("DynamicQuantizeLinear", List.of(x), List.of(q, scale, zero));
            int count = widths[layer] * widths[layer + 1];
            byte[] words = new byte[count];
            net.random.nextBytes(words);
            String w = net.fresh();
            net.out.raw(
                    OnnxBuilder.bytes(
                            5,
                            OnnxBuilder.join(
                                    OnnxBuilder.number(1, widths[layer]),
                                    OnnxBuilder.number(1, widths[layer + 1]),
                                    OnnxBuilder.number(2, 3),
                                    OnnxBuilder.text(8, w),
                                    OnnxBuilder.bytes(9, words))));
            String wZero = net.fresh();
            net.out.raw(
                    OnnxBuilder.bytes(
                            5,
                            OnnxBuilder.join(
                                    OnnxBuilder.number(2, 3),
                                    OnnxBuilder.text(8, wZero),
                                    OnnxBuilder.bytes(9, new byte[1]))));
            String sums = net.op("MatMulInteger", String.join(" ", q, w, zero, wZero));
            String sum = net.op("Cast", sums, integer("to", 1));
            String factor = net.op("Mul", scale + " " + net.number(0.004f));
            x = net.op("Mul", sum + " " + factor);
            x = net.op("Add", x + " " + net.weight(0.1, widths[layer + 1]));
            x = layer == 0 ? net.op("Relu", x) : x;
        }
        return net.build(x);
    }

    private static byte[] convNext() {
        Net net = new Net(13);
        net.out.input("x", 1, 8, 9, 9);
        String x = "x";
        for (int layer = 0; layer < 2; layer++) {
            String deep = net.conv(x, 8, 8, 7, 8, ints("pads", 3, 3, 3, 3));
            String last = net.norm(net.transpose(deep, 0, 2, 3, 1), 8);
            String inner = net.dense(net.gelu(net.dense(last, 8, 32)), 32, 8);
            inner = net.op("Mul", net.gain(8) + " " + inner);
            x = net.op("Add", x + " " + net.transpose(inner, 0, 3, 1, 2));
        }
        String mean = net.op("ReduceMean", x, ints("axes", -2, -1), integer("keepdims", 0));
        return net.build(net.dense(net.norm(mean, 8), 8, 5));
    }

    private static byte[] patches() {
        Net net = new Net(13);
        net.out.input("x", 1, 3, 12, 12);
        int width = 16;
        String x = net.conv("x", 3, width, 4, 1, ints("strides", 4, 4));
        x = net.transpose(net.reshape(x, net.size(x, 0), net.whole(width), net.whole(-1)), 0, 2, 1);
        String token =
                net.op(
                        "Expand",
                        net.weight(1, 1, 1, width)
                                + " "
                                + net.op(
                                        "Concat",
                                        net.size(x, 0) + " " + net.whole(1, 1),
                                        integer("axis", 0)));
        x = net.op("Concat", token + " " + x, integer("axis", 1));
        x = net.op("Add", x + " " + net.weight(0.3, 1, 10, width));
        String normal = net.norm(x, width);
        String all = net.dense(normal, width, 3 * width);
        all =
                net.reshape(
                        all,
                        net.size(all, 0),
                        net.size(all, 1),
                        net.whole(3),
                        net.whole(2),
                        net.whole(8));
        all = net.transpose(all, 2, 0, 3, 1, 4);
        String[] parts = new String[3];
        for (int i = 0; i < 3; i++) {
            parts[i] = net.op("Gather", all + " " + net.index(i), integer("axis", 0));
        }
        String q = net.op("Mul", parts[0] + " " + net.number(0.35355f));
        String scores = net.op("MatMul", q + " " + net.transpose(parts[1], 0, 1, 3, 2));
        String shares = net.op("Softmax", scores, integer("axis", -1));
        String sum = net.transpose(net.op("MatMul", shares + " " + parts[2]), 0, 2, 1, 3);
        String flat = net.reshape(sum, net.size(sum, 0), net.size(sum, 1), net.whole(width));
        x = net.op("Add", x + " " + net.dense(flat, width, width));
        String inner = net.gelu(net.dense(net.norm(x, width), width, 32));
        x = net.norm(net.op("Add", x + " " + net.dense(inner, 32, width)), width);
        String first =
                net.op("Slice", String.join(" ", x, net.whole(0), net.whole(1), net.whole(1)));
        return net.build(net.dense(net.op("Squeeze", first + " " + net.whole(1)), width, 5));
    }

    private static byte[] channelsLast() {
        Net net = new Net(13);
        net.out.raw(OnnxBuilder.bytes(11, OnnxBuilder.valueInfo("bytes", 2, -1, 14, 14, 1)));
        String x = net.op("Cast", "bytes", integer("to", 1));
        x = net.op("Div", x + " " + net.number(255));
        x = net.op("Sub", x + " " + net.number(0.13f));
        x = net.op("Div", x + " " + net.number(0.31f));
        x = net.transpose(x, 0, 3, 1, 2);
        x =
                net.op(
                        "Relu",
                        net.conv(x, 1, 6, 3, 1, ints("pads", 0, 0, 1, 1), ints("strides", 2, 2)));
        x = net.transpose(x, 0, 2, 3, 1);
        x = net.transpose(x, 0, 3, 1, 2);
        x = net.op("MaxPool", x, ints("kernel_shape", 2, 2), ints("strides", 2, 2));
        x = net.transpose(x, 0, 2, 3, 1);
        x = net.op("Reshape", x + " " + net.whole(-1, 54));
        x = net.op("Relu", net.dense(x, 54, 12));
        return net.build(net.op("Softmax", net.dense(x, 12, 4)));
    }

    private static byte[] embedding() {
        Net net = new Net(13);
        net.out.input("x", 1, 8, 12);
        net.out.raw(OnnxBuilder.bytes(11, OnnxBuilder.valueInfo("mask", 7, 1, 8)));
        String mask = net.op("Unsqueeze", "mask " + net.whole(-1));
        mask = net.op("Expand", mask + " " + net.op("Shape", "x"));
        mask = net.op("Cast", mask, integer("to", 1));
        String words = net.dense("x", 12, 12);
        String sum =
                net.op(
                        "ReduceSum",
                        net.op("Mul", words + " " + mask) + " " + net.whole(1),
                        integer("keepdims", 0));
        String count = net.op("ReduceSum", mask + " " + net.whole(1), integer("keepdims", 0));
        count = net.op("Clip", count + " " + net.number(1e-9f));
        String mean = net.op("Div", sum + " " + count);
        String length = net.op("ReduceL2", mean, ints("axes", 1), integer("keepdims", 1));
        length = net.op("Clip", length + " " + net.number(1e-12f));
        length = net.op("Expand", length + " " + net.op("Shape", mean));
        return net.build(net.op("Div", mean + " " + length));
    }

    private static byte[] causal() {
        Net net = new Net(13);
        net.out.input("x", 1, 4, 20);
        String x = "x";
        int from = 4;
        for (int layer = 0; layer < 3; layer++) {
            int reach = 1 << layer;
            String border = net.whole(0, 0, 2L * reach, 0, 0, 0);
            String padded = net.op("Pad", x + " " + border + " " + net.number(0));
            // The weight is a direction times a length.
            String v = net.weight(1, 12, from, 3);
            String length =
                    net.op(
                            "Sqrt",
                            net.op(
                                    "ReduceSum",
                                    net.op("Mul", v + " " + v) + " " + net.whole(1, 2)));
            String w = net.op("Mul", net.op("Div", v + " " + length) + " " + net.gain(12, 1, 1));
            String both =
                    net.op(
                            "Conv",
                            padded + " " + w + " " + net.weight(0.1, 12),
                            ints("dilations", reach),
                            ints("kernel_shape", 3));
            String a = net.fresh();
            String b = net.fresh();
            net.out.node("Split", List.of(both), List.of(a, b), integer("axis", 1));
            String gated = net.op("Mul", net.op("Tanh", a) + " " + net.op("Sigmoid", b));
            x = layer == 0 ? gated : net.op("Add", gated + " " + x);
            from = 6;
        }
        String mean = net.op("ReduceMean", x, ints("axes", 2), integer("keepdims", 0));
        return net.build(net.dense(mean, 6, 3));
    }

    private static byte[] tabular() {
        Net net = new Net(13);
        net.out.input("x", 1, 6);
        net.out.raw(OnnxBuilder.bytes(11, OnnxBuilder.valueInfo("ids", 7, 1, 3)));
        StringBuilder parts = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            String column = net.op("Gather", "ids " + net.index(i), integer("axis", 1));
            parts.append(net.op("Gather", net.weight(1, 20, 4) + " " + column)).append(' ');
        }
        String reals = net.batchNorm("x", 6);
        String x = net.op("Concat", parts + reals, integer("axis", 1));
        for (int layer = 0; layer < 2; layer++) {
            int width = layer == 0 ? 18 : 16;
            x =
                    net.op(
                            "Gemm",
                            x + " " + net.weight(0.3, 16, width) + " " + net.weight(0.1, 16),
                            integer("transB", 1));
            x = net.op("Relu", x);
            x = net.batchNorm(x, 16);
            x = net.op("Dropout", x);
        }
        return net.build(net.op("Sigmoid", net.dense(x, 16, 1)));
    }

    private static byte[] points() {
        Net net = new Net(13);
        net.out.input("x", 1, 24, 3);
        String each = net.op("Relu", net.dense("x", 3, 16));
        String greatest = net.op("ReduceMax", each, ints("axes", 1), integer("keepdims", 1));
        String all = net.op("Expand", greatest + " " + net.op("Shape", each));
        String both = net.op("Concat", each + " " + all, integer("axis", 2));
        String scores = net.dense(net.op("Mul", both + " " + net.op("Sigmoid", both)), 32, 4);
        return net.build(net.op("LogSoftmax", scores, integer("axis", 2)));
    }
}
