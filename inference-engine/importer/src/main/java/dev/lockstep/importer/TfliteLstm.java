package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import dev.lockstep.importer.TfliteModel.Operator;
import dev.lockstep.importer.TfliteModel.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The LSTM of TensorFlow Lite, step by step: state starts at zero in every run. A quantised one has
 * the widths of its integer kernel: sums of gates in 16 bits with 12 after the point, gates with
 * 15, the cell with the scale of the cell's tensor.
 */
final class TfliteLstm {
    /** Input, forget, cell, output: the order of the operator's inputs. */
    private static final int INPUT = 0;

    private static final int FORGET = 1;
    private static final int CELL = 2;
    private static final int OUTPUT = 3;

    private static final float SUM_SCALE = 0x1p-12f;
    private static final float GATE_SCALE = 0x1p-15f;

    private final Operator operator;
    private final TfliteTranslation to;
    private final boolean quantized;
    private final String base;
    private final int units;

    private TfliteLstm(Operator operator, TfliteTranslation to) throws ImportException {
        this.operator = operator;
        this.to = to;
        int out = to.output(operator, 0);
        quantized = to.tensor(out).isQuantized();
        base = to.writing(out);
        units = to.tensor(to.input(operator, 6)).shape()[0];
    }

    static void translate(Operator operator, TfliteTranslation to) throws ImportException {
        for (int unwanted : new int[] {9, 10, 11, 16, 17, 20, 21, 22, 23}) {
            if (TfliteTranslation.has(operator, unwanted)) {
                throw to.refuse(
                        operator,
                        "peepholes, a projection and layer normalisation are not supported (input "
                                + unwanted
                                + ")");
            }
        }
        if (!TfliteTranslation.has(operator, 1) || operator.options().byteAt(0, 0) != 4) {
            throw to.refuse(operator, "only four gates with tanh are supported");
        }
        new TfliteLstm(operator, to).steps();
    }

    private void steps() throws ImportException {
        int x = to.input(operator, 0);
        int[] shape = to.tensor(x).shape();
        boolean timeMajor = operator.options().byteAt(3, 0) != 0;
        if (shape.length != 3 || shape[timeMajor ? 1 : 0] != 1) {
            throw to.refuse(operator, "only an input of one sequence is supported");
        }
        int steps = shape[timeMajor ? 0 : 1];
        String rows = to.reshaped(to.plain(x), base + "/rows", steps, shape[2]);
        List<String> fromInput = new ArrayList<>();
        for (int gate = 0; gate < 4; gate++) {
            fromInput.add(product(rows, gate, 1, base + "/input of gate " + gate));
        }
        Tensor hidden = to.tensor(to.input(operator, 18));
        Tensor cell = to.tensor(to.input(operator, 19));
        List<String> results = new ArrayList<>();
        String h = "";
        String c = "";
        for (int t = 0; t < steps; t++) {
            String step = base + "/step " + t;
            String[] gates = new String[4];
            for (int gate = 0; gate < 4; gate++) {
                String name = step + "/gate " + gate;
                String sum = steps == 1 ? fromInput.get(gate) : row(fromInput.get(gate), t, name);
                if (t > 0) {
                    String own = product(h, gate, 5, name + "/own");
                    sum = to.builder().node("Add", name + "/sum", sum, own);
                    sum = held(sum, SUM_SCALE);
                }
                String curve = gate == CELL ? "Tanh" : "Sigmoid";
                gates[gate] = held(to.builder().node(curve, name + "/value", sum), GATE_SCALE);
            }
            String added =
                    held(to.builder().node("Mul", step + "/new", gates[INPUT], gates[CELL]), cell);
            if (t > 0) {
                String kept =
                        held(to.builder().node("Mul", step + "/kept", gates[FORGET], c), cell);
                added = held(to.builder().node("Add", step + "/cell", kept, added), cell);
            }
            float clip = operator.options().real(1, 0);
            c =
                    clip > 0
                            ? TfliteOperators.clipped(to, added, step + "/clipped", -clip, clip)
                            : added;
            String bent = held(to.builder().node("Tanh", step + "/tanh", c), GATE_SCALE);
            h = held(to.builder().node("Mul", step + "/hidden", gates[OUTPUT], bent), hidden);
            results.add(h);
        }
        String all = results.getFirst();
        if (steps > 1) {
            all =
                    to.builder()
                            .node(
                                    "Concat",
                                    base + "/all",
                                    results,
                                    Map.of("axis", new Attribute.Whole(0)));
        }
        int out = to.output(operator, 0);
        to.wrote(out, to.reshaped(all, base, to.tensor(out).shape()));
    }

    /** Rows times a gate's weights; those for the input come with the bias. */
    private String product(String rows, int gate, int firstWeight, String name)
            throws ImportException {
        List<String> inputs =
                new ArrayList<>(List.of(rows, to.plain(to.input(operator, firstWeight + gate))));
        to.constantOf(operator, firstWeight + gate);
        if (firstWeight == 1 && TfliteTranslation.has(operator, 12 + gate)) {
            inputs.add(to.plain(to.input(operator, 12 + gate)));
        }
        return held(
                to.builder().node("Gemm", name, inputs, Map.of("transB", new Attribute.Whole(1))),
                SUM_SCALE);
    }

    private String row(String rows, int at, String name) {
        return to.builder()
                .node(
                        "Slice",
                        name + "/row",
                        rows,
                        to.constant(name + "/from", new long[] {at, 0}),
                        to.constant(name + "/to", new long[] {at + 1, units}));
    }

    private String held(String values, float scale) {
        return quantized ? to.rounded(values, ElementType.INT16, scale, 0) : values;
    }

    private String held(String values, Tensor like) throws ImportException {
        if (!quantized) {
            return values;
        }
        if (like.scale().length != 1) {
            throw to.refuse(operator, "the state '" + like.name() + "' must have one scale");
        }
        return to.rounded(values, like.type(), like.scale()[0], like.zeroPoint()[0]);
    }
}
