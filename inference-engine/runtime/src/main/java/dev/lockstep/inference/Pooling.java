package dev.lockstep.inference;

/** Taps of a pooling window along one axis: padding is no tap. */
record Pooling(int extent, int kernel, int stride, int dilation, int padBefore) {
    static Pooling rows(Window window, Shape input, int kernelY) {
        return new Pooling(
                input.dim(2), kernelY, window.strideY(), window.dilationY(), window.padTop());
    }

    static Pooling columns(Window window, Shape input, int kernelX) {
        return new Pooling(
                input.dim(3), kernelX, window.strideX(), window.dilationX(), window.padLeft());
    }

    /** Index of the first element that position {@code at} sees, at least 0. */
    int first(int at) {
        long start = (long) at * stride - padBefore;
        return start >= 0 ? (int) start : Math.floorMod((int) start, dilation);
    }

    /** Number of elements that position {@code at} sees. */
    int taps(int at) {
        long start = (long) at * stride - padBefore;
        if (start >= 0 && start + (long) dilation * (kernel - 1) < extent) {
            return kernel;
        }
        long end = Math.min(extent, start + (long) dilation * (kernel - 1) + 1);
        long first = first(at);
        return first >= end ? 0 : (int) ((end - first - 1) / dilation + 1);
    }

    /** Refuses a position that sees padding only. */
    void check(String axis, int positions) throws InvalidModelException {
        for (int at = 0; at < positions; at++) {
            if (taps(at) == 0) {
                throw new InvalidModelException(
                        "window " + at + " over " + axis + " sees padding only");
            }
        }
    }

    /** What it takes to lay the input out and to see all taps. */
    static Cost cost(TensorType input, int kernelY, int kernelX, TensorType output) {
        long taps = Cost.product(output.shape().elements(), (long) kernelY * kernelX);
        return Cost.ofMoves(input.shape().elements()).plus(Cost.ofMoves(taps));
    }

    /** Shape of what a window yields on an input (n, c, h, w). */
    static Shape shape(TensorType input, Window window, int kernelY, int kernelX)
            throws InvalidModelException {
        Check.rank("input", input, 4);
        Shape in = input.shape();
        Shape out =
                Shape.checked(
                        in.dim(0),
                        in.dim(1),
                        window.rows(in.dim(2), kernelY),
                        window.columns(in.dim(3), kernelX));
        rows(window, in, kernelY).check("rows", out.dim(2));
        columns(window, in, kernelX).check("columns", out.dim(3));
        return out;
    }
}
