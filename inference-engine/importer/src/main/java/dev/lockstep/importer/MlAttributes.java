package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.Arrays;
import java.util.List;

/**
 * Attributes of a node of the domain ai.onnx.ml, whose lists must have the length that others say.
 */
record MlAttributes(OnnxNode node) {
    /** Whether a list, or its form as a tensor, is there. */
    boolean has(String name) {
        return node.has(name) || node.has(name + "_as_tensor");
    }

    long[] wholes(String name) throws ImportException {
        long[] values = node.wholes(name);
        return values == null ? new long[0] : values;
    }

    long[] wholes(String name, int length) throws ImportException {
        long[] values = wholes(name);
        checkLength(name, values.length, length);
        return values;
    }

    /** The list of this name, or the tensor {@code name_as_tensor}. */
    double[] reals(String name) throws ImportException {
        Attribute tensor = node.attributes().get(name + "_as_tensor");
        Attribute value = tensor == null ? node.attributes().get(name) : tensor;
        return switch (value) {
            case null -> new double[0];
            case Attribute.Reals(float[] values) -> {
                double[] wide = new double[values.length];
                for (int i = 0; i < wide.length; i++) {
                    wide[i] = values[i];
                }
                yield wide;
            }
            case Attribute.Tensor(OnnxTensor values) -> values.wide();
            // An empty list has no kind.
            case Attribute.Wholes(long[] values) when values.length == 0 -> new double[0];
            default -> throw refusal("attribute '" + name + "' is not a list of real numbers");
        };
    }

    double[] reals(String name, int length) throws ImportException {
        double[] values = reals(name);
        checkLength(name, values.length, length);
        return values;
    }

    /** Real numbers none of which is infinite or NaN. */
    double[] finite(String name) throws ImportException {
        double[] values = reals(name);
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw refusal(
                        "attribute '"
                                + name
                                + "' holds "
                                + values[i]
                                + " at "
                                + i
                                + "; only finite numbers are allowed");
            }
        }
        return values;
    }

    double[] finite(String name, int length) throws ImportException {
        double[] values = finite(name);
        checkLength(name, values.length, length);
        return values;
    }

    List<String> texts(String name) throws ImportException {
        return switch (node.attributes().get(name)) {
            case null -> List.of();
            case Attribute.Texts(List<String> values) -> values;
            case Attribute.Wholes(long[] values) when values.length == 0 -> List.of();
            default -> throw refusal("attribute '" + name + "' is not a list of texts");
        };
    }

    List<String> texts(String name, int length) throws ImportException {
        List<String> values = texts(name);
        checkLength(name, values.size(), length);
        return values;
    }

    /** A tensor of whole numbers as an attribute. */
    long[] tensor(String name, int length) throws ImportException {
        if (!(node.attributes().get(name) instanceof Attribute.Tensor(OnnxTensor values))
                || values.isFloat()) {
            throw refusal("attribute '" + name + "' is not a tensor of whole numbers");
        }
        checkLength(name, values.size(), length);
        return values.longs();
    }

    void checkLength(String name, int actual, int expected) throws ImportException {
        if (actual != expected) {
            throw refusal(
                    "attribute '" + name + "' has " + actual + " elements; expected " + expected);
        }
    }

    /** The place of a text among those allowed. */
    String oneOf(String name, String otherwise, String... allowed) throws ImportException {
        String value = node.text(name, otherwise);
        if (!Arrays.asList(allowed).contains(value)) {
            throw refusal(
                    "attribute '"
                            + name
                            + "' is '"
                            + value
                            + "'; supported are "
                            + String.join(", ", allowed));
        }
        return value;
    }

    ImportException refusal(String why) {
        return new ImportException(node.label() + ": " + why);
    }
}
