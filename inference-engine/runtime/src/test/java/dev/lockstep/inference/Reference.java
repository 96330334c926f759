package dev.lockstep.inference;

import dev.lockstep.inference.OpTrial.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The operations of LKA-1, each result by its formula from its own coordinates, in {@link Exact}
 * integers: slow, and written apart from the code under test. Sums of products are held to the bits
 * that their type promises.
 */
final class Reference {
    private static final BigInteger Q30 = BigInteger.TWO.pow(30);

    /** An element of the result. */
    private interface Element {
        int at(int[] to);
    }

    private Reference() {}

    static int[] run(Op op, TensorType type, Values... in) {
        return switch (op) {
            case Conv2d c -> each(type, to -> convolution(c, in[0], in[1], to));
            case DepthwiseConv2d c -> each(type, to -> depthwise(c, in[0], in[1], to));
            case FullyConnected c -> each(type, to -> product(c, in[0], in[1], to));
            case Add c -> each(type, to -> sum(c, in[0], in[1], to));
            case Mul c ->
                    each(
                            type,
                            to ->
                                    Exact.requantize(
                                            minus(repeated(in[0], to), c.zeroPointA())
                                                    .multiply(
                                                            minus(
                                                                    repeated(in[1], to),
                                                                    c.zeroPointB())),
                                            c.rescale(),
                                            0));
            case MaxPool c ->
                    each(
                            type,
                            to ->
                                    seen(c.window(), c.kernelY(), c.kernelX(), in[0], to).stream()
                                            .max(BigInteger::compareTo)
                                            .orElseThrow()
                                            .intValueExact());
            case AveragePool c -> each(type, to -> average(c, in[0], to));
            case Clip c ->
                    each(type, to -> Math.min(c.hi(), Math.max(c.lo(), at(in[0], to).intValue())));
            case Lut8 c -> each(type, to -> c.table().get(at(in[0], to).intValue() + 128));
            case Lut16 c -> each(type, to -> line(c, at(in[0], to)));
            case Reshape c -> in[0].values().clone();
            case Transpose c -> each(type, to -> transposed(c, in[0], to));
            case Concat c -> each(type, to -> joined(c, in, to));
            case Pad c -> each(type, to -> padded(c, in[0], to));
            case Softmax c ->
                    rows(
                            type,
                            row ->
                                    ints(
                                            Exact.shares(
                                                    scaled(in[0], row, c.multiplier(), c.shift()))),
                            in[0]);
            case ArgMax c -> each(type, to -> extremeIndex(c, in[0], to));
            case Requantize c ->
                    each(
                            type,
                            to ->
                                    Exact.requantize(
                                            minus(at(in[0], to), c.inputZeroPoint()),
                                            c.rescale(),
                                            0));
            case Slice c ->
                    each(
                            type,
                            to -> {
                                int[] from = to.clone();
                                for (int axis = 0; axis < to.length; axis++) {
                                    from[axis] =
                                            c.starts().get(axis) + to[axis] * c.steps().get(axis);
                                }
                                return at(in[0], from).intValueExact();
                            });
            case Select c ->
                    each(
                            type,
                            to -> {
                                int[] from = to.clone();
                                int list = 0;
                                for (int axis = 0; axis < to.length; axis++) {
                                    from[axis] = c.indices().get(list + to[axis]);
                                    list += c.extents().dim(axis);
                                }
                                return at(in[0], from).intValueExact();
                            });
            case ReduceSum c ->
                    each(
                            type,
                            to -> {
                                BigInteger sum = BigInteger.ZERO;
                                for (BigInteger x : reduced(in[0], type.shape(), to)) {
                                    sum = Exact.fits(sum.add(minus(x, c.inputZeroPoint())));
                                }
                                return Exact.requantize(sum, c.rescale(), 0);
                            });
            case ReduceExtreme c ->
                    each(
                            type,
                            to -> {
                                List<BigInteger> all = reduced(in[0], type.shape(), to);
                                return (c.least()
                                                ? all.stream().min(BigInteger::compareTo)
                                                : all.stream().max(BigInteger::compareTo))
                                        .orElseThrow()
                                        .intValueExact();
                            });
            case MatMul c -> each(type, to -> matrix(c, in[0], in[1], to));
            case TransposedConv2d c -> each(type, to -> scattered(c, in[0], in[1], to));
            case Gather c -> each(type, to -> gathered(c, in[0], in[1], to));
            case Embedding c ->
                    each(
                            type,
                            to -> {
                                int[] pick = Arrays.copyOf(to, to.length - 1);
                                int row = at(in[1], pick).intValueExact();
                                return Exact.requantize(
                                        at(in[0], row, to[to.length - 1]),
                                        c.rescale(),
                                        c.rescale().multipliers().length() == 1 ? 0 : row);
                            });
            case Constant c -> c.values().toArray();
            case LogSoftmax c -> rows(type, row -> logarithms(c, in[0], row), in[0]);
            case LayerNorm c -> rows(type, row -> normalised(c, in[0], row), in[0]);
            case Rope c -> each(type, to -> turned(c, in[0], in[1], in[2], to));
            case Attention c -> each(type, to -> attended(c, in, to));
            case Scatter c -> each(type, to -> replaced(c, in[0], in[1], in[2], to));
            case FullyConnected4 c -> each(type, to -> grouped(c, in[0], in[1], in[2], to));
            case TreeEnsemble c -> each(type, to -> voted(c, in[0], to));
            case FloatToFixed c -> each(type, to -> fixed(c, in[0], to));
            case Linear c -> each(type, to -> weighed(c, in[0], to));
            case Probabilities c -> rows(type, row -> probabilities(c, row(in[0], row)), in[0]);
            case Normalize c -> rows(type, row -> divided(c.norm(), row(in[0], row)), in[0]);
            case SupportVectors c -> each(type, to -> nearness(c, in[0], to));
            case TopK c -> each(type, to -> ranked(c, in[0], to));
            default -> throw new IllegalArgumentException("no reference for " + op.getClass());
        };
    }

    private static int[] each(TensorType type, Element element) {
        int[] values = new int[type.shape().elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = element.at(OpsTest.coordinates(type.shape(), i));
        }
        return values;
    }

    /** A row of the result from the number of the row. */
    private interface Row {
        int[] of(int row);
    }

    private static int[] rows(TensorType type, Row make, Values input) {
        int n = input.type().shape().last();
        int[] values = new int[type.shape().elements()];
        for (int row = 0; row < values.length / n; row++) {
            System.arraycopy(make.of(row), 0, values, row * n, n);
        }
        return values;
    }

    private static int[] ints(List<BigInteger> values) {
        return values.stream().mapToInt(BigInteger::intValueExact).toArray();
    }

    private static BigInteger at(Values x, int... at) {
        return Exact.big(x.values()[OpsTest.index(x.type().shape(), at)]);
    }

    /** The element there, where extents of 1 are repeated. */
    private static BigInteger repeated(Values x, int[] to) {
        int[] from = to.clone();
        for (int axis = 0; axis < from.length; axis++) {
            from[axis] = Math.min(from[axis], x.type().shape().dim(axis) - 1);
        }
        return at(x, from);
    }

    private static BigInteger minus(BigInteger x, long zeroPoint) {
        return x.subtract(Exact.big(zeroPoint));
    }

    /** Bits that a sum over activations of this type may take. */
    private static int sumBits(Values x) {
        return x.type().dtype() == DType.I8 ? 31 : 63;
    }

    /** The element of a plane, or what stands in the padding. */
    private static BigInteger tap(Values x, int n, int c, int y, int xx, int padValue) {
        Shape shape = x.type().shape();
        boolean inside = y >= 0 && y < shape.dim(2) && xx >= 0 && xx < shape.dim(3);
        return inside ? at(x, n, c, y, xx) : Exact.big(padValue);
    }

    private static int convolution(Conv2d c, Values x, Values w, int[] to) {
        Shape kernel = w.type().shape();
        int first = to[1] / (kernel.dim(0) / c.groups()) * kernel.dim(1);
        return window(c.window(), c.padValue(), c.bias(), c.rescale(), x, w, to, first);
    }

    private static int depthwise(DepthwiseConv2d c, Values x, Values w, int[] to) {
        int first = to[1] / (w.type().shape().dim(0) / x.type().shape().dim(1));
        return window(c.window(), c.padValue(), c.bias(), c.rescale(), x, w, to, first);
    }

    private static int window(
            Window window,
            int padValue,
            Ints bias,
            Rescale rescale,
            Values x,
            Values w,
            int[] to,
            int firstChannel) {
        Shape kernel = w.type().shape();
        BigInteger sum = Exact.big(bias.get(to[1]));
        for (int c = 0; c < kernel.dim(1); c++) {
            for (int i = 0; i < kernel.dim(2); i++) {
                for (int j = 0; j < kernel.dim(3); j++) {
                    int y = to[2] * window.strideY() - window.padTop() + i * window.dilationY();
                    int xx = to[3] * window.strideX() - window.padLeft() + j * window.dilationX();
                    BigInteger value = tap(x, to[0], firstChannel + c, y, xx, padValue);
                    sum = Exact.fits(sum.add(value.multiply(at(w, to[1], c, i, j))), sumBits(x));
                }
            }
        }
        return Exact.requantize(sum, rescale, to[1]);
    }

    private static int product(FullyConnected c, Values x, Values w, int[] to) {
        int channel = to[to.length - 1];
        BigInteger sum = Exact.big(c.bias().get(channel));
        int[] from = to.clone();
        for (int k = 0; k < x.type().shape().last(); k++) {
            from[from.length - 1] = k;
            sum = Exact.fits(sum.add(at(x, from).multiply(at(w, channel, k))), sumBits(x));
        }
        return Exact.requantize(sum, c.rescale(), channel);
    }

    private static int sum(Add c, Values a, Values b, int[] to) {
        BigInteger left = minus(repeated(a, to), c.zeroPointA()).multiply(Exact.big(c.factorA()));
        BigInteger right = minus(repeated(b, to), c.zeroPointB()).multiply(Exact.big(c.factorB()));
        return Exact.clip(Exact.roundShift(left.add(right), c.shift()), c.clipping());
    }

    private static List<BigInteger> seen(
            Window window, int kernelY, int kernelX, Values x, int[] to) {
        Shape shape = x.type().shape();
        List<BigInteger> seen = new ArrayList<>();
        for (int i = 0; i < kernelY; i++) {
            for (int j = 0; j < kernelX; j++) {
                int y = to[2] * window.strideY() - window.padTop() + i * window.dilationY();
                int xx = to[3] * window.strideX() - window.padLeft() + j * window.dilationX();
                if (y >= 0 && y < shape.dim(2) && xx >= 0 && xx < shape.dim(3)) {
                    seen.add(at(x, to[0], to[1], y, xx));
                }
            }
        }
        return seen;
    }

    private static int average(AveragePool c, Values x, int[] to) {
        List<BigInteger> seen = seen(c.window(), c.kernelY(), c.kernelX(), x, to);
        BigInteger sum =
                Exact.sum(seen).subtract(Exact.big((long) seen.size() * c.inputZeroPoint()));
        int factor = c.rescale().multipliers().length() == 1 ? 0 : seen.size() - 1;
        return Exact.requantize(sum, c.rescale(), factor);
    }

    private static int line(Lut16 c, BigInteger x) {
        BigInteger[] parts = x.add(Exact.big(32768)).divideAndRemainder(Exact.big(128));
        int i = parts[0].intValueExact();
        BigInteger from = Exact.big(c.table().get(i));
        BigInteger rise = Exact.big(c.table().get(i + 1)).subtract(from).multiply(parts[1]);
        return from.add(Exact.roundShift(rise, 7)).intValueExact();
    }

    private static int transposed(Transpose c, Values x, int[] to) {
        int[] from = new int[to.length];
        for (int axis = 0; axis < to.length; axis++) {
            from[c.order().get(axis)] = to[axis];
        }
        return at(x, from).intValueExact();
    }

    private static int joined(Concat c, Values[] in, int[] to) {
        int[] from = to.clone();
        int part = 0;
        while (from[c.axis()] >= in[part].type().shape().dim(c.axis())) {
            from[c.axis()] -= in[part].type().shape().dim(c.axis());
            part++;
        }
        return Exact.requantize(
                minus(at(in[part], from), c.zeroPoints().get(part)), c.rescale(), part);
    }

    private static int padded(Pad c, Values x, int[] to) {
        int[] from = to.clone();
        for (int axis = 0; axis < to.length; axis++) {
            from[axis] -= c.before().get(axis);
            if (from[axis] < 0 || from[axis] >= x.type().shape().dim(axis)) {
                return c.value();
            }
        }
        return at(x, from).intValueExact();
    }

    private static List<BigInteger> row(Values x, int row) {
        int n = x.type().shape().last();
        List<BigInteger> values = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            values.add(Exact.big(x.values()[row * n + i]));
        }
        return values;
    }

    private static List<BigInteger> scaled(Values x, int row, int multiplier, int shift) {
        return row(x, row).stream().map(v -> Exact.rescale(v, multiplier, shift)).toList();
    }

    private static int extremeIndex(ArgMax c, Values x, int[] to) {
        List<BigInteger> row = row(x, OpsTest.index(outer(x), Arrays.copyOf(to, to.length)));
        BigInteger wanted =
                (c.least()
                                ? row.stream().min(BigInteger::compareTo)
                                : row.stream().max(BigInteger::compareTo))
                        .orElseThrow();
        return c.highest() ? row.lastIndexOf(wanted) : row.indexOf(wanted);
    }

    private static Shape outer(Values x) {
        int[] dims = x.type().shape().dims().toArray();
        dims[dims.length - 1] = 1;
        return Shape.of(dims);
    }

    private static List<BigInteger> reduced(Values x, Shape output, int[] to) {
        List<BigInteger> all = new ArrayList<>();
        for (int i = 0; i < x.values().length; i++) {
            int[] from = OpsTest.coordinates(x.type().shape(), i);
            boolean mine = true;
            for (int axis = 0; axis < from.length; axis++) {
                mine &= output.dim(axis) == 1 || from[axis] == to[axis];
            }
            if (mine) {
                all.add(Exact.big(x.values()[i]));
            }
        }
        return all;
    }

    private static int matrix(MatMul c, Values a, Values b, int[] to) {
        int rank = to.length;
        int bits = a.type().dtype() == DType.I8 && b.type().dtype() == DType.I8 ? 31 : 63;
        BigInteger sum = BigInteger.ZERO;
        for (int k = 0; k < a.type().shape().last(); k++) {
            int[] left = to.clone();
            left[rank - 1] = k;
            int[] right = to.clone();
            right[rank - 2] = c.transposed() ? to[rank - 1] : k;
            right[rank - 1] = c.transposed() ? k : to[rank - 1];
            sum =
                    Exact.fits(
                            sum.add(
                                    minus(batch(a, left), c.zeroPointA())
                                            .multiply(minus(batch(b, right), c.zeroPointB()))),
                            bits);
        }
        return Exact.requantize(sum, c.rescale(), 0);
    }

    /** The element there, where extents of 1 before the last two are repeated. */
    private static BigInteger batch(Values x, int[] to) {
        int[] from = to.clone();
        for (int axis = 0; axis < to.length - 2; axis++) {
            from[axis] = Math.min(from[axis], x.type().shape().dim(axis) - 1);
        }
        return at(x, from);
    }

    private static int scattered(TransposedConv2d c, Values x, Values w, int[] to) {
        Shape in = x.type().shape();
        Shape kernel = w.type().shape();
        int first = to[1] / (kernel.dim(0) / c.groups()) * kernel.dim(1);
        Window window = c.window();
        BigInteger sum = Exact.big(c.bias().get(to[1]));
        for (int y = 0; y < in.dim(2); y++) {
            for (int xx = 0; xx < in.dim(3); xx++) {
                int i = to[2] + window.padTop() - y * window.strideY();
                int j = to[3] + window.padLeft() - xx * window.strideX();
                boolean hit = i % window.dilationY() == 0 && j % window.dilationX() == 0;
                i = Math.floorDiv(i, window.dilationY());
                j = Math.floorDiv(j, window.dilationX());
                if (hit && i >= 0 && i < kernel.dim(2) && j >= 0 && j < kernel.dim(3)) {
                    for (int k = 0; k < kernel.dim(1); k++) {
                        BigInteger value =
                                minus(at(x, to[0], first + k, y, xx), c.inputZeroPoint());
                        sum =
                                Exact.fits(
                                        sum.add(value.multiply(at(w, to[1], k, i, j))), sumBits(x));
                    }
                }
            }
        }
        return Exact.requantize(sum, c.rescale(), to[1]);
    }

    private static int gathered(Gather c, Values data, Values indices, int[] to) {
        int picks = indices.type().shape().rank();
        int[] pick = Arrays.copyOfRange(to, c.axis(), c.axis() + picks);
        int[] from = new int[data.type().shape().rank()];
        for (int axis = 0; axis < from.length; axis++) {
            if (axis < c.axis()) {
                from[axis] = to[axis];
            } else if (axis == c.axis()) {
                from[axis] = at(indices, pick).intValueExact();
            } else {
                from[axis] = to[axis + picks - 1];
            }
        }
        return at(data, from).intValueExact();
    }

    private static int[] logarithms(LogSoftmax c, Values x, int row) {
        List<BigInteger> scores = scaled(x, row, c.multiplier(), c.shift());
        BigInteger top = scores.stream().max(BigInteger::compareTo).orElseThrow();
        BigInteger log = Exact.logarithm(Exact.sum(Exact.powers(scores)));
        BigInteger excess = Exact.roundShift(log.subtract(Exact.big(30L << 30)), 14);
        return scores.stream()
                .mapToInt(
                        score ->
                                Exact.requantize(
                                        Exact.fits(score.subtract(top).subtract(excess)),
                                        c.rescale(),
                                        0))
                .toArray();
    }

    private static int[] normalised(LayerNorm c, Values x, int row) {
        List<BigInteger> terms =
                row(x, row).stream()
                        .map(v -> minus(v, c.inputZeroPoint()).shiftLeft(c.upShift()))
                        .toList();
        BigInteger n = Exact.big(terms.size());
        BigInteger mean =
                c.centred()
                        ? Exact.floorDivide(
                                Exact.fits(Exact.sum(terms).shiftLeft(1).add(n)), n.shiftLeft(1))
                        : BigInteger.ZERO;
        List<BigInteger> deviations = terms.stream().map(v -> v.subtract(mean)).toList();
        BigInteger squares = Exact.sum(deviations.stream().map(d -> d.multiply(d)).toList());
        BigInteger variance = squares.divide(n).add(Exact.big(c.epsilon()));
        int k = 0;
        while (variance.shiftLeft(k).bitLength() < 61) {
            k += 2;
        }
        BigInteger root = Exact.fits(variance.shiftLeft(k)).sqrt();
        BigInteger inverse = BigInteger.TWO.pow(61).divide(root);
        int[] values = new int[terms.size()];
        for (int i = 0; i < values.length; i++) {
            BigInteger normal = Exact.roundShift(deviations.get(i).multiply(inverse), 41 - k / 2);
            BigInteger scaled =
                    normal.multiply(Exact.big(c.gains().get(i)))
                            .add(Exact.big(c.offsets().get(i)).shiftLeft(20));
            values[i] = Exact.clip(Exact.roundShift(scaled, c.shift()), c.clipping());
        }
        return values;
    }

    private static int turned(Rope c, Values x, Values cosines, Values sines, int[] to) {
        int last = to.length - 1;
        int pairs = x.type().shape().last() / 2;
        int pair = c.halves() ? to[last] % pairs : to[last] / 2;
        boolean first = c.halves() ? to[last] < pairs : to[last] % 2 == 0;
        int[] angle = to.clone();
        angle[last] = pair;
        int[] other = to.clone();
        int apart = c.halves() ? pairs : 1;
        other[last] += first ? apart : -apart;
        BigInteger straight = at(x, to).multiply(repeated(cosines, angle));
        BigInteger across = at(x, other).multiply(repeated(sines, angle));
        return Exact.requantize(
                first ? straight.subtract(across) : straight.add(across), c.rescale(), 0);
    }

    private static int attended(Attention c, Values[] in, int[] to) {
        Values q = in[0];
        Values k = in[1];
        Values v = in[2];
        int rank = to.length;
        int head = rank - 3;
        int sharing = q.type().shape().dim(head) / k.type().shape().dim(head);
        int first = in.length == 4 ? in[3].values()[0] : c.first();
        int last = first + (c.causal() ? to[rank - 2] : 0);
        int[] key = to.clone();
        key[head] = to[head] / sharing;
        int[] query = to.clone();
        List<BigInteger> scores = new ArrayList<>();
        for (int j = 0; j < k.type().shape().dim(rank - 2) && j <= last; j++) {
            key[rank - 2] = j;
            BigInteger score = BigInteger.ZERO;
            for (int i = 0; i < q.type().shape().last(); i++) {
                query[rank - 1] = i;
                key[rank - 1] = i;
                score = Exact.fits(score.add(at(q, query).multiply(at(k, key))));
            }
            scores.add(Exact.rescale(score, c.multiplier(), c.shift()));
        }
        List<BigInteger> shares = Exact.shares(scores);
        BigInteger sum = BigInteger.ZERO;
        key[rank - 1] = to[rank - 1];
        for (int j = 0; j < shares.size(); j++) {
            key[rank - 2] = j;
            sum = Exact.fits(sum.add(shares.get(j).multiply(at(v, key))));
        }
        return Exact.requantize(sum, c.rescale(), 0);
    }

    private static int replaced(Scatter c, Values data, Values update, Values start, int[] to) {
        int at = to[c.axis()] - start.values()[0];
        if (at < 0 || at >= update.type().shape().dim(c.axis())) {
            return at(data, to).intValueExact();
        }
        int[] from = to.clone();
        from[c.axis()] = at;
        return at(update, from).intValueExact();
    }

    private static int grouped(
            FullyConnected4 c, Values x, Values weights, Values multipliers, int[] to) {
        int channel = to[to.length - 1];
        int[] from = to.clone();
        BigInteger sum = Exact.big(c.bias().get(channel));
        for (int i = 0; i < x.type().shape().last(); i++) {
            from[from.length - 1] = i;
            int pair = at(weights, channel, i / 2).intValueExact() & 255;
            int nibble = i % 2 == 0 ? pair % 16 : pair / 16;
            BigInteger weight = Exact.big(nibble < 8 ? nibble : nibble - 16);
            BigInteger multiplier = at(multipliers, channel, i / c.group()).add(Exact.big(128));
            sum =
                    Exact.fits(
                            sum.add(at(x, from).multiply(weight).multiply(multiplier)), sumBits(x));
        }
        return Exact.requantize(sum, c.rescale(), channel);
    }

    private static List<BigInteger> rowOf(Values x, int[] to) {
        int[] outer = to.clone();
        outer[to.length - 1] = 0;
        return row(x, OpsTest.index(outer(x), outer));
    }

    private static BigInteger number(Ints words, int at) {
        return Exact.big(words.get(at))
                .shiftLeft(32)
                .add(Exact.big(Integer.toUnsignedLong(words.get(at + 1))));
    }

    private static int voted(TreeEnsemble c, Values x, int[] to) {
        List<BigInteger> row = rowOf(x, to);
        int target = to[to.length - 1];
        List<BigInteger> said = new ArrayList<>();
        for (int tree = 0; tree < c.roots().length(); tree++) {
            int entry = -1 - leaf(c, c.roots().get(tree), row, x.type().dtype() == DType.F32);
            boolean last = false;
            while (!last) {
                int word = c.leaves().get(3 * entry);
                last = word < 0;
                if ((word & Integer.MAX_VALUE) == target) {
                    said.add(number(c.leaves(), 3 * entry + 1));
                }
                entry++;
            }
        }
        BigInteger result =
                switch (c.aggregate()) {
                    case SUM -> Exact.sum(said);
                    case MIN -> said.stream().min(BigInteger::compareTo).orElse(BigInteger.ZERO);
                    case MAX -> said.stream().max(BigInteger::compareTo).orElse(BigInteger.ZERO);
                };
        return Exact.requantize(
                Exact.fits(result.add(number(c.base(), 2 * target))), c.rescale(), 0);
    }

    private static int leaf(TreeEnsemble c, int branch, List<BigInteger> row, boolean floats) {
        if (branch < 0) {
            return branch;
        }
        int selector = c.nodes().get(4 * branch);
        int value = row.get(selector / 2).intValueExact();
        boolean first =
                floats && value == FloatKey.MISSING
                        ? selector % 2 == 0
                        : value <= c.nodes().get(4 * branch + 1);
        return leaf(c, c.nodes().get(4 * branch + (first ? 2 : 3)), row, floats);
    }

    private static int fixed(FloatToFixed c, Values x, int[] to) {
        int feature = to[to.length - 1];
        int key = at(x, to).intValueExact();
        return key == FloatKey.MISSING
                ? c.substitutes().get(feature)
                : Exact.requantize(
                        fixed(key, c.shifts().get(feature))
                                .subtract(Exact.big(c.offsets().get(feature))),
                        c.rescale(),
                        feature);
    }

    /** floor(x · 2^shift + 1/2) of the float with this key, cut to 32 bits. */
    static BigInteger fixed(int key, int shift) {
        BigInteger most = Exact.big(Integer.MAX_VALUE);
        if (Math.abs(key) == FloatKey.INFINITY) {
            return key < 0 ? most.negate() : most;
        }
        BigDecimal size = new BigDecimal(Float.intBitsToFloat(Math.abs(key)));
        BigDecimal power = BigDecimal.valueOf(2).pow(Math.abs(shift));
        return (key < 0 ? size.negate() : size)
                .multiply(shift < 0 ? BigDecimal.ONE.divide(power) : power)
                .add(new BigDecimal("0.5"))
                .setScale(0, RoundingMode.FLOOR)
                .toBigInteger()
                .min(most)
                .max(most.negate());
    }

    private static int weighed(Linear c, Values x, int[] to) {
        int result = to[to.length - 1];
        List<BigInteger> row = rowOf(x, to);
        BigInteger sum = number(c.bias(), 2 * result);
        for (int i = 0; i < row.size(); i++) {
            BigInteger weight = Exact.big(c.weights().get(result * row.size() + i));
            sum = Exact.fits(sum.add(row.get(i).multiply(weight)));
        }
        return Exact.requantize(sum, c.rescale(), result);
    }

    /** The quotient rounded to nearest, ties upward. */
    private static BigInteger quotient(BigInteger n, BigInteger d) {
        return Exact.floorDivide(Exact.fits(n.shiftLeft(1).add(d)), d.shiftLeft(1));
    }

    private static int[] probabilities(Probabilities c, List<BigInteger> row) {
        List<BigInteger> scores =
                row.stream().map(v -> Exact.rescale(v, c.multiplier(), c.shift())).toList();
        if (c.curve() == Probabilities.Curve.LOGISTIC) {
            return scores.stream().mapToInt(Reference::logistic).toArray();
        }
        boolean keepsZeros = c.curve() == Probabilities.Curve.SOFTMAX_ZERO;
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            if (!keepsZeros || row.get(i).signum() != 0) {
                open.add(i);
            }
        }
        int[] values = new int[row.size()];
        if (open.isEmpty()) {
            return values;
        }
        List<BigInteger> powers = Exact.powers(open.stream().map(scores::get).toList());
        BigInteger reciprocal = BigInteger.TWO.pow(61).divide(Exact.sum(powers));
        for (int i = 0; i < open.size(); i++) {
            values[open.get(i)] =
                    Exact.roundShift(powers.get(i).multiply(reciprocal), 31).intValueExact();
        }
        return values;
    }

    private static int logistic(BigInteger z) {
        BigInteger e = Exact.power(z.abs());
        BigInteger n = z.signum() < 0 ? e : Q30;
        return quotient(n.multiply(Q30), Q30.add(e)).intValueExact();
    }

    private static int[] divided(Normalize.Norm norm, List<BigInteger> row) {
        List<BigInteger> sizes = row.stream().map(BigInteger::abs).toList();
        BigInteger size =
                switch (norm) {
                    case MAX -> sizes.stream().max(BigInteger::compareTo).orElseThrow();
                    case L1 -> Exact.sum(sizes);
                    case L2 -> Exact.sum(sizes.stream().map(v -> v.multiply(v)).toList());
                };
        if (size.signum() == 0) {
            return new int[row.size()];
        }
        int k = 0;
        if (norm == Normalize.Norm.L2) {
            while (size.shiftLeft(k).bitLength() < 62) {
                k += 2;
            }
            size = Exact.fits(size.shiftLeft(k)).sqrt();
        }
        BigInteger divisor = size;
        int up = 30 + k / 2;
        return row.stream()
                .mapToInt(v -> quotient(v.shiftLeft(up), divisor).intValueExact())
                .toArray();
    }

    private static int nearness(SupportVectors c, Values x, int[] to) {
        List<BigInteger> row = rowOf(x, to);
        boolean rbf = c.nearness() == SupportVectors.Nearness.RBF;
        BigInteger sum = number(c.offset(), 0);
        for (int i = 0; i < row.size(); i++) {
            BigInteger v = Exact.big(c.vectors().get(to[to.length - 1] * row.size() + i));
            sum = Exact.fits(sum.add(rbf ? row.get(i).subtract(v).pow(2) : row.get(i).multiply(v)));
        }
        BigInteger z = Exact.rescale(sum, c.multiplier(), c.shift());
        BigInteger e = Exact.power(z.abs());
        if (rbf) {
            return e.intValueExact();
        }
        int tangent = quotient(Q30.subtract(e).multiply(Q30), Q30.add(e)).intValueExact();
        return z.signum() < 0 ? -tangent : tangent;
    }

    private static int ranked(TopK c, Values x, int[] to) {
        List<BigInteger> row = rowOf(x, to);
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            places.add(i);
        }
        // A stable sort leaves the lowest of equals first.
        Comparator<Integer> order = Comparator.comparing(row::get);
        places.sort(c.greatest() ? order.reversed() : order);
        int place = places.get(to[to.length - 1]);
        return c.places() ? place : row.get(place).intValueExact();
    }
}
