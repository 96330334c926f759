package dev.lockstep.importer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Elements at constant places replaced by others, or joined with them. */
final class ScatterExpansion {
    static final Map<String, Expansion.Body> ROWS =
            Map.of(
                    "ScatterND", ScatterExpansion::blocks,
                    "ScatterElements", ScatterExpansion::elements,
                    "Scatter", ScatterExpansion::elements,
                    "TensorScatter", ScatterExpansion::cache);

    /** How often one place may be met where what meets there is joined. */
    private static final int ROUNDS_MAX = 64;

    private ScatterExpansion() {}

    private static void blocks(OnnxNode node, Expansion to) throws ImportException {
        OnnxTensor indices = to.state().constantInput(node, 1);
        int[] dims = to.state().dims(node, 0);
        scatter(node, to, dims, ConstantPicks.blocks(node, dims, indices).order(), 2);
    }

    private static void elements(OnnxNode node, Expansion to) throws ImportException {
        OnnxTensor indices = to.state().constantInput(node, 1);
        int[] dims = to.state().dims(node, 0);
        scatter(node, to, dims, ConstantPicks.elements(node, dims, indices), 2);
    }

    /** Rows of a cache from a place on, which each sequence of a batch has its own of. */
    private static void cache(OnnxNode node, Expansion to) throws ImportException {
        int[] dims = to.state().dims(node, 0);
        int[] update = to.state().dims(node, 1);
        int axis = Shapes.axis(node, node.whole("axis", -2), dims.length);
        boolean circular = node.text("mode", "linear").equals("circular");
        long[] first =
                node.hasInput(2) ? to.state().constantInput(node, 2).longs() : new long[dims[0]];
        if (first.length != dims[0] || update.length != dims.length || axis == 0) {
            throw new ImportException(
                    node.label()
                            + ": "
                            + first.length
                            + " places for an update of "
                            + Arrays.toString(update)
                            + " in "
                            + Arrays.toString(dims));
        }
        int[] places = new int[ConstantFolder.count(node, update)];
        int[] index = new int[dims.length];
        for (int i = 0; i < places.length; i++) {
            for (int k = 0; k < dims.length; k++) {
                long at = index[k] + (k == axis ? first[index[0]] : 0);
                at = k == axis && circular ? Math.floorMod(at, dims[k]) : at;
                places[i] = places[i] * dims[k] + ConstantPicks.place(node, at, dims[k]);
            }
            Shapes.advance(index, update);
        }
        scatter(node, to, dims, places, 1);
    }

    /**
     * @param places where each element of the updates belongs
     * @param input the updates
     */
    private static void scatter(OnnxNode node, Expansion to, int[] dims, int[] places, int input)
            throws ImportException {
        if (places.length != Shapes.size(to.state().dims(node, input))) {
            throw new ImportException(
                    node.label()
                            + ": updates of "
                            + Arrays.toString(to.state().dims(node, input))
                            + " for "
                            + places.length
                            + " places");
        }
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        String updates = out.reshaped(node.input(input), y + "/new", -1);
        String join =
                switch (node.text("reduction", "none")) {
                    case "none" -> "";
                    case "add" -> "Add";
                    case "mul" -> "Mul";
                    case "max" -> "Max";
                    case "min" -> "Min";
                    default ->
                            throw new ImportException(
                                    node.label()
                                            + ": reduction is '"
                                            + node.text("reduction", "none")
                                            + "'; allowed are none, add, mul, max and min");
                };
        if (join.isEmpty()) {
            long[] order = own(node, dims);
            for (int i = 0; i < places.length; i++) {
                order[places[i]] = (long) order.length + i;
            }
            String old = out.reshaped(node.input(0), y + "/old", -1);
            String both = out.concat(y + "/both", List.of(old, updates), 0);
            ChoiceExpansion.picked(out, y, both, order, dims);
            return;
        }
        List<long[]> rounds = rounds(node, dims, places);
        String result = node.input(0);
        for (int i = 0; i < rounds.size(); i++) {
            String name = i == rounds.size() - 1 ? y : y + "/" + i;
            // Where nothing meets an element, it is joined with what changes nothing.
            String neutral =
                    switch (join) {
                        case "Add" -> number(node, to, name, 0);
                        case "Mul" -> number(node, to, name, 1);
                        default -> out.reshaped(result, name + "/old", -1);
                    };
            boolean one = join.equals("Add") || join.equals("Mul");
            long[] order = rounds.get(i);
            for (int k = 0; one && k < order.length; k++) {
                order[k] = order[k] < order.length ? 0 : order[k] - order.length + 1;
            }
            String both = out.concat(name + "/both", List.of(neutral, updates), 0);
            ChoiceExpansion.picked(out, name + "/met", both, order, dims);
            result = out.node(join, name, result, name + "/met");
        }
    }

    private static long[] own(OnnxNode node, int[] dims) throws ImportException {
        return LongStream.range(0, ConstantFolder.count(node, dims)).toArray();
    }

    /** In each round an element meets one update at most: its place behind all elements. */
    private static List<long[]> rounds(OnnxNode node, int[] dims, int[] places)
            throws ImportException {
        List<long[]> rounds = new ArrayList<>();
        int[] met = new int[ConstantFolder.count(node, dims)];
        for (int i = 0; i < places.length; i++) {
            int round = met[places[i]]++;
            if (round == ROUNDS_MAX) {
                throw new ImportException(
                        node.label() + ": an element meets more than " + ROUNDS_MAX + " updates");
            }
            if (round == rounds.size()) {
                rounds.add(own(node, dims));
            }
            rounds.get(round)[places[i]] = (long) met.length + i;
        }
        return rounds;
    }

    private static String number(OnnxNode node, Expansion to, String name, int value)
            throws ImportException {
        return to.builder().constant(to.state().number(node.input(0), name + "/neutral", value));
    }
}
