package dev.lockstep.inference;

/**
 * How a kernel moves over the two innermost axes. Padding is less than the kernel's extent, so that
 * no output sees padding alone by more than the ends.
 */
public record Window(
        int strideY,
        int strideX,
        int dilationY,
        int dilationX,
        int padTop,
        int padLeft,
        int padBottom,
        int padRight) {
    /** Every position, no padding. */
    public static final Window PLAIN = of(1, 1, 0);

    /** The same stride in both directions, the same padding on all sides, no dilation. */
    public static Window of(int strideY, int strideX, int pad) {
        return new Window(strideY, strideX, 1, 1, pad, pad, pad, pad);
    }

    static Window of(Ints attributes) {
        return new Window(
                attributes.get(0),
                attributes.get(1),
                attributes.get(2),
                attributes.get(3),
                attributes.get(4),
                attributes.get(5),
                attributes.get(6),
                attributes.get(7));
    }

    Ints attributes() {
        return Ints.of(
                strideY, strideX, dilationY, dilationX, padTop, padLeft, padBottom, padRight);
    }

    /** Whether there is any padding. */
    public boolean pads() {
        return (padTop | padLeft | padBottom | padRight) != 0;
    }

    /** Positions of a kernel of {@code kernelY} rows on {@code height} rows. */
    long rows(int height, int kernelY) throws InvalidModelException {
        return positions(
                "rows", height, kernelY, new int[] {strideY, dilationY, padTop, padBottom});
    }

    /** Positions of a kernel of {@code kernelX} columns on {@code width} columns. */
    long columns(int width, int kernelX) throws InvalidModelException {
        return positions(
                "columns", width, kernelX, new int[] {strideX, dilationX, padLeft, padRight});
    }

    private static long positions(String axis, int extent, int kernel, int[] step)
            throws InvalidModelException {
        int max = Limits.V1.dimMax();
        Check.range("kernel " + axis, kernel, 1, max);
        Check.range("stride over " + axis, step[0], 1, max);
        Check.range("dilation over " + axis, step[1], 1, max);
        long span = (long) step[1] * (kernel - 1) + 1;
        Check.range("padding before " + axis, step[2], 0, Math.min(max, span - 1));
        Check.range("padding after " + axis, step[3], 0, Math.min(max, span - 1));
        long room = (long) extent + step[2] + step[3] - span;
        if (room < 0) {
            throw new InvalidModelException(
                    "a kernel that spans "
                            + span
                            + " "
                            + axis
                            + " does not fit on "
                            + extent
                            + " with padding "
                            + step[2]
                            + " and "
                            + step[3]);
        }
        return room / step[0] + 1;
    }
}
