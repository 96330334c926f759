package dev.lockstep.importer;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Sums, comparisons, curves and reductions of constants, computed in double precision and rounded
 * once.
 */
final class ConstantArithmetic {
    /** Steps of a range. */
    private static final int STEPS_MAX = 1 << 24;

    /** What an operator does with two real numbers, and with two whole ones. */
    private record Binary(DoubleBinaryOperator real, LongBinaryOperator whole) {}

    /** A relation of two numbers, by the sign of their comparison; never true of NaN. */
    private interface Relation {
        boolean holds(int sign);
    }

    private static final Map<String, Binary> BINARY =
            Map.of(
                    "Add", new Binary(Double::sum, Long::sum),
                    "Sub", new Binary((a, b) -> a - b, (a, b) -> a - b),
                    "Mul", new Binary((a, b) -> a * b, (a, b) -> a * b),
                    "Div", new Binary((a, b) -> a / b, (a, b) -> b == 0 ? 0 : a / b),
                    "Max", new Binary(Math::max, Math::max),
                    "Min", new Binary(Math::min, Math::min),
                    "Pow",
                            new Binary(
                                    StrictMath::pow,
                                    (a, b) -> (long) StrictMath.pow((double) a, (double) b)));

    private static final Map<String, Relation> RELATIONS =
            Map.of(
                    "Less", sign -> sign < 0,
                    "LessOrEqual", sign -> sign <= 0,
                    "Greater", sign -> sign > 0,
                    "GreaterOrEqual", sign -> sign >= 0,
                    "Equal", sign -> sign == 0);

    private static final Map<String, Binary> TRUTHS =
            Map.of(
                    "And", new Binary((a, b) -> 0, (a, b) -> a & b),
                    "Or", new Binary((a, b) -> 0, (a, b) -> a | b),
                    "Xor", new Binary((a, b) -> 0, (a, b) -> a ^ b));

    private static final Map<String, DoubleUnaryOperator> CURVES =
            Map.ofEntries(
                    Map.entry("Neg", x -> -x),
                    Map.entry("Abs", Math::abs),
                    Map.entry("Sqrt", StrictMath::sqrt),
                    Map.entry("Exp", StrictMath::exp),
                    Map.entry("Log", StrictMath::log),
                    Map.entry("Reciprocal", x -> 1 / x),
                    Map.entry("Floor", StrictMath::floor),
                    Map.entry("Ceil", StrictMath::ceil),
                    Map.entry("Round", StrictMath::rint),
                    Map.entry("Sign", Math::signum),
                    Map.entry("Sin", StrictMath::sin),
                    Map.entry("Cos", StrictMath::cos),
                    Map.entry("Tanh", StrictMath::tanh),
                    Map.entry("Relu", x -> Math.max(x, 0)),
                    Map.entry("Sigmoid", x -> 1 / (1 + StrictMath.exp(-x))),
                    Map.entry("Erf", CurveLowering::errorFunction));

    /** Those that may depend on constants only. */
    static final Set<String> OPERATORS = Set.of("Mod", "Range", "Round", "IsInf");

    private ConstantArithmetic() {}

    /** The node's value, or null where the operator is not among those computed here. */
    static @Nullable OnnxTensor compute(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        String op = node.op();
        if (BINARY.containsKey(op) || op.equals("Mod")) {
            OnnxTensor all = in.getFirst();
            for (OnnxTensor next : in.subList(1, in.size())) {
                all = binary(node, all, next, arithmetic(node), out);
            }
            return all.reshaped(out, all.dims());
        }
        if (RELATIONS.containsKey(op)) {
            return compared(node, in.get(0), in.get(1), RELATIONS.get(op), out);
        }
        if (TRUTHS.containsKey(op)) {
            ConstantFolder.wholes(node, in, 0);
            ConstantFolder.wholes(node, in, 1);
            OnnxTensor joined = binary(node, in.get(0), in.get(1), TRUTHS.get(op), out);
            return OnnxTensor.ofLongs(out, ElementType.BOOL, joined.dims(), joined.longs());
        }
        if (CURVES.containsKey(op)) {
            return curve(in.getFirst(), CURVES.get(op), out);
        }
        return switch (op) {
            case "Not" -> {
                long[] truths = ConstantFolder.wholes(node, in, 0);
                long[] turned = Arrays.stream(truths).map(x -> x == 0 ? 1 : 0).toArray();
                yield OnnxTensor.ofLongs(out, ElementType.BOOL, in.getFirst().dims(), turned);
            }
            case "IsNaN", "IsInf" -> {
                OnnxTensor x = in.getFirst();
                long[] truths = new long[x.size()];
                for (int i = 0; i < truths.length; i++) {
                    boolean is =
                            op.equals("IsNaN")
                                    ? Float.isNaN(x.real(i))
                                    : Float.isInfinite(x.real(i));
                    truths[i] = is ? 1 : 0;
                }
                yield OnnxTensor.ofLongs(out, ElementType.BOOL, x.dims(), truths);
            }
            case "Range" -> range(node, in, out);
            case "CumSum" -> runningSum(node, in, out);
            case "ReduceSum", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceMean" ->
                    reduced(node, in, out);
            case "MatMul" -> product(in, out);
            default -> null;
        };
    }

    private static Binary arithmetic(OnnxNode node) throws ImportException {
        Binary known = BINARY.get(node.op());
        if (known != null) {
            return known;
        }
        boolean signOfFirst = node.whole("fmod", 0) != 0;
        return signOfFirst
                ? new Binary((a, b) -> a % b, (a, b) -> b == 0 ? 0 : a % b)
                : new Binary(
                        (a, b) -> a - b * StrictMath.floor(a / b),
                        (a, b) -> b == 0 ? 0 : Math.floorMod(a, b));
    }

    private static OnnxTensor binary(
            OnnxNode node, OnnxTensor a, OnnxTensor b, Binary does, String out)
            throws ImportException {
        int[] dims = Shapes.broadcast(node, a.dims(), b.dims());
        int count = ConstantFolder.count(node, dims);
        // Only a power may have operands of two kinds; its result is of the first's.
        boolean whole = !a.isFloat() && !b.isFloat();
        float[] floats = new float[a.isFloat() ? count : 0];
        long[] longs = new long[a.isFloat() ? 0 : count];
        int[] index = new int[dims.length];
        for (int i = 0; i < count; i++) {
            int ai = Shapes.broadcastIndex(a.dims(), index);
            int bi = Shapes.broadcastIndex(b.dims(), index);
            if (whole) {
                longs[i] = does.whole().applyAsLong(a.longs()[ai], b.longs()[bi]);
            } else if (a.isFloat()) {
                floats[i] = (float) does.real().applyAsDouble(a.real(ai), b.real(bi));
            } else {
                longs[i] = (long) does.real().applyAsDouble(a.real(ai), b.real(bi));
            }
            Shapes.advance(index, dims);
        }
        return a.isFloat()
                ? OnnxTensor.ofFloats(out, dims, floats)
                : OnnxTensor.ofLongs(out, a.type(), dims, longs);
    }

    private static OnnxTensor compared(
            OnnxNode node, OnnxTensor a, OnnxTensor b, Relation relation, String out)
            throws ImportException {
        int[] dims = Shapes.broadcast(node, a.dims(), b.dims());
        long[] truths = new long[ConstantFolder.count(node, dims)];
        int[] index = new int[dims.length];
        for (int i = 0; i < truths.length; i++) {
            int ai = Shapes.broadcastIndex(a.dims(), index);
            int bi = Shapes.broadcastIndex(b.dims(), index);
            boolean real = a.isFloat() || b.isFloat();
            boolean comparable = !real || !(Float.isNaN(a.real(ai)) || Float.isNaN(b.real(bi)));
            // Zero has no sign here.
            int sign =
                    real
                            ? Float.compare(a.real(ai) + 0f, b.real(bi) + 0f)
                            : Long.compare(a.longs()[ai], b.longs()[bi]);
            truths[i] = comparable && relation.holds(sign) ? 1 : 0;
            Shapes.advance(index, dims);
        }
        return OnnxTensor.ofLongs(out, ElementType.BOOL, dims, truths);
    }

    private static OnnxTensor curve(OnnxTensor x, DoubleUnaryOperator function, String out) {
        if (x.isFloat()) {
            float[] values = new float[x.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) function.applyAsDouble(x.real(i));
            }
            return OnnxTensor.ofFloats(out, x.dims(), values);
        }
        long[] values = new long[x.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (long) function.applyAsDouble((double) x.longs()[i]);
        }
        return OnnxTensor.ofLongs(out, x.type(), x.dims(), values);
    }

    private static OnnxTensor range(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        for (OnnxTensor each : in) {
            if (each.size() != 1 || each.isFloat() != in.getFirst().isFloat()) {
                throw new ImportException(
                        node.label() + ": a range needs three numbers of one type");
            }
        }
        double from = in.get(0).wide()[0];
        double to = in.get(1).wide()[0];
        double step = in.get(2).wide()[0];
        double steps = Math.max(0, StrictMath.ceil((to - from) / step));
        if (!(steps <= STEPS_MAX)) {
            throw new ImportException(
                    node.label() + ": " + from + " to " + to + " by " + step + " has no end");
        }
        int count = (int) steps;
        if (in.getFirst().isFloat()) {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) (from + i * step);
            }
            return OnnxTensor.ofFloats(out, new int[] {count}, values);
        }
        long[] values = new long[count];
        for (int i = 0; i < count; i++) {
            values[i] = in.get(0).longs()[0] + i * in.get(2).longs()[0];
        }
        return OnnxTensor.ofLongs(out, in.getFirst().type(), new int[] {count}, values);
    }

    private static OnnxTensor runningSum(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        OnnxTensor x = in.getFirst();
        int[] dims = x.dims();
        int axis = Shapes.axis(node, ConstantFolder.whole(node, in, 1), dims.length);
        int stride = (int) Shapes.size(Arrays.copyOfRange(dims, axis + 1, dims.length));
        boolean back = node.whole("reverse", 0) != 0;
        boolean exclusive = node.whole("exclusive", 0) != 0;
        float[] floats = x.floats().clone();
        long[] longs = x.longs().clone();
        for (int k = 0; k < x.size(); k++) {
            int i = back ? x.size() - 1 - k : k;
            int at = i / stride % dims[axis];
            boolean first = back ? at == dims[axis] - 1 : at == 0;
            int before = back ? i + stride : i - stride;
            if (x.isFloat()) {
                float own = exclusive ? (first ? 0 : x.floats()[before]) : x.floats()[i];
                floats[i] = first ? own : floats[before] + own;
            } else {
                long own = exclusive ? (first ? 0 : x.longs()[before]) : x.longs()[i];
                longs[i] = first ? own : longs[before] + own;
            }
        }
        return x.isFloat()
                ? OnnxTensor.ofFloats(out, dims, floats)
                : OnnxTensor.ofLongs(out, x.type(), dims, longs);
    }

    private static OnnxTensor reduced(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        OnnxTensor x = in.getFirst();
        int rank = x.dims().length;
        long[] axes = in.size() > 1 ? ConstantFolder.wholes(node, in, 1) : node.wholes("axes");
        axes = axes == null ? new long[0] : axes;
        boolean all = axes.length == 0;
        if (all && node.whole("noop_with_empty_axes", 0) != 0) {
            return x.reshaped(out, x.dims());
        }
        boolean[] gone = new boolean[rank];
        Arrays.fill(gone, all);
        for (long axis : axes) {
            gone[Shapes.axis(node, axis, rank)] = true;
        }
        int[] kept = x.dims().clone();
        for (int axis = 0; axis < rank; axis++) {
            kept[axis] = gone[axis] ? 1 : kept[axis];
        }
        int count = ConstantFolder.count(node, kept);
        if (x.size() == 0) {
            throw new ImportException(node.label() + ": nothing to reduce");
        }
        double[] sums = new double[count];
        long[] wholes = new long[count];
        boolean[] begun = new boolean[count];
        int[] index = new int[rank];
        for (int i = 0; i < x.size(); i++) {
            int at = Shapes.broadcastIndex(kept, index);
            double real = x.real(i);
            long whole = x.isFloat() ? 0 : x.longs()[i];
            if (!begun[at]) {
                sums[at] = real;
                wholes[at] = whole;
                begun[at] = true;
            } else {
                switch (node.op()) {
                    case "ReduceProd" -> {
                        sums[at] *= real;
                        wholes[at] *= whole;
                    }
                    case "ReduceMax" -> {
                        sums[at] = Math.max(sums[at], real);
                        wholes[at] = Math.max(wholes[at], whole);
                    }
                    case "ReduceMin" -> {
                        sums[at] = Math.min(sums[at], real);
                        wholes[at] = Math.min(wholes[at], whole);
                    }
                    default -> {
                        sums[at] += real;
                        wholes[at] += whole;
                    }
                }
            }
            Shapes.advance(index, x.dims());
        }
        int share = node.op().equals("ReduceMean") ? x.size() / count : 1;
        int[] dims = kept;
        if (node.whole("keepdims", 1) == 0) {
            dims = new int[rank];
            int left = 0;
            for (int axis = 0; axis < rank; axis++) {
                if (!gone[axis]) {
                    dims[left++] = kept[axis];
                }
            }
            dims = Arrays.copyOf(dims, left);
        }
        if (x.isFloat()) {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) (sums[i] / share);
            }
            return OnnxTensor.ofFloats(out, dims, values);
        }
        long[] values = Arrays.stream(wholes).map(sum -> sum / share).toArray();
        return OnnxTensor.ofLongs(out, x.type(), dims, values);
    }

    /** A product of two plain matrices of reals; null for others. */
    private static @Nullable OnnxTensor product(List<OnnxTensor> in, String out) {
        OnnxTensor a = in.get(0);
        OnnxTensor b = in.get(1);
        if (a.dims().length != 2
                || b.dims().length != 2
                || a.dims()[1] != b.dims()[0]
                || !a.isFloat()
                || !b.isFloat()
                || (long) a.size() * b.dims()[1] > Integer.MAX_VALUE) {
            return null;
        }
        int rows = a.dims()[0];
        int inner = a.dims()[1];
        int columns = b.dims()[1];
        float[] values = new float[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double sum = 0;
                for (int k = 0; k < inner; k++) {
                    sum += (double) a.floats()[i * inner + k] * b.floats()[k * columns + j];
                }
                values[i * columns + j] = (float) sum;
            }
        }
        return OnnxTensor.ofFloats(out, new int[] {rows, columns}, values);
    }
}
