package dev.lockstep.inference;

/** Visits the elements of a tensor in such an order that those of one result come together. */
final class Reduction {
    private final Axes.Walk kept;
    private final Axes.Walk reduced;
    private final int count;
    private int visited;

    /**
     * @param output extents of the input, but 1 along reduced axes
     */
    Reduction(Tensor input, Shape output) {
        Shape shape = input.shape();
        int[] within = new int[shape.rank()];
        for (int axis = 0; axis < within.length; axis++) {
            within[axis] = output.dim(axis) == 1 ? shape.dim(axis) : 1;
        }
        Shape inner = Shape.of(within);
        this.kept = new Axes.Walk(output, shape.strides(), input.offset());
        this.reduced = new Axes.Walk(inner, shape.strides(), 0);
        this.count = inner.elements();
    }

    /** Elements of the input that make up one of the result. */
    int count() {
        return count;
    }

    /** Where the next element of the input lies. */
    int next() {
        int position = kept.position() + reduced.position();
        reduced.advance();
        if (++visited == count) {
            visited = 0;
            kept.advance();
        }
        return position;
    }

    /** Attributes: one word with a bit for each axis. */
    static Ints attributes(Ints axes) {
        int bits = 0;
        for (int i = 0; i < axes.length(); i++) {
            bits |= 1 << axes.get(i);
        }
        return Ints.of(bits);
    }

    static Ints read(OpReader r) throws InvalidModelException {
        int bits = r.attribute();
        Check.range("bits of axes", bits, 1, (1 << Limits.V1.rankMax()) - 1);
        int[] axes = new int[Integer.bitCount(bits)];
        int rest = bits;
        for (int i = 0; i < axes.length; i++) {
            axes[i] = Integer.numberOfTrailingZeros(rest);
            rest &= rest - 1;
        }
        return Ints.of(axes);
    }

    /** The extents with 1 along these axes, which must ascend. */
    static Shape shape(Shape input, Ints axes) throws InvalidModelException {
        Check.range("number of axes", axes.length(), 1, input.rank());
        long[] dims = Axes.dims(input);
        int least = 0;
        for (int i = 0; i < axes.length(); i++) {
            Check.range("axis " + i, axes.get(i), least, dims.length - 1);
            dims[axes.get(i)] = 1;
            least = axes.get(i) + 1;
        }
        return Shape.checked(dims);
    }
}
