package dev.lockstep.inference;

import java.util.ArrayList;
import java.util.List;

/**
 * Where each input and result lies while a model runs. It is a rule of the format, since it decides
 * whether a model is within the limits: inputs are placed first, in order; then the result of each
 * node; each at the lowest offset where it overlaps nothing alive. A tensor is alive until the last
 * node that reads it is done; outputs stay.
 *
 * @param offsets first element by tensor number; 0 for weights
 * @param arenaElements elements from the first to the last used
 */
record Plan(Ints offsets, int arenaElements) {
    private record Block(int tensor, long from, long to) {}

    static Plan of(Graph graph) throws InvalidModelException {
        int[] lastUse = lastUse(graph);
        int[] offsets = new int[graph.tensorCount()];
        List<Block> alive = new ArrayList<>();
        long end = 0;
        for (int i = 0; i < graph.inputs().size(); i++) {
            end = Math.max(end, place(graph, i, alive, offsets));
        }
        for (int node = 0; node < graph.nodes().size(); node++) {
            end = Math.max(end, place(graph, graph.firstResult() + node, alive, offsets));
            int done = node;
            alive.removeIf(block -> lastUse[block.tensor] <= done);
        }
        return new Plan(Ints.of(offsets), (int) end);
    }

    private static int[] lastUse(Graph graph) {
        int[] lastUse = new int[graph.tensorCount()];
        for (int node = 0; node < graph.nodes().size(); node++) {
            Ints inputs = graph.nodes().get(node).inputs();
            for (int i = 0; i < inputs.length(); i++) {
                lastUse[inputs.get(i)] = node;
            }
        }
        for (Graph.Port port : graph.outputs()) {
            lastUse[port.tensor()] = graph.nodes().size();
        }
        return lastUse;
    }

    /** Places a tensor among those alive, which are ordered by offset; answers where it ends. */
    private static long place(Graph graph, int tensor, List<Block> alive, int[] offsets)
            throws InvalidModelException {
        long elements = graph.type(tensor).shape().elements();
        long from = 0;
        int index = 0;
        while (index < alive.size() && alive.get(index).from < from + elements) {
            from = alive.get(index).to;
            index++;
        }
        long to = from + elements;
        if (to > Limits.V1.arenaElementsMax()) {
            throw new InvalidModelException(
                    "tensor "
                            + tensor
                            + " would end at element "
                            + to
                            + " of working memory; allowed are "
                            + Limits.V1.arenaElementsMax());
        }
        alive.add(index, new Block(tensor, from, to));
        offsets[tensor] = (int) from;
        return to;
    }
}
