package dev.lockstep.inference;

import dev.lockstep.inference.OpTrial.Values;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Small random runs of every operation. Inputs lie at the ends of their type more often than not,
 * and parameters take the values that make a difference: strides beyond kernels, groups,
 * saturation, factors of 0, ties.
 */
final class OpCases {
    /**
     * A run.
     *
     * @param inputs in the order of the operation
     */
    record Case(Op op, List<Values> inputs) {
        Values[] values() {
            return inputs.toArray(Values[]::new);
        }
    }

    /** The key of the least float that is not denormal. */
    private static final int LEAST_NORMAL = 0x00800000;

    private final RandomGenerator random;

    private OpCases(RandomGenerator random) {
        this.random = random;
    }

    /** A run of the operation of this number; refuses numbers that it knows nothing of. */
    static Case random(int number, RandomGenerator random) {
        return new OpCases(random).make(number);
    }

    private Case make(int number) {
        return switch (number) {
            case 1 -> convolution();
            case 2 -> depthwise();
            case 3 -> fullyConnected();
            case 4 -> add();
            case 5 -> mul();
            case 6 -> pool(false);
            case 7 -> pool(true);
            case 8 -> clip();
            case 9 -> lut8();
            case 10 -> lut16();
            case 11 -> reshape();
            case 12 -> transpose();
            case 13 -> concat();
            case 14 -> pad();
            case 15 ->
                    of(
                            new Softmax(between(0, 1 << 30), between(1, 40)),
                            any(between(1, 2), between(1, 12)));
            case 16 -> of(new ArgMax(random.nextBoolean(), random.nextBoolean()), ties());
            case 17 -> requantize();
            case 18 -> slice();
            case 19 -> select();
            case 20 -> reduceSum();
            case 21 -> {
                Values x = any(dims());
                yield of(new ReduceExtreme(axes(x), random.nextBoolean()), x);
            }
            case 22 -> matMul();
            case 23 -> transposedConvolution();
            case 24 -> gather();
            case 25 -> embedding();
            case 26 -> {
                Values x = any(dims());
                yield of(new Constant(x.type().dtype(), x.type().shape(), x.ints()));
            }
            case 27 -> logSoftmax();
            case 28 -> layerNorm();
            case 29 -> rope();
            case 30 -> attention();
            case 31 -> scatter();
            case 32 -> grouped();
            case 40 -> treeEnsemble();
            case 41 -> floatToFixed();
            case 42 -> linear();
            case 43 -> probabilities();
            case 44 -> normalize();
            case 45 -> supportVectors();
            case 46 -> {
                Values x = random.nextBoolean() ? ties() : any(between(1, 2), between(1, 6));
                yield of(
                        new TopK(
                                between(1, x.type().shape().last()),
                                random.nextBoolean(),
                                random.nextBoolean()),
                        x);
            }
            default -> throw new IllegalArgumentException("no cases for operation " + number);
        };
    }

    private static Case of(Op op, Values... inputs) {
        return new Case(op, List.of(inputs));
    }

    private int between(int lo, int hi) {
        return Seeded.between(random, lo, hi);
    }

    private DType any() {
        return List.of(DType.I8, DType.I16, DType.I32).get(random.nextInt(3));
    }

    private DType narrow() {
        return random.nextBoolean() ? DType.I8 : DType.I16;
    }

    private int[] dims() {
        return random.ints(between(1, 4), 1, 4).toArray();
    }

    private Values any(int... dims) {
        return values(any(), dims);
    }

    private Values values(DType dtype, int... dims) {
        TensorType type = new TensorType(dtype, Shape.of(dims));
        return new Values(type, Seeded.values(random, type));
    }

    private int zeroPoint(DType dtype) {
        return KernelsContract.zeroPoint(random, dtype);
    }

    private int zeroPoint(Values x) {
        return zeroPoint(x.type().dtype());
    }

    private Rescale rescale(int channels, DType output) {
        return KernelsContract.rescale(random, channels, output);
    }

    private Ints bias(int channels) {
        return Ints.of(
                IntStream.range(0, channels).map(i -> (int) Seeded.anySize(random, 29)).toArray());
    }

    private Window window(int kernelY, int kernelX) {
        int dilationY = between(1, 2);
        int dilationX = between(1, 2);
        int padY = dilationY * (kernelY - 1);
        int padX = dilationX * (kernelX - 1);
        return new Window(
                between(1, 3),
                between(1, 3),
                dilationY,
                dilationX,
                between(0, padY),
                between(0, padX),
                between(0, padY),
                between(0, padX));
    }

    private Values image(int channels, Window window, int kernelY, int kernelX) {
        return values(
                narrow(),
                1,
                channels,
                window.dilationY() * (kernelY - 1) + between(1, 3),
                window.dilationX() * (kernelX - 1) + between(1, 3));
    }

    private Case convolution() {
        int groups = between(1, 2);
        int channels = groups * between(1, 2);
        int inGroup = groups == 1 ? between(1, 2) : 2;
        int kernelY = between(1, 3);
        int kernelX = between(1, 3);
        Window window = window(kernelY, kernelX);
        Values x = image(groups * inGroup, window, kernelY, kernelX);
        DType output = any();
        return of(
                new Conv2d(
                        window,
                        groups,
                        zeroPoint(x),
                        bias(channels),
                        output,
                        rescale(channels, output)),
                x,
                values(DType.W8, channels, inGroup, kernelY, kernelX));
    }

    private Case depthwise() {
        int inputs = between(1, 2);
        int channels = inputs * between(1, 2);
        int kernelY = between(1, 3);
        int kernelX = between(1, 3);
        Window window = window(kernelY, kernelX);
        Values x = image(inputs, window, kernelY, kernelX);
        DType output = any();
        return of(
                new DepthwiseConv2d(
                        window, zeroPoint(x), bias(channels), output, rescale(channels, output)),
                x,
                values(DType.W8, channels, 1, kernelY, kernelX));
    }

    private Case fullyConnected() {
        int channels = between(1, 4);
        int length = between(1, 20);
        DType output = any();
        return of(
                new FullyConnected(bias(channels), output, rescale(channels, output)),
                values(narrow(), between(1, 3), length),
                values(DType.W8, channels, length));
    }

    /** A tensor that some axes of another repeat, and that repeats others. */
    private Values broadcastable(Values x, boolean narrow) {
        int[] dims = x.type().shape().dims().toArray();
        for (int i = 0; i < dims.length; i++) {
            if (random.nextInt(3) == 0) {
                dims[i] = dims[i] == 1 ? between(1, 3) : 1;
            }
        }
        return values(narrow ? narrow() : any(), dims);
    }

    private Case add() {
        Values a = any(dims());
        Values b = broadcastable(a, false);
        DType output = any();
        return of(
                new Add(
                        zeroPoint(a),
                        zeroPoint(b),
                        (int) Seeded.anySize(random, 30),
                        (int) Seeded.anySize(random, 30),
                        between(1, 50),
                        output,
                        rescale(1, output).clipping()),
                a,
                b);
    }

    private Case mul() {
        Values a = values(narrow(), dims());
        Values b = broadcastable(a, true);
        DType output = any();
        return of(new Mul(zeroPoint(a), zeroPoint(b), output, rescale(1, output)), a, b);
    }

    /** A window none of whose positions sees padding only. */
    private Case pool(boolean average) {
        int kernelY = between(1, 3);
        int kernelX = between(1, 3);
        Window window =
                new Window(
                        between(1, 3),
                        between(1, 3),
                        1,
                        1,
                        random.nextInt(kernelY),
                        random.nextInt(kernelX),
                        random.nextInt(kernelY),
                        random.nextInt(kernelX));
        Values x =
                values(any(), 1, between(1, 2), kernelY + between(0, 2), kernelX + between(0, 2));
        if (!average) {
            return of(new MaxPool(kernelY, kernelX, window), x);
        }
        DType output = any();
        int factors = random.nextBoolean() ? 1 : kernelY * kernelX;
        return of(
                new AveragePool(
                        kernelY, kernelX, window, zeroPoint(x), output, rescale(factors, output)),
                x);
    }

    private Case clip() {
        Values x = any(dims());
        DType type = x.type().dtype();
        int lo = between(type.min(), type.max());
        return of(new Clip(lo, between(lo, type.max())), x);
    }

    private Case lut8() {
        Values table = any(256);
        return of(new Lut8(table.type().dtype(), table.ints()), values(DType.I8, 6));
    }

    private Case lut16() {
        Values table = any(513);
        return of(new Lut16(table.type().dtype(), table.ints()), values(DType.I16, 12));
    }

    private Case reshape() {
        int a = between(1, 3);
        int b = between(1, 3);
        int c = between(1, 3);
        return of(new Reshape(Shape.of(c, 1, a * b)), any(a, b, c));
    }

    private Case transpose() {
        Values x = any(dims());
        int rank = x.type().shape().rank();
        int turn = random.nextInt(rank);
        int[] order = IntStream.range(0, rank).map(i -> (rank - i + turn) % rank).toArray();
        return of(new Transpose(Ints.of(order)), x);
    }

    private Case concat() {
        int[] dims = dims();
        int axis = random.nextInt(dims.length);
        Values[] parts = new Values[between(1, 3)];
        int[] zeroPoints = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            dims[axis] = between(1, 3);
            parts[i] = any(dims);
            zeroPoints[i] = zeroPoint(parts[i]);
        }
        DType output = any();
        return of(
                new Concat(axis, Ints.of(zeroPoints), output, rescale(parts.length, output)),
                parts);
    }

    private Case pad() {
        Values x = any(random.ints(between(1, 3), 1, 4).toArray());
        int rank = x.type().shape().rank();
        return of(
                new Pad(
                        Ints.of(random.ints(rank, 0, 3).toArray()),
                        Ints.of(random.ints(rank, 0, 3).toArray()),
                        -7),
                x);
    }

    private Values ties() {
        int n = between(1, 6);
        return new Values(
                new TensorType(any(), Shape.of(2, n)), random.ints(2 * n, -1, 2).toArray());
    }

    private Case requantize() {
        Values x = any(dims());
        DType output = any();
        return of(new Requantize(zeroPoint(x), output, rescale(1, output)), x);
    }

    private Case slice() {
        Values x = any(dims());
        Shape shape = x.type().shape();
        int[] starts = new int[shape.rank()];
        int[] steps = new int[shape.rank()];
        int[] extents = new int[shape.rank()];
        for (int axis = 0; axis < starts.length; axis++) {
            starts[axis] = random.nextInt(shape.dim(axis));
            steps[axis] = random.nextBoolean() ? between(1, 2) : -between(1, 2);
            int room = steps[axis] > 0 ? shape.dim(axis) - 1 - starts[axis] : starts[axis];
            extents[axis] = 1 + random.nextInt(1 + room / Math.abs(steps[axis]));
        }
        return of(new Slice(Ints.of(starts), Ints.of(steps), Shape.of(extents)), x);
    }

    private Case select() {
        Values x = any(dims());
        int[] extents = new int[x.type().shape().rank()];
        Ints[] lists = new Ints[extents.length];
        for (int axis = 0; axis < extents.length; axis++) {
            extents[axis] = between(1, 4);
            lists[axis] =
                    Ints.of(random.ints(extents[axis], 0, x.type().shape().dim(axis)).toArray());
        }
        return of(new Select(Shape.of(extents), Ints.concat(lists)), x);
    }

    private Ints axes(Values x) {
        int rank = x.type().shape().rank();
        int bits = between(1, (1 << rank) - 1);
        return Ints.of(IntStream.range(0, rank).filter(i -> ((bits >> i) & 1) == 1).toArray());
    }

    private Case reduceSum() {
        Values x = any(dims());
        DType output = any();
        return of(new ReduceSum(axes(x), zeroPoint(x), output, rescale(1, output)), x);
    }

    private Case matMul() {
        boolean transposed = random.nextBoolean();
        int m = between(1, 3);
        int k = between(1, 5);
        int n = between(1, 3);
        Values a = values(narrow(), between(1, 2), 1, m, k);
        Values b = values(narrow(), 1, between(1, 2), transposed ? n : k, transposed ? k : n);
        DType output = any();
        return of(
                new MatMul(transposed, zeroPoint(a), zeroPoint(b), output, rescale(1, output)),
                a,
                b);
    }

    private Case transposedConvolution() {
        int groups = between(1, 2);
        int inGroup = between(1, 2);
        int channels = groups * between(1, 2);
        int kernelY = between(1, 3);
        int kernelX = between(1, 3);
        int height = between(1, 3);
        int width = between(1, 3);
        int strideY = between(1, 3);
        int strideX = between(1, 3);
        int dilationY = between(1, 2);
        int dilationX = between(1, 2);
        int rows = (height - 1) * strideY + (kernelY - 1) * dilationY + 1;
        int columns = (width - 1) * strideX + (kernelX - 1) * dilationX + 1;
        int padTop = random.nextInt(rows);
        int padLeft = random.nextInt(columns);
        Window window =
                new Window(
                        strideY,
                        strideX,
                        dilationY,
                        dilationX,
                        padTop,
                        padLeft,
                        random.nextInt(rows - padTop),
                        random.nextInt(columns - padLeft));
        Values x = values(narrow(), 1, groups * inGroup, height, width);
        DType output = any();
        return of(
                new TransposedConv2d(
                        window,
                        between(0, 2),
                        between(0, 2),
                        groups,
                        zeroPoint(x),
                        bias(channels),
                        output,
                        rescale(channels, output)),
                x,
                values(DType.W8, channels, inGroup, kernelY, kernelX));
    }

    private Values indices(int count) {
        int[] dims = random.ints(between(1, 2), 1, 4).toArray();
        TensorType type =
                new TensorType(random.nextBoolean() ? DType.I32 : DType.I8, Shape.of(dims));
        return new Values(type, random.ints(type.shape().elements(), 0, count).toArray());
    }

    private Case gather() {
        Values data = any(dims());
        int axis = random.nextInt(data.type().shape().rank());
        return of(new Gather(axis), data, indices(data.type().shape().dim(axis)));
    }

    private Case embedding() {
        int rows = between(2, 5);
        DType output = any();
        return of(
                new Embedding(output, rescale(random.nextBoolean() ? rows : 1, output)),
                values(DType.W8, rows, between(1, 4)),
                indices(rows));
    }

    private Case logSoftmax() {
        DType output = any();
        return of(
                new LogSoftmax(
                        between(0, 1 << 20),
                        between(1, 40),
                        output,
                        new Rescale(
                                Ints.of(between(0, 1 << 10)),
                                Ints.of(between(1, 30)),
                                Clipping.of(zeroPoint(output), output))),
                any(between(1, 2), between(1, 12)));
    }

    private Case layerNorm() {
        DType dtype = any();
        int n = between(1, 12);
        Values x = values(dtype, between(1, 2), n);
        if (dtype == DType.I32) {
            x = new Values(x.type(), Arrays.stream(x.values()).map(v -> v >> 8).toArray());
        } else if (random.nextInt(3) == 0) {
            x = new Values(x.type(), random.ints(x.values().length, -1, 2).toArray());
        }
        int upShift =
                switch (dtype) {
                    case I8 -> between(0, 15);
                    case I16 -> between(0, 8);
                    default -> 0;
                };
        DType output = any();
        return of(
                new LayerNorm(
                        random.nextBoolean(),
                        zeroPoint(x),
                        upShift,
                        between(1, 1000),
                        bias(n),
                        bias(n),
                        between(10, 50),
                        output,
                        rescale(1, output).clipping()),
                x);
    }

    private Case rope() {
        int heads = between(1, 2);
        int positions = between(1, 3);
        int pairs = between(1, 3);
        DType output = any();
        return of(
                new Rope(random.nextBoolean(), output, rescale(1, output)),
                values(DType.I16, heads, positions, 2 * pairs),
                values(DType.I16, 1, positions, pairs),
                values(DType.I16, random.nextBoolean() ? heads : 1, 1, pairs));
    }

    private Case attention() {
        int keyHeads = between(1, 2);
        int keys = between(1, 5);
        int length = between(1, 4);
        int first = random.nextInt(keys);
        boolean given = random.nextBoolean();
        DType output = any();
        Attention op =
                new Attention(
                        random.nextBoolean(),
                        given ? 0 : first,
                        between(0, 1 << 24),
                        between(8, 40),
                        output,
                        rescale(1, output));
        Values q = values(narrow(), keyHeads * between(1, 2), between(1, 3), length);
        Values k = values(narrow(), keyHeads, keys, length);
        Values v = values(narrow(), keyHeads, keys, between(1, 3));
        Values at = Values.of(DType.I32, Shape.of(1), first);
        return given ? of(op, q, k, v, at) : of(op, q, k, v);
    }

    private Case scatter() {
        Values data = any(dims());
        Shape shape = data.type().shape();
        int axis = random.nextInt(shape.rank());
        int[] dims = shape.dims().toArray();
        dims[axis] = between(1, shape.dim(axis));
        int start = random.nextInt(shape.dim(axis) - dims[axis] + 1);
        return of(
                new Scatter(axis),
                data,
                values(data.type().dtype(), dims),
                Values.of(DType.I32, Shape.of(1), start));
    }

    private Case grouped() {
        int channels = between(1, 2);
        int[] packed = new int[channels * 16];
        for (int i = 0; i < packed.length; i++) {
            packed[i] = between(-7, 7) * 16 + (between(-7, 7) & 15);
        }
        DType output = any();
        return of(
                new FullyConnected4(32, bias(channels), output, rescale(channels, output)),
                values(narrow(), 1, 32),
                new Values(new TensorType(DType.W8, Shape.of(channels, 16)), packed),
                values(DType.W8, channels, 1));
    }

    /** Keys of floats: where the kinds of floats meet, missing ones, and any. */
    private int key() {
        int key =
                switch (random.nextInt(8)) {
                    case 0 -> FloatKey.MISSING;
                    case 1 -> random.nextInt(2);
                    case 2 -> LEAST_NORMAL - random.nextInt(2);
                    case 3 -> FloatKey.INFINITY - random.nextInt(2);
                    default -> random.nextInt(FloatKey.INFINITY);
                };
        return random.nextBoolean() ? key : -key;
    }

    private Values features(int rows, int count) {
        return new Values(
                new TensorType(DType.F32, Shape.of(rows, count)),
                IntStream.range(0, rows * count).map(i -> key()).toArray());
    }

    /** A number of two words. */
    private int[] number(int bits) {
        long number = Seeded.anySize(random, bits);
        return new int[] {(int) (number >> 32), (int) number};
    }

    private Case treeEnsemble() {
        boolean floats = random.nextBoolean();
        int features = between(1, 3);
        Values x = floats ? features(2, features) : any(2, features);
        Forest forest = Forest.random(random, features, between(1, 58), floats, 6, 3);
        for (int i = 0; i < x.values().length; i++) {
            if (random.nextBoolean()) {
                x.values()[i] =
                        Math.clamp(
                                Forest.threshold(random, floats),
                                x.type().dtype().min(),
                                x.type().dtype().max());
            }
        }
        DType output = any();
        Rescale rescale =
                new Rescale(
                        Ints.of(between(0, 2)),
                        Ints.of(between(1, 60)),
                        rescale(1, output).clipping());
        TreeEnsemble.Aggregate[] aggregates = TreeEnsemble.Aggregate.values();
        return of(forest.op(aggregates[random.nextInt(aggregates.length)], output, rescale), x);
    }

    private Case floatToFixed() {
        Values x = features(between(1, 3), between(1, 4));
        int n = x.type().shape().last();
        int[] shifts = new int[n];
        for (int i = 0; i < n; i++) {
            shifts[i] = between(FixedPoint.FLOAT_SHIFT_MIN, FixedPoint.FLOAT_SHIFT_MAX);
        }
        for (int i = 0; i < x.values().length; i++) {
            // Most floats are far from 2^-shift; quarters of it round.
            if (random.nextInt(4) != 0) {
                float quarters = Math.scalb(between(-64, 64), -2 - shifts[i % n]);
                x.values()[i] = FloatKey.ofBits(Float.floatToRawIntBits(quarters));
            }
        }
        DType output = any();
        Rescale rescale =
                random.nextBoolean()
                        ? rescale(n, output)
                        : new Rescale(
                                Ints.repeat(1 << 20, n),
                                Ints.repeat(20, n),
                                Clipping.of(zeroPoint(output), output));
        Clipping clipping = rescale.clipping();
        return of(
                new FloatToFixed(
                        Ints.of(shifts),
                        random.nextBoolean() ? bias(n) : Ints.repeat(0, n),
                        Ints.of(
                                IntStream.range(0, n)
                                        .map(i -> between(clipping.lo(), clipping.hi()))
                                        .toArray()),
                        output,
                        rescale),
                x);
    }

    private Case linear() {
        Values x = any(between(1, 3), between(1, 6));
        int k = x.type().shape().last();
        int results = between(1, 3);
        DType output = any();
        boolean narrow = x.type().dtype() != DType.I32;
        Ints[] bias = new Ints[results];
        int[] shifts = new int[results];
        for (int i = 0; i < results; i++) {
            bias[i] = Ints.of(number(narrow ? 34 : 60));
            shifts[i] = between(1, 60);
        }
        return of(
                new Linear(
                        Ints.of(
                                IntStream.range(0, results * k)
                                        .map(i -> (int) Seeded.anySize(random, narrow ? 16 : 26))
                                        .toArray()),
                        Ints.concat(bias),
                        output,
                        narrow
                                ? rescale(results, output)
                                : new Rescale(
                                        Ints.repeat(1, results),
                                        Ints.of(shifts),
                                        rescale(1, output).clipping())),
                x);
    }

    private Case probabilities() {
        Probabilities.Curve[] curves = Probabilities.Curve.values();
        return of(
                new Probabilities(
                        curves[random.nextInt(curves.length)], between(0, 1 << 30), between(1, 40)),
                random.nextInt(4) == 0 ? ties() : any(between(1, 2), between(1, 8)));
    }

    private Case normalize() {
        Normalize.Norm[] norms = Normalize.Norm.values();
        Normalize.Norm norm = norms[random.nextInt(norms.length)];
        int n = between(1, 6);
        int bits = between(1, 28);
        int[] x = new int[2 * n];
        for (int i = 0; i < x.length; i++) {
            int value = random.nextInt(4) == 0 ? 0 : (int) Seeded.anySize(random, bits);
            x[i] = norm == Normalize.Norm.MAX ? Math.abs(value) : value;
        }
        return of(new Normalize(norm), Values.of(DType.I32, Shape.of(2, n), x));
    }

    private Case supportVectors() {
        boolean rbf = random.nextBoolean();
        int k = between(1, 4);
        int count = between(1, 4);
        DType dtype = narrow();
        Values x = values(dtype, between(1, 3), k);
        Values v = values(dtype, count, k);
        // Factors that put most sums where the curves bend.
        int bits = dtype == DType.I8 ? 14 : 30;
        return of(
                new SupportVectors(
                        rbf ? SupportVectors.Nearness.RBF : SupportVectors.Nearness.SIGMOID,
                        count,
                        v.ints(),
                        rbf ? Ints.of(0, 0) : Ints.of(number(bits)),
                        between(0, 1 << 20),
                        between(bits - 4, bits + 8)),
                x);
    }
}
