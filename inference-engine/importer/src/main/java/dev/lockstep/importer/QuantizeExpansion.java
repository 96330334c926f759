package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * QuantizeLinear and DequantizeLinear of what is computed, with a scale for each index of an axis
 * or for each block of it: a product with the scales beside the same with one scale.
 */
final class QuantizeExpansion {
    static final Map<String, Expansion.Body> ROWS =
            Map.of(
                    "QuantizeLinear", QuantizeExpansion::quantize,
                    "DequantizeLinear", QuantizeExpansion::dequantize);

    private QuantizeExpansion() {}

    private static void quantize(OnnxNode node, Expansion to) throws ImportException {
        if (to.state().constantInput(node, 1).size() == 1) {
            to.builder().add(node);
            return;
        }
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        int[] dims = to.state().dims(node, 0);
        float[] shares = QuantizeLowering.spread(node, to.state().constantInput(node, 1), dims);
        for (int i = 0; i < shares.length; i++) {
            if (!(shares[i] >= Float.MIN_NORMAL && shares[i] <= 1 / Float.MIN_NORMAL)) {
                throw new ImportException(
                        node.label() + ": scale is " + shares[i] + "; it must be positive");
            }
            shares[i] = 1 / shares[i];
        }
        ElementType type = QuantizeLowering.typeWritten(node, to.state());
        String share = out.constant(OnnxTensor.ofFloats(y + "/shares", dims, shares));
        String units = out.node("Mul", y + "/units", node.input(0), share);
        float[] zeros = zeros(node, to.state(), dims);
        if (zeros.length > 0) {
            String zero = out.constant(OnnxTensor.ofFloats(y + "/zeros", dims, zeros));
            units = out.node("Add", y + "/shifted", units, zero);
        }
        String none = out.constant(OnnxTensor.ofLongs(y + "/none", type, new int[0], new long[1]));
        out.scaled("QuantizeLinear", y, units, out.number(y + "/one", 1), none, -1);
    }

    private static void dequantize(OnnxNode node, Expansion to) throws ImportException {
        if (to.state().constantInput(node, 1).size() == 1) {
            to.builder().add(node);
            return;
        }
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        int[] dims = to.state().dims(node, 0);
        float[] scales = QuantizeLowering.spread(node, to.state().constantInput(node, 1), dims);
        Map<String, Attribute> real = Map.of("to", new Attribute.Whole(ElementType.FLOAT.code()));
        String units = out.node("Cast", y + "/units", List.of(node.input(0)), real);
        float[] zeros = zeros(node, to.state(), dims);
        if (zeros.length > 0) {
            String zero = out.constant(OnnxTensor.ofFloats(y + "/zeros", dims, zeros));
            units = out.node("Sub", y + "/shifted", units, zero);
        }
        String scale = out.constant(OnnxTensor.ofFloats(y + "/scales", dims, scales));
        out.node("Mul", y, units, scale);
    }

    /** The zero point of each element; none where all are zero. */
    private static float[] zeros(OnnxNode node, LoweringState state, int[] dims)
            throws ImportException {
        if (!node.hasInput(2)) {
            return new float[0];
        }
        OnnxTensor zero = state.constantInput(node, 2);
        boolean none = Arrays.stream(zero.longs()).allMatch(point -> point == 0);
        return none ? new float[0] : QuantizeLowering.spread(node, zero, dims);
    }
}
