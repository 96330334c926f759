package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Masks of attention as exporters write them: what hides a score before a softmax is minus
 * infinity, or the least number of some type. No scale holds that beside scores, and none need:
 * {@link #HIDDEN} leaves nothing of a share either. A constant that far below zero becomes this,
 * where it meets nothing but a softmax.
 */
final class HiddenScores {
    /**
     * What is added to a score that does not count: its share is then nothing, and the sum still
     * has ten fractional bits.
     */
    static final float HIDDEN = -1e4f;

    /** What a mask may pass on its way to a softmax; Add and Where bring it to the scores. */
    private static final Set<String> PASSED =
            Set.of(
                    "Add",
                    "Sub",
                    "Mul",
                    "Where",
                    "Max",
                    "Expand",
                    "Unsqueeze",
                    "Squeeze",
                    "Reshape",
                    "Flatten",
                    "Transpose",
                    "Slice",
                    "Gather",
                    "Concat",
                    "Tile",
                    "Identity",
                    "Cast",
                    "CastLike",
                    "Trilu",
                    "ScatterND");

    private final OnnxGraph graph;
    private final Map<String, List<OnnxNode>> readers = new HashMap<>();
    private final Map<String, Boolean> hides = new HashMap<>();

    private HiddenScores(OnnxGraph graph) {
        this.graph = graph;
        for (OnnxNode node : graph.nodes()) {
            for (String input : node.inputs()) {
                readers.computeIfAbsent(input, _ -> new ArrayList<>()).add(node);
            }
        }
        graph.outputs().forEach(output -> hides.put(output.name(), false));
    }

    /** The graph with such constants at what scales can hold, or as it is where it has none. */
    static OnnxGraph bounded(OnnxGraph graph) {
        return new HiddenScores(graph).bounded();
    }

    private OnnxGraph bounded() {
        // Backwards, so that whoever reads a tensor is known before it.
        for (OnnxNode node : graph.nodes().reversed()) {
            for (String output : node.outputs()) {
                hides.putIfAbsent(output, onlyHides(output));
            }
        }
        boolean changed = false;
        Map<String, OnnxTensor> initializers = new LinkedHashMap<>(graph.initializers());
        for (Map.Entry<String, OnnxTensor> entry : initializers.entrySet()) {
            if (isFar(entry.getValue())
                    && hides.getOrDefault(entry.getKey(), onlyHides(entry.getKey()))) {
                entry.setValue(bounded(entry.getValue()));
                changed = true;
            }
        }
        List<OnnxNode> nodes = new ArrayList<>();
        for (OnnxNode node : graph.nodes()) {
            Map<String, Attribute> attributes = new HashMap<>(node.attributes());
            boolean source = node.op().equals("Constant") || node.op().equals("ConstantOfShape");
            if (source && hides.getOrDefault(node.outputs().getFirst(), false)) {
                attributes.replaceAll((_, value) -> bounded(value));
            }
            boolean same = attributes.equals(node.attributes());
            changed |= !same;
            nodes.add(same ? node : node.with(attributes));
        }
        return !changed
                ? graph
                : new OnnxGraph(
                        graph.name(),
                        graph.opset(),
                        graph.classicalOpset(),
                        graph.inputs(),
                        graph.outputs(),
                        nodes,
                        initializers);
    }

    /** Whether whatever reads a tensor takes it to a softmax and nowhere else. */
    private boolean onlyHides(String tensor) {
        List<OnnxNode> all = readers.getOrDefault(tensor, List.of());
        for (OnnxNode reader : all) {
            boolean ends = reader.op().equals("Softmax") || reader.op().equals("LogSoftmax");
            boolean passes =
                    PASSED.contains(reader.op())
                            && reader.outputs().stream()
                                    .allMatch(output -> hides.getOrDefault(output, false));
            if (!ends && !passes) {
                return false;
            }
        }
        return !all.isEmpty();
    }

    private static boolean isFar(OnnxTensor tensor) {
        for (float value : tensor.floats()) {
            if (value < HIDDEN) {
                return true;
            }
        }
        return false;
    }

    private static Attribute bounded(Attribute attribute) {
        return switch (attribute) {
            case Attribute.Tensor(OnnxTensor value) when isFar(value) ->
                    new Attribute.Tensor(bounded(value));
            case Attribute.Real(float value) when value < HIDDEN -> new Attribute.Real(HIDDEN);
            default -> attribute;
        };
    }

    private static OnnxTensor bounded(OnnxTensor tensor) {
        float[] values = tensor.floats().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] < HIDDEN ? HIDDEN : values[i];
        }
        return OnnxTensor.ofFloats(tensor.name(), tensor.type(), tensor.dims(), values);
    }
}
