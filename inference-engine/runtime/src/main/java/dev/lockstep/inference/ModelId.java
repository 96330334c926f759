package dev.lockstep.inference;

import java.util.HexFormat;

/** Hash of a model file: 32 bytes that name one function for ever. */
public final class ModelId implements Comparable<ModelId> {
    private final String hex;

    private ModelId(String hex) {
        this.hex = hex;
    }

    /** The id of these 32 bytes. */
    public static ModelId of(byte[] bytes) {
        if (bytes.length != 32) {
            throw new IllegalArgumentException("a model id has 32 bytes, not " + bytes.length);
        }
        return new ModelId(HexFormat.of().formatHex(bytes));
    }

    /** The id written as 64 hexadecimal digits, with or without {@code 0x}. */
    public static ModelId parse(String text) {
        String digits = text.startsWith("0x") ? text.substring(2) : text;
        if (digits.length() != 64) {
            throw new IllegalArgumentException(
                    "a model id has 64 hexadecimal digits, not " + digits.length() + ": " + text);
        }
        return of(HexFormat.of().parseHex(digits));
    }

    /** The 32 bytes, fresh. */
    public byte[] toBytes() {
        return HexFormat.of().parseHex(hex);
    }

    /** 64 lower-case digits without {@code 0x}: the stem of the file's name in a store. */
    public String toHex() {
        return hex;
    }

    @Override
    public int compareTo(ModelId other) {
        return hex.compareTo(other.hex);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ModelId id && hex.equals(id.hex);
    }

    @Override
    public int hashCode() {
        return hex.hashCode();
    }

    /** {@code 0x} and 64 digits. */
    @Override
    public String toString() {
        return "0x" + hex;
    }
}
