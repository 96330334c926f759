package dev.lockstep.inference;

import java.util.List;

/**
 * The operations of LKA-1. The number is part of the model format: never reuse one, never renumber.
 */
final class Ops {
    private static final List<Row> ROWS =
            List.of(
                    row(1, "conv2d", Conv2d.class, Conv2d::read),
                    row(2, "depthwiseConv2d", DepthwiseConv2d.class, DepthwiseConv2d::read),
                    row(3, "fullyConnected", FullyConnected.class, FullyConnected::read),
                    row(4, "add", Add.class, Add::read),
                    row(5, "mul", Mul.class, Mul::read),
                    row(6, "maxPool", MaxPool.class, MaxPool::read),
                    row(7, "averagePool", AveragePool.class, AveragePool::read),
                    row(8, "clip", Clip.class, Clip::read),
                    row(9, "lut8", Lut8.class, Lut8::read),
                    row(10, "lut16", Lut16.class, Lut16::read),
                    row(11, "reshape", Reshape.class, Reshape::read),
                    row(12, "transpose", Transpose.class, Transpose::read),
                    row(13, "concat", Concat.class, Concat::read),
                    row(14, "pad", Pad.class, Pad::read),
                    row(15, "softmax", Softmax.class, Softmax::read),
                    row(16, "argMax", ArgMax.class, ArgMax::read),
                    row(17, "requantize", Requantize.class, Requantize::read),
                    row(18, "slice", Slice.class, Slice::read),
                    row(19, "select", Select.class, Select::read),
                    row(20, "reduceSum", ReduceSum.class, ReduceSum::read),
                    row(21, "reduceExtreme", ReduceExtreme.class, ReduceExtreme::read),
                    row(22, "matMul", MatMul.class, MatMul::read),
                    row(23, "transposedConv2d", TransposedConv2d.class, TransposedConv2d::read),
                    row(24, "gather", Gather.class, Gather::read),
                    row(25, "embedding", Embedding.class, Embedding::read),
                    row(26, "constant", Constant.class, Constant::read),
                    row(27, "logSoftmax", LogSoftmax.class, LogSoftmax::read),
                    row(28, "layerNorm", LayerNorm.class, LayerNorm::read),
                    row(29, "rope", Rope.class, Rope::read),
                    row(30, "attention", Attention.class, Attention::read),
                    row(31, "scatter", Scatter.class, Scatter::read),
                    row(32, "fullyConnected4", FullyConnected4.class, FullyConnected4::read),
                    row(40, "treeEnsemble", TreeEnsemble.class, TreeEnsemble::read),
                    row(41, "floatToFixed", FloatToFixed.class, FloatToFixed::read),
                    row(42, "linear", Linear.class, Linear::read),
                    row(43, "probabilities", Probabilities.class, Probabilities::read),
                    row(44, "normalize", Normalize.class, Normalize::read),
                    row(45, "supportVectors", SupportVectors.class, SupportVectors::read),
                    row(46, "topK", TopK.class, TopK::read));

    private Ops() {}

    /** An operation as the format knows it. */
    record Row(int number, String name, Class<? extends Op> type, Decoder decoder) {}

    /** Makes a record of its parameters; whether they make sense is for {@link Op#type}. */
    interface Decoder {
        Op read(OpReader reader) throws InvalidModelException;
    }

    private static Row row(int number, String name, Class<? extends Op> type, Decoder decoder) {
        return new Row(number, name, type, decoder);
    }

    static List<Row> rows() {
        return ROWS;
    }

    static Row of(int number) throws InvalidModelException {
        for (Row row : ROWS) {
            if (row.number == number) {
                return row;
            }
        }
        throw new InvalidModelException(
                "operation number "
                        + number
                        + " is unknown; allowed 1.."
                        + ROWS.getLast().number());
    }

    static Row of(Op op) {
        for (Row row : ROWS) {
            if (row.type == op.getClass()) {
                return row;
            }
        }
        throw new IllegalArgumentException(
                op.getClass() + " has no row in the table of operations");
    }
}
