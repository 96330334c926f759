package dev.lockstep.importer;

import dev.lockstep.importer.TfliteModel.Operator;
import dev.lockstep.importer.TfliteModel.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Runs a quantised network of TensorFlow Lite in the order of its file, without anything of the
 * runtime: sums are exact, and each layer rounds as {@link Rounding} says. Slow, and only for the
 * operators of small networks for pictures.
 */
final class TfliteReference {
    /** How a sum becomes an integer of the next scale. */
    enum Rounding {
        /** Once, half up: the real number nearest. */
        ONCE,
        /**
         * As the kernels of TensorFlow Lite that round twice: a high product, then a shift; an
         * addition rounds each operand and the sum.
         */
        TWICE
    }

    private final TfliteModel model;
    private final Rounding rounding;
    private final Map<Integer, int[]> values = new HashMap<>();

    private TfliteReference(TfliteModel model, Rounding rounding) {
        this.model = model;
        this.rounding = rounding;
    }

    /** The integers of the first output. */
    static int[] run(TfliteModel model, Rounding rounding, int[] input) throws ImportException {
        TfliteReference run = new TfliteReference(model, rounding);
        run.values.put(model.inputs().getFirst(), input);
        for (Operator operator : model.operators()) {
            run.values.put(operator.outputs().getFirst(), run.result(operator));
        }
        return run.values.getOrDefault(model.outputs().getFirst(), new int[0]);
    }

    private Tensor tensor(int index) {
        return model.tensors().get(index);
    }

    private int[] value(int index) {
        return values.computeIfAbsent(
                index,
                _ -> {
                    OnnxTensor constant = tensor(index).constant();
                    if (constant == null) {
                        throw new IllegalStateException("tensor " + index + " has no value");
                    }
                    int[] out = new int[constant.size()];
                    for (int i = 0; i < out.length; i++) {
                        out[i] = (int) constant.longs()[i];
                    }
                    return out;
                });
    }

    private int[] result(Operator operator) throws ImportException {
        return switch (operator.code()) {
            case 0 -> add(operator);
            case 1 -> averagePool(operator);
            case 3 -> conv(operator, false);
            case 4 -> conv(operator, true);
            case 9 -> fullyConnected(operator);
            // Neither changes which is greatest.
            case 6, 22, 25 -> value(operator.inputs().getFirst());
            case 34, 39 -> moved(operator);
            case 40 -> mean(operator);
            case 114 -> quantize(operator);
            default ->
                    throw new ImportException(
                            "the reference has no operator " + TfliteOperators.name(operator));
        };
    }

    /** What an integer is after rescaling, before the zero point is added. */
    private long scaled(long sum, double factor) {
        if (rounding == Rounding.ONCE) {
            return (long) Math.floor(sum * factor + 0.5);
        }
        int exponent = Math.getExponent(factor) + 1;
        long whole = Math.round(Math.scalb(factor, 31 - exponent));
        if (whole == 1L << 31) {
            whole >>= 1;
            exponent++;
        }
        long product = (sum << Math.max(0, exponent)) * whole;
        long high = (product + (product >= 0 ? 1L << 30 : 1 - (1L << 30))) / (1L << 31);
        int right = Math.max(0, -exponent);
        long mask = (1L << right) - 1;
        long threshold = (mask >> 1) + (high < 0 ? 1 : 0);
        return (high >> right) + ((high & mask) > threshold ? 1 : 0);
    }

    private int cut(long value, Tensor to, int activation) {
        double scale = to.scale()[0];
        long zero = to.zeroPoint()[0];
        long low = -128;
        long high = 127;
        if (activation == 1 || activation == 3) {
            low = Math.max(low, zero);
        }
        if (activation == 3) {
            high = Math.min(high, zero + Math.round(6 / scale));
        }
        return (int) Math.clamp(value + zero, low, high);
    }

    private int[] conv(Operator operator, boolean deep) throws ImportException {
        Tensor x = tensor(operator.inputs().get(0));
        Tensor w = tensor(operator.inputs().get(1));
        Tensor y = tensor(operator.outputs().getFirst());
        int[] in = value(operator.inputs().get(0));
        int[] weight = value(operator.inputs().get(1));
        int[] bias = value(operator.inputs().get(2));
        boolean same = operator.options().byteAt(0, 0) == 0;
        int strideWidth = operator.options().whole(1, 1);
        int strideHeight = operator.options().whole(2, 1);
        int activation = operator.options().byteAt(deep ? 4 : 3, 0);
        int height = x.shape()[1];
        int width = x.shape()[2];
        int depth = x.shape()[3];
        int kernelHeight = w.shape()[1];
        int kernelWidth = w.shape()[2];
        int rows = y.shape()[1];
        int columns = y.shape()[2];
        int channels = y.shape()[3];
        int top = same ? Math.max(0, (rows - 1) * strideHeight + kernelHeight - height) / 2 : 0;
        int left = same ? Math.max(0, (columns - 1) * strideWidth + kernelWidth - width) / 2 : 0;
        int zero = (int) x.zeroPoint()[0];
        int[] out = new int[rows * columns * channels];
        IntStream.range(0, rows * columns)
                .parallel()
                .forEach(
                        at -> {
                            int row = at / columns * strideHeight - top;
                            int column = at % columns * strideWidth - left;
                            for (int c = 0; c < channels; c++) {
                                long sum = bias[c];
                                for (int i = 0; i < kernelHeight; i++) {
                                    for (int j = 0; j < kernelWidth; j++) {
                                        int v = row + i;
                                        int u = column + j;
                                        if (v < 0 || v >= height || u < 0 || u >= width) {
                                            continue;
                                        }
                                        int from = (v * width + u) * depth;
                                        if (deep) {
                                            int tap = (i * kernelWidth + j) * channels + c;
                                            sum += (long) (in[from + c] - zero) * weight[tap];
                                            continue;
                                        }
                                        int tap =
                                                ((c * kernelHeight + i) * kernelWidth + j) * depth;
                                        int part = 0;
                                        for (int k = 0; k < depth; k++) {
                                            part += (in[from + k] - zero) * weight[tap + k];
                                        }
                                        sum += part;
                                    }
                                }
                                out[at * channels + c] =
                                        cut(scaled(sum, factor(x, w, y, c)), y, activation);
                            }
                        });
        return out;
    }

    private static double factor(Tensor x, Tensor w, Tensor y, int channel) {
        float scale = w.scale()[w.scale().length == 1 ? 0 : channel];
        return (double) x.scale()[0] * scale / y.scale()[0];
    }

    private int[] fullyConnected(Operator operator) throws ImportException {
        Tensor x = tensor(operator.inputs().get(0));
        Tensor w = tensor(operator.inputs().get(1));
        Tensor y = tensor(operator.outputs().getFirst());
        int[] in = value(operator.inputs().get(0));
        int[] weight = value(operator.inputs().get(1));
        int[] bias =
                operator.inputs().size() > 2 && operator.inputs().get(2) >= 0
                        ? value(operator.inputs().get(2))
                        : new int[w.shape()[0]];
        int[] out = new int[w.shape()[0]];
        for (int c = 0; c < out.length; c++) {
            long sum = bias[c];
            for (int k = 0; k < in.length; k++) {
                sum += (in[k] - x.zeroPoint()[0]) * weight[c * in.length + k];
            }
            out[c] = cut(scaled(sum, factor(x, w, y, c)), y, operator.options().byteAt(0, 0));
        }
        return out;
    }

    private int[] add(Operator operator) throws ImportException {
        Tensor a = tensor(operator.inputs().get(0));
        Tensor b = tensor(operator.inputs().get(1));
        Tensor y = tensor(operator.outputs().getFirst());
        int[] first = value(operator.inputs().get(0));
        int[] second = value(operator.inputs().get(1));
        int[] out = new int[first.length];
        double sa = a.scale()[0];
        double sb = b.scale()[0];
        double sy = y.scale()[0];
        double twice = 2 * Math.max(sa, sb);
        for (int i = 0; i < out.length; i++) {
            long p = first[i] - a.zeroPoint()[0];
            long q = second[i] - b.zeroPoint()[0];
            long sum =
                    rounding == Rounding.ONCE
                            ? (long) Math.floor((p * sa + q * sb) / sy + 0.5)
                            : scaled(
                                    scaled(p << 20, sa / twice) + scaled(q << 20, sb / twice),
                                    twice / ((1 << 20) * sy));
            out[i] = cut(sum, y, operator.options().byteAt(0, 0));
        }
        return out;
    }

    private int[] averagePool(Operator operator) throws ImportException {
        Tensor x = tensor(operator.inputs().get(0));
        if (operator.options().whole(3, 0) != x.shape()[2]
                || operator.options().whole(4, 0) != x.shape()[1]) {
            throw new ImportException("the reference has pools over the whole picture only");
        }
        return mean(operator);
    }

    /** Over height and width. */
    private int[] mean(Operator operator) {
        Tensor x = tensor(operator.inputs().get(0));
        Tensor y = tensor(operator.outputs().getFirst());
        int[] in = value(operator.inputs().get(0));
        int channels = x.shape()[3];
        int count = in.length / channels;
        int[] out = new int[channels];
        for (int c = 0; c < channels; c++) {
            long sum = 0;
            for (int i = 0; i < count; i++) {
                sum += in[i * channels + c] - x.zeroPoint()[0];
            }
            double factor = (double) x.scale()[0] / y.scale()[0] / count;
            out[c] = cut(scaled(sum, factor), y, 0);
        }
        return out;
    }

    private int[] quantize(Operator operator) {
        Tensor x = tensor(operator.inputs().get(0));
        Tensor y = tensor(operator.outputs().getFirst());
        int[] in = value(operator.inputs().get(0));
        int[] out = new int[in.length];
        for (int i = 0; i < out.length; i++) {
            long q = in[i] - x.zeroPoint()[0];
            out[i] = cut(scaled(q, (double) x.scale()[0] / y.scale()[0]), y, 0);
        }
        return out;
    }

    /** Padding with the zero point, and transposition. */
    private int[] moved(Operator operator) {
        Tensor x = tensor(operator.inputs().get(0));
        Tensor y = tensor(operator.outputs().getFirst());
        int[] in = value(operator.inputs().get(0));
        int[] by = value(operator.inputs().get(1));
        int rank = x.shape().length;
        int[] out = new int[(int) Shapes.size(y.shape())];
        Arrays.fill(out, (int) x.zeroPoint()[0]);
        int[] at = new int[rank];
        for (int number : in) {
            int to = 0;
            for (int k = 0; k < rank; k++) {
                int place = operator.code() == 34 ? at[k] + by[2 * k] : at[by[k]];
                to = to * y.shape()[k] + place;
            }
            out[to] = number;
            Shapes.advance(at, x.shape());
        }
        return out;
    }

    static int first(int[] scores) {
        int first = 0;
        for (int i = 1; i < scores.length; i++) {
            first = scores[i] > scores[first] ? i : first;
        }
        return first;
    }
}
