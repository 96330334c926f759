package dev.lockstep.importer;

import dev.lockstep.inference.Op;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One step of a network in real numbers, ONNX's many operators reduced to the few that the runtime
 * knows. Pictures are [1, channels, height, width].
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
sealed interface FloatLayer {
    /** Names of the tensors read. */
    List<String> inputs();

    /** Name of the tensor made; the ONNX tensor of this name has the same values. */
    String output();

    /** Whether a layer moves or picks elements, so that its result has its input's scale. */
    static boolean keepsScale(FloatLayer layer) {
        return switch (layer) {
            case MaxPool _,
                    Cut _,
                    Reshape _,
                    Transpose _,
                    Pad _,
                    Slice _,
                    Select _,
                    Extreme _,
                    TopK _,
                    Gather _ ->
                    true;
            case Clippable _,
                    AveragePool _,
                    Curve _,
                    Concat _,
                    Requantize _,
                    Reduce _,
                    Embedding _,
                    Constant _,
                    Softmax _,
                    LogSoftmax _,
                    Norm _,
                    ArgMax _,
                    Compare _,
                    Whole _,
                    Exact _ ->
                    false;
        };
    }

    /**
     * A layer that computes a weighted sum for each output channel, to which a later scale, shift
     * or cut may be added.
     */
    sealed interface Linear extends FloatLayer permits Conv, Dense, TransposedConv {
        int channels();

        float[] weight();

        float[] bias();

        /** The integers that the file has for the weights; null where they are real numbers. */
        @Nullable GivenWeights given();

        /** The layer followed by {@code y·scale[c] + shift[c]}, under another output name. */
        Linear then(float[] scale, float[] shift, String output);
    }

    /** A layer whose rounding can also cut. */
    sealed interface Clippable extends FloatLayer
            permits Conv, Dense, TransposedConv, Sum, Product, MatMul {
        Clip clip();

        FloatLayer clipped(Clip cut, String output);
    }

    /**
     * Convolution, grouped or not.
     *
     * @shape weight [channels, inputChannels / groups, kernelHeight, kernelWidth], bias [channels]
     */
    record Conv(
            String input,
            String output,
            float[] weight,
            float[] bias,
            int inputChannels,
            int groups,
            Window window,
            Clip clip,
            @Nullable GivenWeights given)
            implements Linear, Clippable {
        Conv(
                String input,
                String output,
                float[] weight,
                float[] bias,
                int inputChannels,
                int groups,
                Window window,
                Clip clip) {
            this(input, output, weight, bias, inputChannels, groups, window, clip, null);
        }

        @Override
        public List<String> inputs() {
            return List.of(input);
        }

        @Override
        public int channels() {
            return bias.length;
        }

        /** The same weights on another tensor. */
        Conv over(String newInput, Window newWindow) {
            return new Conv(
                    newInput, output, weight, bias, inputChannels, groups, newWindow, clip, given);
        }

        @Override
        public Conv then(float[] scale, float[] shift, String newOutput) {
            Affine folded = Affine.fold(weight, bias, scale, shift);
            return new Conv(
                    input,
                    newOutput,
                    folded.weight(),
                    folded.bias(),
                    inputChannels,
                    groups,
                    window,
                    clip,
                    given == null ? null : given.then(scale));
        }

        @Override
        public Conv clipped(Clip cut, String newOutput) {
            return new Conv(
                    input,
                    newOutput,
                    weight,
                    bias,
                    inputChannels,
                    groups,
                    window,
                    clip.then(cut),
                    given);
        }
    }

    /**
     * Fully connected layer on each row of the input.
     *
     * @shape weight [channels, inputChannels], bias [channels]
     */
    record Dense(
            String input,
            String output,
            float[] weight,
            float[] bias,
            Clip clip,
            @Nullable GivenWeights given)
            implements Linear, Clippable {
        Dense(String input, String output, float[] weight, float[] bias, Clip clip) {
            this(input, output, weight, bias, clip, null);
        }

        @Override
        public List<String> inputs() {
            return List.of(input);
        }

        @Override
        public int channels() {
            return bias.length;
        }

        int inputChannels() {
            return weight.length / bias.length;
        }

        @Override
        public Dense then(float[] scale, float[] shift, String newOutput) {
            Affine folded = Affine.fold(weight, bias, scale, shift);
            return new Dense(
                    input,
                    newOutput,
                    folded.weight(),
                    folded.bias(),
                    clip,
                    given == null ? null : given.then(scale));
        }

        @Override
        public Dense clipped(Clip cut, String newOutput) {
            return new Dense(input, newOutput, weight, bias, clip.then(cut), given);
        }
    }

    /**
     * Transposed convolution.
     *
     * @param moreHeight rows of the result beyond those that the window's border leaves
     * @param moreWidth columns alike
     * @shape weight [channels, inputChannels / groups, kernelHeight, kernelWidth], bias [channels]
     */
    record TransposedConv(
            String input,
            String output,
            float[] weight,
            float[] bias,
            int inputChannels,
            int groups,
            Window window,
            int moreHeight,
            int moreWidth,
            Clip clip,
            @Nullable GivenWeights given)
            implements Linear, Clippable {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }

        @Override
        public int channels() {
            return bias.length;
        }

        @Override
        public TransposedConv then(float[] scale, float[] shift, String newOutput) {
            Affine folded = Affine.fold(weight, bias, scale, shift);
            return new TransposedConv(
                    input,
                    newOutput,
                    folded.weight(),
                    folded.bias(),
                    inputChannels,
                    groups,
                    window,
                    moreHeight,
                    moreWidth,
                    clip,
                    given == null ? null : given.then(scale));
        }

        @Override
        public TransposedConv clipped(Clip cut, String newOutput) {
            return new TransposedConv(
                    input,
                    newOutput,
                    weight,
                    bias,
                    inputChannels,
                    groups,
                    window,
                    moreHeight,
                    moreWidth,
                    clip.then(cut),
                    given);
        }
    }

    /** Product of matrices, the last two axes of both; axes before are a batch. */
    record MatMul(String first, String second, String output, Clip clip) implements Clippable {
        @Override
        public List<String> inputs() {
            return List.of(first, second);
        }

        @Override
        public MatMul clipped(Clip cut, String newOutput) {
            return new MatMul(first, second, newOutput, clip.then(cut));
        }
    }

    /** Sum, or difference, of two tensors; an extent of 1 is repeated. */
    record Sum(String first, String second, String output, boolean subtracts, Clip clip)
            implements Clippable {
        @Override
        public List<String> inputs() {
            return List.of(first, second);
        }

        @Override
        public Sum clipped(Clip cut, String newOutput) {
            return new Sum(first, second, newOutput, subtracts, clip.then(cut));
        }
    }

    /** Product, element by element, of two tensors; an extent of 1 is repeated. */
    record Product(String first, String second, String output, Clip clip) implements Clippable {
        @Override
        public List<String> inputs() {
            return List.of(first, second);
        }

        @Override
        public Product clipped(Clip cut, String newOutput) {
            return new Product(first, second, newOutput, clip.then(cut));
        }
    }

    /** Largest element of each window; the border does not count. */
    record MaxPool(String input, String output, Window window) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** Mean of each window; whether zeros of the border count is the model's choice. */
    record AveragePool(String input, String output, Window window, boolean countsBorder)
            implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** A function of each element alone; becomes a table. */
    record Curve(String input, String output, String name, DoubleUnaryOperator function)
            implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** Elements cut to bounds, where the layer before could not do it. */
    record Cut(String input, String output, Clip clip) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** The same values in another scale. */
    record Requantize(String input, String output) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** The same elements under another shape. */
    record Reshape(String input, String output) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** Axis i of the result is axis permutation[i] of the input. */
    record Transpose(String input, String output, int[] permutation) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** Every so-many-th element of each axis. */
    record Slice(String input, String output, int[] starts, int[] steps) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** Listed elements of each axis, axis by axis. */
    record Select(String input, String output, int[][] indices) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** Slices of a tensor by computed indices along an axis. */
    record Gather(String input, String index, String output, int axis) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input, index);
        }
    }

    /** Rows of a constant matrix by computed indices. */
    record Embedding(String index, String output, float[] weight, int rows) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(index);
        }
    }

    /** Values that are the same in every run. */
    record Constant(String output, float[] values) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of();
        }
    }

    /** Sum or mean over axes, which keep an extent of 1. */
    record Reduce(String input, String output, int[] axes, boolean isMean) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** Greatest or least over axes, which keep an extent of 1. */
    record Extreme(String input, String output, int[] axes, boolean least) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** Tensors laid one after the other along an axis. */
    record Concat(List<String> inputs, String output, int axis) implements FloatLayer {}

    /** A border of a value around each axis. */
    record Pad(String input, String output, int[] before, int[] after, float value)
            implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** Normalised exponential over the last axis. */
    record Softmax(String input, String output) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /** Logarithm of the normalised exponential over the last axis. */
    record LogSoftmax(String input, String output) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /**
     * The last axis brought to a mean square of one, less its mean first where centred; then a gain
     * and an offset for each element.
     */
    record Norm(
            String input,
            String output,
            boolean centred,
            double epsilon,
            float[] gain,
            float[] offset)
            implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }

        /** The layer followed by {@code y·scale[i] + shift[i]}, under another output name. */
        Norm then(float[] scale, float[] shift, String newOutput) {
            float[] newGain = gain.clone();
            float[] newOffset = offset.clone();
            for (int i = 0; i < gain.length; i++) {
                newGain[i] *= scale[i];
                newOffset[i] = newOffset[i] * scale[i] + shift[i];
            }
            return new Norm(input, newOutput, centred, epsilon, newGain, newOffset);
        }
    }

    /**
     * The whole number below, above or nearest to a share of each element, of two as near the even
     * one; or its sign as -1, 0 or 1.
     *
     * @param divisor 1, or for FLOOR and CEILING of whole numbers any other but 0
     */
    record Whole(String input, String output, Kind kind, int divisor) implements FloatLayer {
        enum Kind {
            FLOOR,
            CEILING,
            NEAREST,
            SIGN
        }

        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /**
     * Whether the first is less than the second, as 1 or 0, of the numbers as they are rounded; an
     * extent of 1 is repeated.
     */
    record Compare(String first, String second, String output) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(first, second);
        }
    }

    /**
     * The greatest, or least, elements of the last axis in order; the lowest index first among
     * equals.
     */
    record TopK(String input, String output, int count, boolean greatest) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /**
     * Where in the last axis elements are, as whole numbers: {@code op} is an ArgMax or TopK that
     * gives places.
     */
    record ArgMax(String input, String output, Op op) implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }

    /**
     * An operation on integers that is known before any sample is seen; the scale of its result is
     * given with the graph.
     *
     * @param needsSamples whether it was made for ranges of features that samples have yet to tell
     * @param takesMissing whether it has an answer where a feature is missing
     */
    record Exact(String input, String output, Op op, boolean needsSamples, boolean takesMissing)
            implements FloatLayer {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }
    }
}
