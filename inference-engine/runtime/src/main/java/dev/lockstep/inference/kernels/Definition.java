package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Conv2d;
import dev.lockstep.inference.DepthwiseConv2d;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.Window;
import java.lang.foreign.ValueLayout;

/** Single results of products with weights, by what the operations mean: slow, in any order. */
final class Definition {
    private Definition() {}

    /** Multiply-accumulates of one result. */
    static int macs(Tensor weights) {
        return weights.shape().elements() / weights.shape().dim(0);
    }

    /**
     * The result of this index.
     *
     * @param op of those that take weights and have native kernels
     */
    static int result(Op op, Tensor input, Tensor weights, Shape output, int index) {
        return switch (op) {
            case Conv2d conv -> {
                int channel = index / output.dim(3) / output.dim(2) % output.dim(1);
                int group = channel / (output.dim(1) / conv.groups());
                yield convolution(
                        conv.window(),
                        conv.padValue(),
                        conv.bias(),
                        conv.rescale(),
                        input,
                        weights,
                        output,
                        index,
                        group * weights.shape().dim(1));
            }
            case DepthwiseConv2d conv -> {
                int channel = index / output.dim(3) / output.dim(2) % output.dim(1);
                int perInput = output.dim(1) / input.shape().dim(1);
                yield convolution(
                        conv.window(),
                        conv.padValue(),
                        conv.bias(),
                        conv.rescale(),
                        input,
                        weights,
                        output,
                        index,
                        channel / perInput);
            }
            case FullyConnected product -> {
                int length = weights.shape().last();
                int channel = index % output.last();
                int from = input.offset() + index / output.last() * length;
                long sum = product.bias().get(channel);
                for (int k = 0; k < length; k++) {
                    sum += (long) input.data()[from + k] * weight(weights, channel * length + k);
                }
                yield product.rescale().apply(channel, sum);
            }
            default -> throw new IllegalArgumentException(op.toString());
        };
    }

    private static int convolution(
            Window window,
            int padValue,
            Ints bias,
            Rescale rescale,
            Tensor input,
            Tensor weights,
            Shape output,
            int index,
            int firstChannel) {
        Shape in = input.shape();
        Shape kernel = weights.shape();
        int x = index % output.dim(3) * window.strideX() - window.padLeft();
        int y = index / output.dim(3) % output.dim(2) * window.strideY() - window.padTop();
        int channel = index / output.dim(3) / output.dim(2) % output.dim(1);
        int image = index / output.dim(3) / output.dim(2) / output.dim(1);
        int at = channel * macs(weights);
        long sum = bias.get(channel);
        for (int c = 0; c < kernel.dim(1); c++) {
            int plane = image * in.dim(1) + firstChannel + c;
            for (int i = 0; i < kernel.dim(2); i++) {
                int inY = y + i * window.dilationY();
                for (int j = 0; j < kernel.dim(3); j++) {
                    int inX = x + j * window.dilationX();
                    boolean inside = inY >= 0 && inY < in.dim(2) && inX >= 0 && inX < in.dim(3);
                    int value =
                            inside
                                    ? input.data()[
                                            input.offset()
                                                    + (plane * in.dim(2) + inY) * in.dim(3)
                                                    + inX]
                                    : padValue;
                    sum += (long) value * weight(weights, at++);
                }
            }
        }
        return rescale.apply(channel, sum);
    }

    private static int weight(Tensor weights, int index) {
        return weights.weights().get(ValueLayout.JAVA_BYTE, index);
    }
}
