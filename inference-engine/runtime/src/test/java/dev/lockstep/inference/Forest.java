package dev.lockstep.inference;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Random trees as objects, walked by recursion: what {@link TreeEnsemble} is held against. */
final class Forest {
    sealed interface Tree {}

    record Split(int feature, int threshold, boolean missingSecond, Tree first, Tree second)
            implements Tree {}

    record Leaf(List<Says> entries) implements Tree {}

    record Says(int target, long number) {}

    final List<Tree> trees = new ArrayList<>();
    final int targets;
    final long[] base;

    Forest(int targets) {
        this.targets = targets;
        this.base = new long[targets];
    }

    static Forest random(
            RandomGenerator random,
            int features,
            int numberBits,
            boolean floats,
            int treesMax,
            int depthMax) {
        Forest forest = new Forest(Seeded.between(random, 1, 4));
        int count = Seeded.between(random, 1, treesMax);
        for (int i = 0; i < count; i++) {
            int depth = Seeded.between(random, 0, depthMax);
            forest.trees.add(tree(random, features, forest.targets, depth, numberBits, floats));
        }
        for (int target = 0; target < forest.targets; target++) {
            forest.base[target] = Seeded.anySize(random, numberBits);
        }
        return forest;
    }

    private static Tree tree(
            RandomGenerator random,
            int features,
            int targets,
            int depth,
            int numberBits,
            boolean floats) {
        if (depth == 0 || random.nextInt(5) == 0) {
            List<Says> says = new ArrayList<>();
            for (int target = 0; target < targets; target++) {
                if (random.nextBoolean() || (target == targets - 1 && says.isEmpty())) {
                    says.add(new Says(target, Seeded.anySize(random, numberBits)));
                }
            }
            return new Leaf(says);
        }
        boolean second = floats && random.nextBoolean();
        int threshold = threshold(random, floats);
        return new Split(
                random.nextInt(features),
                threshold,
                second,
                tree(random, features, targets, depth - 1, numberBits, floats),
                tree(random, features, targets, depth - 1, numberBits, floats));
    }

    /** Few different numbers, so that values meet thresholds exactly. */
    static int threshold(RandomGenerator random, boolean floats) {
        return switch (random.nextInt(6)) {
            case 0 -> floats ? FloatKey.INFINITY : Integer.MAX_VALUE;
            case 1 -> floats ? -FloatKey.INFINITY : Integer.MIN_VALUE;
            case 2 -> floats ? FloatKey.MISSING : Integer.MAX_VALUE - 1;
            default -> random.nextInt(7) - 3;
        };
    }

    TreeEnsemble op(TreeEnsemble.Aggregate aggregate, DType output, Rescale rescale) {
        Flat flat = new Flat();
        int[] roots = new int[trees.size()];
        for (int i = 0; i < roots.length; i++) {
            roots[i] = flat.add(trees.get(i));
        }
        List<Integer> words = new ArrayList<>();
        for (long number : base) {
            words.add((int) (number >> 32));
            words.add((int) number);
        }
        return new TreeEnsemble(
                targets,
                aggregate,
                Ints.of(roots),
                ints(flat.nodes),
                ints(flat.leaves),
                ints(words),
                output,
                rescale);
    }

    private static Ints ints(List<Integer> words) {
        return Ints.of(words.stream().mapToInt(Integer::intValue).toArray());
    }

    private static final class Flat {
        private final List<Integer> nodes = new ArrayList<>();
        private final List<Integer> leaves = new ArrayList<>();

        int add(Tree tree) {
            return switch (tree) {
                case Leaf(List<Says> entries) -> {
                    int ref = ~(leaves.size() / TreeEnsemble.ENTRY);
                    for (int i = 0; i < entries.size(); i++) {
                        boolean last = i == entries.size() - 1;
                        leaves.add(entries.get(i).target | (last ? TreeEnsemble.LAST : 0));
                        leaves.add((int) (entries.get(i).number >> 32));
                        leaves.add((int) entries.get(i).number);
                    }
                    yield ref;
                }
                case Split split -> {
                    int at = nodes.size();
                    nodes.add(split.feature * 2 + (split.missingSecond ? 1 : 0));
                    nodes.add(split.threshold);
                    nodes.add(0);
                    nodes.add(0);
                    nodes.set(at + 2, add(split.first));
                    nodes.set(at + 3, add(split.second));
                    yield at / TreeEnsemble.NODE;
                }
            };
        }
    }

    /** What comes out for a target before the factor. */
    BigInteger result(int[] row, boolean floats, TreeEnsemble.Aggregate aggregate, int target) {
        BigInteger result = null;
        for (Tree tree : trees) {
            for (Says says : leaf(tree, row, floats).entries) {
                if (says.target == target) {
                    BigInteger number = Exact.big(says.number);
                    result =
                            result == null
                                    ? number
                                    : switch (aggregate) {
                                        case SUM -> result.add(number);
                                        case MIN -> result.min(number);
                                        case MAX -> result.max(number);
                                    };
                }
            }
        }
        return (result == null ? BigInteger.ZERO : result).add(Exact.big(base[target]));
    }

    private static Leaf leaf(Tree tree, int[] row, boolean floats) {
        return switch (tree) {
            case Leaf leaf -> leaf;
            case Split split -> {
                int value = row[split.feature];
                boolean first =
                        floats && value == FloatKey.MISSING
                                ? !split.missingSecond
                                : value <= split.threshold;
                yield leaf(first ? split.first : split.second, row, floats);
            }
        };
    }
}
