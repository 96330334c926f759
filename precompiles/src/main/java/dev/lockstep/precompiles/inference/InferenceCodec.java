package dev.lockstep.precompiles.inference;

import dev.lockstep.types.Hash;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Call data to requests, strictly: what an ABI encoder writes is accepted, and nothing else.
 * Offsets point to where the value must stand, padding is zero, nothing follows; so there is one
 * encoding of one value. Nothing is copied: what a request holds are slices of the call data.
 */
final class InferenceCodec {
    /** What 10 to this power still fits in 256 bits. */
    static final int DECIMALS_MAX = 77;

    static final Bytes INFER = Abi.selector("infer(bytes32,bytes)");
    static final Bytes INFER_INTS = Abi.selector("inferInts(bytes32,int256[])");
    static final Bytes INFER_DECIMALS = Abi.selector("inferDecimals(bytes32,int256[],uint8)");
    static final Bytes QUOTE = Abi.selector("quote(bytes32)");
    static final Bytes DESCRIBE = Abi.selector("describe(bytes32)");

    private static final int WORD = 32;

    private InferenceCodec() {}

    /** The request, or null where the call data is no encoding of one. */
    static @Nullable Request decode(Bytes input) {
        if (input.size() < 4 + WORD) return null;
        Bytes selector = input.slice(0, 4);
        Bytes arguments = input.slice(4);
        Hash model = Hash.of(arguments.slice(0, WORD));
        if (selector.equals(INFER)) return infer(model, arguments);
        if (selector.equals(INFER_INTS)) return inferInts(model, arguments);
        if (selector.equals(INFER_DECIMALS)) return inferDecimals(model, arguments);
        if (arguments.size() != WORD) return null;
        if (selector.equals(QUOTE)) return new Request.Quote(model);
        return selector.equals(DESCRIBE) ? new Request.Describe(model) : null;
    }

    private static @Nullable Request infer(Hash model, Bytes arguments) {
        Bytes tail = tail(arguments, 2);
        if (tail == null) return null;
        int size = number(tail, 0);
        long padded = (size + 31L) / WORD * WORD;
        if (size < 0 || tail.size() != WORD + padded) return null;
        boolean isPaddedWithZeros = tail.slice(WORD + size).isZero();
        return isPaddedWithZeros ? new Request.Infer(model, tail.slice(WORD, size)) : null;
    }

    private static @Nullable Request inferInts(Hash model, Bytes arguments) {
        Bytes elements = elements(arguments, 2);
        return elements == null ? null : new Request.InferInts(model, elements);
    }

    private static @Nullable Request inferDecimals(Hash model, Bytes arguments) {
        Bytes elements = elements(arguments, 3);
        if (elements == null) return null;
        int decimals = number(arguments, 2 * WORD);
        boolean isInRange = decimals >= 0 && decimals <= DECIMALS_MAX;
        return isInRange ? new Request.InferDecimals(model, elements, decimals) : null;
    }

    /** The words of the array that is the second of {@code count} arguments. */
    private static @Nullable Bytes elements(Bytes arguments, int count) {
        Bytes tail = tail(arguments, count);
        if (tail == null) return null;
        int length = number(tail, 0);
        if (length < 0 || tail.size() != WORD + (long) length * WORD) return null;
        return tail.slice(WORD);
    }

    /**
     * What follows the head of {@code count} arguments, of which the second is the only dynamic
     * one: its offset must be the end of the head.
     */
    private static @Nullable Bytes tail(Bytes arguments, int count) {
        int headSize = count * WORD;
        if (arguments.size() < headSize + WORD) return null;
        return number(arguments, WORD) == headSize ? arguments.slice(headSize) : null;
    }

    /** The word at {@code offset}, or -1 where it is over 2^31-1. */
    private static int number(Bytes bytes, int offset) {
        boolean isSmall = bytes.slice(offset, WORD - 4).isZero();
        int low = bytes.getInt(offset + WORD - 4);
        return isSmall && low >= 0 ? low : -1;
    }
}
