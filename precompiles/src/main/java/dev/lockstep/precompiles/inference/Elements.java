package dev.lockstep.precompiles.inference;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.TensorSpec;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The elements of a model's inputs or outputs: raw (one after the other, big-endian two's
 * complement of each tensor's width), as words of 32 bytes, or as decimals. An element of type F32
 * is the bit pattern of a float32, read as a signed integer.
 *
 * @param count of all elements
 * @param bytes of the raw form
 */
record Elements(List<TensorSpec> tensors, int count, int bytes) {
    private static final int WORD = 32;
    private static final int MANTISSA_BITS = 255;
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    static Elements of(List<TensorSpec> tensors) {
        int count = 0;
        int bytes = 0;
        for (TensorSpec tensor : tensors) {
            count = Math.addExact(count, tensor.shape().elements());
            bytes = Math.addExact(bytes, tensor.bytes());
        }
        return new Elements(tensors, count, bytes);
    }

    /** Raw elements, or the place of the first that no tensor of this kind can hold. */
    sealed interface Packed {
        record Raw(Bytes bytes) implements Packed {}

        record OutOfRange(int index) implements Packed {}
    }

    /** What an element means in one of the forms. */
    private interface Reading {
        /** The element at {@code index}, or null where no element is. */
        @Nullable Long at(TensorSpec tensor, int index, int rawOffset);
    }

    /**
     * @shape {@link #bytes}
     */
    Packed fromRaw(Bytes raw) {
        return pack((tensor, _, rawOffset) -> getSigned(raw, rawOffset, tensor.dtype().bytes()));
    }

    /**
     * @shape {@link #count} words
     */
    Packed fromInts(Bytes words) {
        byte[] array = words.toArrayUnsafe();
        return pack((_, index, _) -> narrow(array, index * WORD));
    }

    /**
     * @shape {@link #count} words
     */
    Packed fromDecimals(Bytes mantissas, Decimals decimals) {
        byte[] array = mantissas.toArrayUnsafe();
        return pack(
                (tensor, index, _) -> {
                    Long narrow = narrow(array, index * WORD);
                    if (narrow != null && tensor.dtype() != DType.F32) {
                        Long q = decimals.toModel(narrow, tensor.quantization());
                        if (q != null) return q;
                    }
                    BigInteger mantissa = mantissas.slice(index * WORD, WORD).toBigInteger();
                    if (tensor.dtype() == DType.F32) return decimals.toFloatBits(mantissa);
                    BigInteger q = decimals.toModel(mantissa, tensor.quantization());
                    return q.bitLength() < Long.SIZE ? q.longValue() : null;
                });
    }

    private Packed pack(Reading reading) {
        byte[] raw = new byte[bytes];
        int index = 0;
        int offset = 0;
        for (TensorSpec tensor : tensors) {
            int width = tensor.dtype().bytes();
            long lo = tensor.range().lo();
            long hi = tensor.range().hi();
            for (int i = tensor.shape().elements(); i > 0; i--) {
                Long q = reading.at(tensor, index, offset);
                if (q == null || q != q.intValue()) return new Packed.OutOfRange(index);
                int value = tensor.dtype().decode(q.intValue());
                if (value < lo || value > hi) return new Packed.OutOfRange(index);
                for (int k = 0; k < width; k++) {
                    raw[offset + k] = (byte) (q >> (8 * (width - 1 - k)));
                }
                index++;
                offset += width;
            }
        }
        return new Packed.Raw(Bytes.wrap(raw));
    }

    /** One word an element. */
    Bytes toInts(Bytes raw) {
        byte[] words = new byte[count * WORD];
        int index = 0;
        int offset = 0;
        for (TensorSpec tensor : tensors) {
            int width = tensor.dtype().bytes();
            for (int i = tensor.shape().elements(); i > 0; i--) {
                putSigned(getSigned(raw, offset, width), words, index * WORD);
                index++;
                offset += width;
            }
        }
        return Bytes.wrap(words);
    }

    /**
     * One mantissa an element. Ask {@link #fits} first.
     *
     * @shape {@link #count} words
     */
    Bytes toDecimals(Bytes raw, Decimals decimals) {
        byte[] words = new byte[count * WORD];
        int index = 0;
        int offset = 0;
        for (TensorSpec tensor : tensors) {
            int width = tensor.dtype().bytes();
            for (int i = tensor.shape().elements(); i > 0; i--) {
                long q = getSigned(raw, offset, width);
                Long narrow = decimals.fromModelNarrow(q, tensor.quantization());
                if (narrow != null) {
                    putSigned(narrow, words, index * WORD);
                } else {
                    putSigned(decimals.fromModel(q, tensor.quantization()), words, index * WORD);
                }
                index++;
                offset += width;
            }
        }
        return Bytes.wrap(words);
    }

    /** Whether every value these tensors can hold has a mantissa of 256 bits. */
    boolean fits(Decimals decimals) {
        for (TensorSpec tensor : tensors) {
            var scale = tensor.quantization();
            BigInteger lowest = decimals.fromModel(tensor.range().lo(), scale);
            BigInteger highest = decimals.fromModel(tensor.range().hi(), scale);
            if (Math.max(lowest.bitLength(), highest.bitLength()) > MANTISSA_BITS) return false;
        }
        return true;
    }

    /** The word's value, or null where it does not fit a long. */
    private static @Nullable Long narrow(byte[] words, int at) {
        long low = (long) LONGS.get(words, at + WORD - 8);
        long sign = low >> 63;
        boolean isExtended =
                (long) LONGS.get(words, at) == sign
                        && (long) LONGS.get(words, at + 8) == sign
                        && (long) LONGS.get(words, at + 16) == sign;
        return isExtended ? low : null;
    }

    private static long getSigned(Bytes raw, int offset, int width) {
        long value = raw.get(offset);
        for (int k = 1; k < width; k++) value = value << 8 | (raw.get(offset + k) & 0xff);
        return value;
    }

    /** A word in two's complement. */
    static void putSigned(long value, byte[] words, int offset) {
        LONGS.set(words, offset, value >> 63);
        LONGS.set(words, offset + 8, value >> 63);
        LONGS.set(words, offset + 16, value >> 63);
        LONGS.set(words, offset + 24, value);
    }

    private static void putSigned(BigInteger value, byte[] words, int offset) {
        byte[] digits = value.toByteArray();
        int padding = WORD - digits.length;
        byte sign = (byte) (value.signum() < 0 ? -1 : 0);
        for (int k = 0; k < padding; k++) words[offset + k] = sign;
        System.arraycopy(digits, 0, words, offset + padding, digits.length);
    }
}
