package dev.lockstep.importer;

import static dev.lockstep.importer.OnnxBuilder.integer;
import static dev.lockstep.importer.OnnxBuilder.ints;
import static dev.lockstep.importer.OnnxBuilder.real;
import static dev.lockstep.importer.OnnxBuilder.string;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.DType;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each operator in a small network, held against ONNX Runtime. */
class OperatorsTest {
    private static final long SEED = 7;
    private static final RandomGenerator RANDOM =
            RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);

    /**
     * @param sqnr decibels that 16-bit activations must reach against ONNX Runtime
     */
    record Case(String name, byte[] onnx, double sqnr) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static float[] random(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) RANDOM.nextGaussian();
        }
        return values;
    }

    private static OnnxBuilder picture(int opset) {
        return OnnxBuilder.opset(opset).input("x", 1, 4, 9, 7);
    }

    private static Case of(String name, OnnxBuilder builder) {
        return new Case(name, builder.output("y").build(), 35);
    }

    private static Case unary(String op, byte[]... attributes) {
        return new Case(op, picture(20).node(op, "x", "y", attributes).output("y").build(), 50);
    }

    private static OnnxBuilder conv(byte[]... attributes) {
        return picture(13)
                .weight("w", random(6 * 4 * 9), 6, 4, 3, 3)
                .weight("b", random(6), 6)
                .node("Conv", "x w b", "y", attributes);
    }

    /** A border on top and one twice as wide on the left, before a convolution. */
    private static OnnxBuilder padded(float value, int width) {
        return picture(13)
                .whole("p", new long[] {0, 0, width, 2L * width, 0, 0, 0, 0}, 8)
                .weight("v", new float[] {value})
                .weight("w", random(6 * 4 * 9), 6, 4, 3, 3)
                .node("Pad", "x p v", "q")
                .node("Conv", "q w", "y", ints("pads", 1, 0, 1, 0));
    }

    @Test
    void aBorderOfZerosBeforeAConvolutionIsItsPadding() throws ImportException {
        assertThat(layers(padded(0, 1))).noneMatch(FloatLayer.Pad.class::isInstance);
        assertThat(layers(padded(1, 1))).anyMatch(FloatLayer.Pad.class::isInstance);
        // A convolution may not begin two rows above the picture where its window has three.
        assertThat(layers(padded(0, 2))).anyMatch(FloatLayer.Pad.class::isInstance);
    }

    private static List<FloatLayer> layers(OnnxBuilder builder) throws ImportException {
        return Network.read(builder.output("y").build()).graph().layers();
    }

    static Stream<Case> linear() {
        return Stream.of(
                of("conv", conv()),
                of("conv pads strides", conv(ints("pads", 1, 0, 2, 1), ints("strides", 2, 1))),
                of("conv dilated", conv(ints("dilations", 2, 3))),
                of(
                        "conv same upper",
                        conv(string("auto_pad", "SAME_UPPER"), ints("strides", 2, 2))),
                of(
                        "conv same lower",
                        conv(string("auto_pad", "SAME_LOWER"), ints("strides", 2, 2))),
                of("conv valid", conv(string("auto_pad", "VALID"))),
                of(
                        "conv groups",
                        picture(13)
                                .weight("w", random(6 * 2 * 9), 6, 2, 3, 3)
                                .node("Conv", "x w", "y", integer("group", 2))),
                of(
                        "conv depthwise",
                        picture(13)
                                .weight("w", random(8 * 9), 8, 1, 3, 3)
                                .node("Conv", "x w", "y", integer("group", 4))),
                of(
                        "conv batchnorm relu6",
                        picture(13)
                                .weight("w", random(5 * 4), 5, 4, 1, 1)
                                .weight("g", random(5), 5)
                                .weight("o", random(5), 5)
                                .weight("m", random(5), 5)
                                .weight("v", new float[] {1, 2, 0.5f, 3, 0.1f}, 5)
                                .weight("lo", new float[] {0})
                                .weight("hi", new float[] {6})
                                .node("Conv", "x w", "c")
                                .node("BatchNormalization", "c g o m v", "n")
                                .node("Clip", "n lo hi", "y")),
                of(
                        "conv add mul constants",
                        picture(13)
                                .weight("w", random(5 * 4), 5, 4, 1, 1)
                                .weight("a", random(5), 5, 1, 1)
                                .weight("s", new float[] {1, -2, 3, 0.5f, 0.25f}, 1, 5, 1, 1)
                                .node("Conv", "x w", "c")
                                .node("Add", "a c", "d")
                                .node("Mul", "d s", "e")
                                .node("Sub", "a e", "y")),
                of(
                        "batchnorm alone",
                        picture(9)
                                .weight("g", random(4), 4)
                                .weight("o", random(4), 4)
                                .weight("m", random(4), 4)
                                .weight("v", new float[] {1, 2, 0.5f, 3}, 4)
                                .node("BatchNormalization", "x g o m v", "y")),
                of(
                        "gemm",
                        OnnxBuilder.opset(13)
                                .input("x", 1, 20)
                                .weight("w", random(60), 20, 3)
                                .weight("b", random(3), 1, 3)
                                .node("Gemm", "x w b", "y")),
                of(
                        "gemm transposed scaled",
                        OnnxBuilder.opset(11)
                                .input("x", 1, 20)
                                .weight("w", random(60), 3, 20)
                                .weight("b", random(3), 3)
                                .node(
                                        "Gemm",
                                        "x w b",
                                        "y",
                                        integer("transB", 1),
                                        real("alpha", 0.5f),
                                        real("beta", 2))),
                of(
                        "matmul add relu",
                        OnnxBuilder.opset(13)
                                .input("x", 1, 20)
                                .weight("w", random(60), 20, 3)
                                .weight("b", random(3), 3)
                                .node("MatMul", "x w", "m")
                                .node("Add", "m b", "a")
                                .node("Relu", "a", "y")),
                of(
                        "matmul rows",
                        OnnxBuilder.opset(13)
                                .input("x", 1, 6, 20)
                                .weight("w", random(60), 20, 3)
                                .node("MatMul", "x w", "y")),
                of(
                        "matmul reshaped weight",
                        OnnxBuilder.opset(8)
                                .input("x", 1, 6)
                                .weight("w", random(18), 3, 2, 3)
                                .whole("s", new long[] {6, 3}, 2)
                                .node("Reshape", "w s", "v")
                                .node("MatMul", "x v", "y")));
    }

    static Stream<Case> pointwise() {
        return Stream.of(
                unary("Relu"),
                unary("LeakyRelu", real("alpha", 0.1f)),
                unary("Elu"),
                unary("Sigmoid"),
                unary("HardSigmoid"),
                unary("HardSwish"),
                unary("Tanh"),
                unary("Softplus"),
                unary("Softsign"),
                unary("Gelu"),
                unary("Gelu", string("approximate", "tanh")),
                unary("Erf"),
                unary("Exp"),
                unary("Abs"),
                unary("Neg"),
                of(
                        "clip attributes",
                        picture(7).node("Clip", "x", "y", real("min", -0.5f), real("max", 0.75f))),
                of(
                        "prelu",
                        picture(13).weight("s", new float[] {0.3f}, 1).node("PRelu", "x s", "y")),
                of(
                        "sqrt",
                        picture(13)
                                .node("Abs", "x", "a")
                                .weight("one", new float[] {1})
                                .node("Add", "a one", "b")
                                .node("Sqrt", "b", "y")),
                of(
                        "scale by numbers",
                        picture(13)
                                .weight("two", new float[] {2})
                                .weight("three", new float[] {3}, 1)
                                .node("Div", "x two", "a")
                                .node("Sub", "three a", "b")
                                .node("Relu", "b", "c")
                                .node("Mul", "two c", "y")),
                of(
                        "add per row",
                        OnnxBuilder.opset(13)
                                .input("x", 1, 5)
                                .weight("c", random(5), 1, 5)
                                .node("Add", "x c", "y")),
                of(
                        "add along the middle",
                        OnnxBuilder.opset(13)
                                .input("x", 2, 3, 5)
                                .weight("c", random(3), 1, 3, 1)
                                .node("Add", "x c", "y")),
                of(
                        "add along the width of a convolution",
                        conv().weight("c", random(5), 5)
                                .node("Add", "y c", "z")
                                .node("Identity", "z", "o")
                                .output("o")),
                of(
                        "mul by a whole tensor",
                        OnnxBuilder.opset(13)
                                .input("x", 1, 2, 5)
                                .weight("c", random(10), 1, 2, 5)
                                .node("Mul", "x c", "y")));
    }

    static Stream<Case> twoTensors() {
        return Stream.of(
                of(
                        "add",
                        picture(13)
                                .node("Relu", "x", "a")
                                .node("Tanh", "x", "b")
                                .node("Add", "a b", "c")
                                .node("Relu", "c", "y")),
                of(
                        "sum",
                        picture(13)
                                .node("Relu", "x", "a")
                                .node("Tanh", "x", "b")
                                .node("Sum", "a b", "y")),
                of(
                        "sub",
                        picture(13)
                                .node("Relu", "x", "a")
                                .node("Tanh", "x", "b")
                                .node("Sub", "a b", "y")),
                of(
                        "mul",
                        picture(13)
                                .node("Relu", "x", "a")
                                .node("Tanh", "x", "b")
                                .node("Mul", "a b", "y")),
                of("square", picture(13).node("Mul", "x x", "y")),
                of(
                        "squeeze and excite",
                        picture(13)
                                .node("GlobalAveragePool", "x", "p")
                                .node("Sigmoid", "p", "s")
                                .node("Mul", "x s", "y")),
                of(
                        "concat",
                        picture(13)
                                .node("Relu", "x", "a")
                                .node("Exp", "x", "b")
                                .node("Concat", "a b x", "y", integer("axis", 1))));
    }

    static Stream<Case> pools() {
        byte[] three = ints("kernel_shape", 3, 3);
        return Stream.of(
                of("maxpool", picture(13).node("MaxPool", "x", "y", three, ints("strides", 2, 2))),
                of(
                        "maxpool pads",
                        picture(13).node("MaxPool", "x", "y", three, ints("pads", 1, 1, 1, 1))),
                of(
                        "maxpool ceil",
                        picture(13)
                                .node(
                                        "MaxPool",
                                        "x",
                                        "y",
                                        ints("kernel_shape", 2, 2),
                                        ints("strides", 2, 2),
                                        integer("ceil_mode", 1))),
                of(
                        "maxpool dilated",
                        picture(13)
                                .node(
                                        "MaxPool",
                                        "x",
                                        "y",
                                        ints("kernel_shape", 2, 2),
                                        ints("dilations", 2, 2))),
                of(
                        "maxpool same",
                        picture(13)
                                .node(
                                        "MaxPool",
                                        "x",
                                        "y",
                                        three,
                                        ints("strides", 2, 2),
                                        string("auto_pad", "SAME_UPPER"))),
                of("averagepool", picture(13).node("AveragePool", "x", "y", three)),
                of(
                        "averagepool pads",
                        picture(13).node("AveragePool", "x", "y", three, ints("pads", 1, 1, 1, 1))),
                of(
                        "averagepool counting pads",
                        picture(13)
                                .node(
                                        "AveragePool",
                                        "x",
                                        "y",
                                        three,
                                        ints("pads", 1, 1, 1, 1),
                                        integer("count_include_pad", 1))),
                of(
                        "averagepool ceil",
                        picture(13)
                                .node(
                                        "AveragePool",
                                        "x",
                                        "y",
                                        ints("kernel_shape", 2, 2),
                                        ints("strides", 2, 2),
                                        integer("ceil_mode", 1))),
                of("global average", picture(13).node("GlobalAveragePool", "x", "y")),
                of("global maximum", picture(13).node("GlobalMaxPool", "x", "y")),
                of(
                        "mean",
                        picture(13)
                                .node(
                                        "ReduceMean",
                                        "x",
                                        "y",
                                        ints("axes", 2, 3),
                                        integer("keepdims", 0))),
                of(
                        "mean by input",
                        picture(18)
                                .whole("axes", new long[] {-1, -2}, 2)
                                .node("ReduceMean", "x axes", "y")));
    }

    static Stream<Case> shapes() {
        return Stream.of(
                of(
                        "reshape",
                        picture(13)
                                .whole("s", new long[] {0, -1, 3}, 3)
                                .node("Reshape", "x s", "r")
                                .node("Relu", "r", "y")),
                of("flatten", picture(13).node("Flatten", "x", "r").node("Tanh", "r", "y")),
                of(
                        "squeeze unsqueeze",
                        picture(13)
                                .whole("a", new long[] {0}, 1)
                                .node("Squeeze", "x a", "s")
                                .node("Unsqueeze", "s a", "u")
                                .node("Exp", "u", "y")),
                of(
                        "squeeze attribute",
                        picture(11)
                                .node("Squeeze", "x", "s", ints("axes", 0))
                                .node("Exp", "s", "y")),
                of(
                        "transpose",
                        picture(13)
                                .node("Transpose", "x", "t", ints("perm", 0, 2, 3, 1))
                                .node("Exp", "t", "y")),
                of(
                        "pad",
                        picture(13)
                                .whole("p", new long[] {0, 0, 1, 2, 0, 1, 0, 1}, 8)
                                .node("Pad", "x p", "q")
                                .node("Relu", "q", "y")),
                of(
                        "pad attribute",
                        picture(7)
                                .node("Pad", "x", "q", ints("pads", 0, 0, 1, 2, 0, 1, 0, 1))
                                .node("Relu", "q", "y")),
                of("pad before conv", padded(0, 1)),
                of("softmax", OnnxBuilder.opset(13).input("x", 1, 11).node("Softmax", "x", "y")),
                of("softmax flattening", picture(9).node("Softmax", "x", "y")),
                of(
                        "dropout identity cast",
                        picture(13)
                                .node("Dropout", "x", "d")
                                .node("Identity", "d", "i")
                                .node("Cast", "i", "c", integer("to", 1))
                                .node("Exp", "c", "y")),
                of(
                        "shape arithmetic",
                        picture(13)
                                .node("Shape", "x", "s")
                                .whole("i", new long[] {1}, 1)
                                .node("Gather", "s i", "c")
                                .whole("m", new long[] {-1}, 1)
                                .node("Concat", "c m", "t", integer("axis", 0))
                                .node("Reshape", "x t", "r")
                                .node("Exp", "r", "y")));
    }

    private static OnnxBuilder einsum(String equation, String inputs) {
        return OnnxBuilder.opset(13)
                .input("x", 2, 4, 9, 7)
                .node("Einsum", inputs, "y", string("equation", equation));
    }

    static Stream<Case> combined() {
        return Stream.of(
                of("einsum transposed", einsum("nchw->wnhc", "x")),
                of("einsum summed", einsum("nchw->hc", "x")),
                of("einsum of all, alphabetical", einsum("nhcw", "x")),
                of("einsum matrices side by side", einsum("...hw,...vw->...hv", "x x")),
                of("einsum outer product", einsum("nchw,nkhv->nckhwv", "x x")),
                of("einsum elements", einsum("nchw,nchw->nhw", "x x")),
                of(
                        "einsum diagonal",
                        picture(13)
                                .weight("w", random(4 * 4 * 7), 4, 4, 7)
                                .node("Einsum", "w x", "y", string("equation", "ccw,nchw->cwh"))),
                of(
                        "einsum weights",
                        picture(13)
                                .weight("w", random(4 * 6), 4, 6)
                                .node("Einsum", "w x", "y", string("equation", "ck,nchw->nhwk"))),
                of(
                        "einsum of three",
                        picture(13)
                                .weight("u", random(9 * 5), 9, 5)
                                .weight("v", random(5 * 3), 5, 3)
                                .node(
                                        "Einsum",
                                        "x u v",
                                        "y",
                                        string("equation", "nchw,hk,kl->ncwl"))),
                of(
                        "elements added where they meet",
                        picture(18)
                                .whole("i", new long[] {0, 2, 0, 1}, 2, 2, 1, 1)
                                .weight("u", random(4), 2, 2, 1, 1)
                                .node("Concat", "x x", "t", integer("axis", 0))
                                .node(
                                        "ScatterElements",
                                        "t i u",
                                        "y",
                                        integer("axis", 1),
                                        string("reduction", "add"))),
                of(
                        "blocks, the greatest where they meet",
                        picture(18)
                                .whole("i", new long[] {0, 3, 0, 3, 0, 1}, 3, 2)
                                .weight("u", random(3 * 9 * 7), 3, 9, 7)
                                .node("ScatterND", "x i u", "y", string("reduction", "max"))),
                of(
                        "sequences in reverse",
                        picture(13)
                                .whole("l", new long[] {3}, 1)
                                .node(
                                        "ReverseSequence",
                                        "x l",
                                        "r",
                                        integer("time_axis", 1),
                                        integer("batch_axis", 0))
                                .node("Exp", "r", "y")),
                of(
                        "middle and border",
                        picture(18)
                                .whole("s", new long[] {4, 10}, 2)
                                .node("CenterCropPad", "x s", "c", ints("axes", 2, 3))
                                .node("Exp", "c", "y")),
                of(
                        "compress",
                        picture(13)
                                .typed("c", 9, 1, 0, 1)
                                .node("Compress", "x c", "p", integer("axis", 1))
                                .node("Exp", "p", "y")),
                of(
                        "shrink",
                        picture(13).node("Shrink", "x", "y", real("lambd", 1), real("bias", 1))),
                of(
                        "averagepool ceil counting pads",
                        picture(19)
                                .node(
                                        "AveragePool",
                                        "x",
                                        "y",
                                        ints("kernel_shape", 3, 3),
                                        ints("strides", 2, 2),
                                        ints("pads", 1, 0, 1, 1),
                                        integer("ceil_mode", 1),
                                        integer("count_include_pad", 1))),
                of(
                        "steps of an old file",
                        OnnxBuilder.opset(9)
                                .input("x", 5, 1, 4)
                                .weight("w", random(2 * 12 * 4), 2, 12, 4)
                                .weight("r", random(2 * 12 * 3), 2, 12, 3)
                                .node(
                                        "LSTM",
                                        "x w r",
                                        "y",
                                        integer("hidden_size", 3),
                                        string("direction", "bidirectional"))),
                of(
                        "frames of a signal, transformed",
                        OnnxBuilder.opset(17)
                                .input("x", 1, 60)
                                .whole("s", new long[] {5})
                                .weight("w", random(16), 16)
                                .node("STFT", "x s w", "y")),
                of(
                        "16 bits about another middle",
                        picture(21)
                                .weight("s", new float[] {0.0001f})
                                .typed("z", 4, 20000)
                                .node("QuantizeLinear", "x s z", "q")
                                .node("DequantizeLinear", "q s z", "r")
                                .node("Exp", "r", "y")),
                of(
                        "a cast cuts off towards zero",
                        picture(13)
                                .weight("k", new float[] {8})
                                .node("Mul", "x k", "m")
                                .node("Cast", "m", "c", integer("to", 6))
                                .node("Cast", "c", "y", integer("to", 1))),
                of(
                        "a scale for each channel of an activation",
                        picture(13)
                                .weight("s", new float[] {0.02f, 0.03f, 0.04f, 0.05f}, 4)
                                .typed("z", 3, 0, 10, -5, 1)
                                .node("QuantizeLinear", "x s z", "q", integer("axis", 1))
                                .node("DequantizeLinear", "q s z", "y", integer("axis", 1))));
    }

    @ParameterizedTest
    @MethodSource({"linear", "pointwise", "twoTensors", "pools", "shapes", "combined"})
    void agreesWithOnnxRuntime(Case op) throws ImportException {
        ParityReport wide = parity(op.onnx(), DType.I16);
        assertThat(wide.outputs().getFirst().sqnr())
                .as("16 bits, seed %d%n%s", SEED, wide.text())
                .isGreaterThan(op.sqnr());
        ParityReport narrow = parity(op.onnx(), DType.I8);
        assertThat(narrow.outputs().getFirst().sqnr())
                .as("8 bits, seed %d%n%s", SEED, narrow.text())
                .isGreaterThan(25);
    }

    @Test
    void argMaxIsTheSameIndex() throws ImportException {
        byte[] onnx =
                OnnxBuilder.opset(13)
                        .input("x", 1, 11)
                        .node("ArgMax", "x", "y", integer("axis", 1))
                        .raw(OnnxBuilder.bytes(12, OnnxBuilder.valueInfo("y", 7, 1, 1)))
                        .build();
        assertThat(parity(onnx, DType.I16).outputs().getFirst().maxError()).isZero();
    }

    @Test
    void foldsBatchNormalisationAndReluIntoTheConvolution() throws ImportException {
        FloatGraph graph =
                lower(
                        linear().filter(c -> c.name().equals("conv batchnorm relu6"))
                                .findFirst()
                                .orElseThrow()
                                .onnx());
        assertThat(graph.layers()).hasSize(1);
        assertThat(((FloatLayer.Conv) graph.layers().getFirst()).clip()).isEqualTo(new Clip(0, 6));
    }

    @Test
    void doesNotFoldIntoALayerThatOthersRead() throws ImportException {
        byte[] onnx =
                OnnxBuilder.opset(13)
                        .input("x", 1, 4)
                        .weight("w", random(16), 4, 4)
                        .node("MatMul", "x w", "m")
                        .node("Relu", "m", "r")
                        .node("Add", "m r", "y")
                        .output("y")
                        .build();
        FloatGraph graph = lower(onnx);
        assertThat(graph.layers()).hasSize(3);
        assertThat(parity(onnx, DType.I16).outputs().getFirst().sqnr()).isGreaterThan(35);
    }

    @Test
    void leavesOutWhatNoOutputDependsOn() throws ImportException {
        byte[] onnx =
                OnnxBuilder.opset(13)
                        .input("x", 1, 4)
                        .node("Relu", "x", "y")
                        .node("Exp", "x", "z")
                        .output("y")
                        .build();
        assertThat(lower(onnx).layers()).hasSize(1);
    }

    @Test
    void refusesWhatItCannotExpressAndNamesTheNode() {
        refused(
                picture(13)
                        .weight("w", new float[] {Float.NEGATIVE_INFINITY})
                        .node("Add", "x w", "y"),
                "node 'n_y' (Add): -Infinity is supported on the way to a softmax only");
        refused(
                OnnxBuilder.opset(13).input("x", 2, 4).node("GlobalAveragePool", "x", "y"),
                "only [n, channels, height, width]");
        refused(
                picture(13).weight("p", random(36), 1, 4, 9, 1).node("Pow", "x p", "y"),
                "36 different exponents; at most 16");
        refused(
                picture(13).whole("s", new long[] {5, 5}, 2).node("Reshape", "x s", "y"),
                "cannot reshape [1, 4, 9, 7] to [5, 5]");
        refused(
                picture(13).weight("w", random(27), 1, 3, 3, 3).node("Conv", "x w", "y"),
                "does not fit input [1, 4, 9, 7]");
        refused(
                picture(13).node("MaxPool", "x", "y", ints("kernel_shape", 20, 20)),
                "a window of 20 does not fit 9 elements");
        refused(
                picture(13)
                        .node(
                                "AveragePool",
                                "x",
                                "y",
                                ints("kernel_shape", 900, 900),
                                ints("pads", 800, 800, 800, 800)),
                "a window of 810000 elements; at most 65536");
        refused(picture(13).node("Cast", "x", "y", integer("to", 9)), "cast of a computed tensor");
        refused(picture(13).node("LSTM", "x", "y"), "lacks input 2");
        refused(
                OnnxBuilder.opset(13)
                        .input("x", 1, 4)
                        .weight("w", random(20), 5, 4)
                        .node("MatMul", "x w", "y"),
                "weight of 5 inputs does not fit");
        refused(
                picture(13).weight("z", new float[] {0}).node("Div", "x z", "y"),
                "division by zero");
    }

    private static void refused(OnnxBuilder builder, String message) {
        assertThatThrownBy(() -> lower(builder.output("y").build()))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(message);
    }

    private static FloatGraph lower(byte[] onnx) throws ImportException {
        return Network.read(onnx).graph();
    }

    private static ParityReport parity(byte[] onnx, DType activations) throws ImportException {
        Network network = Network.read(onnx);
        FloatGraph graph = network.graph();
        int elements = graph.size("x");
        Samples samples = new Samples(elements, random(40 * elements), null);
        Map<String, Range> ranges =
                Calibrator.ranges(network, samples, Calibration.MIN_MAX, Progress.NONE);
        Quantizer.Result result = Quantizer.quantize(graph, ranges, activations);
        assertThat(result.traced()).hasSize(result.model().ops().size());
        return Parity.compare(network, result.model(), result.traced(), samples, Progress.NONE);
    }
}
