package dev.lockstep.evm;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Address;
import java.util.Arrays;
import org.apache.tuweni.bytes.Bytes;

/** Memory, and everything that is copied into it or hashed out of it. */
final class MemoryOps {
    private static final long WORD_COPY_GAS = 3;
    private static final long WORD_HASH_GAS = 6;
    private static final int LIMBS = U256.LIMBS;

    private MemoryOps() {}

    static long load(Frame f, long[] s, int sp, long gas) {
        long offset = U256.clamped(s, sp);
        long left = f.expandMemory(offset, 32, gas);
        if (left >= 0) U256.load(s, sp, f.memory, (int) offset);
        return left;
    }

    static long store(Frame f, long[] s, int sp, long gas) {
        long offset = U256.clamped(s, sp);
        long left = f.expandMemory(offset, 32, gas);
        if (left >= 0) U256.store(s, sp - LIMBS, f.memory, (int) offset);
        return left;
    }

    static long storeByte(Frame f, long[] s, int sp, long gas) {
        long offset = U256.clamped(s, sp);
        long left = f.expandMemory(offset, 1, gas);
        if (left >= 0) f.memory[(int) offset] = (byte) s[sp - LIMBS];
        return left;
    }

    /** MCOPY: destination, source, size; the ranges may overlap. */
    static long copy(Frame f, long[] s, int sp, long gas) {
        long to = U256.clamped(s, sp);
        long from = U256.clamped(s, sp - LIMBS);
        long size = U256.clamped(s, sp - 2 * LIMBS);
        long left = f.expandMemory(Math.max(to, from), size, gas - wordGas(size, WORD_COPY_GAS));
        if (left < 0 || size == 0) return left;
        System.arraycopy(f.memory, (int) from, f.memory, (int) to, (int) size);
        return left;
    }

    static long keccak(Frame f, long[] s, int sp, long gas) {
        long offset = U256.clamped(s, sp);
        long size = U256.clamped(s, sp - LIMBS);
        long left = f.expandMemory(offset, size, gas - wordGas(size, WORD_HASH_GAS));
        if (left < 0) return left;
        long[] state = f.world.keccakState;
        if (size == MappingHashes.PREIMAGE_BYTES) {
            f.world.mappingHashes().hash(f.memory, (int) offset, s, sp - LIMBS, state);
            return left;
        }
        Keccak.hash(f.memory, size == 0 ? 0 : (int) offset, (int) size, state);
        for (int i = 0; i < LIMBS; i++) s[sp - LIMBS + i] = Long.reverseBytes(state[LIMBS - 1 - i]);
        return left;
    }

    static long callDataCopy(Frame f, long[] s, int sp, long gas) {
        return copyIn(f, sp, gas, f.input);
    }

    static long codeCopy(Frame f, long[] s, int sp, long gas) {
        long left = chargeCopy(f, sp, gas);
        if (left < 0) return left;
        int from = (int) Math.min(U256.clamped(s, sp - LIMBS), f.code.size);
        // What follows the code is padding, and longer copies are filled with zeros.
        fill(f, sp, f.code.bytes, from, f.code.size);
        return left;
    }

    static long returnDataCopy(Frame f, long[] s, int sp, long gas) {
        long from = U256.clamped(s, sp - LIMBS);
        long size = U256.clamped(s, sp - 2 * LIMBS);
        int available = f.returnData.length;
        if (from > available || size > available - from) {
            return f.halt(HaltReason.RETURN_DATA_OUT_OF_BOUNDS);
        }
        return copyIn(f, sp, gas, f.returnData);
    }

    /** EXTCODECOPY: the account's address is on top of the three words of the others. */
    static long externalCodeCopy(Frame f, long[] s, int sp, long gas) {
        Address address = U256.toAddress(s, sp);
        long left = chargeCopy(f, sp - LIMBS, gas);
        if (left >= 0) left -= f.world.accessAccount(address, f.world.gas.extCode());
        if (left < 0) return left;
        Bytes code = f.world.journal.code(address);
        int from = (int) Math.min(U256.clamped(s, sp - 2 * LIMBS), code.size());
        fill(f, sp - LIMBS, code.toArrayUnsafe(), from, code.size());
        return left;
    }

    /** Copies bytes at the second word to memory at the first, as many as the third says. */
    private static long copyIn(Frame f, int sp, long gas, byte[] source) {
        long left = chargeCopy(f, sp, gas);
        if (left < 0) return left;
        int from = (int) Math.min(U256.clamped(f.stack, sp - LIMBS), source.length);
        fill(f, sp, source, from, source.length);
        return left;
    }

    private static long chargeCopy(Frame f, int sp, long gas) {
        long size = U256.clamped(f.stack, sp - 2 * LIMBS);
        return f.expandMemory(U256.clamped(f.stack, sp), size, gas - wordGas(size, WORD_COPY_GAS));
    }

    private static void fill(Frame f, int sp, byte[] source, int from, int end) {
        int size = (int) U256.clamped(f.stack, sp - 2 * LIMBS);
        if (size == 0) return;
        int to = (int) U256.clamped(f.stack, sp);
        int copied = Math.min(size, end - from);
        System.arraycopy(source, from, f.memory, to, copied);
        Arrays.fill(f.memory, to + copied, to + size, (byte) 0);
    }

    /** Gas of this many bytes by words; more than any frame has where the size is beyond sense. */
    static long wordGas(long size, long gas) {
        return size > 1L << 40 ? Long.MAX_VALUE / 2 : ((size + 31) >> 5) * gas;
    }
}
