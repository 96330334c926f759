package dev.lockstep.inference;

import dev.lockstep.inference.kernels.NativeKernels;
import dev.lockstep.inference.kernels.PlainKernels;
import dev.lockstep.inference.kernels.VectorKernels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Times of products, models, trees and of a first call; {@code inference-engine/jmh} runs it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class InferenceJmh {
    /** Rows of 8-bit inputs times a matrix of weights: rows x length x channels. */
    @State(Scope.Thread)
    public static class Product {
        @Param({"64x256x256", "256x1024x1024", "196x1152x128", "49x512x512", "1x512x512"})
        public String shape = "";

        @Param({"plain", "vector"})
        public String kernels = "";

        private Runnable run = () -> {};

        @Setup
        public void make() throws IOException {
            int[] extents = Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
            int rows = extents[0];
            int length = extents[1];
            int channels = extents[2];
            SplittableRandom random = new SplittableRandom(1);
            byte[] bytes = new byte[length * channels];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) random.nextInt(-31, 32);
            }
            Tensor weights =
                    Tensor.weights(
                            new TensorType(DType.W8, Shape.of(channels, length)),
                            MemorySegment.ofArray(bytes));
            int[] elements = random.ints((long) rows * length, -128, 128).toArray();
            Tensor input =
                    Tensor.activations(
                            new TensorType(DType.I8, Shape.of(rows, length)), elements, 0);
            Tensor output =
                    Tensor.activations(
                            new TensorType(DType.I8, Shape.of(rows, channels)),
                            new int[rows * channels],
                            0);
            FullyConnected op =
                    new FullyConnected(
                            Ints.repeat(1000, channels),
                            DType.I8,
                            new Rescale(
                                    Ints.repeat(1 << 30, channels),
                                    Ints.repeat(41, channels),
                                    Clipping.of(0, DType.I8)));
            Kernels backend = backend(kernels);
            run = () -> backend.fullyConnected(op, input, weights, output);
        }
    }

    @Benchmark
    public void product(Product product) {
        product.run.run();
    }

    /** A model file, or one of the bundled models by name, on an input of zeros. */
    @State(Scope.Thread)
    public static class Whole {
        @Param({"digits", "volatility"})
        public String model = "";

        @Param({"plain", "vector"})
        public String kernels = "";

        private Runnable run = () -> {};

        @Setup
        public void make() throws IOException, InvalidModelException {
            Model read = ModelFile.read(file(model));
            Session session = Session.open(read, backend(kernels));
            byte[] input = new byte[read.inputBytes()];
            run = () -> session.run(input);
        }
    }

    @Benchmark
    public void model(Whole whole) {
        whole.run.run();
    }

    /** A hundred trees of depth 6 on 32 features; other rows from call to call. */
    @State(Scope.Thread)
    public static class Trees {
        private static final int FEATURES = 32;
        private static final int ROWS = 256;

        private final byte[][] rows = new byte[ROWS][];
        private int next;
        private Runnable run = () -> {};

        @Setup
        public void make() throws InvalidModelException {
            Random random = new Random(1);
            Forest forest = new Forest(1);
            for (int i = 0; i < 100; i++) {
                forest.trees.add(full(random, 6));
            }
            TreeEnsemble op =
                    forest.op(
                            TreeEnsemble.Aggregate.SUM,
                            DType.I32,
                            Rescale.of(new Multiplier(1, 1), 0, DType.I32));
            GraphBuilder graph = new GraphBuilder();
            GraphBuilder.TensorRef features =
                    graph.input(DType.F32, Shape.of(1, FEATURES), Quantization.IDENTITY);
            Model model =
                    graph.build(
                            List.of(
                                    new GraphBuilder.Output(
                                            graph.add(op, features), Quantization.IDENTITY)));
            for (int i = 0; i < ROWS; i++) {
                ByteBuffer row = ByteBuffer.allocate(model.inputBytes());
                for (int j = 0; j < FEATURES; j++) {
                    row.putFloat(random.nextFloat());
                }
                rows[i] = row.array();
            }
            Session session = Session.open(model);
            run = () -> session.run(rows[next++ % ROWS]);
        }

        private static Forest.Tree full(Random random, int depth) {
            if (depth == 0) {
                return new Forest.Leaf(List.of(new Forest.Says(0, random.nextInt(1000))));
            }
            int threshold = FloatKey.ofBits(Float.floatToIntBits(random.nextFloat()));
            return new Forest.Split(
                    random.nextInt(FEATURES),
                    threshold,
                    false,
                    full(random, depth - 1),
                    full(random, depth - 1));
        }
    }

    @Benchmark
    public void trees(Trees trees) {
        trees.run.run();
    }

    /** Reads a model and runs it once, in a fresh process. */
    @State(Scope.Thread)
    public static class Cold {
        @Param({"digits", "volatility"})
        public String model = "";
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Warmup(iterations = 0)
    @Measurement(iterations = 1)
    @Fork(10)
    public InferenceResult coldStart(Cold cold) throws IOException, InvalidModelException {
        Model model = ModelFile.read(file(cold.model));
        return Session.open(model).run(new byte[model.inputBytes()]);
    }

    private static Path file(String model) {
        return model.endsWith(".lkm")
                ? Path.of(model)
                : Path.of("inference-engine", "models", model, model + ".lkm");
    }

    private static Kernels backend(String name) throws IOException {
        return switch (name) {
            case "plain" -> new PlainKernels();
            case "vector" -> new VectorKernels();
            case "native" ->
                    NativeKernels.open(NativeKernelsTest.built(), null, new VectorKernels());
            default -> throw new IllegalArgumentException(name);
        };
    }
}
