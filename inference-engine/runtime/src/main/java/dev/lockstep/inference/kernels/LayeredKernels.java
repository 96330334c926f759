package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Add;
import dev.lockstep.inference.AveragePool;
import dev.lockstep.inference.Conv2d;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.DepthwiseConv2d;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.MatMul;
import dev.lockstep.inference.MaxPool;
import dev.lockstep.inference.Mul;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.TransposedConv2d;
import dev.lockstep.inference.TreeEnsemble;

/** Kernels on top of others, which do what these have no way of their own for. */
abstract class LayeredKernels implements Kernels {
    /** What lies below, at this moment. */
    abstract Kernels below();

    @Override
    public void conv2d(Conv2d op, Tensor input, Tensor weights, Tensor output) {
        below().conv2d(op, input, weights, output);
    }

    @Override
    public void depthwiseConv2d(DepthwiseConv2d op, Tensor input, Tensor weights, Tensor output) {
        below().depthwiseConv2d(op, input, weights, output);
    }

    @Override
    public void fullyConnected(FullyConnected op, Tensor input, Tensor weights, Tensor output) {
        below().fullyConnected(op, input, weights, output);
    }

    @Override
    public void transposedConv2d(TransposedConv2d op, Tensor input, Tensor weights, Tensor output) {
        below().transposedConv2d(op, input, weights, output);
    }

    @Override
    public void matMul(MatMul op, Tensor first, Tensor second, Tensor output) {
        below().matMul(op, first, second, output);
    }

    @Override
    public void treeEnsemble(TreeEnsemble op, Tensor input, Tensor output) {
        below().treeEnsemble(op, input, output);
    }

    @Override
    public void add(Add op, Tensor first, Tensor second, Tensor output) {
        below().add(op, first, second, output);
    }

    @Override
    public void mul(Mul op, Tensor first, Tensor second, Tensor output) {
        below().mul(op, first, second, output);
    }

    @Override
    public void maxPool(MaxPool op, Tensor input, Tensor output) {
        below().maxPool(op, input, output);
    }

    @Override
    public void averagePool(AveragePool op, Tensor input, Tensor output) {
        below().averagePool(op, input, output);
    }

    @Override
    public void rescale(
            Rescale rescale,
            int channel,
            DType dtype,
            int zeroPoint,
            int[] in,
            int from,
            int count,
            int[] out,
            int to) {
        below().rescale(rescale, channel, dtype, zeroPoint, in, from, count, out, to);
    }
}
