package dev.lockstep.inference.kernels;

import dev.lockstep.inference.DType;
import java.util.SplittableRandom;

/** What inputs and weights native kernels are tried on. */
enum Pattern {
    LEAST,
    GREATEST,
    ALTERNATING,
    RANDOM,
    RANDOM_AGAIN;

    /** An 8-bit element. */
    int element(int index, SplittableRandom random) {
        return switch (this) {
            case LEAST -> DType.I8.min();
            case GREATEST -> DType.I8.max();
            case ALTERNATING -> index % 2 == 0 ? DType.I8.min() : DType.I8.max();
            case RANDOM, RANDOM_AGAIN -> random.nextInt(DType.I8.min(), DType.I8.max() + 1);
        };
    }
}
