package dev.lockstep.inference.kernels;

import dev.lockstep.inference.MaxPool;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.Window;
import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Greatest elements of windows: of the rows that a row of windows sees first, then of neighbours in
 * what that leaves.
 */
final class Maxima {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = INTS.length();

    /** The even lanes of two vectors. */
    private static final IntVector EVEN = IntVector.zero(INTS).addIndex(2);

    private Maxima() {}

    /** Whether windows stand close enough. */
    static boolean has(Window window) {
        return window.strideX() <= 2;
    }

    /** Elements of working memory. */
    static int room(MaxPool op, Shape input, Shape output) {
        Window window = op.window();
        int padded = window.padLeft() + input.dim(3) + window.padRight();
        return padded + output.dim(3) + 4 * LANES;
    }

    /**
     * @param row working memory, {@link #room} elements
     */
    static void pool(MaxPool op, Tensor input, Tensor output, int[] row) {
        Window window = op.window();
        int width = input.shape().dim(3);
        int height = input.shape().dim(2);
        int rows = output.shape().dim(2);
        int columns = output.shape().dim(3);
        int left = window.padLeft();
        int padded = left + width + window.padRight();
        int found = padded + 2 * LANES;
        int planes = input.shape().dim(0) * input.shape().dim(1);
        for (int y = 0; y < planes * rows; y++) {
            int from = input.offset() + y / rows * height * width;
            int top = y % rows * window.strideY() - window.padTop();
            // Padding never is the greatest.
            Arrays.fill(row, 0, padded, Integer.MIN_VALUE);
            for (int i = 0; i < op.kernelY(); i++) {
                int at = top + i * window.dilationY();
                if (at >= 0 && at < height) {
                    greater(input.data(), from + at * width, row, left, width);
                }
            }
            for (int x = 0; x < columns; x += LANES) {
                int at = x * window.strideX();
                IntVector greatest = seen(row, at, window.strideX());
                for (int j = 1; j < op.kernelX(); j++) {
                    int tap = at + j * window.dilationX();
                    greatest = greatest.max(seen(row, tap, window.strideX()));
                }
                greatest.intoArray(row, found + x);
            }
            System.arraycopy(row, found, output.data(), output.offset() + y * columns, columns);
        }
    }

    /** What so many neighbouring windows see at one of their columns. */
    private static IntVector seen(int[] row, int at, int stride) {
        IntVector first = IntVector.fromArray(INTS, row, at);
        return stride == 1
                ? first
                : EVEN.selectFrom(first, IntVector.fromArray(INTS, row, at + LANES));
    }

    private static void greater(int[] in, int from, int[] row, int to, int count) {
        if (count < LANES) {
            for (int i = 0; i < count; i++) {
                row[to + i] = Math.max(row[to + i], in[from + i]);
            }
            return;
        }
        for (int i = 0; i < count; i += LANES) {
            // The last ones once more, rather than one by one.
            int at = Math.min(i, count - LANES);
            IntVector.fromArray(INTS, in, from + at)
                    .max(IntVector.fromArray(INTS, row, to + at))
                    .intoArray(row, to + at);
        }
    }
}
