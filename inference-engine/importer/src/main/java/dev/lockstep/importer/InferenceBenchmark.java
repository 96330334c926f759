package dev.lockstep.importer;

import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.FloatKey;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.GraphBuilder;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelFile;
import dev.lockstep.inference.Multiplier;
import dev.lockstep.inference.Quantization;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Session;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.TensorSpec;
import dev.lockstep.inference.TensorType;
import dev.lockstep.inference.TreeEnsemble;
import dev.lockstep.inference.kernels.FmaPeak;
import dev.lockstep.inference.kernels.NativeGuard;
import dev.lockstep.inference.kernels.PlainKernels;
import dev.lockstep.inference.kernels.ServingKernels;
import dev.lockstep.inference.kernels.VectorKernels;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Speed of the engine beside that of ONNX Runtime: the same products and the same models, one
 * thread each, in turns in one process. Other work on the machine slows both alike, so the ratios
 * are what to look at.
 */
public final class InferenceBenchmark {
    /**
     * A model, the float model that it came from, and other forms of that, such as int8: ONNX, or
     * TensorFlow Lite, which is translated.
     */
    public record Pair(Path model, List<Path> onnx) {}

    private interface Work {
        void run() throws ImportException;
    }

    private static final int[][] PRODUCTS = {
        {64, 256, 256},
        {256, 1024, 1024},
        {196, 1152, 128},
        {49, 512, 512},
        {1, 512, 512},
        {1, 4096, 4096}
    };

    /**
     * Compilers, which may have to wait for a core, are done when nothing gets faster for so long.
     */
    private static final long WARM_NANOS = 1_000_000_000;

    private static final long WARM_NANOS_MAX = 10_000_000_000L;

    private static final int TREES = 100;
    private static final int TREE_DEPTH = 6;
    private static final int FEATURES = 32;

    private final PrintWriter out;
    private final long roundNanos;
    private final int rounds;

    /**
     * @param quick for a glance rather than for figures to quote
     */
    public InferenceBenchmark(PrintWriter out, boolean quick) {
        this.out = out;
        this.roundNanos = quick ? 5_000_000 : 50_000_000;
        this.rounds = quick ? 5 : 15;
    }

    /** Measures and prints. */
    public void run(List<Pair> pairs) throws ImportException, IOException, InterruptedException {
        List<Model> models = new ArrayList<>();
        List<double[]> first = new ArrayList<>();
        for (Pair pair : pairs) {
            Model model = read(pair.model());
            models.add(model);
            first.add(firstCalls(model));
        }
        long start = System.nanoTime();
        String backend = ServingKernels.settle();
        out.printf(
                Locale.ROOT,
                "kernels: %s (settled after %.1f s); one thread each; medians of %d rounds in turns%n%n",
                backend,
                (System.nanoTime() - start) / 1e9,
                rounds);
        NativeGuard.level()
                .ifPresent(level -> out.printf("native kernels: %s, guarded%n%n", level));
        boolean vectors = backend.equals("vector");
        products(vectors);
        trees();
        if (!pairs.isEmpty()) {
            out.printf(
                    Locale.ROOT,
                    "%n%-34s %10s %10s %10s   %s%n",
                    "model",
                    "call 1 ms",
                    "call 2 ms",
                    "warm ms",
                    "ONNX Runtime ms (Lockstep / ONNX Runtime)");
        }
        for (int i = 0; i < pairs.size(); i++) {
            model(pairs.get(i), models.get(i), first.get(i), vectors);
        }
        out.flush();
    }

    /** What serves where nobody has asked for native kernels, once it is warm. */
    private static Kernels java(boolean vectors) {
        return vectors ? new VectorKernels() : new PlainKernels();
    }

    private static Model read(Path file) throws ImportException, IOException {
        try {
            return ModelFile.read(file);
        } catch (InvalidModelException e) {
            throw new ImportException(file + " is not a valid model: " + e.getMessage(), e);
        }
    }

    private static double[] firstCalls(Model model) {
        long start = System.nanoTime();
        Session session = Session.open(model);
        byte[] input = input(model);
        session.run(input);
        long middle = System.nanoTime();
        session.run(input);
        return new double[] {(middle - start) / 1e6, (System.nanoTime() - middle) / 1e6};
    }

    /** The least that every input may be. */
    private static byte[] input(Model model) {
        ByteBuffer input = ByteBuffer.allocate(model.inputBytes());
        for (TensorSpec spec : model.inputs()) {
            for (int i = 0; i < spec.shape().elements(); i++) {
                long value = Math.clamp(0L, spec.range().lo(), spec.range().hi());
                switch (spec.dtype()) {
                    case I16 -> input.putShort((short) value);
                    case I32 -> input.putInt((int) value);
                    case F32 -> input.putInt(FloatKey.bits((int) value));
                    default -> input.put((byte) value);
                }
            }
        }
        return input.array();
    }

    private void products(boolean vectors) throws ImportException, InterruptedException {
        Work peak = () -> FmaPeak.gigaMacsPerSecond();
        double[] peaks = new double[rounds];
        if (vectors) {
            median(peak);
            for (int i = 0; i < rounds; i++) {
                peaks[i] = FmaPeak.gigaMacsPerSecond();
            }
            Arrays.sort(peaks);
            out.printf(
                    Locale.ROOT,
                    "FP32 FMA in registers: %.1f GMAC/s, median; best %.1f%n%n",
                    peaks[rounds / 2],
                    peaks[rounds - 1]);
        }
        out.printf(
                Locale.ROOT,
                "%-16s %9s %9s %9s %9s   %s%n",
                "GMAC/s",
                "serving",
                "plain",
                "ORT f32",
                "ORT int8",
                "serving / FMA peak, / ORT f32, / ORT int8");
        for (int[] p : PRODUCTS) {
            int rows = p[0];
            int k = p[1];
            int columns = p[2];
            byte[] weights = weights(k * columns);
            try (FloatRun floats = new FloatRun(OnnxProduct.ofFloats(rows, k, columns, weights));
                    FloatRun bytes = new FloatRun(OnnxProduct.ofBytes(rows, k, columns, weights))) {
                Work serving = product(java(vectors), rows, k, columns, weights);
                Work plain = product(new PlainKernels(), rows, k, columns, weights);
                double[] nanos =
                        vectors
                                ? median(serving, plain, floats::run, bytes::run, peak)
                                : median(serving, plain, floats::run, bytes::run);
                double macs = (double) rows * k * columns;
                double now = vectors ? FmaPeak.gigaMacsPerSecond() : Double.NaN;
                out.printf(
                        Locale.ROOT,
                        "%-16s %9.1f %9.1f %9.1f %9.1f   %.2f  %.2f  %.2f%n",
                        rows + "x" + k + "x" + columns,
                        macs / nanos[0],
                        macs / nanos[1],
                        macs / nanos[2],
                        macs / nanos[3],
                        macs / nanos[0] / (vectors ? Math.max(now, peaks[rounds / 2]) : Double.NaN),
                        nanos[2] / nanos[0],
                        nanos[3] / nanos[0]);
                if (NativeGuard.level().isPresent()) {
                    Work natives = product(new ServingKernels(), rows, k, columns, weights);
                    natives.run();
                    NativeGuard.settle();
                    double[] beside = median(natives, serving, bytes::run);
                    out.printf(
                            Locale.ROOT,
                            "%16s %9.1f %29s   native / serving %.2f, / ORT int8 %.2f%n",
                            "native",
                            macs / beside[0],
                            "",
                            beside[1] / beside[0],
                            beside[2] / beside[0]);
                }
                out.flush();
            }
        }
    }

    /** Calls with rows of features, decoded and encoded as a contract's are. */
    private void trees() throws ImportException {
        out.printf(
                Locale.ROOT,
                "%n%d trees of depth %d over %d features%n%-16s %9s%n",
                TREES,
                TREE_DEPTH,
                FEATURES,
                "rows in a call",
                "Mrow/s");
        for (int rows : new int[] {1, 8, 1024}) {
            Session session = Session.open(forest(rows));
            SplittableRandom random = new SplittableRandom(rows);
            ByteBuffer input = ByteBuffer.allocate(Float.BYTES * rows * FEATURES);
            while (input.hasRemaining()) {
                input.putFloat((float) random.nextDouble());
            }
            double nanos = median(() -> session.run(input.array()))[0];
            out.printf(Locale.ROOT, "%-16d %9.2f%n", rows, rows * 1e3 / nanos);
            out.flush();
        }
    }

    /** Whole trees, whose nodes stand by levels and whose leaves follow their parents' order. */
    private static Model forest(int rows) {
        SplittableRandom random = new SplittableRandom(3);
        int inner = (1 << TREE_DEPTH) - 1;
        int[] roots = new int[TREES];
        int[] nodes = new int[TREES * inner * TreeEnsemble.NODE];
        int[] leaves = new int[TREES * (inner + 1) * TreeEnsemble.ENTRY];
        for (int tree = 0; tree < TREES; tree++) {
            roots[tree] = tree * inner;
            for (int i = 0; i < inner; i++) {
                int at = (tree * inner + i) * TreeEnsemble.NODE;
                nodes[at] = 2 * random.nextInt(FEATURES);
                nodes[at + 1] = FloatKey.ofBits(Float.floatToIntBits((float) random.nextDouble()));
                for (int branch = 0; branch < 2; branch++) {
                    int next = 2 * i + 1 + branch;
                    nodes[at + 2 + branch] =
                            next < inner
                                    ? tree * inner + next
                                    : ~(tree * (inner + 1) + next - inner);
                }
            }
        }
        for (int at = 0; at < leaves.length; at += TreeEnsemble.ENTRY) {
            leaves[at] = TreeEnsemble.LAST;
            leaves[at + 2] = random.nextInt(1 << 20);
        }
        GraphBuilder builder = new GraphBuilder();
        try {
            var x = builder.input(DType.F32, Shape.of(rows, FEATURES), Quantization.IDENTITY);
            var y =
                    builder.add(
                            new TreeEnsemble(
                                    1,
                                    TreeEnsemble.Aggregate.SUM,
                                    Ints.of(roots),
                                    Ints.of(nodes),
                                    Ints.of(leaves),
                                    Ints.of(0, 0),
                                    DType.I32,
                                    Rescale.of(Multiplier.ONE, 0, DType.I32)),
                            x);
            return builder.build(List.of(new GraphBuilder.Output(y, Quantization.IDENTITY)));
        } catch (InvalidModelException e) {
            throw new IllegalStateException("a forest of the benchmark is no model", e);
        }
    }

    private static byte[] weights(int count) {
        SplittableRandom random = new SplittableRandom(1);
        byte[] weights = new byte[count];
        for (int i = 0; i < count; i++) {
            weights[i] = (byte) (random.nextInt(-63, 64) + random.nextInt(-63, 64));
        }
        return weights;
    }

    private static Work product(Kernels kernels, int rows, int k, int columns, byte[] weights) {
        SplittableRandom random = new SplittableRandom(2);
        int[] data = random.ints((long) rows * k, -128, 128).toArray();
        TensorType inputType = new TensorType(DType.I8, Shape.of(rows, k));
        TensorType outputType = new TensorType(DType.I8, Shape.of(rows, columns));
        Tensor input = Tensor.activations(inputType, data, 0);
        Tensor matrix =
                Tensor.weights(
                        new TensorType(DType.W8, Shape.of(columns, k)),
                        MemorySegment.ofArray(weights));
        Tensor output = Tensor.activations(outputType, new int[rows * columns], 0);
        FullyConnected op =
                new FullyConnected(
                        Ints.repeat(1000, columns),
                        DType.I8,
                        new Rescale(
                                Ints.repeat(1 << 30, columns),
                                Ints.repeat(41, columns),
                                Clipping.of(0, DType.I8)));
        return () -> kernels.fullyConnected(op, input, matrix, output);
    }

    private void model(Pair pair, Model model, double[] first, boolean vectors)
            throws ImportException, IOException, InterruptedException {
        List<FloatRun> others = new ArrayList<>();
        List<Work> works = new ArrayList<>();
        Session session = Session.open(model, java(vectors));
        byte[] input = input(model);
        works.add(() -> session.run(input));
        boolean natives = NativeGuard.level().isPresent();
        if (natives) {
            Session guarded = Session.open(model);
            guarded.run(input);
            NativeGuard.settle();
            works.add(() -> guarded.run(input));
        }
        int ours = works.size();
        for (Path onnx : pair.onnx()) {
            FloatRun run = new FloatRun(Network.read(Files.readAllBytes(onnx)).whole());
            others.add(run);
            works.add(run::run);
        }
        double[] nanos = median(works.toArray(Work[]::new));
        StringBuilder line = new StringBuilder();
        line.append(
                String.format(
                        Locale.ROOT,
                        "%-34s %10.3f %10.3f %10.3f  ",
                        pair.model().getFileName(),
                        first[0],
                        first[1],
                        nanos[0] / 1e6));
        for (int i = ours; i < nanos.length; i++) {
            line.append(
                    String.format(
                            Locale.ROOT,
                            " %s %.3f (%.2f)",
                            pair.onnx().get(i - ours).getFileName(),
                            nanos[i] / 1e6,
                            nanos[0] / nanos[i]));
        }
        out.println(line);
        if (natives) {
            line.setLength(0);
            line.append(String.format(Locale.ROOT, "%56s %10.3f  ", "native", nanos[1] / 1e6));
            for (int i = ours; i < nanos.length; i++) {
                line.append(String.format(Locale.ROOT, " (%.2f)", nanos[1] / nanos[i]));
            }
            out.println(line);
        }
        out.flush();
        for (FloatRun other : others) {
            other.close();
        }
    }

    /**
     * Nanoseconds of one run of each, in turns, after none of them has become faster for a while.
     */
    private double[] median(Work... works) throws ImportException {
        int[] repeats = new int[works.length];
        double[][] nanos = new double[works.length][rounds];
        for (int w = 0; w < works.length; w++) {
            long start = System.nanoTime();
            long last = start;
            long better = start;
            long least = Long.MAX_VALUE;
            while (last - better < WARM_NANOS && last - start < WARM_NANOS_MAX) {
                works[w].run();
                long now = System.nanoTime();
                long taken = now - last;
                if (taken < least) {
                    // A little faster is noise.
                    better = taken < least - least / 20 ? now : better;
                    least = taken;
                }
                last = now;
            }
            repeats[w] = (int) Math.max(1, roundNanos / Math.max(1, least));
        }
        for (int round = 0; round < rounds; round++) {
            for (int w = 0; w < works.length; w++) {
                long start = System.nanoTime();
                for (int i = 0; i < repeats[w]; i++) {
                    works[w].run();
                }
                nanos[w][round] = (System.nanoTime() - start) / (double) repeats[w];
            }
        }
        double[] medians = new double[works.length];
        for (int w = 0; w < works.length; w++) {
            Arrays.sort(nanos[w]);
            medians[w] = nanos[w][rounds / 2];
        }
        return medians;
    }
}
