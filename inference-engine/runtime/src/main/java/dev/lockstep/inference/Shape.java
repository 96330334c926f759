package dev.lockstep.inference;

import org.jspecify.annotations.Nullable;

/** Extents of a tensor, outermost first; elements lie row-major. Every extent is at least 1. */
public record Shape(Ints dims) {
    public Shape {
        String fault = fault(dims);
        if (fault != null) {
            throw new IllegalArgumentException(fault);
        }
    }

    /** The shape of these extents. */
    public static Shape of(int... dims) {
        return new Shape(Ints.of(dims));
    }

    /** The shape of extents that may come from a hostile file. */
    static Shape checked(long... dims) throws InvalidModelException {
        int[] narrow = new int[dims.length];
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] < 1 || dims[i] > Limits.V1.dimMax()) {
                throw new InvalidModelException(
                        "dimension " + i + " is " + dims[i] + "; allowed 1.." + Limits.V1.dimMax());
            }
            narrow[i] = (int) dims[i];
        }
        Ints values = Ints.of(narrow);
        String fault = fault(values);
        if (fault != null) {
            throw new InvalidModelException(fault);
        }
        return new Shape(values);
    }

    private static @Nullable String fault(Ints dims) {
        if (dims.length() < 1 || dims.length() > Limits.V1.rankMax()) {
            return "rank is " + dims.length() + "; allowed 1.." + Limits.V1.rankMax();
        }
        long elements = 1;
        for (int i = 0; i < dims.length(); i++) {
            int dim = dims.get(i);
            if (dim < 1 || dim > Limits.V1.dimMax()) {
                return "dimension " + i + " is " + dim + "; allowed 1.." + Limits.V1.dimMax();
            }
            elements *= dim;
            if (elements > Limits.V1.elementsMax()) {
                return "elements of " + dims + " exceed " + Limits.V1.elementsMax();
            }
        }
        return null;
    }

    public int rank() {
        return dims.length();
    }

    /** Extent of one axis. */
    public int dim(int axis) {
        return dims.get(axis);
    }

    /** Extent of the innermost axis. */
    public int last() {
        return dims.get(dims.length() - 1);
    }

    /** The same extents with 1 in the innermost place. */
    Shape outer() {
        int[] outer = dims.toArray();
        outer[outer.length - 1] = 1;
        return of(outer);
    }

    /** Number of rows along the innermost axis. */
    int rows() {
        return elements() / last();
    }

    /** Number of elements: the product of the extents. */
    public int elements() {
        return (int) elements(0, rank());
    }

    /** Product of the extents of axes {@code from} (inclusive) to {@code to} (exclusive). */
    public long elements(int from, int to) {
        long product = 1;
        for (int i = from; i < to; i++) {
            product *= dims.get(i);
        }
        return product;
    }

    /** Row-major strides: how far apart neighbours along each axis lie. */
    int[] strides() {
        int[] strides = new int[rank()];
        int stride = 1;
        for (int i = rank() - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= dims.get(i);
        }
        return strides;
    }

    @Override
    public String toString() {
        return dims.toString();
    }
}
