package dev.lockstep.importer;

import dev.lockstep.importer.OnnxGraph.ValueInfo;
import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Makes one input of features of several: exporters of pipelines write an input for each column.
 * They stand one after the other, as samples do, and each is picked from there.
 */
final class FeatureInputs {
    private FeatureInputs() {}

    static OnnxGraph joined(OnnxGraph graph) throws ImportException {
        boolean isClassical =
                graph.nodes().stream().anyMatch(node -> node.domain().equals(MlExpansion.DOMAIN));
        if (!isClassical || graph.inputs().size() < 2) {
            return graph;
        }
        String features = "features";
        while (isTaken(graph, features)) {
            features += "'";
        }
        OnnxGraphBuilder out = new OnnxGraphBuilder();
        long count = 0;
        for (ValueInfo input : graph.inputs()) {
            List<Long> dims = input.dims();
            ElementType type = ElementType.of(input.elementType(), "input '" + input.name() + "'");
            if (dims.size() != 2 || dims.get(1) < 1 || dims.get(1) > 1 << 16) {
                throw new ImportException(
                        "input '"
                                + input.name()
                                + "' has dims "
                                + dims
                                + " (-1: open); of several inputs of features each must have two, the second fixed");
            }
            long[] places = LongStream.range(count, count + dims.get(1)).toArray();
            boolean isReal = type == ElementType.FLOAT;
            String name = isReal ? input.name() : input.name() + "/as float";
            out.add(
                    new OnnxNode(
                            "ArrayFeatureExtractor",
                            "",
                            MlExpansion.DOMAIN,
                            List.of(features, out.wholes(input.name() + "/places", places)),
                            List.of(name),
                            Map.of()));
            if (!isReal) {
                out.node(
                        "Cast",
                        input.name(),
                        List.of(name),
                        Map.of("to", new Attribute.Whole(type.code())));
            }
            count += places.length;
        }
        List<OnnxNode> nodes = new ArrayList<>(out.nodes());
        nodes.addAll(graph.nodes());
        Map<String, OnnxTensor> constants = new LinkedHashMap<>(graph.initializers());
        constants.putAll(out.constants());
        List<Long> dims = List.of(graph.inputs().getFirst().dims().getFirst(), count);
        return new OnnxGraph(
                graph.name(),
                graph.opset(),
                graph.classicalOpset(),
                List.of(new ValueInfo(features, ElementType.FLOAT.code(), dims)),
                graph.outputs(),
                nodes,
                constants);
    }

    private static boolean isTaken(OnnxGraph graph, String name) {
        return graph.inputs().stream().anyMatch(input -> input.name().equals(name))
                || graph.initializers().containsKey(name)
                || graph.nodes().stream().anyMatch(node -> node.outputs().contains(name));
    }
}
