package dev.lockstep.importer;

import dev.lockstep.importer.OnnxGraph.ValueInfo;
import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * Parses the part of ONNX that an importer of float networks needs. A model is hostile until read:
 * sizes are checked before anything is allocated, subgraphs and external data are refused, and
 * nodes are put in order here, so that a cycle cannot reach later stages.
 *
 * @source onnx.proto3, field numbers
 */
final class OnnxReader {
    /** Largest file accepted. */
    static final int FILE_BYTES_MAX = 256 << 20;

    /** Largest number of nodes accepted. */
    static final int NODES_MAX = 20_000;

    /** Field of a type that says what it is used for, in words. */
    private static final int DENOTATION = 6;

    /** Field of a type that is a sequence. */
    private static final int SEQUENCE = 4;

    /** ONNX's number of the element type of texts. */
    static final int TEXT = 8;

    /** Opset of a model that uses the domain ai.onnx.ml alone. */
    private static final long OPSET_UNSAID = 13;

    private static final long CLASSICAL_OPSET_MAX = 5;
    private static final long OPSET_MIN = 7;
    private static final long OPSET_MAX = 28;

    private final List<OnnxNode> nodes = new ArrayList<>();
    private final Map<String, OnnxTensor> initializers = new LinkedHashMap<>();
    private final List<ValueInfo> inputs = new ArrayList<>();
    private final List<ValueInfo> outputs = new ArrayList<>();
    private String graphName = "";
    private long opset = -1;
    private long classicalOpset;

    private OnnxReader() {}

    static OnnxGraph read(byte[] file) throws ImportException {
        if (file.length > FILE_BYTES_MAX) {
            throw new ImportException(
                    "ONNX file of "
                            + file.length
                            + " bytes; at most "
                            + FILE_BYTES_MAX
                            + " are accepted");
        }
        if (file.length == 0) {
            throw new ImportException("malformed ONNX: the file is empty");
        }
        return new OnnxReader().model(new ProtoReader(file));
    }

    private OnnxGraph model(ProtoReader in) throws ImportException {
        boolean graphSeen = false;
        while (in.next()) {
            switch (in.field()) {
                case 7 -> {
                    if (graphSeen) {
                        throw new ImportException(
                                "malformed ONNX: a second graph at offset " + in.position());
                    }
                    graphSeen = true;
                    graph(in.message());
                }
                case 8 -> opset(in.message());
                case 25 ->
                        throw new ImportException("ONNX model-local functions are not supported");
                default -> in.skip();
            }
        }
        if (!graphSeen) {
            throw new ImportException("malformed ONNX: no graph in the file");
        }
        if (classicalOpset < 0 || classicalOpset > CLASSICAL_OPSET_MAX) {
            throw new ImportException(
                    "opset "
                            + classicalOpset
                            + " of ai.onnx.ml is not supported; allowed are 1 to "
                            + CLASSICAL_OPSET_MAX);
        }
        opset = opset < 0 && classicalOpset > 0 ? OPSET_UNSAID : opset;
        if (opset < OPSET_MIN || opset > OPSET_MAX) {
            throw new ImportException(
                    "opset "
                            + opset
                            + " of ai.onnx is not supported; allowed are "
                            + OPSET_MIN
                            + " to "
                            + OPSET_MAX);
        }
        List<ValueInfo> realInputs =
                inputs.stream().filter(input -> !initializers.containsKey(input.name())).toList();
        if (realInputs.isEmpty() || outputs.isEmpty()) {
            throw new ImportException(
                    "malformed ONNX: the graph has "
                            + realInputs.size()
                            + " inputs and "
                            + outputs.size()
                            + " outputs");
        }
        return new OnnxGraph(
                graphName,
                opset,
                classicalOpset,
                realInputs,
                List.copyOf(outputs),
                ordered(realInputs),
                initializers);
    }

    private void opset(ProtoReader in) throws ImportException {
        String domain = "";
        long version = 0;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> domain = in.string();
                case 2 -> version = in.varint();
                default -> in.skip();
            }
        }
        if (domain.isEmpty() || domain.equals("ai.onnx")) {
            opset = version;
        } else if (domain.equals(MlExpansion.DOMAIN)) {
            classicalOpset = version;
        }
    }

    private void graph(ProtoReader in) throws ImportException {
        while (in.next()) {
            switch (in.field()) {
                case 1 -> {
                    if (nodes.size() == NODES_MAX) {
                        throw new ImportException("more than " + NODES_MAX + " nodes");
                    }
                    nodes.add(node(in.message()));
                }
                case 2 -> graphName = in.string();
                case 5 -> {
                    OnnxTensor tensor = OnnxTensorReader.read(in.message());
                    if (initializers.put(tensor.name(), tensor) != null) {
                        throw new ImportException(
                                "malformed ONNX: two initializers named '" + tensor.name() + "'");
                    }
                }
                case 11 -> inputs.add(valueInfo(in.message(), false));
                case 12 -> outputs.add(valueInfo(in.message(), true));
                case 15 -> throw new ImportException("sparse initializers are not supported");
                default -> in.skip();
            }
        }
    }

    private static OnnxNode node(ProtoReader in) throws ImportException {
        String op = "";
        String name = "";
        String domain = "";
        List<String> from = new ArrayList<>();
        List<String> to = new ArrayList<>();
        List<ProtoReader> rawAttributes = new ArrayList<>();
        while (in.next()) {
            switch (in.field()) {
                case 1 -> from.add(in.string());
                case 2 -> to.add(in.string());
                case 3 -> name = in.string();
                case 4 -> op = in.string();
                case 5 -> rawAttributes.add(in.message());
                case 7 -> domain = in.string();
                default -> in.skip();
            }
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        OnnxNode node =
                new OnnxNode(op, name, domain, List.copyOf(from), List.copyOf(to), attributes);
        if (to.isEmpty()) {
            throw new ImportException(node.label() + " has no output");
        }
        for (ProtoReader raw : rawAttributes) {
            attribute(raw, node);
        }
        return node;
    }

    private static void attribute(ProtoReader in, OnnxNode node) throws ImportException {
        String name = "";
        Attribute value = new Attribute.Wholes(new long[0]);
        List<Float> reals = new ArrayList<>();
        List<Long> wholes = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        long kind = 0;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> name = in.string();
                case 2 -> value = new Attribute.Real(in.fixed32());
                case 3 -> value = new Attribute.Whole(in.varint());
                case 4 -> value = new Attribute.Text(in.string());
                case 5 ->
                        value =
                                new Attribute.Tensor(
                                        OnnxTensorReader.read(
                                                in.message(),
                                                node.domain().equals(MlExpansion.DOMAIN)));
                case 6, 11 ->
                        throw new ImportException(
                                node.label()
                                        + ": attribute '"
                                        + name
                                        + "' holds a subgraph; subgraphs (If, Loop, Scan) are not supported");
                case 7 -> OnnxTensorReader.floats(in, reals);
                case 8 -> OnnxTensorReader.varints(in, wholes);
                case 9 -> texts.add(in.string());
                case 20 -> kind = in.varint();
                default -> in.skip();
            }
        }
        if (!reals.isEmpty() || kind == 6) {
            value = new Attribute.Reals(OnnxTensorReader.floatArray(reals));
        } else if (!wholes.isEmpty() || kind == 7) {
            value = new Attribute.Wholes(wholes.stream().mapToLong(Long::longValue).toArray());
        } else if (!texts.isEmpty() || kind == 8) {
            value = new Attribute.Texts(List.copyOf(texts));
        } else if (kind == 2 && !(value instanceof Attribute.Whole)) {
            value = new Attribute.Whole(0);
        } else if (kind == 1 && !(value instanceof Attribute.Real)) {
            value = new Attribute.Real(0);
        } else if (kind == 3 && !(value instanceof Attribute.Text)) {
            value = new Attribute.Text("");
        }
        if (node.attributes().put(name, value) != null) {
            throw new ImportException(node.label() + ": attribute '" + name + "' is given twice");
        }
    }

    /**
     * @param mayBeMaps whether it may be the sequence of maps that ZipMap makes
     */
    private static ValueInfo valueInfo(ProtoReader in, boolean mayBeMaps) throws ImportException {
        String name = "";
        int elementType = 0;
        List<Long> dims = new ArrayList<>();
        while (in.next()) {
            if (in.field() == 1) {
                name = in.string();
            } else if (in.field() == 2) {
                ProtoReader type = in.message();
                while (type.next()) {
                    if (type.field() == 1) {
                        elementType = tensorType(type.message(), dims);
                    } else if (type.field() == DENOTATION
                            || (mayBeMaps && type.field() == SEQUENCE)) {
                        type.skip();
                    } else {
                        throw new ImportException(
                                "input or output '" + name + "' is not a dense tensor");
                    }
                }
            } else {
                in.skip();
            }
        }
        return new ValueInfo(name, elementType, List.copyOf(dims));
    }

    private static int tensorType(ProtoReader in, List<Long> dims) throws ImportException {
        int elementType = 0;
        while (in.next()) {
            if (in.field() == 1) {
                elementType = (int) in.varint();
            } else if (in.field() == 2) {
                ProtoReader shape = in.message();
                while (shape.next()) {
                    if (shape.field() == 1) {
                        dims.add(dimension(shape.message()));
                    } else {
                        shape.skip();
                    }
                }
            } else {
                in.skip();
            }
        }
        return elementType;
    }

    private static long dimension(ProtoReader in) throws ImportException {
        long size = -1;
        while (in.next()) {
            if (in.field() == 1) {
                size = in.varint();
            } else {
                in.skip();
            }
        }
        return size;
    }

    /**
     * Kahn's algorithm: a node is ready when all its inputs exist. What never becomes ready is a
     * cycle or lacks a tensor.
     */
    private List<OnnxNode> ordered(List<ValueInfo> realInputs) throws ImportException {
        Map<String, OnnxNode> producers = new HashMap<>();
        Set<String> given = new HashSet<>(initializers.keySet());
        realInputs.forEach(input -> given.add(input.name()));
        for (OnnxNode node : nodes) {
            for (String output : node.outputs()) {
                if (!output.isEmpty()
                        && (given.contains(output) || producers.put(output, node) != null)) {
                    throw new ImportException(
                            "malformed ONNX: tensor '"
                                    + output
                                    + "' is made twice, the second time by "
                                    + node.label());
                }
            }
        }
        Map<String, List<Integer>> waiting = new HashMap<>();
        int[] missing = new int[nodes.size()];
        Queue<Integer> ready = new ArrayDeque<>();
        for (int i = 0; i < nodes.size(); i++) {
            for (String input : new HashSet<>(nodes.get(i).inputs())) {
                if (input.isEmpty() || given.contains(input)) {
                    continue;
                }
                if (!producers.containsKey(input)) {
                    throw new ImportException(
                            nodes.get(i).label()
                                    + " reads tensor '"
                                    + input
                                    + "', which nothing makes");
                }
                missing[i]++;
                waiting.computeIfAbsent(input, _ -> new ArrayList<>()).add(i);
            }
            if (missing[i] == 0) {
                ready.add(i);
            }
        }
        List<OnnxNode> order = new ArrayList<>();
        while (!ready.isEmpty()) {
            OnnxNode node = nodes.get(ready.remove());
            order.add(node);
            for (String output : node.outputs()) {
                for (int reader : waiting.getOrDefault(output, List.of())) {
                    if (--missing[reader] == 0) {
                        ready.add(reader);
                    }
                }
            }
        }
        for (int i = 0; i < nodes.size(); i++) {
            if (missing[i] > 0) {
                throw new ImportException(
                        "the graph is cyclic: "
                                + nodes.get(i).label()
                                + " depends on its own output");
            }
        }
        for (ValueInfo output : outputs) {
            if (!producers.containsKey(output.name()) && !given.contains(output.name())) {
                throw new ImportException(
                        "graph output '" + output.name() + "' is made by no node");
            }
        }
        return List.copyOf(order);
    }
}
