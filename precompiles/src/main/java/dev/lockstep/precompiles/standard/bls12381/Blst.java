package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.standard.InvalidPoint;
import dev.lockstep.types.LocalFault;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.apache.tuweni.bytes.Bytes;
import supranational.blst.P1;

/**
 * The native library, by its names in C: its Java interface lacks half of what calls need, and its
 * decoder takes flags and compressed forms that calls must not have.
 */
final class Blst {
    /** Longs that the library works on are aligned to these. */
    static final int ALIGNMENT_BYTES = 8;

    private Blst() {}

    /** What a call asks for, with memory that is free again afterwards. */
    interface Work {
        /**
         * @param input that of the call, where the library can see it
         * @return the call's output
         * @fails InvalidPoint where the input is wrong; with all else, this machine is broken
         */
        Bytes of(MemorySegment input, Arena arena) throws Throwable;
    }

    static PrecompileResult run(Bytes input, Work work) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment given = arena.allocateFrom(ValueLayout.JAVA_BYTE, input.toArrayUnsafe());
            return new PrecompileResult.Output(work.of(given, arena));
        } catch (InvalidPoint e) {
            return e.result();
        } catch (LinkageError e) {
            throw new LocalFault("the native library for BLS12-381 does not load: " + e, e);
        } catch (Throwable e) {
            throw new LocalFault("the native library for BLS12-381 failed: " + e, e);
        }
    }

    /**
     * A function, after loading the library where that has not happened yet.
     *
     * @fails LinkageError where there is no library or the function is not in it
     */
    @SuppressWarnings("restricted")
    static MethodHandle function(String name, FunctionDescriptor types) {
        P1.generator();
        MemorySegment address =
                SymbolLookup.loaderLookup()
                        .find(name)
                        .orElseThrow(() -> new UnsatisfiedLinkError("no function " + name));
        return Linker.nativeLinker().downcallHandle(address, types);
    }

    /** An array as the library takes it: where it begins, and no further address. */
    static MemorySegment startOf(MemorySegment array, Arena arena) {
        MemorySegment addresses = arena.allocate(ValueLayout.ADDRESS, 2);
        addresses.set(ValueLayout.ADDRESS, 0, array);
        return addresses;
    }
}
