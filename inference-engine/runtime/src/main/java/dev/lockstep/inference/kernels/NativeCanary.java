package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.ScalarKernels;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/** A process of its own that tries a native library on all ends of tiles, and may crash. */
final class NativeCanary {
    /** Ends the process where a result differs. */
    static final int DIFFERENT = 2;

    private static final int PROBES = 220;
    private static final int[] ROWS = {1, 2, 3, 4, 5, 6, 7, 9};
    private static final int[] LENGTHS = {1, 3, 4, 17, 131};
    private static final int[] CHANNELS = {1, 15, 17, 47, 49, 97};

    private NativeCanary() {}

    /**
     * @param arguments the library and the level
     */
    public static void main(String[] arguments) throws Exception {
        NativeLibrary library =
                NativeLibrary.open(Path.of(arguments[0]), NativeLevel.named(arguments[1]));
        if (!right(library)) {
            System.exit(DIFFERENT);
        }
    }

    /** Whether random operations, and every pattern at all ends of tiles, have the right bits. */
    static boolean right(NativeLibrary library) {
        for (long seed = 0; seed < PROBES; seed++) {
            if (Math.floorMod(seed, Probe.KINDS) >= Probe.KINDS_IN_VECTORS) {
                continue;
            }
            Probe probe = new Probe(seed);
            NativeKernels kernels = new NativeKernels(library, new PlainKernels());
            if (!Arrays.equals(probe.run(kernels), probe.run(new ScalarKernels()))) {
                return false;
            }
        }
        for (int rows : ROWS) {
            for (int length : LENGTHS) {
                for (int channels : CHANNELS) {
                    if (!right(library, rows, length, channels)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private static boolean right(NativeLibrary library, int rows, int length, int channels) {
        SplittableRandom random = new SplittableRandom(rows * 31L + length);
        FullyConnected op =
                new FullyConnected(
                        Ints.repeat(12_345, channels),
                        DType.I32,
                        new Rescale(
                                Ints.repeat(1 << 30, channels),
                                Ints.repeat(30, channels),
                                Clipping.of(0, DType.I32)));
        for (Pattern pattern : Pattern.values()) {
            byte[] bytes = new byte[channels * length];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) Math.max(DType.W8.min(), pattern.element(i, random));
            }
            Tensor weights =
                    Tensor.weights(
                            new TensorType(DType.W8, Shape.of(channels, length)),
                            MemorySegment.ofArray(bytes));
            TensorType input = new TensorType(DType.I8, Shape.of(rows, length));
            TensorType output = new TensorType(DType.I32, Shape.of(rows, channels));
            if (!LayerTrial.right(library, op, input, weights, output)) {
                return false;
            }
        }
        return true;
    }
}
