package dev.lockstep.importer;

import dev.lockstep.importer.FloatGraph.Output;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.FloatKey;
import dev.lockstep.inference.GraphBuilder;
import dev.lockstep.inference.GraphBuilder.TensorRef;
import dev.lockstep.inference.Interval;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Lut16;
import dev.lockstep.inference.Lut8;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Multiplier;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Shape;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns layers of real numbers into operations of integers. Each tensor gets a scale: activations
 * from their range, results that nothing computes on further 32 bits, so that logits and forecasts
 * keep their precision.
 */
final class Quantizer {
    private static final BigDecimal LOG2_E =
            new BigDecimal(
                    "1.44269504088896340735992468100189213742664595415298593413544940693110921918118507988552662289350634");

    /** The integer model, and which float tensor each of its operations approximates. */
    record Result(Model model, List<Traced> traced) {}

    /** One operation's result; an empty name where it approximates no tensor of the network. */
    record Traced(String tensor, TensorScale scale) {}

    private final FloatGraph graph;
    private final Map<String, Range> ranges;
    private final DType activations;
    private final GraphBuilder builder = new GraphBuilder();
    private final Map<String, TensorRef> refs = new HashMap<>();
    private final Map<String, TensorScale> scales = new HashMap<>();
    private final List<Traced> traced = new ArrayList<>();

    private Quantizer(FloatGraph graph, Map<String, Range> ranges, DType activations) {
        this.graph = graph;
        this.ranges = ranges;
        this.activations = activations;
    }

    /**
     * @param ranges of the input and of every tensor that {@link Calibrator#hasOwnScale} asks for
     * @param activations {@link DType#I8} or {@link DType#I16}
     */
    static Result quantize(FloatGraph graph, Map<String, Range> ranges, DType activations)
            throws ImportException {
        return new Quantizer(graph, ranges, activations).run();
    }

    private Result run() throws ImportException {
        for (FloatGraph.Input input : graph.inputs()) {
            String name = input.name();
            TensorScale given = graph.given().get(name);
            TensorScale scale =
                    given == null ? TensorScale.ofInput(activations, range(name)) : given;
            scales.put(name, scale);
            refs.put(
                    name,
                    builder.input(
                            scale.dtype(),
                            shape(name),
                            scale.quantization(),
                            allowed(name, scale)));
        }
        for (FloatLayer layer : graph.layers()) {
            try {
                add(layer);
            } catch (InvalidModelException | IllegalArgumentException e) {
                throw new ImportException(
                        "tensor '"
                                + layer.output()
                                + "' has no fixed-point form: "
                                + e.getMessage(),
                        e);
            }
        }
        List<GraphBuilder.Output> outputs = new ArrayList<>();
        for (Output output : graph.outputs()) {
            outputs.add(
                    new GraphBuilder.Output(
                            ref(output.tensor()), scale(output.tensor()).quantization()));
        }
        try {
            return new Result(builder.build(outputs), List.copyOf(traced));
        } catch (InvalidModelException e) {
            throw new ImportException("the model cannot be expressed: " + e.getMessage(), e);
        }
    }

    /** What an input may hold: a missing feature only where every reader has an answer to it. */
    private Interval allowed(String input, TensorScale scale) {
        boolean finite = false;
        for (FloatLayer layer : graph.layers()) {
            finite |=
                    layer instanceof FloatLayer.Exact exact
                            && exact.input().equals(input)
                            && !exact.takesMissing();
        }
        return scale.dtype() == DType.F32 && finite
                ? new Interval(-FloatKey.FINITE_MAX, FloatKey.FINITE_MAX)
                : new Interval(scale.dtype().min(), scale.dtype().max());
    }

    private void add(FloatLayer layer) throws ImportException, InvalidModelException {
        scales.put(layer.output(), scaleOf(layer));
        switch (layer) {
            case FloatLayer.Conv conv -> conv(conv);
            case FloatLayer.Dense dense -> dense(dense);
            case FloatLayer.Sum sum -> sum(sum);
            case FloatLayer.Product product -> product(product);
            case FloatLayer.MaxPool pool ->
                    op(
                            pool,
                            new dev.lockstep.inference.MaxPool(
                                    pool.window().kernelHeight(),
                                    pool.window().kernelWidth(),
                                    window(pool.window())));
            case FloatLayer.AveragePool pool -> averagePool(pool);
            case FloatLayer.Curve curve -> curve(curve);
            case FloatLayer.Cut cut -> {
                Clipping bounds = clipping(scale(cut.input()), cut.clip());
                op(cut, new dev.lockstep.inference.Clip(bounds.lo(), bounds.hi()));
            }
            case FloatLayer.Requantize requantize -> requantize(requantize);
            case FloatLayer.Reshape reshape ->
                    op(reshape, new dev.lockstep.inference.Reshape(shape(reshape.output())));
            case FloatLayer.Transpose transpose ->
                    op(
                            transpose,
                            new dev.lockstep.inference.Transpose(Ints.of(transpose.permutation())));
            case FloatLayer.Concat concat -> concat(concat);
            case FloatLayer.Pad pad ->
                    op(
                            pad,
                            new dev.lockstep.inference.Pad(
                                    Ints.of(pad.before()),
                                    Ints.of(pad.after()),
                                    scale(pad.input()).zeroPoint()));
            case FloatLayer.Softmax softmax -> softmax(softmax);
            case FloatLayer.Exact exact -> op(exact, exact.op());
            case FloatLayer.ArgMax argMax -> op(argMax, new dev.lockstep.inference.ArgMax());
        }
    }

    private TensorScale scaleOf(FloatLayer layer) {
        TensorScale given = graph.given().get(layer.output());
        if (given != null) {
            return given;
        }
        return switch (layer) {
            case FloatLayer.Exact _ ->
                    throw new IllegalStateException("no scale given for " + layer.output());
            case FloatLayer.Softmax _ -> new TensorScale(DType.I16, 0x1p-15f, 0);
            case FloatLayer.ArgMax _ -> new TensorScale(DType.I32, 1, 0);
            case FloatLayer.MaxPool _,
                    FloatLayer.Cut _,
                    FloatLayer.Reshape _,
                    FloatLayer.Transpose _,
                    FloatLayer.Pad _ ->
                    scale(layer.inputs().getFirst());
            case FloatLayer.Clippable _,
                    FloatLayer.AveragePool _,
                    FloatLayer.Curve _,
                    FloatLayer.Requantize _,
                    FloatLayer.Concat _ ->
                    mayBeWide(layer.output())
                            ? TensorScale.precise(range(layer.output()))
                            : TensorScale.of(activations, range(layer.output()));
        };
    }

    /**
     * Whether all that is done with a tensor works on 32 bits: it is given out, moved, compared or
     * normalised.
     */
    private boolean mayBeWide(String tensor) {
        List<String> open = new ArrayList<>(List.of(tensor));
        for (int i = 0; i < open.size(); i++) {
            for (FloatLayer layer : graph.layers()) {
                if (!layer.inputs().contains(open.get(i))) {
                    continue;
                }
                switch (layer) {
                    case FloatLayer.Softmax _, FloatLayer.ArgMax _, FloatLayer.Exact _ -> {}
                    case FloatLayer.MaxPool _,
                            FloatLayer.Cut _,
                            FloatLayer.Reshape _,
                            FloatLayer.Transpose _,
                            FloatLayer.Pad _ ->
                            open.add(layer.output());
                    case FloatLayer.Clippable _,
                            FloatLayer.AveragePool _,
                            FloatLayer.Curve _,
                            FloatLayer.Requantize _,
                            FloatLayer.Concat _ -> {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private void conv(FloatLayer.Conv conv) throws ImportException, InvalidModelException {
        int perGroup = conv.inputChannels() / conv.groups();
        GivenWeights given = conv.given();
        if (given != null && !given.fit()) {
            int row = conv.weight().length / conv.channels();
            if (conv.groups() > 1) {
                throw new ImportException(
                        "tensor '"
                                + conv.output()
                                + "': a weight of a convolution with groups is more than 127 steps from its zero point; 8-bit weights hold -127 to 127");
            }
            String twice = beside(conv.input(), 1);
            conv(
                    new FloatLayer.Conv(
                            twice,
                            conv.output(),
                            new float[2 * conv.weight().length],
                            conv.bias(),
                            2 * conv.inputChannels(),
                            1,
                            conv.window(),
                            conv.clip(),
                            given.halved(row)));
            return;
        }
        Window window = conv.window();
        boolean depthwise = conv.groups() > 1 && perGroup == 1;
        Shape shape =
                Shape.of(conv.channels(), perGroup, window.kernelHeight(), window.kernelWidth());
        LinearWeights linear = linear(conv);
        Ints bias = Ints.of(linear.bias());
        int padding = scale(conv.input()).zeroPoint();
        DType output = scale(conv.output()).dtype();
        Rescale rescale =
                Rescale.of(linear.multipliers(), clipping(scale(conv.output()), conv.clip()));
        op(
                conv,
                depthwise
                        ? new dev.lockstep.inference.DepthwiseConv2d(
                                window(window), padding, bias, output, rescale)
                        : new dev.lockstep.inference.Conv2d(
                                window(window), conv.groups(), padding, bias, output, rescale),
                ref(conv.input()),
                builder.weights(shape, linear.weight()));
    }

    private void dense(FloatLayer.Dense dense) throws ImportException, InvalidModelException {
        GivenWeights given = dense.given();
        if (given != null && !given.fit()) {
            String twice = beside(dense.input(), ref(dense.input()).shape().rank() - 1);
            dense(
                    new FloatLayer.Dense(
                            twice,
                            dense.output(),
                            new float[2 * dense.weight().length],
                            dense.bias(),
                            dense.clip(),
                            given.halved(dense.inputChannels())));
            return;
        }
        LinearWeights linear = linear(dense);
        Rescale rescale =
                Rescale.of(linear.multipliers(), clipping(scale(dense.output()), dense.clip()));
        op(
                dense,
                new dev.lockstep.inference.FullyConnected(
                        Ints.of(linear.bias()), scale(dense.output()).dtype(), rescale),
                ref(dense.input()),
                builder.weights(
                        Shape.of(dense.channels(), dense.inputChannels()), linear.weight()));
    }

    /**
     * A tensor beside itself, for weights of 9 bits: they are split into two of 8, which is exact,
     * and for which the inputs are needed twice.
     */
    private String beside(String tensor, int axis) throws InvalidModelException {
        String twice = tensor + "/twice";
        if (!refs.containsKey(twice)) {
            TensorScale scale = scale(tensor);
            Rescale rescale =
                    Rescale.of(List.of(Multiplier.ONE, Multiplier.ONE), clipping(scale, Clip.NONE));
            Ints zeroPoints = Ints.of(scale.zeroPoint(), scale.zeroPoint());
            refs.put(
                    twice,
                    builder.add(
                            new dev.lockstep.inference.Concat(
                                    axis, zeroPoints, scale.dtype(), rescale),
                            ref(tensor),
                            ref(tensor)));
            scales.put(twice, scale);
            traced.add(new Traced("", scale));
        }
        return twice;
    }

    private LinearWeights linear(FloatLayer.Linear layer) throws ImportException {
        String input = layer.inputs().getFirst();
        TensorScale from = scale(input);
        long magnitude =
                Math.max(ref(input).interval().magnitude(), Math.abs((long) from.zeroPoint()));
        return LinearWeights.of(layer, from, scale(layer.output()), magnitude);
    }

    private void requantize(FloatLayer.Requantize layer) throws InvalidModelException {
        TensorScale from = scale(layer.input());
        TensorScale to = scale(layer.output());
        Multiplier factor =
                Multiplier.of(Factors.ratio(from.exact(), to.exact()), magnitude(layer.input()));
        op(
                layer,
                new dev.lockstep.inference.Requantize(
                        from.zeroPoint(),
                        to.dtype(),
                        Rescale.of(List.of(factor), clipping(to, Clip.NONE))));
    }

    private void sum(FloatLayer.Sum sum) throws InvalidModelException {
        TensorScale a = scale(sum.first());
        TensorScale b = scale(sum.second());
        TensorScale out = scale(sum.output());
        BigDecimal factorA = Factors.ratio(a.exact(), out.exact());
        BigDecimal factorB = Factors.ratio(b.exact(), out.exact());
        long sumMax = Math.addExact(magnitude(sum.first()), magnitude(sum.second()));
        Multiplier larger = Multiplier.of(factorA.max(factorB), sumMax);
        int firstFactor = Factors.scaled(factorA, larger.shift());
        int secondFactor = Factors.scaled(factorB, larger.shift());
        op(
                sum,
                new dev.lockstep.inference.Add(
                        a.zeroPoint(),
                        b.zeroPoint(),
                        firstFactor,
                        sum.subtracts() ? -secondFactor : secondFactor,
                        larger.shift(),
                        out.dtype(),
                        clipping(out, sum.clip())),
                ref(sum.first()),
                ref(sum.second()));
    }

    private void product(FloatLayer.Product product) throws InvalidModelException {
        TensorScale a = scale(product.first());
        TensorScale b = scale(product.second());
        TensorScale out = scale(product.output());
        long largest = Math.multiplyExact(magnitude(product.first()), magnitude(product.second()));
        Multiplier factor =
                Multiplier.of(Factors.ratio(a.exact().multiply(b.exact()), out.exact()), largest);
        Rescale rescale = Rescale.of(List.of(factor), clipping(out, product.clip()));
        op(
                product,
                new dev.lockstep.inference.Mul(a.zeroPoint(), b.zeroPoint(), out.dtype(), rescale),
                ref(product.first()),
                ref(product.second()));
    }

    private void averagePool(FloatLayer.AveragePool pool) throws InvalidModelException {
        TensorScale from = scale(pool.input());
        TensorScale to = scale(pool.output());
        Window window = pool.window();
        int most = window.kernelHeight() * window.kernelWidth();
        int least = window.isPadded() && !pool.countsBorder() ? 1 : most;
        List<Multiplier> factors = new ArrayList<>();
        for (int n = least; n <= most; n++) {
            BigDecimal factor =
                    Factors.ratio(from.exact(), to.exact().multiply(BigDecimal.valueOf(n)));
            factors.add(
                    Multiplier.of(factor, Math.multiplyExact(magnitude(pool.input()), (long) n)));
        }
        op(
                pool,
                new dev.lockstep.inference.AveragePool(
                        window.kernelHeight(),
                        window.kernelWidth(),
                        window(window),
                        from.zeroPoint(),
                        to.dtype(),
                        Rescale.of(factors, clipping(to, Clip.NONE))));
    }

    private void curve(FloatLayer.Curve curve) throws InvalidModelException {
        TensorScale from = scale(curve.input());
        TensorScale to = scale(curve.output());
        boolean narrow = from.dtype() == DType.I8;
        Ints table = from.table(curve.function(), to);
        op(curve, narrow ? new Lut8(to.dtype(), table) : new Lut16(to.dtype(), table));
    }

    private void concat(FloatLayer.Concat concat) throws InvalidModelException {
        TensorScale to = scale(concat.output());
        List<Multiplier> factors = new ArrayList<>();
        int[] zeroPoints = new int[concat.inputs().size()];
        TensorRef[] operands = new TensorRef[zeroPoints.length];
        for (int i = 0; i < zeroPoints.length; i++) {
            String input = concat.inputs().get(i);
            zeroPoints[i] = scale(input).zeroPoint();
            operands[i] = ref(input);
            factors.add(
                    Multiplier.of(
                            Factors.ratio(scale(input).exact(), to.exact()), magnitude(input)));
        }
        Rescale rescale = Rescale.of(factors, clipping(to, Clip.NONE));
        op(
                concat,
                new dev.lockstep.inference.Concat(
                        concat.axis(), Ints.of(zeroPoints), to.dtype(), rescale),
                operands);
    }

    private void softmax(FloatLayer.Softmax softmax) throws InvalidModelException {
        BigDecimal factor =
                scale(softmax.input())
                        .exact()
                        .multiply(LOG2_E)
                        .multiply(BigDecimal.valueOf(1 << 16));
        Multiplier multiplier = Multiplier.of(factor, ref(softmax.input()).interval().magnitude());
        op(softmax, new dev.lockstep.inference.Softmax(multiplier.value(), multiplier.shift()));
    }

    private void op(FloatLayer layer, Op op) throws InvalidModelException {
        op(layer, op, ref(layer.inputs().getFirst()));
    }

    private void op(FloatLayer layer, Op op, TensorRef... operands) throws InvalidModelException {
        refs.put(layer.output(), builder.add(op, operands));
        traced.add(new Traced(layer.output(), scale(layer.output())));
    }

    private static Clipping clipping(TensorScale scale, Clip clip) {
        return new Clipping(
                scale.zeroPoint(), scale.quantize(clip.low()), scale.quantize(clip.high()));
    }

    private static dev.lockstep.inference.Window window(Window w) {
        return new dev.lockstep.inference.Window(
                w.strideHeight(),
                w.strideWidth(),
                w.dilationHeight(),
                w.dilationWidth(),
                w.top(),
                w.left(),
                w.bottom(),
                w.right());
    }

    /** Greatest size of a tensor's elements once the zero point is taken away. */
    private long magnitude(String tensor) {
        long zeroPoint = scale(tensor).zeroPoint();
        return Math.max(
                Math.abs(ref(tensor).interval().lo() - zeroPoint),
                Math.abs(ref(tensor).interval().hi() - zeroPoint));
    }

    private Shape shape(String tensor) {
        int[] dims = graph.shape(tensor);
        return dims.length == 0 ? Shape.of(1) : Shape.of(dims);
    }

    private TensorRef ref(String tensor) {
        return known(refs.get(tensor), tensor);
    }

    private TensorScale scale(String tensor) {
        return known(scales.get(tensor), tensor);
    }

    private Range range(String tensor) {
        return known(ranges.get(tensor), tensor);
    }

    private static <T> T known(@Nullable T value, String tensor) {
        if (value == null) {
            throw new IllegalStateException("tensor " + tensor + " is used before it is known");
        }
        return value;
    }
}
