package dev.lockstep.inference;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Random tests that can be repeated: the seed stands in every failure. */
final class Seeded {
    /** A test body for one seed. */
    interface Body {
        void run(RandomGenerator random) throws Exception;
    }

    private Seeded() {}

    static void forSeeds(int count, Body body) {
        for (long seed = 1; seed <= count; seed++) {
            try {
                body.run(RandomGeneratorFactory.of("L64X128MixRandom").create(seed));
            } catch (Exception | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** A number of any size, small ones and edges as likely as large ones. */
    static long anySize(RandomGenerator random, int bitsMax) {
        long value = random.nextLong() >>> (64 - 1 - random.nextInt(bitsMax));
        return switch (random.nextInt(4)) {
            case 0 -> -value;
            case 1 -> Long.highestOneBit(value) - 1;
            default -> value;
        };
    }

    static int between(RandomGenerator random, int lo, int hi) {
        return (int) random.nextLong(lo, hi + 1L);
    }

    /** Values of a type: mostly anywhere, often at an edge. */
    static int[] values(RandomGenerator random, TensorType type) {
        int[] values = new int[type.shape().elements()];
        DType dtype = type.dtype();
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    switch (random.nextInt(8)) {
                        case 0 -> dtype.min();
                        case 1 -> dtype.max();
                        case 2 -> 0;
                        default -> between(random, dtype.min(), dtype.max());
                    };
        }
        return values;
    }
}
