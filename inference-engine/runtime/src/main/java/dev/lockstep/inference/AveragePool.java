package dev.lockstep.inference;

import java.util.List;

/**
 * Mean of a window: RQ of {@code Σ (element - inputZeroPoint)} over the elements that it sees, with
 * the division folded into the factor, so that there is one rounding.
 *
 * <p>With one factor, every window is divided alike and padding counts as zero. With {@code kernelY
 * · kernelX} factors, factor {@code n - 1} serves windows that see n elements, and padding does not
 * count.
 *
 * @shape input (n, c, h, w), any activations · output (n, c, h', w')
 * @cost n · c · h' · w' · (kernelY · kernelX + 1) element operations
 * @fails where a window would see padding only, or a scaled sum could leave 63 bits
 */
public record AveragePool(
        int kernelY, int kernelX, Window window, int inputZeroPoint, DType output, Rescale rescale)
        implements Op {
    private static final int NARROW_MAX = 1 << 15;

    static AveragePool read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(2);
        return new AveragePool(
                r.attribute(),
                r.attribute(),
                r.window(),
                r.attribute(),
                r.dtype(),
                r.rescale(constants[0], constants[1]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        Ints.of(kernelY, kernelX),
                        window.attributes(),
                        Ints.of(inputZeroPoint, output.code()),
                        rescale.clipping().attributes()),
                Ints.concat(rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        new Quantization(1, 0, inputZeroPoint).check(inputs.get(0).dtype());
        Check.output(output);
        Shape shape = Pooling.shape(inputs.get(0), window, kernelY, kernelX);
        if (rescale.multipliers().length() == 1) {
            rescale.check(1, output);
        } else {
            Check.equal("factors", rescale.multipliers().length(), (long) kernelY * kernelX);
            rescale.check(kernelY * kernelX, output);
        }
        return new TensorType(output, shape);
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Cost.ofElements(
                Cost.product(output.shape().elements(), (long) kernelY * kernelX + 1));
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Interval element = inputs.get(0).interval().minus(inputZeroPoint);
        int factors = rescale.multipliers().length();
        if (factors == 1) {
            long most = (long) kernelY * kernelX;
            Interval one = sum(element, 1);
            return rescale.bounds(0, one.union(sum(element, most)));
        }
        Interval all = rescale.bounds(0, element);
        for (int n = 2; n <= factors; n++) {
            all = all.union(rescale.bounds(n - 1, sum(element, n)));
        }
        return all;
    }

    private static Interval sum(Interval element, long count) throws InvalidModelException {
        if (element.magnitude() > Long.MAX_VALUE / count) {
            throw new InvalidModelException("a sum of " + count + " elements leaves 63 bits");
        }
        return new Interval(element.lo() * count, element.hi() * count);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        Shape in = input.shape();
        Pooling rows = Pooling.rows(window, in, kernelY);
        Pooling columns = Pooling.columns(window, in, kernelX);
        boolean narrow = input.type().dtype() != DType.I32 && columns.dilation() == 1;
        boolean byCount = rescale.multipliers().length() > 1;
        int planes = in.dim(0) * in.dim(1);
        int to = output.offset();
        for (int plane = 0; plane < planes; plane++) {
            int from = input.offset() + plane * in.dim(2) * in.dim(3);
            for (int y = 0; y < output.shape().dim(2); y++) {
                int rowTaps = rows.taps(y);
                int row = from + rows.first(y) * in.dim(3);
                int step = rows.dilation() * in.dim(3);
                for (int x = 0; x < output.shape().dim(3); x++) {
                    int columnTaps = columns.taps(x);
                    int count = rowTaps * columnTaps;
                    int at = row + columns.first(x);
                    boolean run = narrow && columnTaps == step && count <= NARROW_MAX;
                    long all =
                            run
                                    ? narrowSum(input.data(), at, count)
                                    : sum(
                                            input.data(),
                                            at,
                                            rowTaps,
                                            step,
                                            columnTaps,
                                            columns.dilation());
                    long sum = all - (long) count * inputZeroPoint;
                    output.data()[to++] = rescale.apply(byCount ? count - 1 : 0, sum);
                }
            }
        }
    }

    private static long sum(
            int[] in, int from, int rows, int rowStep, int columns, int columnStep) {
        long sum = 0;
        for (int i = 0; i < rows; i++) {
            int at = from + i * rowStep;
            for (int j = 0; j < columns; j++) {
                sum += in[at + j * columnStep];
            }
        }
        return sum;
    }

    /** The same of neighbours of 16 bits at most, few enough for 32. */
    private static int narrowSum(int[] in, int from, int count) {
        int sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += in[i];
        }
        return sum;
    }
}
