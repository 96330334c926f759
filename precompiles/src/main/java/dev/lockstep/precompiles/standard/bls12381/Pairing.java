package dev.lockstep.precompiles.standard.bls12381;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The pairing of both groups. */
final class Pairing {
    private static final int RESULT_BYTES = 12 * Coordinate.NATIVE_BYTES;

    private static final MethodHandle LOOP =
            Blst.function(
                    "blst_miller_loop_n",
                    FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));
    private static final MethodHandle FINISH =
            Blst.function("blst_final_exp", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
    private static final MethodHandle IS_ONE =
            Blst.function("blst_fp12_is_one", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS));

    private Pairing() {}

    /** Whether the product of pairings is one; pairs with a point at infinity do not count. */
    static boolean isProductOne(MemorySegment input, Arena arena) throws Throwable {
        int pairBytes = Group.FIRST_BYTES + Group.SECOND_BYTES;
        int pairs = (int) (input.byteSize() / pairBytes);
        MemorySegment first = Group.FIRST.points(pairs, arena);
        MemorySegment second = Group.SECOND.points(pairs, arena);
        int used = 0;
        for (int i = 0; i < pairs; i++) {
            long at = (long) i * pairBytes;
            boolean finite = Group.FIRST.readInGroup(input, at, first, used);
            finite &= Group.SECOND.readInGroup(input, at + Group.FIRST_BYTES, second, used);
            if (finite) used++;
        }
        if (used == 0) return true;
        MemorySegment product = arena.allocate(RESULT_BYTES, Blst.ALIGNMENT_BYTES);
        MemorySegment result = arena.allocate(RESULT_BYTES, Blst.ALIGNMENT_BYTES);
        LOOP.invokeExact(
                product, Blst.startOf(second, arena), Blst.startOf(first, arena), (long) used);
        FINISH.invokeExact(result, product);
        return (boolean) IS_ONE.invokeExact(result);
    }
}
