package dev.lockstep.inference;

import java.util.List;

/**
 * Decision trees whose leaves are combined: RQ of base plus the sum, the least or the greatest of
 * what the trees' leaves say about a target.
 *
 * <p>There is one comparison, {@code feature <= threshold}; every other is the same with another
 * threshold or with its branches swapped, since elements are integers. Floats are compared by their
 * {@link FloatKey}. A reference is the number of a node, or {@code -1 - i} for the leaf whose first
 * entry is i. A node's branches come after it, so that no walk goes round; they may share what
 * follows.
 *
 * @shape input (..., features) F32, I8, I16 or I32 · output (..., targets)
 * @cost for each row: two lookups for every node on the longest way through each tree; one element
 *     operation for every feature, target, and entry of each tree's longest leaf
 * @fails where a node or leaf is out of order or out of use, where a way is longer than {@value
 *     #DEPTH_MAX} nodes, or where a sum could leave 62 bits
 * @param targets numbers that come out for a row
 * @param roots a reference for each tree
 * @param nodes four words each: {@code 2 · feature}, plus 1 where a missing value goes to the
 *     second branch rather than the first; threshold; first branch (feature ≤ threshold); second
 *     branch
 * @param leaves entries of three words each: target, with {@link #LAST} on a leaf's last; the high
 *     and the low half of the 64-bit number that the leaf says about it. Targets ascend within a
 *     leaf; leaves stand in the order of their trees
 * @param base two words for each target, high and low: what the sum starts from, or what is added
 *     to the least or greatest
 * @param rescale one factor
 */
public record TreeEnsemble(
        int targets,
        Aggregate aggregate,
        Ints roots,
        Ints nodes,
        Ints leaves,
        Ints base,
        DType output,
        Rescale rescale)
        implements Op {
    /** How the trees' leaves are combined. The code is part of the model format. */
    public enum Aggregate {
        SUM(1),
        MIN(2),
        MAX(3);

        private final int code;

        Aggregate(int code) {
            this.code = code;
        }

        static Aggregate of(int code) throws InvalidModelException {
            Check.range("aggregate", code, 1, 3);
            return values()[code - 1];
        }

        /** What two leaves say together. */
        public long of(long a, long b) {
            return switch (this) {
                case SUM -> a + b;
                case MIN -> Math.min(a, b);
                case MAX -> Math.max(a, b);
            };
        }
    }

    /** Set in the target word of a leaf's last entry. */
    public static final int LAST = Integer.MIN_VALUE;

    /** Words of a node. */
    public static final int NODE = 4;

    /** Words of an entry of a leaf. */
    public static final int ENTRY = 3;

    /** Nodes on the longest way from a root to a leaf. */
    public static final int DEPTH_MAX = 64;

    private static final int BASE = 2;

    static TreeEnsemble read(OpReader r) throws InvalidModelException {
        int targets = r.attribute();
        Aggregate aggregate = Aggregate.of(r.attribute());
        int trees = r.attribute();
        int nodes = r.attribute();
        DType output = r.dtype();
        Ints words = r.constants();
        Check.range("targets", targets, 1, words.length() / BASE);
        Check.range("trees", trees, 1, words.length());
        Check.range("nodes", nodes, 0, words.length() / NODE);
        long fixed = (long) trees + (long) NODE * nodes + (long) BASE * targets + 2;
        Check.range("words for trees, nodes, base and factor", fixed, 0, words.length());
        int nodesAt = trees;
        int leavesAt = nodesAt + NODE * nodes;
        int factorAt = words.length() - 2;
        int baseAt = factorAt - BASE * targets;
        return new TreeEnsemble(
                targets,
                aggregate,
                words.slice(0, nodesAt),
                words.slice(nodesAt, leavesAt),
                words.slice(leavesAt, baseAt),
                words.slice(baseAt, factorAt),
                output,
                r.rescale(
                        words.slice(factorAt, factorAt + 1),
                        words.slice(factorAt + 1, factorAt + 2)));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        Ints.of(
                                targets,
                                aggregate.code,
                                roots.length(),
                                nodes.length() / NODE,
                                output.code()),
                        rescale.clipping().attributes()),
                Ints.concat(roots, nodes, leaves, base, rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        TensorType input = inputs.get(0);
        Check.activations("input", input, DType.F32, DType.I8, DType.I16, DType.I32);
        Check.output(output);
        Check.equal("words of base", base.length(), (long) BASE * targets);
        rescale.check(1, output);
        TreeWalks.check(this, input);
        long[] dims = Axes.dims(input.shape());
        dims[dims.length - 1] = targets;
        return new TensorType(output, Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        int features = inputs.get(0).shape().last();
        long rows = output.shape().elements() / targets;
        TreeWalks walks = TreeWalks.of(this);
        long touched = features + targets + walks.entries();
        long bytes = Integer.BYTES * (NODE * walks.steps() + ENTRY * walks.entries());
        return new Cost(
                0,
                0,
                0,
                Cost.product(rows, touched),
                Cost.product(rows, 2 * walks.steps()),
                0,
                Cost.product(rows, bytes),
                0);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        return rescale.bounds(0, TreeWalks.sums(this));
    }

    /** What the leaves' numbers are added to for a target. */
    public long baseOf(int target) {
        return Ints.number(base, BASE * target);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        kernels.treeEnsemble(this, inputs.get(0), output);
    }
}
