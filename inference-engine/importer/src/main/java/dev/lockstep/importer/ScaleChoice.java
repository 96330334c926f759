package dev.lockstep.importer;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.FloatKey;
import dev.lockstep.inference.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Which scale each tensor gets, and what an input may hold: scales of the file, else those of
 * ranges that were seen; 32 bits where nothing computes on further.
 *
 * @param ranges of the inputs and of every tensor that {@link Calibrator#hasOwnScale} asks for
 * @param activations {@link DType#I8} or {@link DType#I16}
 * @param wide tensors that have 16 bits whatever the others have
 */
record ScaleChoice(
        FloatGraph graph, Map<String, Range> ranges, DType activations, Set<String> wide) {

    TensorScale ofInput(String name) {
        TensorScale given = graph.given().get(name);
        return given == null ? TensorScale.ofInput(activations, range(name)) : given;
    }

    /** What an input may hold: a missing feature only where every reader has an answer to it. */
    Interval allowed(String input, TensorScale scale) {
        boolean finite = false;
        for (FloatLayer layer : graph.layers()) {
            finite |=
                    layer instanceof FloatLayer.Exact exact
                            && exact.input().equals(input)
                            && !exact.takesMissing();
        }
        if (scale.dtype() == DType.F32 && finite) {
            return new Interval(-FloatKey.FINITE_MAX, FloatKey.FINITE_MAX);
        }
        ElementType type = graph.type(input);
        return switch (type) {
            case BOOL -> new Interval(0, 1);
            case UINT2, INT2, UINT4, INT4 -> new Interval((int) type.min(), (int) type.max());
            case UINT16, UINT32, UINT64 ->
                    scale.dtype() == DType.I32
                            ? new Interval(0, Math.min(type.max(), scale.dtype().max()))
                            : new Interval(scale.dtype().min(), scale.dtype().max());
            default ->
                    indices(input)
                            .orElseGet(
                                    () -> new Interval(scale.dtype().min(), scale.dtype().max()));
        };
    }

    /** The indices that exist, where an input is nothing else: others are refused before a run. */
    private Optional<Interval> indices(String input) {
        long count = Integer.MAX_VALUE;
        for (FloatLayer layer : graph.layers()) {
            if (layer instanceof FloatLayer.Gather gather
                    && gather.index().equals(input)
                    && !gather.input().equals(input)) {
                count = Math.min(count, graph.shape(gather.input())[gather.axis()]);
            } else if (layer instanceof FloatLayer.Embedding embedding
                    && embedding.index().equals(input)) {
                count = Math.min(count, embedding.rows());
            } else if (layer.inputs().contains(input)) {
                return Optional.empty();
            }
        }
        return count == Integer.MAX_VALUE
                ? Optional.empty()
                : Optional.of(new Interval(-count, count - 1));
    }

    /**
     * The scale of a layer's result.
     *
     * @param known the scales of the tensors before it
     */
    TensorScale of(FloatLayer layer, Map<String, TensorScale> known) {
        TensorScale given = graph.given().get(layer.output());
        if (given != null) {
            return given;
        }
        return switch (layer) {
            case FloatLayer.Exact _ ->
                    throw new IllegalStateException("no scale given for " + layer.output());
            case FloatLayer.Softmax _ -> new TensorScale(DType.I16, 0x1p-15f, 0);
            case FloatLayer.ArgMax _, FloatLayer.Whole _ -> TensorScale.WHOLE;
            case FloatLayer.Compare _ -> TensorScale.BIT;
            case FloatLayer.MaxPool _,
                    FloatLayer.Cut _,
                    FloatLayer.Reshape _,
                    FloatLayer.Transpose _,
                    FloatLayer.Pad _,
                    FloatLayer.Slice _,
                    FloatLayer.Select _,
                    FloatLayer.Extreme _,
                    FloatLayer.TopK _,
                    FloatLayer.Gather _ ->
                    Objects.requireNonNull(known.get(layer.inputs().getFirst()));
            case FloatLayer.Constant constant ->
                    TensorScale.of(activations, Range.of(constant.values()));
            case FloatLayer.Clippable _,
                    FloatLayer.AveragePool _,
                    FloatLayer.Curve _,
                    FloatLayer.Requantize _,
                    FloatLayer.Reduce _,
                    FloatLayer.Embedding _,
                    FloatLayer.LogSoftmax _,
                    FloatLayer.Norm _,
                    FloatLayer.Concat _ ->
                    mayBeWide(layer.output())
                            ? TensorScale.precise(range(layer.output()))
                            : TensorScale.of(
                                    wide.contains(layer.output()) ? DType.I16 : activations,
                                    range(layer.output()));
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
                if (FloatLayer.keepsScale(layer)) {
                    open.add(layer.output());
                } else if (!(layer instanceof FloatLayer.Softmax
                        || layer instanceof FloatLayer.LogSoftmax
                        || layer instanceof FloatLayer.Compare
                        || layer instanceof FloatLayer.Whole
                        || layer instanceof FloatLayer.ArgMax
                        || layer instanceof FloatLayer.Exact)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The tensor whose elements a tensor has, moved, picked or cut. */
    String origin(String tensor) {
        String at = tensor;
        for (FloatLayer layer : graph.layers().reversed()) {
            if (layer.output().equals(at) && FloatLayer.keepsScale(layer)) {
                at = layer.inputs().getFirst();
            }
        }
        return at;
    }

    /** The range that a tensor had on the samples. */
    Range range(String tensor) {
        Range range = ranges.get(tensor);
        if (range == null) {
            throw new IllegalStateException("tensor " + tensor + " has no range");
        }
        return range;
    }
}
