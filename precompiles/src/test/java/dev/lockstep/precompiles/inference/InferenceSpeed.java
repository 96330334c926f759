package dev.lockstep.precompiles.inference;

import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.inference.Add;
import dev.lockstep.inference.ArgMax;
import dev.lockstep.inference.Attention;
import dev.lockstep.inference.AveragePool;
import dev.lockstep.inference.Clip;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.Concat;
import dev.lockstep.inference.Conv2d;
import dev.lockstep.inference.Cost;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.DepthwiseConv2d;
import dev.lockstep.inference.Embedding;
import dev.lockstep.inference.FloatToFixed;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.FullyConnected4;
import dev.lockstep.inference.Gather;
import dev.lockstep.inference.GraphBuilder;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.LayerNorm;
import dev.lockstep.inference.Linear;
import dev.lockstep.inference.LogSoftmax;
import dev.lockstep.inference.Lut16;
import dev.lockstep.inference.Lut8;
import dev.lockstep.inference.MatMul;
import dev.lockstep.inference.MaxPool;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Mul;
import dev.lockstep.inference.Normalize;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Pad;
import dev.lockstep.inference.Probabilities;
import dev.lockstep.inference.Quantization;
import dev.lockstep.inference.ReduceExtreme;
import dev.lockstep.inference.ReduceSum;
import dev.lockstep.inference.Requantize;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Rope;
import dev.lockstep.inference.Scatter;
import dev.lockstep.inference.Select;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Slice;
import dev.lockstep.inference.Softmax;
import dev.lockstep.inference.SupportVectors;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.TensorType;
import dev.lockstep.inference.TopK;
import dev.lockstep.inference.Transpose;
import dev.lockstep.inference.TransposedConv2d;
import dev.lockstep.inference.TreeEnsemble;
import dev.lockstep.inference.Window;
import dev.lockstep.inference.kernels.PlainKernels;
import dev.lockstep.precompiles.Chain;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.types.Address;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.tuweni.bytes.Bytes;

/**
 * Prints what the operations of models do for their gas: nanoseconds a gas by the weights of {@link
 * InferenceGas}, plain kernels, one thread, the least of several rounds, beside loops of ordinary
 * EVM code. Not a test: run it by its main method, under {@code -XX:UseAVX=2} for what the weights
 * are made for.
 */
final class InferenceSpeed {
    private static final int WARM_UP_ROUNDS = 12;
    private static final int ROUNDS = 5;
    private static final long MEASURED_NANOS = 20_000_000;

    private record Input(String name, Op op, List<Tensor> inputs) {}

    private final List<Input> measured = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(1);

    private InferenceSpeed() {}

    public static void main(String[] args) throws InvalidModelException {
        InferenceSpeed speed = new InferenceSpeed();
        speed.products();
        speed.elements();
        speed.rows();
        speed.classical();
        speed.trees(100, 6);
        speed.trees(10, 3);
        speed.chain(64);
        System.out.printf("%-52s%12s%12s%10s%n", "", "gas", "ns", "ns/gas");
        for (int i = 0; i < CODE.length; i++) {
            evm(CODE[i][0], Bytes.fromHexString(CODE[i][1]));
        }
        calls();
        measure(
                speed.measured.stream()
                        .filter(input -> args.length == 0 || input.name.startsWith(args[0]))
                        .toList());
    }

    /** Loops that never end but by their gas. */
    private static final String[][] CODE = {
        {"EVM: add, mul, dup, pop", "0x5b60016002028001506000565b"},
        {"EVM: division", "0x5b60036401000000000450600056"},
        {"EVM: mload, mstore", "0x5b6020516001016020526000 56".replace(" ", "")},
        {"EVM: keccak256 of 64 bytes", "0x5b604060002050600056"},
    };

    private static void evm(String name, Bytes code) {
        Chain chain = new Chain(LockstepPrecompiles.standard());
        Address address = Address.ofNumber(0xc0de);
        chain.etch(address, code);
        long least = Long.MAX_VALUE;
        long gas = 1;
        for (int round = 0; round < 3 + ROUNDS; round++) {
            long start = now();
            gas = chain.send(address, Bytes.EMPTY).gasUsed();
            least = Math.min(least, now() - start);
        }
        print(name, gas, least);
    }

    /**
     * The three ways to call, with models that do next to nothing but take and give: one element,
     * which shows what a call takes by itself, and many.
     */
    private static void calls() throws InvalidModelException {
        calls(1, "a call with one element");
        calls(4096, "an element in or out");
    }

    private static void calls(int count, String what) throws InvalidModelException {
        GraphBuilder graph = new GraphBuilder();
        Quantization scale = new Quantization(1_234_567, 26, 3);
        GraphBuilder.TensorRef x = graph.input(DType.I8, Shape.of(count), scale);
        GraphBuilder.TensorRef y = graph.add(new Clip(-128, 127), x);
        Model model = graph.build(List.of(new GraphBuilder.Output(y, scale)));
        ModelCatalog catalog = ModelCatalog.of(List.of(model), 1000);
        InferencePrecompile precompile =
                new InferencePrecompile(catalog, new InferenceMemo(InferenceMemo.Size.OFF));
        long[] numbers = new SplittableRandom(3).longs(count, -128, 128).toArray();
        byte[] raw = new byte[count];
        BigInteger[] wide = new BigInteger[count];
        for (int i = 0; i < count; i++) {
            raw[i] = (byte) numbers[i];
            wide[i] = BigInteger.valueOf(numbers[i]).multiply(BigInteger.TEN.pow(60));
        }
        byte[] id = Calls.id(model);
        call("infer, " + what, precompile, Calls.infer(id, raw), count);
        call("inferInts, " + what, precompile, Calls.inferInts(id, numbers), count);
        call("inferDecimals, " + what, precompile, Calls.inferDecimals(id, 2, numbers), count);
        Bytes sixty = Calls.inferDecimals(id, 62, wide);
        call("inferDecimals, 62 decimals, " + what, precompile, sixty, count);
    }

    private static void call(String name, InferencePrecompile precompile, Bytes call, int count) {
        double least = Double.MAX_VALUE;
        int runs = Math.max(1, 1000 / count);
        for (int round = 0; round < 100 * ROUNDS; round++) {
            long start = now();
            for (int i = 0; i < runs; i++) {
                precompile.quote(call, TestModels.CONTEXT);
                if (!(precompile.run(call, TestModels.CONTEXT)
                        instanceof PrecompileResult.Output)) {
                    throw new IllegalStateException(name + " was refused");
                }
            }
            least = Math.min(least, (double) (now() - start) / runs);
        }
        print(name, call, precompile, count, least);
        if (count == 1) {
            print(name + ", cold", call, precompile, count, cold(precompile, call));
        }
    }

    /** The median time of a call after other work has had the caches. */
    private static double cold(InferencePrecompile precompile, Bytes call) {
        long[] work = new long[1 << 23];
        double[] nanos = new double[21];
        for (int round = 0; round < nanos.length; round++) {
            for (int i = 0; i < work.length; i += Long.BYTES) {
                work[i]++;
            }
            long start = now();
            precompile.quote(call, TestModels.CONTEXT);
            precompile.run(call, TestModels.CONTEXT);
            nanos[round] = now() - start;
        }
        Arrays.sort(nanos);
        return nanos[nanos.length / 2];
    }

    private static void print(
            String name, Bytes call, InferencePrecompile precompile, int count, double nanos) {
        double gas = precompile.quote(call, TestModels.CONTEXT);
        double base = InferenceGas.V1.call(Cost.NONE, 1, 0, 1000);
        if (count == 1) {
            print(name, gas, nanos);
        } else {
            print(name, (gas - base) / (2 * count), nanos / (2 * count));
        }
    }

    private static long now() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static void print(String name, double gas, double nanos) {
        System.out.printf(Locale.ROOT, "%-52s%12.1f%12.0f%10.2f%n", name, gas, nanos, nanos / gas);
    }

    /**
     * In turns, so that each is measured after all have been compiled, and by code that has seen
     * all of them, as a node's has.
     */
    private static void measure(List<Input> inputs) throws InvalidModelException {
        List<Row> rows = new ArrayList<>();
        for (Input input : inputs) {
            rows.add(new Row(input));
        }
        for (int round = 0; round < WARM_UP_ROUNDS; round++) {
            rows.forEach(row -> row.run(MEASURED_NANOS));
        }
        double[] least = new double[rows.size()];
        Arrays.fill(least, Double.MAX_VALUE);
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < least.length; i++) {
                least[i] = Math.min(least[i], rows.get(i).run(MEASURED_NANOS));
            }
        }
        for (int i = 0; i < least.length; i++) {
            Row row = rows.get(i);
            print(row.input.name, row.gas(), least[i]);
        }
    }

    /** One operation, its result, and kernels of its own. */
    private static final class Row {
        final Input input;
        private final List<TensorType> types;
        private final TensorType type;
        private final Tensor output;
        private final Kernels kernels = new PlainKernels();

        Row(Input input) throws InvalidModelException {
            this.input = input;
            types = input.inputs.stream().map(Tensor::type).toList();
            type = input.op.type(types);
            output = Tensor.activations(type, new int[type.shape().elements()], 0);
        }

        double gas() {
            Cost cost = input.op.cost(types, type);
            return InferenceGas.V1.call(cost, 1, 0, 1000)
                    - InferenceGas.V1.call(Cost.NONE, 0, 0, 1000);
        }

        /** Nanoseconds that a run takes, over as many as fit a time. */
        double run(long nanos) {
            long start = now();
            long runs = 0;
            // To read the clock takes longer than some operations.
            for (long batch = 1; ; batch *= 2) {
                for (long i = 0; i < batch; i++) {
                    input.op.run(kernels, input.inputs, output);
                }
                runs += batch;
                long spent = now() - start;
                if (spent >= nanos) {
                    return (double) spent / runs;
                }
            }
        }
    }

    private void add(String name, Op op, Tensor... inputs) {
        measured.add(new Input(name, op, List.of(inputs)));
    }

    private Tensor any(DType dtype, int... dims) {
        return within(dtype, dtype == DType.I32 ? 1 << 20 : dtype.max(), dims);
    }

    private Tensor within(DType dtype, int size, int... dims) {
        TensorType type = new TensorType(dtype, Shape.of(dims));
        int[] data = new int[type.shape().elements()];
        for (int i = 0; i < data.length; i++) {
            data[i] = random.nextInt(-size, size + 1);
        }
        return Tensor.activations(type, data, 0);
    }

    private Tensor weights(int... dims) {
        TensorType type = new TensorType(DType.W8, Shape.of(dims));
        byte[] bytes = new byte[type.shape().elements()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt(-127, 128);
        }
        return Tensor.weights(type, MemorySegment.ofArray(bytes));
    }

    private static Rescale to(DType output, int channels) {
        return new Rescale(
                Ints.repeat(1 << 30, channels), Ints.repeat(40, channels), Clipping.of(0, output));
    }

    private void products() {
        for (DType type : new DType[] {DType.I8, DType.I16}) {
            convolution(type, 32, 32, 28, 3, 1);
            convolution(type, 64, 128, 14, 1, 1);
            convolution(type, 3, 16, 64, 3, 1);
            convolution(type, 64, 64, 14, 3, 4);
            depthwise(type, 64, 28, 3);
            depthwise(type, 16, 56, 5);
            product(type, 1, 1024, 1024);
            product(type, 1, 64, 10);
            product(type, 64, 256, 256);
            product(type, 256, 16, 16);
            convolution(type, 256, 256, 1, 1, 1);
            convolution(type, 128, 128, 7, 3, 1);
            depthwise(type, 256, 7, 3);
            add(
                    "matMul " + type + " 64x64x64",
                    new MatMul(false, 0, 0, type, to(type, 1)),
                    any(type, 8, 64, 64),
                    any(type, 8, 64, 64));
            add(
                    "matMul " + type + " 64x64x64, transposed",
                    new MatMul(true, 0, 0, type, to(type, 1)),
                    any(type, 8, 64, 64),
                    any(type, 8, 64, 64));
            add(
                    "transposedConv2d " + type + " 16 to 16, 3x3, stride 2",
                    new TransposedConv2d(
                            new Window(2, 2, 1, 1, 1, 1, 1, 1),
                            1,
                            1,
                            1,
                            0,
                            Ints.repeat(0, 16),
                            type,
                            to(type, 16)),
                    any(type, 1, 16, 14, 14),
                    weights(16, 16, 3, 3));
            add(
                    "attention " + type + " 8 heads, 64 of 64, 32",
                    new Attention(true, 0, 1 << 20, 30, type, to(type, 1)),
                    any(type, 8, 64, 32),
                    any(type, 8, 64, 32),
                    any(type, 8, 64, 32));
            add(
                    "fullyConnected4 " + type + " 512 to 512",
                    new FullyConnected4(64, Ints.repeat(0, 512), type, to(type, 512)),
                    any(type, 1, 512),
                    packed(512, 256),
                    weights(512, 8));
        }
        add(
                "attention I16, a step of 8 heads, 512, 8",
                new Attention(true, 511, 1 << 20, 30, DType.I16, to(DType.I16, 1)),
                any(DType.I16, 8, 1, 8),
                any(DType.I16, 4, 512, 8),
                any(DType.I16, 4, 512, 8));
        add(
                "rope I16 8, 64, 32",
                new Rope(false, DType.I16, to(DType.I16, 1)),
                any(DType.I16, 8, 64, 32),
                any(DType.I16, 1, 64, 16),
                any(DType.I16, 1, 64, 16));
    }

    private Tensor packed(int rows, int columns) {
        TensorType type = new TensorType(DType.W8, Shape.of(rows, columns));
        byte[] bytes = new byte[rows * columns];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(-7, 8) * 16 + (random.nextInt(-7, 8) & 15));
        }
        return Tensor.weights(type, MemorySegment.ofArray(bytes));
    }

    private void convolution(DType type, int from, int to, int extent, int kernel, int groups) {
        add(
                "conv2d "
                        + type
                        + " "
                        + from
                        + " to "
                        + to
                        + " on "
                        + extent
                        + ", "
                        + kernel
                        + "x"
                        + kernel
                        + (groups == 1 ? "" : ", groups " + groups),
                new Conv2d(
                        Window.of(1, 1, kernel / 2),
                        groups,
                        0,
                        Ints.repeat(0, to),
                        type,
                        to(type, to)),
                any(type, 1, from, extent, extent),
                weights(to, from / groups, kernel, kernel));
    }

    private void depthwise(DType type, int channels, int extent, int kernel) {
        add(
                "depthwiseConv2d "
                        + type
                        + " "
                        + channels
                        + " on "
                        + extent
                        + ", "
                        + kernel
                        + "x"
                        + kernel,
                new DepthwiseConv2d(
                        Window.of(1, 1, kernel / 2),
                        0,
                        Ints.repeat(0, channels),
                        type,
                        to(type, channels)),
                any(type, 1, channels, extent, extent),
                weights(channels, 1, kernel, kernel));
    }

    private void product(DType type, int rows, int from, int to) {
        add(
                "fullyConnected " + type + " " + rows + " x " + from + " to " + to,
                new FullyConnected(Ints.repeat(0, to), type, to(type, to)),
                any(type, rows, from),
                weights(to, from));
    }

    private void elements() {
        int[] image = {1, 64, 28, 28};
        Tensor x = any(DType.I8, image);
        Tensor wide = any(DType.I16, image);
        add("add", new Add(1, 2, 1 << 29, 1 << 28, 30, DType.I8, Clipping.of(0, DType.I8)), x, x);
        add(
                "add, one repeated",
                new Add(1, 2, 1 << 29, 1 << 28, 30, DType.I8, Clipping.of(0, DType.I8)),
                x,
                any(DType.I8, 1, 64, 1, 1));
        add("mul", new Mul(1, 2, DType.I8, to(DType.I8, 1)), x, x);
        add("requantize", new Requantize(1, DType.I8, to(DType.I8, 1)), x);
        add("clip", new Clip(-5, 100), x);
        add("maxPool 2x2", new MaxPool(2, 2, Window.of(2, 2, 0)), x);
        add("maxPool 3x3", new MaxPool(3, 3, Window.of(1, 1, 1)), x);
        add(
                "averagePool 2x2",
                new AveragePool(2, 2, Window.of(2, 2, 0), 0, DType.I8, to(DType.I8, 1)),
                x);
        add(
                "averagePool 7x7",
                new AveragePool(7, 7, Window.of(7, 7, 0), 0, DType.I8, to(DType.I8, 1)),
                x);
        add("lut8", new Lut8(DType.I8, Ints.repeat(5, 256)), x);
        add("lut16", new Lut16(DType.I16, Ints.of(IntStream.range(0, 513).toArray())), wide);
        add("transpose", new Transpose(Ints.of(0, 2, 3, 1)), x);
        add("concat", new Concat(1, Ints.of(0, 0), DType.I8, to(DType.I8, 2)), x, x);
        add("pad", new Pad(Ints.of(0, 0, 1, 1), Ints.of(0, 0, 1, 1), 0), x);
        add(
                "slice",
                new Slice(Ints.of(0, 0, 27, 0), Ints.of(1, 1, -1, 2), Shape.of(1, 64, 28, 14)),
                x);
        add(
                "select",
                new Select(
                        Shape.of(1, 64, 56, 56),
                        Ints.of(
                                IntStream.concat(
                                                IntStream.concat(
                                                        IntStream.of(0), IntStream.range(0, 64)),
                                                IntStream.range(0, 112).map(i -> i % 56 / 2))
                                        .toArray())),
                x);
        add("reduceSum over images", new ReduceSum(Ints.of(2, 3), 0, DType.I8, to(DType.I8, 1)), x);
        add("reduceSum over channels", new ReduceSum(Ints.of(1), 0, DType.I8, to(DType.I8, 1)), x);
        add("reduceExtreme over images", new ReduceExtreme(Ints.of(2, 3), true), x);
    }

    private void rows() {
        Tensor x = any(DType.I16, 64, 512);
        add("softmax 64 x 512", new Softmax(1 << 20, 20), x);
        add("softmax 512 x 4", new Softmax(1 << 20, 20), any(DType.I8, 512, 4));
        add("logSoftmax 64 x 512", new LogSoftmax(1 << 20, 20, DType.I16, to(DType.I16, 1)), x);
        layerNorm(64, 512);
        layerNorm(512, 8);
        add("argMax 64 x 512", new ArgMax(), x);
        Tensor indices =
                Tensor.activations(new TensorType(DType.I32, Shape.of(64)), new int[64], 0);
        add("gather 64 rows of 512", new Gather(0), x, indices);
        add("gather 64 columns", new Gather(1), x, indices);
        add(
                "embedding 64 rows of 512",
                new Embedding(DType.I16, to(DType.I16, 1)),
                weights(64, 512),
                indices);
        for (int extent : new int[] {64, 1 << 13}) {
            add(
                    "scatter a row of 512 into " + extent,
                    new Scatter(0),
                    any(DType.I16, extent, 512),
                    any(DType.I16, 1, 512),
                    Tensor.activations(new TensorType(DType.I32, Shape.of(1)), new int[1], 0));
        }
    }

    private void layerNorm(int rows, int n) {
        add(
                "layerNorm " + rows + " x " + n,
                new LayerNorm(
                        true,
                        0,
                        4,
                        1,
                        Ints.repeat(1 << 28, n),
                        Ints.repeat(3, n),
                        40,
                        DType.I16,
                        Clipping.of(0, DType.I16)),
                any(DType.I16, rows, n));
    }

    private void classical() {
        Tensor x = any(DType.I16, 64, 512);
        add("topK 5, 64 x 512", new TopK(5, true, true), x);
        add("normalize L1, 64 x 512", new Normalize(Normalize.Norm.L1), x);
        add("normalize L2, 64 x 512", new Normalize(Normalize.Norm.L2), x);
        for (Probabilities.Curve curve : Probabilities.Curve.values()) {
            add("probabilities " + curve + ", 64 x 512", new Probabilities(curve, 1 << 20, 20), x);
        }
        add(
                "linear 64 x 512 to 16",
                new Linear(numbers(16 * 512), Ints.repeat(0, 2 * 16), DType.I32, to(DType.I32, 16)),
                x);
        for (SupportVectors.Nearness nearness : SupportVectors.Nearness.values()) {
            add(
                    "supportVectors " + nearness + ", 8 x 32, 64 vectors",
                    new SupportVectors(nearness, 64, numbers(64 * 32), Ints.of(0, 0), 1 << 10, 30),
                    any(DType.I16, 8, 32));
        }
        add(
                "floatToFixed 64 x 32",
                new FloatToFixed(
                        Ints.repeat(10, 32),
                        Ints.repeat(0, 32),
                        Ints.repeat(0, 32),
                        DType.I16,
                        to(DType.I16, 32)),
                within(DType.F32, 1 << 30, 64, 32));
    }

    private Ints numbers(int count) {
        return Ints.of(IntStream.range(0, count).map(i -> random.nextInt(-4096, 4097)).toArray());
    }

    /** Full trees, one row. */
    private void trees(int count, int depth) {
        int inner = (1 << depth) - 1;
        int[] roots = new int[count];
        int[] nodes = new int[count * inner * TreeEnsemble.NODE];
        int[] leaves = new int[count * (inner + 1) * TreeEnsemble.ENTRY];
        for (int tree = 0; tree < count; tree++) {
            roots[tree] = tree * inner;
            for (int i = 0; i < inner; i++) {
                int at = (tree * inner + i) * TreeEnsemble.NODE;
                nodes[at] = 2 * random.nextInt(32);
                nodes[at + 1] = random.nextInt(-1 << 20, 1 << 20);
                for (int branch = 1; branch <= 2; branch++) {
                    int child = 2 * i + branch;
                    int leaf = tree * (inner + 1) + child - inner;
                    nodes[at + 1 + branch] = child < inner ? tree * inner + child : ~leaf;
                }
            }
        }
        trees(count + " trees, depth " + depth, roots, nodes, leaves);
    }

    /** A tree that is as deep as it has nodes, and a way through all of them. */
    private void chain(int count) {
        int[] nodes = new int[count * TreeEnsemble.NODE];
        for (int node = 0; node < count; node++) {
            int at = node * TreeEnsemble.NODE;
            nodes[at] = 2 * random.nextInt(32);
            nodes[at + 1] = Integer.MIN_VALUE + 1;
            nodes[at + 2] = ~node;
            nodes[at + 3] = node + 1 < count ? node + 1 : ~count;
        }
        int[] leaves = new int[(count + 1) * TreeEnsemble.ENTRY];
        trees("a tree of depth " + count, new int[1], nodes, leaves);
    }

    private void trees(String name, int[] roots, int[] nodes, int[] leaves) {
        for (int leaf = 0; leaf < leaves.length; leaf += TreeEnsemble.ENTRY) {
            leaves[leaf] = TreeEnsemble.LAST;
            leaves[leaf + 2] = random.nextInt(1 << 20);
        }
        add(
                "treeEnsemble, " + name,
                new TreeEnsemble(
                        1,
                        TreeEnsemble.Aggregate.SUM,
                        Ints.of(roots),
                        Ints.of(nodes),
                        Ints.of(leaves),
                        Ints.of(0, 0),
                        DType.I32,
                        to(DType.I32, 1)),
                any(DType.I32, 1, 32));
    }
}
