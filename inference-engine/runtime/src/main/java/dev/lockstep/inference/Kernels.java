package dev.lockstep.inference;

/**
 * The inner loops that decide how fast a model runs. {@link ScalarKernels} defines them; any other
 * implementation yields the same integers, and a contract suite holds it to that.
 *
 * <p>An implementation may keep scratch memory and is used by one thread at a time.
 */
public interface Kernels {
    /** Dense or grouped convolution; see {@link Conv2d}. */
    void conv2d(Conv2d op, Tensor input, Tensor weights, Tensor output);

    /** Convolution of each channel on its own; see {@link DepthwiseConv2d}. */
    void depthwiseConv2d(DepthwiseConv2d op, Tensor input, Tensor weights, Tensor output);

    /** Product of rows with a matrix; see {@link FullyConnected}. */
    void fullyConnected(FullyConnected op, Tensor input, Tensor weights, Tensor output);

    /** Convolution turned round; see {@link TransposedConv2d}. */
    void transposedConv2d(TransposedConv2d op, Tensor input, Tensor weights, Tensor output);

    /** Products of matrices of activations; see {@link MatMul}. */
    void matMul(MatMul op, Tensor first, Tensor second, Tensor output);

    /** Walks through trees, and what their leaves say together; see {@link TreeEnsemble}. */
    void treeEnsemble(TreeEnsemble op, Tensor input, Tensor output);

    /** Weighted sum of two tensors, repeated to one shape; see {@link Add}. */
    void add(Add op, Tensor first, Tensor second, Tensor output);

    /** Product of two tensors, repeated to one shape; see {@link Mul}. */
    void mul(Mul op, Tensor first, Tensor second, Tensor output);

    /** Greatest elements of windows; see {@link MaxPool}. */
    void maxPool(MaxPool op, Tensor input, Tensor output);

    /** Means of windows; see {@link AveragePool}. */
    void averagePool(AveragePool op, Tensor input, Tensor output);

    /**
     * {@code count} elements brought to another scale: RQ of {@code in[from + i] - zeroPoint} with
     * the factor of one channel; see {@link Requantize}.
     *
     * @param dtype type of the elements
     */
    void rescale(
            Rescale rescale,
            int channel,
            DType dtype,
            int zeroPoint,
            int[] in,
            int from,
            int count,
            int[] out,
            int to);

    /**
     * Whether a backend was found to yield wrong results since this was asked last: then it serves
     * no more, and what was running is to be run again.
     */
    default boolean differed() {
        return false;
    }
}
