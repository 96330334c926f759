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
        return Pooling.cost(inputs.get(0), kernelY, kernelX, output)
                .plus(Cost.ofElements(2L * output.shape().elements()));
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
        kernels.averagePool(this, inputs.get(0), output);
    }
}
