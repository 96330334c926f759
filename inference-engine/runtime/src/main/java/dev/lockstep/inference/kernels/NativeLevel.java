package dev.lockstep.inference.kernels;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Sets of instructions that there are native kernels for, the fastest first. */
public enum NativeLevel {
    /** Four products of bytes an instruction and lane, in vectors of 512 bits. */
    AVX512_VNNI(1),
    /** The same in vectors of 256 bits. */
    AVX_VNNI(2),
    /** Two products of 16 bits, in vectors of 256. */
    AVX2(3),
    /** Four products of bytes on 64-bit ARM, in vectors of 128 bits. */
    NEON_DOT(4);

    /** Number of this level in the library. */
    private final int number;

    NativeLevel(int number) {
        this.number = number;
    }

    /** How its functions are called. */
    String prefix() {
        return "lockstep_" + toString().replace('-', '_') + "_";
    }

    /** Those of a set of bits. */
    static List<NativeLevel> of(int bits) {
        return Arrays.stream(values()).filter(level -> (bits >> level.number & 1) != 0).toList();
    }

    /** The level of this name, as {@link #toString} gives it. */
    public static NativeLevel named(String name) {
        for (NativeLevel level : values()) {
            if (level.toString().equals(name)) {
                return level;
            }
        }
        throw new IllegalArgumentException(
                "native level is "
                        + name
                        + "; allowed "
                        + Arrays.stream(values())
                                .map(NativeLevel::toString)
                                .collect(Collectors.joining(", ")));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
