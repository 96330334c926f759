package dev.lockstep.inference;

/**
 * Takes an operation's parameters out of its {@link OpFields}, in the order in which they were put
 * there.
 */
final class OpReader {
    private final OpFields fields;
    private int next;

    /** Fields as read from a file, with all attribute words present. */
    OpReader(OpFields fields) {
        this.fields = fields;
    }

    int attribute() {
        return fields.attributes().get(next++);
    }

    /** A yes or no, as 1 or 0. */
    boolean flag() throws InvalidModelException {
        int value = attribute();
        Check.range("flag", value, 0, 1);
        return value == 1;
    }

    Ints attributes(int count) {
        next += count;
        return fields.attributes().slice(next - count, next);
    }

    DType dtype() throws InvalidModelException {
        return DType.of(attribute());
    }

    /** A rank and that many extents. */
    Shape shape() throws InvalidModelException {
        int rank = attribute();
        Check.range("rank", rank, 1, Limits.V1.rankMax());
        return extents(rank);
    }

    Shape extents(int rank) throws InvalidModelException {
        long[] dims = new long[rank];
        for (int i = 0; i < rank; i++) {
            dims[i] = attribute();
        }
        return Shape.checked(dims);
    }

    Window window() {
        return Window.of(attributes(8));
    }

    /** The constants, all of them. */
    Ints constants() {
        return fields.constants();
    }

    /** The constants cut into {@code count} parts of equal length. */
    Ints[] constants(int count) throws InvalidModelException {
        int words = fields.constants().length();
        if (words % count != 0) {
            throw new InvalidModelException(
                    "constants are " + words + " words; expected a multiple of " + count);
        }
        Ints[] parts = new Ints[count];
        for (int i = 0; i < count; i++) {
            parts[i] = fields.constants().slice(words / count * i, words / count * (i + 1));
        }
        return parts;
    }

    /** A rescaling whose zero point and clips are the next three attributes. */
    Rescale rescale(Ints multipliers, Ints shifts) {
        return new Rescale(multipliers, shifts, Clipping.read(this));
    }
}
