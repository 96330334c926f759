package dev.lockstep.inference;

import java.util.List;

/**
 * Transposed convolution: input (y, x) adds {@code (input - inputZeroPoint) · weights[i, j]} to
 * output {@code (y · strideY - padTop + i · dilationY, x · strideX - padLeft + j · dilationX)}
 * where there is one; each channel starts from its bias, and sums are rescaled and clipped.
 *
 * @shape input (n, c, h, w) I8 or I16 · weights (m, c / groups, kh, kw) W8 · output (n, m, h', w')
 *     with {@code h' = (h - 1) · strideY + dilationY · (kh - 1) + 1 - padTop - padBottom +
 *     moreRows}, w' alike
 * @cost n · h · w · m · c / groups · kh · kw multiply-accumulates, n · m · h' · w' elements
 * @fails where {@code Σ|weights| · max|input - inputZeroPoint| + |bias|} of a channel could leave
 *     31 bits (I8) or 62 bits (I16)
 * @param moreRows rows at the bottom beyond those that padding leaves
 * @param moreColumns columns at the right beyond those that padding leaves
 * @param bias one for each of the m channels
 */
public record TransposedConv2d(
        Window window,
        int moreRows,
        int moreColumns,
        int groups,
        int inputZeroPoint,
        Ints bias,
        DType output,
        Rescale rescale)
        implements Op {
    static TransposedConv2d read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(3);
        return new TransposedConv2d(
                r.window(),
                r.attribute(),
                r.attribute(),
                r.attribute(),
                r.attribute(),
                constants[0],
                r.dtype(),
                r.rescale(constants[1], constants[2]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        window.attributes(),
                        Ints.of(moreRows, moreColumns, groups, inputZeroPoint, output.code()),
                        rescale.clipping().attributes()),
                Ints.concat(bias, rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 2);
        TensorType input = inputs.get(0);
        TensorType weights = inputs.get(1);
        Convolution.check(input, weights, inputZeroPoint);
        Shape in = input.shape();
        Shape kernel = weights.shape();
        Check.range("groups", groups, 1, Math.min(in.dim(1), kernel.dim(0)));
        Check.equal("input channels modulo groups", in.dim(1) % groups, 0);
        Check.equal("output channels modulo groups", kernel.dim(0) % groups, 0);
        Check.equal("input channels of a group", kernel.dim(1), in.dim(1) / groups);
        Convolution.checkResult(kernel.dim(0), bias, output, rescale);
        long rows = extent("rows", in.dim(2), kernel.dim(2), rowSteps(), moreRows);
        long columns = extent("columns", in.dim(3), kernel.dim(3), columnSteps(), moreColumns);
        return new TensorType(output, Shape.checked(in.dim(0), kernel.dim(0), rows, columns));
    }

    /** Stride, dilation, padding before and after, of rows. */
    int[] rowSteps() {
        return new int[] {
            window.strideY(), window.dilationY(), window.padTop(), window.padBottom()
        };
    }

    int[] columnSteps() {
        return new int[] {
            window.strideX(), window.dilationX(), window.padLeft(), window.padRight()
        };
    }

    private static long extent(String axis, int extent, int kernel, int[] steps, int more)
            throws InvalidModelException {
        int max = Limits.V1.dimMax();
        Check.range("stride over " + axis, steps[0], 1, max);
        Check.range("dilation over " + axis, steps[1], 1, max);
        Check.range("padding before " + axis, steps[2], 0, max);
        Check.range("padding after " + axis, steps[3], 0, max);
        Check.range("more " + axis, more, 0, max);
        return (extent - 1L) * steps[0] + (kernel - 1L) * steps[1] + 1 - steps[2] - steps[3] + more;
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        Shape in = inputs.get(0).shape();
        Shape kernel = inputs.get(1).shape();
        long positions = (long) in.dim(0) * in.dim(2) * in.dim(3);
        long spread = Cost.product(positions, kernel.elements() / kernel.dim(1));
        return Cost.ofMacs(
                        inputs.get(0).dtype(),
                        Cost.product(positions, kernel.elements()),
                        output.shape().elements(),
                        kernel.elements())
                .plus(Cost.ofElements(spread));
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Operand input = inputs.get(0);
        return Convolution.bounds(
                input.type().dtype(),
                input.interval().minus(inputZeroPoint).magnitude(),
                inputs.get(1),
                bias,
                rescale);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        kernels.transposedConv2d(this, inputs.get(0), inputs.get(1), output);
    }
}
