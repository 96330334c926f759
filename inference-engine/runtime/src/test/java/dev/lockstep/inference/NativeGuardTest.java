package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.kernels.NativeGuard;
import dev.lockstep.inference.kernels.NativeLevel;
import dev.lockstep.inference.kernels.ServingKernels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeGuardTest {
    private static final int SIZE = 40;

    private static final FullyConnected OP =
            new FullyConnected(
                    Ints.repeat(7, SIZE),
                    DType.I32,
                    new Rescale(
                            Ints.repeat(1, SIZE), Ints.repeat(1, SIZE), Clipping.of(0, DType.I32)));

    @TempDir private Path folder = Path.of("");

    @Test
    void aFileThatIsNotWhatWasBuiltIsRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("kernels.so"), "something else");
        Files.writeString(folder.resolve("kernels.so.sha256"), "00".repeat(32) + "\n");
        assertThatThrownBy(() -> NativeGuard.enable(file, null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("kernels.so has SHA-256 ")
                .hasMessageContaining("kernels.so.sha256 says " + "00".repeat(32));
        assertThat(NativeGuard.level()).isEmpty();
    }

    @Test
    void anUnknownLevelIsRefusedByName() {
        assertThatThrownBy(() -> NativeLevel.named("sse2"))
                .hasMessage("native level is sse2; allowed avx512-vnni, avx-vnni, avx2, neon-dot");
    }

    /** Weights that change after they were packed make native kernels wrong. */
    @Test
    void aDifferenceEndsTheirServiceForGood() throws Exception {
        NativeGuard.enable(NativeKernelsTest.built(), null);
        assertThat(NativeGuard.level()).isPresent();
        long before = NativeGuard.faults();
        byte[] bytes = new byte[SIZE * SIZE];
        Arrays.fill(bytes, (byte) 3);
        Tensor weights =
                Tensor.weights(
                        new TensorType(DType.W8, Shape.of(SIZE, SIZE)),
                        MemorySegment.ofArray(bytes));
        Kernels kernels = new ServingKernels();
        Tensor input = activations(DType.I8);
        Tensor output = activations(DType.I32);
        Arrays.fill(input.data(), 1);
        OP.run(kernels, List.of(input, weights), output);
        NativeGuard.settle();
        Arrays.fill(bytes, (byte) 5);
        boolean differed = false;
        for (int run = 0; run < 10_000 && !differed; run++) {
            OP.run(kernels, List.of(input, weights), output);
            differed = kernels.differed();
        }
        assertThat(differed).isTrue();
        assertThat(kernels.differed()).isFalse();
        assertThat(NativeGuard.level()).isEmpty();
        assertThat(NativeGuard.faults()).isEqualTo(before + 1);
    }

    @Test
    void aRunInWhichABackendDifferedIsTakenAgain() throws Exception {
        GraphBuilder graph = new GraphBuilder();
        byte[] ones = new byte[SIZE * SIZE];
        Arrays.fill(ones, (byte) 1);
        GraphBuilder.TensorRef result =
                graph.add(
                        OP,
                        graph.input(DType.I8, Shape.of(1, SIZE), Quantization.IDENTITY),
                        graph.weights(Shape.of(SIZE, SIZE), ones));
        Model model = graph.build(List.of(new GraphBuilder.Output(result, Quantization.IDENTITY)));
        Kernels scalar = new ScalarKernels();
        AtomicInteger runs = new AtomicInteger();
        Kernels wrongAtFirst =
                (Kernels)
                        Proxy.newProxyInstance(
                                Kernels.class.getClassLoader(),
                                new Class<?>[] {Kernels.class},
                                (proxy, method, arguments) -> {
                                    if (method.getName().equals("differed")) {
                                        return runs.get() == 1;
                                    }
                                    method.invoke(scalar, arguments);
                                    if (runs.getAndIncrement() == 0) {
                                        Arrays.fill(((Tensor) arguments[3]).data(), -1);
                                    }
                                    return null;
                                });
        byte[] input = new byte[SIZE];
        assertThat(Session.open(model, wrongAtFirst).run(input))
                .usingRecursiveComparison()
                .isEqualTo(Session.open(model, scalar).run(input));
        assertThat(runs).hasValue(2);
    }

    private static Tensor activations(DType dtype) {
        return Tensor.activations(new TensorType(dtype, Shape.of(1, SIZE)), new int[SIZE], 0);
    }
}
