package dev.lockstep.importer;

import dev.lockstep.inference.ArgMax;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Linear;
import dev.lockstep.inference.Multiplier;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.TreeEnsemble;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The classes of a classifier, and what becomes of its scores: a label and probabilities, as ONNX
 * Runtime makes them.
 *
 * @param labels whole numbers, one for each class
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record Classes(long[] labels) {
    static Classes of(MlAttributes attributes, String name) throws ImportException {
        long[] labels = attributes.wholes(name);
        if (labels.length < 2) {
            throw attributes.refusal(
                    "attribute '"
                            + name
                            + "' names "
                            + labels.length
                            + " classes; expected 2 or more");
        }
        for (long label : labels) {
            if (label != (int) label) {
                throw attributes.refusal(
                        "attribute '" + name + "' holds " + label + "; allowed are 32-bit numbers");
            }
        }
        return new Classes(labels);
    }

    int count() {
        return labels.length;
    }

    /**
     * Adds what follows scores of shape [1, n], n being the number of classes, or 1 for two classes
     * with one score between them.
     *
     * @param areShares whether no score can be negative; one score is then the second class's share
     *     of 1
     */
    void finish(MlAttributes attributes, LoweringState state, String scores, boolean areShares)
            throws ImportException {
        String transform =
                attributes.oneOf(
                        "post_transform", "NONE", "NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO");
        List<String> outputs = attributes.node().outputs();
        TensorScale scale = ClassicalLowering.scale(state, scores);
        boolean single = ClassicalLowering.last(state.shape(scores)) == 1;
        int half = scale.quantize(0.5);
        if (!outputs.getFirst().isEmpty()) {
            if (single) {
                decide(state, scores, areShares ? half : 0, outputs.getFirst());
            } else {
                greatest(state, scores, outputs.getFirst());
            }
        }
        if (outputs.size() < 2 || outputs.get(1).isEmpty()) {
            return;
        }
        String both = scores;
        if (single) {
            both =
                    transform.equals("LOGISTIC") && !areShares
                            ? state.fresh(outputs.get(1), "both")
                            : outputs.get(1);
            opposite(state, scores, both, areShares);
            if (!transform.equals("LOGISTIC") || areShares) {
                return;
            }
        }
        if (transform.equals("NONE")) {
            state.add(new FloatLayer.Reshape(scores, outputs.get(1)), state.shape(scores));
            state.give(outputs.get(1), scale);
            return;
        }
        ClassicalLowering.probabilities(state, both, outputs.get(1), transform);
    }

    /** Adds the label of the greatest of as many scores as there are classes. */
    private void greatest(LoweringState state, String scores, String output)
            throws ImportException {
        boolean named = !Arrays.equals(labels, LongStream.range(0, count()).toArray());
        String index = named ? state.fresh(output, "index") : output;
        state.add(new FloatLayer.ArgMax(scores, index, new ArgMax()), new int[] {1, 1});
        state.give(index, ClassicalLowering.WHOLE);
        if (named) {
            look(state, index, output);
        }
    }

    /**
     * Adds what follows one score for each pair of classes, in order: the label that has most
     * votes, of equals the first; and the scores unless something else is that output. Of two
     * classes the one score stands there with its opposite before it.
     */
    void vote(OnnxNode node, LoweringState state, String scores) throws ImportException {
        int pairs = ClassicalLowering.last(state.shape(scores));
        int[] nodes = new int[TreeEnsemble.NODE * pairs];
        int[] leaves = new int[TreeEnsemble.ENTRY * 2 * pairs];
        int[] roots = new int[pairs];
        int pair = 0;
        for (int i = 0; i < count(); i++) {
            for (int j = i + 1; j < count(); j++, pair++) {
                roots[pair] = pair;
                int at = TreeEnsemble.NODE * pair;
                nodes[at] = 2 * pair;
                nodes[at + 2] = -1 - 2 * pair;
                nodes[at + 3] = -2 - 2 * pair;
                int leaf = TreeEnsemble.ENTRY * 2 * pair;
                leaves[leaf] = TreeEnsemble.LAST | j;
                leaves[leaf + 2] = 1;
                leaves[leaf + TreeEnsemble.ENTRY] = TreeEnsemble.LAST | i;
                leaves[leaf + TreeEnsemble.ENTRY + 2] = 1;
            }
        }
        TreeEnsemble ballot =
                new TreeEnsemble(
                        count(),
                        TreeEnsemble.Aggregate.SUM,
                        Ints.of(roots),
                        Ints.of(nodes),
                        Ints.of(leaves),
                        Ints.repeat(0, 2 * count()),
                        DType.I32,
                        Rescale.of(Multiplier.ONE, 0, DType.I32));
        String output = node.outputs().getFirst();
        String votes = state.fresh(output, "votes");
        state.give(votes, ClassicalLowering.WHOLE);
        state.add(new FloatLayer.Exact(scores, votes, ballot, false, true), new int[] {1, count()});
        greatest(state, votes, output);
        String beside = node.outputs().size() < 2 ? "" : node.outputs().get(1);
        if (beside.isEmpty() || state.scale(beside) != null) {
            return;
        }
        if (pairs == 1) {
            opposite(state, scores, beside, false);
        } else {
            state.add(new FloatLayer.Reshape(scores, beside), state.shape(scores));
            state.give(beside, ClassicalLowering.scale(state, scores));
        }
    }

    /** The label of the second class where the score is above a bound, else that of the first. */
    private void decide(LoweringState state, String scores, int bound, String output)
            throws ImportException {
        state.give(output, ClassicalLowering.WHOLE);
        state.add(
                new FloatLayer.Exact(
                        scores,
                        output,
                        ClassicalLowering.choice(
                                List.of(new ClassicalLowering.Cut(0, bound)),
                                new int[] {(int) labels[0], (int) labels[1]}),
                        false,
                        true),
                new int[] {1, 1});
    }

    /** The label of an index. */
    private void look(LoweringState state, String index, String output) throws ImportException {
        state.give(output, ClassicalLowering.WHOLE);
        List<ClassicalLowering.Cut> cuts = new ArrayList<>();
        for (int i = 0; i < labels.length - 1; i++) {
            cuts.add(new ClassicalLowering.Cut(0, i));
        }
        int[] values = Arrays.stream(labels).mapToInt(label -> (int) label).toArray();
        state.add(
                new FloatLayer.Exact(
                        index, output, ClassicalLowering.choice(cuts, values), false, true),
                new int[] {1, 1});
    }

    /** One score s as two: -s and s, or 1-s and s where it is a share. */
    private static void opposite(LoweringState state, String score, String output, boolean isShare)
            throws ImportException {
        TensorScale scale = ClassicalLowering.scale(state, score);
        TensorScale to =
                isShare && scale.scale() < 0x1p-30f
                        ? new TensorScale(DType.I32, 0x1p-30f, 0)
                        : scale;
        Multiplier factor = Multiplier.of(Factors.ratio(scale.exact(), to.exact()), 1L << 32);
        long one = isShare ? BigDecimal.ONE.divide(scale.exact()).longValueExact() : 0;
        Linear op =
                new Linear(
                        Ints.of(-1, 1),
                        Ints.of((int) (one >> 32), (int) one, 0, 0),
                        DType.I32,
                        Rescale.of(List.of(factor, factor), Clipping.of(0, DType.I32)));
        state.give(output, to);
        state.add(new FloatLayer.Exact(score, output, op, false, true), new int[] {1, 2});
    }
}
