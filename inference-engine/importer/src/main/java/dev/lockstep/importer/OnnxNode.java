package dev.lockstep.importer;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One node of an ONNX graph. An empty input name is an input left out. */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record OnnxNode(
        String op,
        String name,
        String domain,
        List<String> inputs,
        List<String> outputs,
        Map<String, Attribute> attributes) {

    /** An attribute's value; exactly one component is meaningful, by its kind. */
    sealed interface Attribute {
        record Real(float value) implements Attribute {}

        record Whole(long value) implements Attribute {}

        record Text(String value) implements Attribute {}

        record Tensor(OnnxTensor value) implements Attribute {}

        record Reals(float[] values) implements Attribute {}

        record Wholes(long[] values) implements Attribute {}

        record Texts(List<String> values) implements Attribute {}
    }

    /** How messages call this node. */
    String label() {
        return "node '" + (name.isEmpty() ? String.join(",", outputs) : name) + "' (" + op + ")";
    }

    /** The operator's name with its domain, where that is not ONNX's own. */
    String operator() {
        boolean standard = domain.isEmpty() || domain.equals("ai.onnx");
        return standard ? op : domain + "." + op;
    }

    /** The same node with other attributes. */
    OnnxNode with(Map<String, Attribute> others) {
        return new OnnxNode(op, name, domain, inputs, outputs, others);
    }

    String input(int index) throws ImportException {
        if (index >= inputs.size() || inputs.get(index).isEmpty()) {
            throw new ImportException(label() + " lacks input " + index);
        }
        return inputs.get(index);
    }

    boolean hasInput(int index) {
        return index < inputs.size() && !inputs.get(index).isEmpty();
    }

    boolean has(String attribute) {
        return attributes.containsKey(attribute);
    }

    long whole(String attribute, long otherwise) throws ImportException {
        Attribute found = attributes.get(attribute);
        if (found == null) {
            return otherwise;
        }
        if (found instanceof Attribute.Whole(long value)) {
            return value;
        }
        throw wrongKind(attribute, "a whole number");
    }

    float real(String attribute, float otherwise) throws ImportException {
        Attribute found = attributes.get(attribute);
        if (found == null) {
            return otherwise;
        }
        if (found instanceof Attribute.Real(float value)) {
            return value;
        }
        throw wrongKind(attribute, "a real number");
    }

    String text(String attribute, String otherwise) throws ImportException {
        Attribute found = attributes.get(attribute);
        if (found == null) {
            return otherwise;
        }
        if (found instanceof Attribute.Text(String value)) {
            return value;
        }
        throw wrongKind(attribute, "a text");
    }

    long @Nullable [] wholes(String attribute) throws ImportException {
        Attribute found = attributes.get(attribute);
        if (found == null) {
            return null;
        }
        if (found instanceof Attribute.Wholes(long[] values)) {
            return values;
        }
        throw wrongKind(attribute, "a list of whole numbers");
    }

    /** Refuses attributes that the importer would otherwise silently ignore. */
    void allowOnly(Set<String> known) throws ImportException {
        for (String attribute : attributes.keySet()) {
            if (!known.contains(attribute)) {
                throw new ImportException(
                        label()
                                + ": attribute '"
                                + attribute
                                + "' is not supported; known are "
                                + known.stream().sorted().toList());
            }
        }
    }

    private ImportException wrongKind(String attribute, String wanted) {
        return new ImportException(label() + ": attribute '" + attribute + "' is not " + wanted);
    }
}
