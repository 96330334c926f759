package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.OpTrial.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A random pooling, and by plain search what each of its windows sees. */
final class Pool {
    final int kernelY;
    final int kernelX;
    final Window window;
    final Values input;

    private Pool(int kernelY, int kernelX, Window window, Values input) {
        this.kernelY = kernelY;
        this.kernelX = kernelX;
        this.window = window;
        this.input = input;
    }

    static Pool random(RandomGenerator random, DType dtype) {
        int kernelY = Seeded.between(random, 1, 4);
        int kernelX = Seeded.between(random, 1, 4);
        int dilationY = Seeded.between(random, 1, 3);
        int dilationX = Seeded.between(random, 1, 3);
        int spanY = dilationY * (kernelY - 1);
        int spanX = dilationX * (kernelX - 1);
        Window window =
                new Window(
                        Seeded.between(random, 1, 3),
                        Seeded.between(random, 1, 3),
                        dilationY,
                        dilationX,
                        Seeded.between(random, 0, spanY),
                        Seeded.between(random, 0, spanX),
                        Seeded.between(random, 0, spanY),
                        Seeded.between(random, 0, spanX));
        int height =
                Math.max(1, spanY + 1 - window.padTop() - window.padBottom()) + random.nextInt(4);
        int width =
                Math.max(1, spanX + 1 - window.padLeft() - window.padRight()) + random.nextInt(4);
        TensorType type =
                new TensorType(
                        dtype,
                        Shape.of(
                                Seeded.between(random, 1, 2),
                                Seeded.between(random, 1, 2),
                                height,
                                width));
        return new Pool(kernelY, kernelX, window, new Values(type, Seeded.values(random, type)));
    }

    /** The result; null where a window sees nothing, which the operation must refuse. */
    @Nullable Values runUnlessBlind(Kernels kernels, Op op) throws InvalidModelException {
        Shape in = input.type().shape();
        int rows =
                (in.dim(2)
                                        + window.padTop()
                                        + window.padBottom()
                                        - window.dilationY() * (kernelY - 1)
                                        - 1)
                                / window.strideY()
                        + 1;
        int columns =
                (in.dim(3)
                                        + window.padLeft()
                                        + window.padRight()
                                        - window.dilationX() * (kernelX - 1)
                                        - 1)
                                / window.strideX()
                        + 1;
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < columns; x++) {
                if (seen(0, y, x).isEmpty()) {
                    assertThatThrownBy(() -> OpTrial.run(kernels, op, input))
                            .hasMessageContaining("sees padding only");
                    return null;
                }
            }
        }
        return OpTrial.run(kernels, op, input);
    }

    /** The elements that output i sees. */
    List<Integer> seen(Values output, int i) {
        int[] at = OpsTest.coordinates(output.type().shape(), i);
        Shape in = input.type().shape();
        return seen((at[0] * in.dim(1) + at[1]) * in.dim(2) * in.dim(3), at[2], at[3]);
    }

    private List<Integer> seen(int plane, int outY, int outX) {
        Shape in = input.type().shape();
        List<Integer> seen = new ArrayList<>();
        for (int i = 0; i < kernelY; i++) {
            for (int j = 0; j < kernelX; j++) {
                int y = outY * window.strideY() - window.padTop() + i * window.dilationY();
                int x = outX * window.strideX() - window.padLeft() + j * window.dilationX();
                if (y >= 0 && y < in.dim(2) && x >= 0 && x < in.dim(3)) {
                    seen.add(input.values()[plane + y * in.dim(3) + x]);
                }
            }
        }
        return seen;
    }
}
