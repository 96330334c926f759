package dev.lockstep.importer;

import dev.lockstep.importer.OnnxGraph.ValueInfo;
import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Takes out of a classical model what numbers cannot express: texts as class labels become the
 * classes' places, and ZipMap, which gives each probability its class as a name, goes.
 *
 * @param graph with numbers only
 * @param labels texts of the classes, by place; none where classes are numbers
 */
record MlExpansion(OnnxGraph graph, List<String> labels) {
    static final String DOMAIN = "ai.onnx.ml";

    private static final String TEXTS = "classlabels_strings";

    /** The attribute that names classes by numbers, where a classifier has it. */
    private static final Map<String, String> LABELS =
            Map.of(
                    "TreeEnsembleClassifier", "classlabels_int64s",
                    "LinearClassifier", "classlabels_ints",
                    "SVMClassifier", "classlabels_ints");

    static MlExpansion expand(OnnxGraph graph) throws ImportException {
        List<OnnxNode> nodes = new ArrayList<>();
        List<String> labels = List.of();
        Map<String, String> zipped = new HashMap<>();
        for (OnnxNode node : graph.nodes()) {
            boolean classical = node.domain().equals(DOMAIN);
            Attribute texts = node.attributes().get(TEXTS);
            if (classical && node.op().equals("ZipMap") && !node.outputs().isEmpty()) {
                zipped.put(node.outputs().getFirst(), node.input(0));
            } else if (classical
                    && LABELS.containsKey(node.op())
                    && texts instanceof Attribute.Texts(List<String> names)
                    && !names.isEmpty()) {
                labels = names;
                nodes.add(renamed(node, TEXTS, LABELS.getOrDefault(node.op(), ""), names.size()));
            } else if (classical
                    && node.op().equals("LabelEncoder")
                    && node.attributes().get("values_strings")
                            instanceof Attribute.Texts(List<String> names)) {
                labels = names;
                nodes.add(renamed(node, "values_strings", "values_int64s", names.size()));
            } else {
                nodes.add(node);
            }
        }
        if (labels.isEmpty() && zipped.isEmpty()) {
            return new MlExpansion(graph, List.of());
        }
        Map<String, ValueInfo> outputs = new LinkedHashMap<>();
        for (ValueInfo output : graph.outputs()) {
            String name = zipped.getOrDefault(output.name(), output.name());
            int type = name.equals(output.name()) ? output.elementType() : 0;
            boolean isText = type == OnnxReader.TEXT;
            outputs.putIfAbsent(
                    name,
                    new ValueInfo(
                            name,
                            isText ? ElementType.INT64.code() : type,
                            type == 0 ? List.of() : output.dims()));
        }
        return new MlExpansion(
                new OnnxGraph(
                        graph.name(),
                        graph.opset(),
                        graph.classicalOpset(),
                        graph.inputs(),
                        List.copyOf(outputs.values()),
                        List.copyOf(nodes),
                        graph.initializers()),
                labels);
    }

    /** The node with the numbers 0, 1, … under another name in the place of texts. */
    private static OnnxNode renamed(OnnxNode node, String texts, String numbers, int count) {
        Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
        attributes.remove(texts);
        attributes.remove("default_string");
        attributes.put(numbers, new Attribute.Wholes(LongStream.range(0, count).toArray()));
        return node.with(attributes);
    }
}
