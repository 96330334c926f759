package dev.lockstep.importer;

import dev.lockstep.importer.FloatGraph.Output;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.FixedPoint;
import dev.lockstep.inference.GraphBuilder;
import dev.lockstep.inference.GraphBuilder.TensorRef;
import dev.lockstep.inference.Interval;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Limits;
import dev.lockstep.inference.Lut16;
import dev.lockstep.inference.Lut8;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Multiplier;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Shape;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
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

    private static final BigDecimal SOFTMAX_FACTOR_MAX = BigDecimal.valueOf(1 << 21);

    /** The integer model, and which float tensor each of its operations approximates. */
    record Result(Model model, List<Traced> traced) {}

    /** One operation's result; an empty name where it approximates no tensor of the network. */
    record Traced(String tensor, TensorScale scale) {}

    private final FloatGraph graph;
    private final ScaleChoice choice;
    private final GraphBuilder builder = new GraphBuilder();
    private final Map<String, TensorRef> refs = new HashMap<>();
    private final Map<String, TensorScale> scales = new HashMap<>();
    private final List<Traced> traced = new ArrayList<>();

    /** What the layer at hand reads in the place of tensors of 32 bits. */
    private final Map<String, String> narrow = new HashMap<>();

    private Quantizer(ScaleChoice choice) {
        this.choice = choice;
        graph = choice.graph();
    }

    /**
     * @param ranges of the input and of every tensor that {@link Calibrator#hasOwnScale} asks for
     * @param activations {@link DType#I8} or {@link DType#I16}
     */
    static Result quantize(FloatGraph graph, Map<String, Range> ranges, DType activations)
            throws ImportException {
        return quantize(graph, ranges, activations, Set.of());
    }

    /**
     * @param wide tensors that have 16 bits whatever the others have
     */
    static Result quantize(
            FloatGraph graph, Map<String, Range> ranges, DType activations, Set<String> wide)
            throws ImportException {
        return new Quantizer(new ScaleChoice(graph, ranges, activations, wide)).run();
    }

    private Result run() throws ImportException {
        for (FloatGraph.Input input : graph.inputs()) {
            String name = input.name();
            TensorScale scale = choice.ofInput(name);
            scales.put(name, scale);
            refs.put(
                    name,
                    builder.input(
                            scale.dtype(),
                            shape(name),
                            scale.quantization(),
                            choice.allowed(name, scale)));
        }
        for (FloatLayer layer : graph.layers()) {
            try {
                add(layer);
            } catch (InvalidModelException | IllegalArgumentException | ArithmeticException e) {
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

    private void add(FloatLayer layer) throws ImportException, InvalidModelException {
        narrow.clear();
        scales.put(layer.output(), choice.of(layer, scales));
        if (takesNarrow(layer)) {
            for (String input : layer.inputs()) {
                // Whole numbers of any size do not fit; what they are must have been seen.
                boolean fits =
                        scale(input).scale() < 1
                                || choice.ranges().containsKey(choice.origin(input));
                if (scale(input).dtype() == DType.I32 && fits) {
                    narrow.put(input, narrowed(input));
                }
            }
        }
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
            case FloatLayer.TransposedConv conv -> transposedConv(conv);
            case FloatLayer.MatMul product -> matMul(product);
            case FloatLayer.Slice slice ->
                    op(
                            slice,
                            new dev.lockstep.inference.Slice(
                                    Ints.of(slice.starts()),
                                    Ints.of(slice.steps()),
                                    shape(slice.output())));
            case FloatLayer.Select select -> {
                int[] indices =
                        Arrays.stream(select.indices()).flatMapToInt(Arrays::stream).toArray();
                op(
                        select,
                        new dev.lockstep.inference.Select(
                                shape(select.output()), Ints.of(indices)));
            }
            case FloatLayer.Extreme extreme ->
                    op(
                            extreme,
                            new dev.lockstep.inference.ReduceExtreme(
                                    Ints.of(extreme.axes()), extreme.least()));
            case FloatLayer.Reduce reduce -> reduce(reduce);
            case FloatLayer.Gather gather -> {
                String index = index(gather.index(), graph.shape(gather.input())[gather.axis()]);
                op(
                        gather,
                        new dev.lockstep.inference.Gather(gather.axis()),
                        ref(gather.input()),
                        ref(index));
            }
            case FloatLayer.Embedding embedding -> embedding(embedding);
            case FloatLayer.Constant constant -> {
                int[] values = new int[constant.values().length];
                for (int i = 0; i < values.length; i++) {
                    values[i] = scale(constant.output()).quantize(constant.values()[i]);
                }
                op(
                        constant,
                        new dev.lockstep.inference.Constant(
                                scale(constant.output()).dtype(),
                                shape(constant.output()),
                                Ints.of(values)),
                        new TensorRef[0]);
            }
            case FloatLayer.Concat concat -> concat(concat);
            case FloatLayer.Pad pad -> {
                TensorScale scale = scale(pad.input());
                if (scale.saturates(pad.value())) {
                    throw new ImportException(
                            "tensor '"
                                    + pad.output()
                                    + "': a border of "
                                    + pad.value()
                                    + " is beyond the values that the input takes");
                }
                op(
                        pad,
                        new dev.lockstep.inference.Pad(
                                Ints.of(pad.before()),
                                Ints.of(pad.after()),
                                scale.quantize(pad.value())));
            }
            case FloatLayer.Softmax softmax -> softmax(softmax);
            case FloatLayer.Exact exact -> op(exact, exact.op());
            case FloatLayer.LogSoftmax softmax -> logSoftmax(softmax);
            case FloatLayer.Norm norm -> norm(norm);
            case FloatLayer.Compare compare -> compare(compare);
            case FloatLayer.Whole whole -> whole(whole);
            case FloatLayer.TopK top ->
                    op(top, new dev.lockstep.inference.TopK(top.count(), top.greatest(), false));
            case FloatLayer.ArgMax argMax -> op(argMax, argMax.op());
        }
    }

    /** Whether a layer's operation takes 8 and 16 bits only. */
    private static boolean takesNarrow(FloatLayer layer) {
        return layer instanceof FloatLayer.Linear
                || layer instanceof FloatLayer.MatMul
                || layer instanceof FloatLayer.Product
                || layer instanceof FloatLayer.Curve;
    }

    /** A tensor of 32 bits in 16: over the range that was seen, or that is proven. */
    private String narrowed(String tensor) throws InvalidModelException {
        String name = tensor + "/in 16 bits";
        if (!refs.containsKey(name)) {
            TensorScale from = scale(tensor);
            Interval proven = ref(tensor).interval();
            Range seen = choice.ranges().get(choice.origin(tensor));
            Range range =
                    seen == null
                            ? Range.of(
                                    (float) from.real((int) proven.lo()),
                                    (float) from.real((int) proven.hi()))
                            : seen;
            TensorScale to = TensorScale.ofInput(DType.I16, range);
            Multiplier factor =
                    Multiplier.of(Factors.ratio(from.exact(), to.exact()), magnitude(tensor));
            refs.put(
                    name,
                    builder.add(
                            new dev.lockstep.inference.Requantize(
                                    from.zeroPoint(),
                                    DType.I16,
                                    Rescale.of(List.of(factor), clipping(to, Clip.NONE))),
                            ref(tensor)));
            scales.put(name, to);
            traced.add(new Traced("", to));
        }
        return name;
    }

    private void conv(FloatLayer.Conv conv) throws ImportException, InvalidModelException {
        int perGroup = conv.inputChannels() / conv.groups();
        GivenWeights given = conv.given();
        if (given != null && !given.fit()) {
            int row = conv.weight().length / conv.channels();
            String twice = beside(conv.input(), 1, conv.groups());
            conv(
                    new FloatLayer.Conv(
                            twice,
                            conv.output(),
                            new float[2 * conv.weight().length],
                            conv.bias(),
                            2 * conv.inputChannels(),
                            conv.groups(),
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
            int axis = ref(dense.input()).shape().rank() - 1;
            String twice = beside(dense.input(), axis, 1);
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
     * A tensor with the elements of each group along an axis twice, for weights of 9 bits: they are
     * split into two of 8, which is exact, and for which the inputs are needed twice.
     */
    private String beside(String tensor, int axis, int groups) throws InvalidModelException {
        String twice = tensor + "/twice in " + groups;
        if (!refs.containsKey(twice)) {
            Shape shape = ref(tensor).shape();
            int group = shape.dim(axis) / groups;
            int[] dims = new int[shape.rank()];
            List<Integer> indices = new ArrayList<>();
            for (int i = 0; i < dims.length; i++) {
                dims[i] = i == axis ? 2 * shape.dim(i) : shape.dim(i);
                for (int k = 0; k < dims[i]; k++) {
                    indices.add(i == axis ? k / (2 * group) * group + k % group : k);
                }
            }
            refs.put(
                    twice,
                    builder.add(
                            new dev.lockstep.inference.Select(
                                    Shape.of(dims),
                                    Ints.of(
                                            indices.stream()
                                                    .mapToInt(Integer::intValue)
                                                    .toArray())),
                            ref(tensor)));
            scales.put(twice, scale(tensor));
            traced.add(new Traced("", scale(tensor)));
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

    /**
     * The zero point of the input goes into no bias here: windows at the border see fewer elements.
     */
    private void transposedConv(FloatLayer.TransposedConv conv)
            throws ImportException, InvalidModelException {
        GivenWeights given = conv.given();
        if (given != null && !given.fit()) {
            transposedConv(
                    new FloatLayer.TransposedConv(
                            beside(conv.input(), 1, conv.groups()),
                            conv.output(),
                            new float[2 * conv.weight().length],
                            conv.bias(),
                            2 * conv.inputChannels(),
                            conv.groups(),
                            conv.window(),
                            conv.moreHeight(),
                            conv.moreWidth(),
                            conv.clip(),
                            given.halved(conv.weight().length / conv.channels())));
            return;
        }
        TensorScale from = scale(conv.input());
        TensorScale to = scale(conv.output());
        Window window = conv.window();
        LinearWeights linear =
                LinearWeights.of(
                        conv,
                        new TensorScale(from.dtype(), from.scale(), 0),
                        to,
                        magnitude(conv.input()));
        op(
                conv,
                new dev.lockstep.inference.TransposedConv2d(
                        window(window),
                        conv.moreHeight(),
                        conv.moreWidth(),
                        conv.groups(),
                        from.zeroPoint(),
                        Ints.of(linear.bias()),
                        to.dtype(),
                        Rescale.of(linear.multipliers(), clipping(to, conv.clip()))),
                ref(conv.input()),
                builder.weights(
                        Shape.of(
                                conv.channels(),
                                conv.inputChannels() / conv.groups(),
                                window.kernelHeight(),
                                window.kernelWidth()),
                        linear.weight()));
    }

    private void matMul(FloatLayer.MatMul product) throws InvalidModelException {
        TensorScale a = scale(product.first());
        TensorScale b = scale(product.second());
        TensorScale out = scale(product.output());
        int[] dims = graph.shape(product.first());
        long terms = dims[dims.length - 1];
        long largest =
                Math.multiplyExact(
                        terms,
                        Math.multiplyExact(
                                magnitude(product.first()), magnitude(product.second())));
        Multiplier factor =
                Multiplier.of(Factors.ratio(a.exact().multiply(b.exact()), out.exact()), largest);
        op(
                product,
                new dev.lockstep.inference.MatMul(
                        false,
                        a.zeroPoint(),
                        b.zeroPoint(),
                        out.dtype(),
                        Rescale.of(List.of(factor), clipping(out, product.clip()))),
                ref(product.first()),
                ref(product.second()));
    }

    private void reduce(FloatLayer.Reduce reduce) throws InvalidModelException {
        TensorScale from = scale(reduce.input());
        TensorScale to = scale(reduce.output());
        long count = 1;
        for (int axis : reduce.axes()) {
            count *= graph.shape(reduce.input())[axis];
        }
        BigDecimal divisor = BigDecimal.valueOf(reduce.isMean() ? count : 1);
        Multiplier factor =
                Multiplier.of(
                        Factors.ratio(from.exact(), to.exact().multiply(divisor)),
                        Math.multiplyExact(magnitude(reduce.input()), count));
        op(
                reduce,
                new dev.lockstep.inference.ReduceSum(
                        Ints.of(reduce.axes()),
                        from.zeroPoint(),
                        to.dtype(),
                        Rescale.of(List.of(factor), clipping(to, Clip.NONE))));
    }

    /** Each row of the matrix has a scale of its own. */
    private void embedding(FloatLayer.Embedding embedding)
            throws ImportException, InvalidModelException {
        int width = embedding.weight().length / embedding.rows();
        TensorScale to = scale(embedding.output());
        TensorScale one = new TensorScale(DType.I16, 1, 0);
        LinearWeights linear =
                LinearWeights.of(
                        new FloatLayer.Dense(
                                embedding.index(),
                                embedding.output(),
                                embedding.weight(),
                                new float[embedding.rows()],
                                Clip.NONE),
                        one,
                        to,
                        1);
        op(
                embedding,
                new dev.lockstep.inference.Embedding(
                        to.dtype(), Rescale.of(linear.multipliers(), clipping(to, Clip.NONE))),
                builder.weights(Shape.of(embedding.rows(), width), linear.weight()),
                ref(index(embedding.index(), embedding.rows())));
    }

    /**
     * Indices, negative ones counted from the end, cut to those that exist, so that it is proven
     * that none is out of range.
     */
    private String index(String tensor, int count) throws InvalidModelException {
        String cut = tensor + "/below " + count;
        if (!refs.containsKey(cut)) {
            TensorRef index = ref(tensor);
            if (index.interval().lo() < 0) {
                TensorRef negative =
                        builder.add(new dev.lockstep.inference.Clip(-1, 0), ref(tensor));
                traced.add(new Traced("", scale(tensor)));
                index =
                        builder.add(
                                new dev.lockstep.inference.Add(
                                        0,
                                        0,
                                        2,
                                        -2 * count,
                                        1,
                                        DType.I32,
                                        Clipping.of(0, DType.I32)),
                                index,
                                negative);
                traced.add(new Traced("", TensorScale.WHOLE));
            }
            refs.put(cut, builder.add(new dev.lockstep.inference.Clip(0, count - 1), index));
            scales.put(cut, scale(tensor));
            traced.add(new Traced("", scale(tensor)));
        }
        return cut;
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
        if (from.dtype() == DType.I16 && CurveLowering.isBent(curve.name())) {
            bent(curve, from, to);
            return;
        }
        boolean known = graph.given().containsKey(curve.output());
        Range seen = known ? null : choice.range(curve.output());
        DoubleUnaryOperator function = curve.function();
        if (seen != null && CurveLowering.isSteep(curve.name())) {
            function = x -> Math.clamp(curve.function().applyAsDouble(x), seen.low(), seen.high());
        }
        Ints table = from.table(function, to);
        if (from.dtype() == DType.I8) {
            op(curve, new Lut8(to.dtype(), table));
            return;
        }
        TensorRef result = builder.add(new Lut16(to.dtype(), table), ref(curve.input()));
        Finer finer = new Finer(from, to, function, table);
        while (seen != null && finer.refine((seen.high() - seen.low()) / to.scale())) {
            traced.add(new Traced("", to));
            result = corrected(curve, result, finer);
        }
        refs.put(curve.output(), result);
        traced.add(new Traced(curve.output(), to));
    }

    /** A table's result and what a table of {@link Finer#CELL} steps has to add near a point. */
    private TensorRef corrected(FloatLayer.Curve curve, TensorRef coarse, Finer finer)
            throws InvalidModelException {
        TensorScale from = scale(curve.input());
        TensorScale to = scale(curve.output());
        int rank = ref(curve.input()).shape().rank();
        int[] one = new int[rank];
        Arrays.fill(one, 1);
        TensorRef middle =
                builder.add(
                        new dev.lockstep.inference.Constant(
                                DType.I16, Shape.of(one), Ints.of(finer.middle())));
        traced.add(new Traced("", from));
        int factor = 2 * Finer.COARSE_CELL / Finer.CELL;
        TensorRef near =
                builder.add(
                        new dev.lockstep.inference.Add(
                                0, 0, factor, -factor, 1, DType.I16, Clipping.of(0, DType.I16)),
                        ref(curve.input()),
                        middle);
        traced.add(new Traced("", from));
        TensorRef more = builder.add(new Lut16(to.dtype(), finer.correction()), near);
        traced.add(new Traced("", to));
        return builder.add(
                new dev.lockstep.inference.Add(
                        to.zeroPoint(), 0, 2, 2, 1, to.dtype(), clipping(to, Clip.NONE)),
                coarse,
                more);
    }

    /**
     * A slope below zero and none above: {@code slope·x + (1 - slope)·max(x, 0)} with one rounding.
     * A table of 16 bits would be off beside the point where the result is cut off.
     */
    private void bent(FloatLayer.Curve curve, TensorScale from, TensorScale to)
            throws InvalidModelException {
        BigDecimal slope = new BigDecimal(-curve.function().applyAsDouble(-1));
        BigDecimal ratio = Factors.ratio(from.exact(), to.exact());
        BigDecimal below = ratio.multiply(slope);
        BigDecimal above = ratio.multiply(BigDecimal.ONE.subtract(slope));
        TensorRef positive =
                builder.add(
                        new dev.lockstep.inference.Clip(0, from.dtype().max()), ref(curve.input()));
        traced.add(new Traced("", from));
        int shift =
                Multiplier.of(
                                below.abs().max(above.abs()),
                                Math.multiplyExact(2, magnitude(curve.input())))
                        .shift();
        op(
                curve,
                new dev.lockstep.inference.Add(
                        0,
                        0,
                        Factors.scaled(below, shift),
                        Factors.scaled(above, shift),
                        shift,
                        to.dtype(),
                        clipping(to, Clip.NONE)),
                ref(curve.input()),
                positive);
    }

    /** More tensors than one operation takes are laid together in groups first. */
    private void concat(FloatLayer.Concat concat) throws InvalidModelException {
        TensorScale to = scale(concat.output());
        List<String> inputs = concat.inputs();
        int most = Limits.V1.portsMax();
        while (inputs.size() > most) {
            List<String> groups = new ArrayList<>();
            for (int from = 0; from < inputs.size(); from += most) {
                List<String> group = inputs.subList(from, Math.min(inputs.size(), from + most));
                String name = concat.output() + "/" + inputs.size() + "/" + from;
                refs.put(name, laid(group, to, concat.axis()));
                scales.put(name, to);
                traced.add(new Traced("", to));
                groups.add(name);
            }
            inputs = groups;
        }
        refs.put(concat.output(), laid(inputs, to, concat.axis()));
        traced.add(new Traced(concat.output(), to));
    }

    private TensorRef laid(List<String> inputs, TensorScale to, int axis)
            throws InvalidModelException {
        List<Multiplier> factors = new ArrayList<>();
        int[] zeroPoints = new int[inputs.size()];
        TensorRef[] operands = new TensorRef[zeroPoints.length];
        for (int i = 0; i < zeroPoints.length; i++) {
            String input = inputs.get(i);
            zeroPoints[i] = scale(input).zeroPoint();
            operands[i] = ref(input);
            factors.add(
                    Multiplier.of(
                            Factors.ratio(scale(input).exact(), to.exact()), magnitude(input)));
        }
        Rescale rescale = Rescale.of(factors, clipping(to, Clip.NONE));
        return builder.add(
                new dev.lockstep.inference.Concat(axis, Ints.of(zeroPoints), to.dtype(), rescale),
                operands);
    }

    private void softmax(FloatLayer.Softmax softmax) throws InvalidModelException {
        BigDecimal factor =
                scale(softmax.input())
                        .exact()
                        .multiply(LOG2_E)
                        .multiply(BigDecimal.valueOf(1 << 16));
        // Elements one unit apart are then 2^-32 of one another: a larger factor changes nothing.
        Multiplier multiplier =
                Multiplier.of(
                        factor.min(SOFTMAX_FACTOR_MAX),
                        ref(softmax.input()).interval().magnitude());
        op(softmax, new dev.lockstep.inference.Softmax(multiplier.value(), multiplier.shift()));
    }

    private void logSoftmax(FloatLayer.LogSoftmax softmax) throws InvalidModelException {
        TensorScale to = scale(softmax.output());
        BigDecimal factor =
                scale(softmax.input())
                        .exact()
                        .multiply(LOG2_E)
                        .multiply(BigDecimal.valueOf(1 << 16));
        Interval x = ref(softmax.input()).interval();
        Multiplier in = Multiplier.of(factor, x.magnitude());
        // What a distance between two elements comes to at most, and a bit for each doubling of n.
        long span =
                factor.multiply(BigDecimal.valueOf(x.hi() - x.lo())).toBigInteger().longValueExact()
                        + (Integer.SIZE << 16);
        Multiplier out =
                Multiplier.of(
                        Factors.ratio(
                                BigDecimal.ONE,
                                LOG2_E.multiply(BigDecimal.valueOf(1 << 16)).multiply(to.exact())),
                        span);
        op(
                softmax,
                new dev.lockstep.inference.LogSoftmax(
                        in.value(),
                        in.shift(),
                        to.dtype(),
                        Rescale.of(List.of(out), clipping(to, Clip.NONE))));
    }

    /**
     * Deviations are taken with as many fractional bits as their squares leave room for, so that
     * neither the mean nor epsilon is rounded coarsely.
     */
    private void norm(FloatLayer.Norm norm) throws InvalidModelException {
        TensorScale from = scale(norm.input());
        TensorScale to = scale(norm.output());
        Interval x = ref(norm.input()).interval();
        int n = norm.gain().length;
        long most = FixedPoint.sqrtFloor((1L << 61) / n);
        long size = norm.centred() ? x.hi() - x.lo() : magnitude(norm.input());
        double epsilon = norm.epsilon() / from.scale() / from.scale();
        int up = 0;
        while (up < 15
                && size << (up + 1) <= most
                && epsilon * StrictMath.scalb(1.0, 2 * up + 2) < Integer.MAX_VALUE) {
            up++;
        }
        double units = StrictMath.rint(StrictMath.scalb(epsilon, 2 * up));
        int shift = 20;
        double largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, Math.abs(norm.gain()[i]) * StrictMath.sqrt(n));
            largest = Math.max(largest, Math.abs(norm.offset()[i]));
        }
        while (shift < 60
                && largest / to.scale() * StrictMath.scalb(1.0, shift + 1 - 20) < 1 << 30) {
            shift++;
        }
        op(
                norm,
                new dev.lockstep.inference.LayerNorm(
                        norm.centred(),
                        from.zeroPoint(),
                        up,
                        (int) Math.clamp(units, 1.0, Integer.MAX_VALUE),
                        scaled(norm.gain(), to, shift - 20),
                        scaled(norm.offset(), to, shift - 20),
                        shift,
                        to.dtype(),
                        clipping(to, Clip.NONE)));
    }

    private static Ints scaled(float[] values, TensorScale to, int shift) {
        int[] whole = new int[values.length];
        for (int i = 0; i < whole.length; i++) {
            BigDecimal real = new BigDecimal(values[i]);
            whole[i] = Factors.scaled(Factors.ratio(real, to.exact()), shift);
        }
        return Ints.of(whole);
    }

    private void whole(FloatLayer.Whole whole) throws InvalidModelException {
        TensorScale from = scale(whole.input());
        TensorRef x = ref(whole.input());
        if (whole.kind() == FloatLayer.Whole.Kind.SIGN) {
            op(
                    whole,
                    new dev.lockstep.inference.Requantize(
                            from.zeroPoint(),
                            DType.I32,
                            Rescale.of(List.of(new Multiplier(2, 1)), new Clipping(0, -1, 1))));
            return;
        }
        TensorRef result =
                whole.divisor() == 1
                        ? rounded(x, from, whole.kind())
                        : quotient(x, from.zeroPoint(), whole.kind(), whole.divisor());
        refs.put(whole.output(), result);
        traced.removeLast();
        traced.add(new Traced(whole.output(), scale(whole.output())));
    }

    /** The rounding half up of every rescaling becomes one down, or up, by half a unit more. */
    private TensorRef rounded(TensorRef x, TensorScale from, FloatLayer.Whole.Kind kind)
            throws InvalidModelException {
        int zero = from.zeroPoint();
        long size = Math.max(x.interval().hi() - zero, zero - x.interval().lo());
        int shift = Math.min(30, Multiplier.of(from.exact(), 2 * size + 2).shift());
        int half = 1 << (shift - 1);
        int factor = Factors.scaled(from.exact(), shift);
        if (kind != FloatLayer.Whole.Kind.NEAREST) {
            int offset = kind == FloatLayer.Whole.Kind.FLOOR ? -half : half - 1;
            return sum(x, zero, factor, number(x, 1), offset, shift, DType.I32.min());
        }
        // Of two as near the one above and the one below are taken, and of these the even one: the
        // even one at or below the upper, unless that is below the lower.
        TensorRef upper = sum(x, zero, factor, number(x, 1), 0, shift, DType.I32.min());
        TensorRef lower = sum(x, zero, factor, number(x, 1), -1, shift, DType.I32.min());
        TensorRef pairs = sum(upper, 0, 1, number(x, 1), -1, 1, DType.I32.min());
        TensorRef more = sum(pairs, 0, 4, lower, -2, 1, 0);
        return sum(lower, 0, 2, more, 2, 1, DType.I32.min());
    }

    /**
     * A whole number over another, rounded down or up. Half a unit of the numerator is added, so
     * that no result lies nearer to where rounding changes than half a divisor's share; where
     * numbers are too large for the factor to be that precise, what is left over is divided again.
     */
    private TensorRef quotient(TensorRef x, int zero, FloatLayer.Whole.Kind kind, int divisor)
            throws InvalidModelException {
        long size = Math.abs((long) divisor);
        BigDecimal share = Factors.ratio(BigDecimal.ONE, BigDecimal.valueOf(divisor));
        int shift = Multiplier.of(share, 1).shift();
        boolean down = kind == FloatLayer.Whole.Kind.FLOOR;
        BigDecimal half = Factors.ratio(BigDecimal.valueOf(1 - size), BigDecimal.valueOf(2 * size));
        int unit = 1 << Math.max(0, shift - 30);
        TensorRef first =
                sum(
                        x,
                        zero,
                        Factors.scaled(share, shift),
                        number(x, unit),
                        Factors.scaled(down ? half : half.negate(), Math.min(shift, 30)),
                        shift,
                        DType.I32.min());
        long most = Math.max(x.interval().hi() - zero, zero - x.interval().lo());
        if ((most + unit + 2) * size < 1L << shift) {
            return first;
        }
        // The first quotient is off by one at most.
        TensorRef rest =
                builder.add(
                        new dev.lockstep.inference.Add(
                                zero,
                                0,
                                2,
                                -2 * divisor,
                                1,
                                DType.I32,
                                new Clipping(0, (int) (-2 * size), (int) (2 * size))),
                        x,
                        first);
        traced.add(new Traced("", TensorScale.WHOLE));
        TensorRef more = quotient(rest, 0, kind, divisor);
        return sum(first, 0, 2, more, 2, 1, DType.I32.min());
    }

    /** A weighted sum of two as whole numbers of 32 bits, none below the least. */
    private TensorRef sum(
            TensorRef a, int zero, int factorA, TensorRef b, int factorB, int shift, int least)
            throws InvalidModelException {
        traced.add(new Traced("", TensorScale.WHOLE));
        return builder.add(
                new dev.lockstep.inference.Add(
                        zero,
                        0,
                        factorA,
                        factorB,
                        shift,
                        DType.I32,
                        new Clipping(0, least, DType.I32.max())),
                a,
                b);
    }

    /** A number beside a tensor of any shape. */
    private TensorRef number(TensorRef beside, int value) throws InvalidModelException {
        int[] one = new int[beside.shape().rank()];
        Arrays.fill(one, 1);
        DType dtype = value <= DType.I8.max() ? DType.I8 : DType.I32;
        traced.add(new Traced("", new TensorScale(dtype, 1, 0)));
        return builder.add(
                new dev.lockstep.inference.Constant(dtype, Shape.of(one), Ints.of(value)));
    }

    /** The difference, cut to 0 and 1: with one fractional bit none is rounded to 0. */
    private void compare(FloatLayer.Compare compare) throws InvalidModelException {
        TensorScale a = scale(compare.first());
        TensorScale b = scale(compare.second());
        BigDecimal unit = a.exact().max(b.exact());
        boolean alike = a.scale() == b.scale();
        int bits = alike ? 1 : 30;
        op(
                compare,
                new dev.lockstep.inference.Add(
                        a.zeroPoint(),
                        b.zeroPoint(),
                        -Factors.scaled(Factors.ratio(a.exact(), unit), bits - 1),
                        Factors.scaled(Factors.ratio(b.exact(), unit), bits - 1),
                        1,
                        DType.I8,
                        new Clipping(0, 0, 1)),
                ref(compare.first()),
                ref(compare.second()));
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
        return known(refs.get(narrow.getOrDefault(tensor, tensor)), tensor);
    }

    private TensorScale scale(String tensor) {
        return known(scales.get(narrow.getOrDefault(tensor, tensor)), tensor);
    }

    private static <T> T known(@Nullable T value, String tensor) {
        if (value == null) {
            throw new IllegalStateException("tensor " + tensor + " is used before it is known");
        }
        return value;
    }
}
