package dev.lockstep.precompiles.standard.bls12381;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.lockstep.precompiles.standard.InvalidPoint;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.apache.tuweni.bytes.Bytes;

/**
 * One of the two groups: the points of order r on y² = x³ + 4 over the field, or on y² = x³ +
 * 4·(1+i) over its extension. A point is, in calls as in the library, x and y, or zeros where it is
 * at infinity; a number of the extension is c0 and c1.
 */
final class Group {
    /** A point of the first group in calls. */
    static final int FIRST_BYTES = 2 * Coordinate.BYTES;

    /** A point of the second group in calls. */
    static final int SECOND_BYTES = 4 * Coordinate.BYTES;

    static final Group FIRST = new Group(1, "y² = x³ + 4");
    static final Group SECOND = new Group(2, "y² = x³ + 4·(1+i)");

    private final String equation;
    private final int numberBytes;
    private final MethodHandle isOnCurve;
    private final MethodHandle isInGroup;
    private final MethodHandle fromAffine;
    private final MethodHandle toAffine;
    private final MethodHandle add;
    private final MethodHandle map;
    private final MethodHandle sum;
    private final MethodHandle scratchBytes;

    private Group(int degree, String equation) {
        this.equation = equation;
        numberBytes = degree * Coordinate.NATIVE_BYTES;
        String point = "blst_p" + degree;
        FunctionDescriptor test = FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS);
        FunctionDescriptor conversion = FunctionDescriptor.ofVoid(ADDRESS, ADDRESS);
        FunctionDescriptor operation = FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS);
        isOnCurve = Blst.function(point + "_affine_on_curve", test);
        isInGroup = Blst.function(point + "_affine_in_g" + degree, test);
        fromAffine = Blst.function(point + "_from_affine", conversion);
        toAffine = Blst.function(point + "_to_affine", conversion);
        add = Blst.function(point + "_add_or_double_affine", operation);
        map = Blst.function("blst_map_to_g" + degree, operation);
        sum =
                Blst.function(
                        point + "s_mult_pippenger",
                        FunctionDescriptor.ofVoid(
                                ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS));
        scratchBytes =
                Blst.function(
                        point + "s_mult_pippenger_scratch_sizeof",
                        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    }

    private int nativeBytes() {
        return 2 * numberBytes;
    }

    private int callBytes() {
        return nativeBytes() / Coordinate.NATIVE_BYTES * Coordinate.BYTES;
    }

    /** Room for so many points. */
    MemorySegment points(int count, Arena arena) {
        return arena.allocate((long) count * nativeBytes(), Blst.ALIGNMENT_BYTES);
    }

    /**
     * Takes a point of the curve, perhaps outside of the group, in the i-th place.
     *
     * @return whether it is another than that at infinity
     */
    private boolean read(MemorySegment input, long offset, MemorySegment points, int i)
            throws Throwable {
        MemorySegment point = place(points, i);
        Coordinate.read(input, offset, point);
        if (isZero(input.asSlice(offset, callBytes()))) return false;
        if (!(boolean) isOnCurve.invokeExact(point)) {
            throw new InvalidPoint(
                    Coordinate.hex(input, offset, callBytes())
                            + " is not on the curve "
                            + equation);
        }
        return true;
    }

    /** Likewise a point of the group. */
    boolean readInGroup(MemorySegment input, long offset, MemorySegment points, int i)
            throws Throwable {
        if (!read(input, offset, points, i)) return false;
        if (!(boolean) isInGroup.invokeExact(place(points, i))) {
            throw new InvalidPoint(
                    Coordinate.hex(input, offset, callBytes()) + " is not in the group of order r");
        }
        return true;
    }

    private MemorySegment place(MemorySegment points, int i) {
        return points.asSlice((long) i * nativeBytes(), nativeBytes());
    }

    private static boolean isZero(MemorySegment bytes) {
        for (long at = 0; at < bytes.byteSize(); at++)
            if (bytes.get(JAVA_BYTE, at) != 0) return false;
        return true;
    }

    /** The sum of two points of the curve. */
    Bytes add(MemorySegment input, Arena arena) throws Throwable {
        MemorySegment points = points(2, arena);
        read(input, 0, points, 0);
        read(input, callBytes(), points, 1);
        MemorySegment first = projective(arena);
        MemorySegment both = projective(arena);
        fromAffine.invokeExact(first, place(points, 0));
        add.invokeExact(both, first, place(points, 1));
        return write(both, arena);
    }

    /** The point of the group that a number is mapped to. */
    Bytes map(MemorySegment input, Arena arena) throws Throwable {
        MemorySegment number = arena.allocate(numberBytes, Blst.ALIGNMENT_BYTES);
        Coordinate.read(input, 0, number);
        MemorySegment point = projective(arena);
        map.invokeExact(point, number, MemorySegment.NULL);
        return write(point, arena);
    }

    /** The sum of points of the group, each times the factor behind it. */
    Bytes sum(MemorySegment input, Arena arena) throws Throwable {
        int termBytes = callBytes() + Factor.BYTES;
        int terms = (int) (input.byteSize() / termBytes);
        MemorySegment points = points(terms, arena);
        MemorySegment factors = arena.allocate((long) terms * Factor.BYTES);
        // Those that add nothing are left out: the library does not promise to take them.
        int used = 0;
        for (int i = 0; i < terms; i++) {
            long at = (long) i * termBytes;
            boolean finite = readInGroup(input, at, points, used);
            if (Factor.read(input, at + callBytes(), factors, used) && finite) used++;
        }
        if (used == 0) return Bytes.wrap(new byte[callBytes()]);
        MemorySegment scratch =
                arena.allocate((long) scratchBytes.invokeExact((long) used), Blst.ALIGNMENT_BYTES);
        MemorySegment result = projective(arena);
        sum.invokeExact(
                result,
                Blst.startOf(points, arena),
                (long) used,
                Blst.startOf(factors, arena),
                (long) Factor.BYTES * Byte.SIZE,
                scratch);
        return write(result, arena);
    }

    /** Room for a point as the library calculates with it: x, y and their denominator. */
    private MemorySegment projective(Arena arena) {
        return arena.allocate(3L * numberBytes, Blst.ALIGNMENT_BYTES);
    }

    private Bytes write(MemorySegment point, Arena arena) throws Throwable {
        MemorySegment affine = points(1, arena);
        toAffine.invokeExact(affine, point);
        return Coordinate.write(affine, arena);
    }
}
