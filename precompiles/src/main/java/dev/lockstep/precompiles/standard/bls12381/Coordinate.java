package dev.lockstep.precompiles.standard.bls12381;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.lockstep.precompiles.standard.InvalidPoint;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import org.apache.tuweni.bytes.Bytes;

/**
 * Numbers of the field: in calls 64 bytes, of which the first 16 are zero; in the library 48, in an
 * order of its own.
 */
final class Coordinate {
    static final int BYTES = 64;
    static final int NATIVE_BYTES = 48;

    private static final int PADDING_BYTES = BYTES - NATIVE_BYTES;
    private static final ValueLayout.OfLong WORD =
            JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** The field's prime p, in words from the highest on. */
    private static final long[] MODULUS = {
        0,
        0,
        0x1a0111ea397fe69aL,
        0x4b1ba7b6434bacd7L,
        0x64774b84f38512bfL,
        0x6730d2a0f6b0f624L,
        0x1eabfffeb153ffffL,
        0xb9feffffffffaaabL
    };

    private static final MethodHandle READ =
            Blst.function("blst_fp_from_bendian", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
    private static final MethodHandle WRITE =
            Blst.function("blst_bendian_from_fp", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));

    private Coordinate() {}

    /** Takes as many numbers as there is room for, one after the other. */
    static void read(MemorySegment input, long offset, MemorySegment to) throws Throwable {
        long from = offset;
        for (long at = 0; at < to.byteSize(); at += NATIVE_BYTES, from += BYTES) {
            if (!isBelowModulus(input, from)) {
                throw new InvalidPoint(
                        "a coordinate of " + hex(input, from, BYTES) + ", must be below p");
            }
            READ.invokeExact(to.asSlice(at), input.asSlice(from + PADDING_BYTES));
        }
    }

    private static boolean isBelowModulus(MemorySegment input, long offset) {
        for (int i = 0; i < MODULUS.length; i++) {
            int order = Long.compareUnsigned(input.get(WORD, offset + 8L * i), MODULUS[i]);
            if (order != 0) return order < 0;
        }
        return false;
    }

    /** The numbers as calls have them. */
    static Bytes write(MemorySegment numbers, Arena arena) throws Throwable {
        MemorySegment output = arena.allocate(numbers.byteSize() / NATIVE_BYTES * BYTES);
        long to = PADDING_BYTES;
        for (long at = 0; at < numbers.byteSize(); at += NATIVE_BYTES, to += BYTES) {
            WRITE.invokeExact(output.asSlice(to), numbers.asSlice(at));
        }
        return Bytes.wrap(output.toArray(JAVA_BYTE));
    }

    static String hex(MemorySegment input, long offset, int size) {
        return Bytes.wrap(input.asSlice(offset, size).toArray(JAVA_BYTE)).toHexString();
    }
}
