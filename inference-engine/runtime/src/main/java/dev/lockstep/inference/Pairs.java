package dev.lockstep.inference;

import java.util.List;

/**
 * The elements of two tensors that are repeated to a common shape, pair after pair in row-major
 * order.
 */
public final class Pairs {
    private final Side a;
    private final Side b;
    private final int length;
    private int taken;

    /**
     * @param output extents of each are those of {@code output}, or 1
     */
    public Pairs(Tensor first, Tensor second, Shape output) {
        Runs runs =
                new Runs(
                        output,
                        Axes.broadcast(first.shape(), output),
                        Axes.broadcast(second.shape(), output));
        this.a = new Side(first, runs, 0);
        this.b = new Side(second, runs, 1);
        this.length = runs.length();
    }

    /** What an operation on pairs takes: shapes that differ are paired row by row. */
    static Cost cost(List<TensorType> inputs, TensorType output) {
        boolean alike = inputs.get(0).shape().equals(inputs.get(1).shape());
        long rows = alike ? 0 : output.shape().rows();
        return Cost.ofElements(2L * output.shape().elements() + 8 * rows);
    }

    /** Puts the next {@code count} pairs into two arrays, from 0 on. */
    public void next(int count, int[] first, int[] second) {
        for (int at = 0; at < count; ) {
            int run = Math.min(count - at, length - taken);
            a.copy(taken, run, first, at);
            b.copy(taken, run, second, at);
            at += run;
            taken += run;
            if (taken == length) {
                taken = 0;
                a.walk.advance();
                b.walk.advance();
            }
        }
    }

    private static final class Side {
        private final int[] data;
        private final int step;
        private final Axes.Walk walk;

        Side(Tensor tensor, Runs runs, int index) {
            this.data = tensor.data();
            this.step = runs.step(index);
            this.walk = runs.walk(index, tensor.offset());
        }

        void copy(int taken, int count, int[] to, int at) {
            Axes.copy(data, walk.position() + taken * step, step, to, at, count);
        }
    }
}
