package dev.lockstep.inference;

/** Takes the elements of a tensor in order, run by run, each to the result that it is part of. */
final class Reduction {
    /** Elements of 16 bits whose sum has 31. */
    private static final int NARROW_MAX = 1 << 15;

    private final int[] data;
    private final Runs runs;
    private final Axes.Walk from;
    private final Axes.Walk to;
    private final boolean narrow;

    /**
     * @param output extents of the input, but 1 along reduced axes
     */
    Reduction(Tensor input, Shape output) {
        Shape shape = input.shape();
        this.data = input.data();
        this.runs = new Runs(shape, shape.strides(), Axes.broadcast(output, shape));
        this.from = runs.walk(0, input.offset());
        this.to = runs.walk(1, 0);
        this.narrow = input.type().dtype() == DType.I8 || input.type().dtype() == DType.I16;
    }

    /** What it takes to visit every element, row by row. */
    static Cost cost(Shape input) {
        return Cost.ofMoves(input.elements()).plus(Cost.ofElements(2L * input.rows()));
    }

    /** Adds every element to the sum of its result. */
    void add(long[] sums) {
        for (int i = runs.count(); i > 0; i--) {
            if (runs.step(1) == 0) {
                sums[to.position()] += sum(from.position(), runs.length());
            } else {
                addRow(data, from.position(), sums, to.position(), runs.length());
            }
            from.advance();
            to.advance();
        }
    }

    private long sum(int at, int count) {
        if (narrow && count <= NARROW_MAX) {
            int sum = 0;
            for (int i = at; i < at + count; i++) {
                sum += data[i];
            }
            return sum;
        }
        long sum = 0;
        for (int i = at; i < at + count; i++) {
            sum += data[i];
        }
        return sum;
    }

    private static void addRow(int[] x, int from, long[] sums, int to, int count) {
        for (int i = 0; i < count; i++) {
            sums[to + i] += x[from + i];
        }
    }

    /**
     * Makes every result of {@code values} the greatest of itself and its elements, each with the
     * bits of {@code flip} changed: -1 makes the least the greatest.
     */
    void greatest(int[] values, int flip) {
        for (int i = runs.count(); i > 0; i--) {
            int at = from.position();
            int result = to.position();
            if (runs.step(1) == 0) {
                int greatest = values[result];
                for (int k = at; k < at + runs.length(); k++) {
                    greatest = Math.max(greatest, data[k] ^ flip);
                }
                values[result] = greatest;
            } else {
                for (int k = 0; k < runs.length(); k++) {
                    values[result + k] = Math.max(values[result + k], data[at + k] ^ flip);
                }
            }
            from.advance();
            to.advance();
        }
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
