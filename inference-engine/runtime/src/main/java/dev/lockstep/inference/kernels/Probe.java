package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Add;
import dev.lockstep.inference.AveragePool;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.Conv2d;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.DepthwiseConv2d;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.Interval;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.MatMul;
import dev.lockstep.inference.MaxPool;
import dev.lockstep.inference.Mul;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Operand;
import dev.lockstep.inference.Requantize;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.TensorType;
import dev.lockstep.inference.TransposedConv2d;
import dev.lockstep.inference.TreeEnsemble;
import dev.lockstep.inference.Window;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A random operation on random tensors, the same for the same seed on every machine, by which
 * backends are compared. All kinds of shapes occur: one element and many, strides, dilations,
 * padding on one side, groups; all extremes of elements; sums that floats hold and sums that they
 * do not.
 */
public final class Probe {
    private static final int GUARD = 5;

    /** Kinds of operations: neighbouring seeds are of different ones. */
    static final int KINDS = 12;

    /** The first ones are those that have kernels in vectors. */
    static final int KINDS_IN_VECTORS = 7;

    private final Op op;
    private final List<Tensor> inputs;
    private final Tensor output;
    private final SplittableRandom random;
    private final DType result;

    /** The probe of this seed; neighbouring seeds are of different kinds. */
    public Probe(long seed) {
        this.random = new SplittableRandom(seed);
        this.result = List.of(DType.I8, DType.I8, DType.I16, DType.I32).get(random.nextInt(4));
        try {
            switch (Math.floorMod(seed, KINDS)) {
                case 0, 1 -> {
                    int groups = random.nextInt(4) == 0 ? between(2, 3) : 1;
                    int perGroup = between(groups > 1 ? 2 : 1, pick(3, 20));
                    Shape kernel = kernel(groups * between(1, pick(5, 20)), perGroup);
                    Window window = window(kernel);
                    Tensor x = image(groups * perGroup, kernel, window);
                    Tensor w = weights(kernel);
                    this.op =
                            new Conv2d(
                                    window,
                                    groups,
                                    zeroPoint(x),
                                    bias(kernel.dim(0)),
                                    result,
                                    rescale(kernel.dim(0), kernel.elements() / kernel.dim(0), x));
                    this.inputs = List.of(x, w);
                }
                case 2, 3 -> {
                    int channels = between(1, 4);
                    Shape kernel = kernel(channels * between(1, 2), 1);
                    Window window = window(kernel);
                    Tensor x = image(channels, kernel, window);
                    Tensor w = weights(kernel);
                    this.op =
                            new DepthwiseConv2d(
                                    window,
                                    zeroPoint(x),
                                    bias(kernel.dim(0)),
                                    result,
                                    rescale(kernel.dim(0), kernel.elements() / kernel.dim(0), x));
                    this.inputs = List.of(x, w);
                }
                case 4 -> {
                    int length = between(1, pick(70, 1100));
                    int channels = between(1, pick(9, 150));
                    Tensor x = activations(dtype(), Shape.of(between(1, pick(2, 14)), length));
                    this.op =
                            new FullyConnected(
                                    bias(channels), result, rescale(channels, length, x));
                    this.inputs = List.of(x, weights(Shape.of(channels, length)));
                }
                case 5 -> {
                    DType from = random.nextInt(3) == 0 ? DType.I32 : dtype();
                    Tensor x = activations(from, Shape.of(between(1, pick(40, 700))));
                    this.op = new Requantize(zeroPoint(x), result, rescale(1, 1, x));
                    this.inputs = List.of(x);
                }
                case 6 -> {
                    int features = between(1, pick(4, 30));
                    Tensor x = activations(dtype(), Shape.of(between(1, pick(70, 200)), features));
                    this.op = trees(features);
                    this.inputs = List.of(x);
                }
                case 7 -> {
                    DType type = dtype();
                    boolean transposed = random.nextBoolean();
                    int batch = between(1, 3);
                    int rows = between(1, pick(5, 20));
                    int length = between(1, pick(20, 600));
                    int columns = between(1, pick(40, 300));
                    Tensor a = activations(type, Shape.of(batch, rows, length));
                    Tensor b =
                            activations(
                                    random.nextInt(4) == 0 ? DType.I16 : type,
                                    transposed
                                            ? Shape.of(pick(1, batch), columns, length)
                                            : Shape.of(pick(1, batch), length, columns));
                    this.op =
                            new MatMul(
                                    transposed,
                                    zeroPoint(a),
                                    zeroPoint(b),
                                    result,
                                    product(length, a, b));
                    this.inputs = List.of(a, b);
                }
                case 8 -> {
                    int groups = random.nextInt(4) == 0 ? between(2, 3) : 1;
                    Shape kernel = kernel(groups * between(1, 5), between(1, pick(3, 20)));
                    Tensor x =
                            activations(
                                    dtype(),
                                    Shape.of(
                                            pick(1, 2),
                                            groups * kernel.dim(1),
                                            between(1, pick(4, 20)),
                                            between(1, pick(7, 20))));
                    Window window =
                            new Window(
                                    between(1, 3),
                                    between(1, 3),
                                    between(1, 2),
                                    between(1, 2),
                                    between(0, kernel.dim(2) / 2),
                                    between(0, kernel.dim(3) / 2),
                                    0,
                                    0);
                    this.op =
                            new TransposedConv2d(
                                    window,
                                    between(0, 2),
                                    between(0, 2),
                                    groups,
                                    zeroPoint(x),
                                    bias(kernel.dim(0)),
                                    result,
                                    rescale(kernel.dim(0), kernel.elements() / kernel.dim(0), x));
                    this.inputs = List.of(x, weights(kernel));
                }
                case 9 -> {
                    Shape kernel = kernel(1, 1);
                    Window window = window(kernel);
                    Tensor x = image(between(1, 3), kernel, window);
                    this.op = new MaxPool(kernel.dim(2), kernel.dim(3), window);
                    this.inputs = List.of(x);
                }
                case 10 -> {
                    Shape kernel = kernel(1, 1);
                    Window window = window(kernel);
                    Tensor x = image(between(1, 3), kernel, window);
                    int taps = kernel.elements();
                    this.op =
                            new AveragePool(
                                    kernel.dim(2),
                                    kernel.dim(3),
                                    window,
                                    zeroPoint(x),
                                    result,
                                    rescale(random.nextBoolean() ? 1 : taps, taps, x));
                    this.inputs = List.of(x);
                }
                default -> {
                    Shape common = Shape.of(between(1, 3), between(1, pick(5, 20)), between(1, 99));
                    Tensor a = activations(dtype(), part(common));
                    Tensor b = activations(dtype(), part(common));
                    this.op =
                            random.nextBoolean()
                                    ? new Mul(zeroPoint(a), zeroPoint(b), result, product(1, a, b))
                                    : new Add(
                                            zeroPoint(a),
                                            zeroPoint(b),
                                            between(-(1 << 20), 1 << 20),
                                            between(-(1 << 20), 1 << 20),
                                            between(10, 30),
                                            result,
                                            Clipping.of(0, result));
                    this.inputs = List.of(a, b);
                }
            }
            TensorType type = op.type(inputs.stream().map(Tensor::type).toList());
            op.bounds(inputs.stream().map(Probe::operand).toList(), type);
            this.output = Tensor.activations(type, new int[type.shape().elements() + GUARD], GUARD);
        } catch (InvalidModelException e) {
            throw new IllegalStateException("probe " + seed, e);
        }
    }

    /** The elements of the result, fresh, with what stands beside them, which must be 0. */
    public int[] run(Kernels kernels) {
        runInPlace(kernels);
        return output.data().clone();
    }

    void runInPlace(Kernels kernels) {
        op.run(kernels, inputs, output);
    }

    @Override
    public String toString() {
        return op.getClass().getSimpleName() + inputs.stream().map(Tensor::type).toList();
    }

    private static Operand operand(Tensor tensor) {
        DType dtype = tensor.type().dtype();
        return new Operand(tensor.type(), new Interval(dtype.min(), dtype.max()), tensor.weights());
    }

    private int between(int lo, int hi) {
        return random.nextInt(lo, hi + 1);
    }

    private int pick(int often, int sometimes) {
        return random.nextInt(3) == 0 ? sometimes : often;
    }

    private DType dtype() {
        return random.nextInt(3) == 0 ? DType.I16 : DType.I8;
    }

    private Shape kernel(int outputs, int inputs) {
        return switch (random.nextInt(3)) {
            case 0 -> Shape.of(outputs, inputs, 1, 1);
            case 1 -> Shape.of(outputs, inputs, 3, 3);
            default -> Shape.of(outputs, inputs, between(1, 5), between(1, 5));
        };
    }

    private Window window(Shape kernel) {
        int dilationY = pick(1, 2);
        int dilationX = pick(1, 2);
        int padY = dilationY * (kernel.dim(2) - 1);
        int padX = dilationX * (kernel.dim(3) - 1);
        return new Window(
                pick(1, between(2, 3)),
                pick(1, between(2, 3)),
                dilationY,
                dilationX,
                between(0, padY),
                between(0, padX),
                between(0, padY),
                between(0, padX));
    }

    /** The extents, some of them 1. */
    private Shape part(Shape common) {
        int[] dims = new int[common.rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = random.nextInt(4) == 0 ? 1 : common.dim(i);
        }
        return Shape.of(dims);
    }

    /** A factor for sums of products of two activations. */
    private Rescale product(int terms, Tensor a, Tensor b) {
        boolean narrow = a.type().dtype() == DType.I8 && b.type().dtype() == DType.I8;
        int sumBits = narrow ? 14 : a.type().dtype() == b.type().dtype() ? 30 : 22;
        sumBits += (Integer.SIZE - Integer.numberOfLeadingZeros(terms)) / 2;
        int bits = result == DType.I8 ? 6 : result == DType.I16 ? 14 : 28;
        return new Rescale(
                Ints.of(between(1 << 15, (1 << 16) - 1)),
                Ints.of(16 + Math.max(1, sumBits - bits)),
                Clipping.of(result == DType.I8 ? between(-128, 127) : 0, result));
    }

    /** Trees of all sizes, cut off here and there. */
    private TreeEnsemble trees(int features) {
        int targets = pick(1, 3);
        int[] roots = new int[between(1, pick(5, 30))];
        List<Integer> nodes = new ArrayList<>();
        List<Integer> leaves = new ArrayList<>();
        for (int tree = 0; tree < roots.length; tree++) {
            roots[tree] = tree(between(0, pick(6, 9)), features, targets, nodes, leaves);
        }
        TreeEnsemble.Aggregate[] aggregates = TreeEnsemble.Aggregate.values();
        return new TreeEnsemble(
                targets,
                aggregates[pick(0, between(0, aggregates.length - 1))],
                Ints.of(roots),
                ints(nodes),
                ints(leaves),
                Ints.repeat(0, 2 * targets),
                result,
                new Rescale(Ints.of(1), Ints.of(between(1, 20)), Clipping.of(0, result)));
    }

    private static Ints ints(List<Integer> words) {
        return Ints.of(words.stream().mapToInt(Integer::intValue).toArray());
    }

    /** Reference to a tree whose nodes stand after those of all trees before it. */
    private int tree(
            int depth, int features, int targets, List<Integer> nodes, List<Integer> leaves) {
        if (depth == 0 || random.nextInt(12) == 0) {
            int leaf = leaves.size() / TreeEnsemble.ENTRY;
            int entries = between(1, targets);
            for (int entry = 0; entry < entries; entry++) {
                leaves.add(entry | (entry == entries - 1 ? TreeEnsemble.LAST : 0));
                leaves.add(random.nextInt(-16, 16));
                leaves.add(random.nextInt());
            }
            return ~leaf;
        }
        int at = nodes.size();
        nodes.addAll(List.of(2 * random.nextInt(features), element(DType.I8, false), 0, 0));
        nodes.set(at + 2, tree(depth - 1, features, targets, nodes, leaves));
        nodes.set(at + 3, tree(depth - 1, features, targets, nodes, leaves));
        return at / TreeEnsemble.NODE;
    }

    private Tensor image(int channels, Shape kernel, Window window) {
        int height = window.dilationY() * (kernel.dim(2) - 1) + between(1, pick(4, 20));
        int width = window.dilationX() * (kernel.dim(3) - 1) + between(1, pick(7, 20));
        return activations(dtype(), Shape.of(pick(1, 2), channels, height, width));
    }

    private Tensor activations(DType dtype, Shape shape) {
        int[] data = new int[shape.elements() + GUARD];
        boolean extreme = random.nextInt(4) == 0;
        for (int i = GUARD; i < data.length; i++) {
            data[i] = element(dtype, extreme);
        }
        return Tensor.activations(new TensorType(dtype, shape), data, GUARD);
    }

    private Tensor weights(Shape shape) {
        byte[] bytes = new byte[shape.elements()];
        boolean extreme = random.nextInt(4) == 0;
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) element(DType.W8, extreme);
        }
        return Tensor.weights(new TensorType(DType.W8, shape), MemorySegment.ofArray(bytes));
    }

    private int element(DType dtype, boolean extreme) {
        if (extreme) {
            return random.nextInt(8) == 0 ? dtype.max() : dtype.min();
        }
        return (int) random.nextLong(dtype.min(), dtype.max() + 1L);
    }

    private int zeroPoint(Tensor input) {
        return input.type().dtype() == DType.I8 ? between(-128, 127) : 0;
    }

    private Ints bias(int channels) {
        int[] bias = new int[channels];
        int bits = pick(15, 30);
        for (int i = 0; i < channels; i++) {
            bias[i] = between(-(1 << bits), 1 << bits);
        }
        return Ints.of(bias);
    }

    /** Factors that spread typical sums of so many terms over the range of a result, or more. */
    private Rescale rescale(int channels, int terms, Tensor input) {
        DType dtype = input.type().dtype();
        int sumBits = (dtype == DType.I8 ? 13 : dtype == DType.I16 ? 21 : 30);
        sumBits += (Integer.SIZE - Integer.numberOfLeadingZeros(terms)) / 2;
        int bits = result == DType.I8 ? 6 : result == DType.I16 ? 14 : 28;
        int shift = 30 + Math.max(1, sumBits - bits);
        int[] multipliers = new int[channels];
        int[] shifts = new int[channels];
        for (int i = 0; i < channels; i++) {
            boolean wide = dtype != DType.I8 || random.nextInt(4) == 0;
            shifts[i] = Math.clamp(shift + between(-2, 3), 1, 62);
            multipliers[i] = between(1 << 29, (1 << 30) - 1) >> (wide ? 9 : 0);
            if (wide) {
                shifts[i] -= Math.min(9, shifts[i] - 1);
            }
        }
        int zeroPoint = result == DType.I8 ? between(-128, 127) : 0;
        int lo = random.nextInt(3) == 0 ? zeroPoint : result.min();
        return new Rescale(
                Ints.of(multipliers), Ints.of(shifts), new Clipping(zeroPoint, lo, result.max()));
    }
}
