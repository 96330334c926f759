package dev.lockstep.inference;

import java.util.List;

/**
 * Tensors one after the other along an axis, each brought to the common scale: RQ of {@code x -
 * zeroPoints[i]} with factor i.
 *
 * @shape any activations that differ in one extent at most · that extent is the sum
 * @cost one element operation an element
 * @fails where a scaled element could leave 63 bits
 * @param zeroPoints one for each input
 * @param rescale one factor for each input
 */
public record Concat(int axis, Ints zeroPoints, DType output, Rescale rescale) implements Op {
    static Concat read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(3);
        return new Concat(
                r.attribute(), constants[0], r.dtype(), r.rescale(constants[1], constants[2]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(Ints.of(axis, output.code()), rescale.clipping().attributes()),
                Ints.concat(zeroPoints, rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.range("number of inputs", inputs.size(), 1, Limits.V1.portsMax());
        Shape first = inputs.get(0).shape();
        Check.range("axis", axis, 0, first.rank() - 1);
        Check.output(output);
        Check.equal("zero points", zeroPoints.length(), inputs.size());
        rescale.check(inputs.size(), output);
        long[] dims = Axes.dims(first);
        dims[axis] = 0;
        for (int i = 0; i < inputs.size(); i++) {
            TensorType input = inputs.get(i);
            Check.activations("input " + i, input);
            new Quantization(1, 0, zeroPoints.get(i)).check(input.dtype());
            Check.rank("input " + i, input, dims.length);
            for (int d = 0; d < dims.length; d++) {
                if (d != axis) {
                    Check.equal("dimension " + d + " of input " + i, input.shape().dim(d), dims[d]);
                }
            }
            dims[axis] += input.shape().dim(axis);
        }
        return new TensorType(output, Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long blocks = output.shape().elements(0, axis) * inputs.size();
        return Cost.ofElements(output.shape().elements() + 16 * blocks);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Interval all = part(inputs, 0);
        for (int i = 1; i < inputs.size(); i++) {
            all = all.union(part(inputs, i));
        }
        return all;
    }

    private Interval part(List<Operand> inputs, int i) throws InvalidModelException {
        return rescale.bounds(i, inputs.get(i).interval().minus(zeroPoints.get(i)));
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        int outer = (int) output.shape().elements(0, axis);
        int outputRun = (int) output.shape().elements(axis, output.shape().rank());
        int start = output.offset();
        for (int i = 0; i < inputs.size(); i++) {
            Tensor input = inputs.get(i);
            int run = (int) input.shape().elements(axis, input.shape().rank());
            for (int block = 0; block < outer; block++) {
                kernels.rescale(
                        rescale,
                        i,
                        input.type().dtype(),
                        zeroPoints.get(i),
                        input.data(),
                        input.offset() + block * run,
                        run,
                        output.data(),
                        start + block * outputRun);
            }
            start += run;
        }
    }
}
