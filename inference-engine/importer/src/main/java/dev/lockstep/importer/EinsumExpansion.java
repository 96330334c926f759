package dev.lockstep.importer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Einsum, as diagonals, sums, products of matrices and transpositions: operands are taken two by
 * two, what both have and nobody needs later is summed, what both have and somebody needs runs
 * beside.
 */
final class EinsumExpansion {
    static final Map<String, Expansion.Body> ROWS = Map.of("Einsum", EinsumExpansion::einsum);

    /** What stands for an axis of an ellipsis, the last one first; letters are below. */
    private static final int ELLIPSIS = 1 << 16;

    /** A tensor and what its axes are called. */
    private record Term(String tensor, List<Integer> labels) {
        boolean has(Integer label) {
            return labels.contains(label);
        }
    }

    private final OnnxNode node;
    private final Expansion to;
    private final OnnxGraphBuilder out;
    private final Map<Integer, Integer> extents = new LinkedHashMap<>();
    private int made;

    private EinsumExpansion(OnnxNode node, Expansion to) {
        this.node = node;
        this.to = to;
        out = to.builder();
    }

    private static void einsum(OnnxNode node, Expansion to) throws ImportException {
        new EinsumExpansion(node, to).expand();
    }

    private void expand() throws ImportException {
        String equation = node.text("equation", "").replace(" ", "");
        int arrow = equation.indexOf("->");
        String[] sides = (arrow < 0 ? equation : equation.substring(0, arrow)).split(",", -1);
        if (sides.length != node.inputs().size()) {
            throw refusal(equation, "names " + sides.length + " operands");
        }
        List<Term> terms = new ArrayList<>();
        List<int[]> shapes = new ArrayList<>();
        for (int i = 0; i < sides.length; i++) {
            int[] shape = to.state().dims(node, i);
            List<Integer> labels = labels(equation, sides[i], shape.length);
            for (int axis = 0; axis < shape.length; axis++) {
                int label = labels.get(axis);
                int known = extents.getOrDefault(label, 1);
                if (known != 1 && shape[axis] != 1 && known != shape[axis]) {
                    throw refusal(equation, "has extents " + known + " and " + shape[axis]);
                }
                extents.put(label, Math.max(known, shape[axis]));
            }
            terms.add(new Term(to.asReal(node.input(i)), labels));
            shapes.add(shape);
        }
        List<Integer> result = result(equation, arrow, terms);
        for (int i = 0; i < terms.size(); i++) {
            Set<Integer> needed = needed(result, terms, i);
            terms.set(i, single(terms.get(i), shapes.get(i), needed));
        }
        Term product = terms.getFirst();
        for (int i = 1; i < terms.size(); i++) {
            List<Term> later = terms.subList(i + 1, terms.size());
            Set<Integer> needed = new LinkedHashSet<>(result);
            later.forEach(term -> needed.addAll(term.labels));
            product = pair(product, terms.get(i), needed);
        }
        String y = node.outputs().getFirst();
        if (product.labels.equals(result)) {
            out.node("Identity", y, product.tensor);
        } else {
            turned(product, result, y);
        }
    }

    /** The labels of one operand; those of an ellipsis are counted from its end. */
    private List<Integer> labels(String equation, String side, int rank) throws ImportException {
        int dots = side.indexOf("...");
        int letters = side.length() - (dots < 0 ? 0 : 3);
        if (dots < 0 ? letters != rank : letters > rank) {
            throw refusal(equation, "has '" + side + "' for a tensor of " + rank + " axes");
        }
        List<Integer> labels = new ArrayList<>();
        for (int i = 0; i < side.length(); i++) {
            if (i == dots) {
                for (int left = rank - letters; left > 0; left--) {
                    labels.add(ELLIPSIS + left);
                }
                i += 2;
            } else if (Character.isLetter(side.charAt(i))) {
                labels.add((int) side.charAt(i));
            } else {
                throw refusal(equation, "holds '" + side.charAt(i) + "'");
            }
        }
        return labels;
    }

    /** The labels of the result: those given, or all that stand once, in alphabetical order. */
    private List<Integer> result(String equation, int arrow, List<Term> terms)
            throws ImportException {
        List<Integer> dots =
                extents.keySet().stream()
                        .filter(label -> label >= ELLIPSIS)
                        .sorted((a, b) -> b - a)
                        .toList();
        List<Integer> result = new ArrayList<>();
        if (arrow >= 0) {
            String side = equation.substring(arrow + 2);
            boolean spreads = side.contains("...");
            int letters = side.length() - (spreads ? 3 : 0);
            result = labels(equation, side, letters + (spreads ? dots.size() : 0));
            if (!extents.keySet().containsAll(result)
                    || result.size() != new LinkedHashSet<>(result).size()) {
                throw refusal(equation, "has '" + side + "' as its result");
            }
            return result;
        }
        result.addAll(dots);
        extents.keySet().stream()
                .filter(label -> label < ELLIPSIS)
                .filter(
                        label ->
                                terms.stream()
                                                .flatMap(term -> term.labels.stream())
                                                .filter(label::equals)
                                                .count()
                                        == 1)
                .sorted()
                .forEach(result::add);
        return result;
    }

    private static Set<Integer> needed(List<Integer> result, List<Term> terms, int except) {
        Set<Integer> needed = new LinkedHashSet<>(result);
        for (int i = 0; i < terms.size(); i++) {
            if (i != except) {
                needed.addAll(terms.get(i).labels);
            }
        }
        return needed;
    }

    /** One operand with each label once, without what is repeated or needed nowhere else. */
    private Term single(Term term, int[] shape, Set<Integer> needed) throws ImportException {
        String tensor = term.tensor;
        List<Integer> labels = new ArrayList<>(new LinkedHashSet<>(term.labels));
        if (labels.size() < term.labels.size()) {
            tensor = diagonal(term, shape, labels);
        }
        List<Integer> spread = new ArrayList<>(labels);
        labels.removeIf(label -> extent(term, shape, label) == 1 && whole(label) != 1);
        if (labels.size() < spread.size()) {
            tensor = out.reshaped(tensor, fresh("narrow"), dims(labels));
        }
        long[] summed =
                labels.stream()
                        .filter(label -> !needed.contains(label))
                        .mapToLong(labels::indexOf)
                        .toArray();
        if (summed.length > 0) {
            tensor =
                    ReduceExpansion.reduced(to, "ReduceSum", fresh("sum"), tensor, summed, 0, null);
            labels.removeIf(label -> !needed.contains(label));
        }
        return new Term(tensor, labels);
    }

    private static int extent(Term term, int[] shape, int label) {
        return shape[term.labels.indexOf(label)];
    }

    private String diagonal(Term term, int[] shape, List<Integer> labels) throws ImportException {
        int[] dims = labels.stream().mapToInt(label -> extent(term, shape, label)).toArray();
        long[] order = new long[ConstantFolder.count(node, dims)];
        int[] index = new int[dims.length];
        for (int i = 0; i < order.length; i++) {
            for (int axis = 0; axis < shape.length; axis++) {
                order[i] = order[i] * shape[axis] + index[labels.indexOf(term.labels.get(axis))];
            }
            Shapes.advance(index, dims);
        }
        String line = out.reshaped(term.tensor, fresh("line"), -1);
        String name = fresh("diagonal");
        ChoiceExpansion.picked(out, name, line, order, dims);
        return name;
    }

    /** Both as stacks of matrices, multiplied; a constant stands second, as weights do. */
    private Term pair(Term a, Term b, Set<Integer> needed) {
        boolean constant = to.state().isConstant(a.tensor) && !to.state().isConstant(b.tensor);
        Term left = constant ? b : a;
        Term right = constant ? a : b;
        List<Integer> batch = only(left, label -> right.has(label) && needed.contains(label));
        List<Integer> inner = only(left, label -> right.has(label) && !needed.contains(label));
        List<Integer> rows = only(left, label -> !right.has(label));
        List<Integer> columns = only(right, label -> !left.has(label));
        String x = stacked(left, List.of(batch, rows, inner));
        String y = stacked(right, List.of(batch, inner, columns));
        String product = out.node(inner.isEmpty() ? "Mul" : "MatMul", fresh("product"), x, y);
        List<Integer> labels = new ArrayList<>(batch);
        labels.addAll(rows);
        labels.addAll(columns);
        return new Term(out.reshaped(product, fresh("axes"), dims(labels)), labels);
    }

    private static List<Integer> only(Term term, Predicate<Integer> condition) {
        return term.labels.stream().filter(condition).toList();
    }

    /** The axes in groups, each of which becomes one axis; the first only where it holds any. */
    private String stacked(Term term, List<List<Integer>> groups) {
        List<Integer> order = groups.stream().flatMap(List::stream).toList();
        String straight =
                order.equals(term.labels) ? term.tensor : turned(term, order, fresh("turned"));
        long[] dims =
                groups.stream()
                        .mapToLong(group -> Arrays.stream(dims(group)).reduce(1, (p, n) -> p * n))
                        .toArray();
        return out.reshaped(
                straight,
                fresh("matrix"),
                groups.getFirst().isEmpty() ? Arrays.copyOfRange(dims, 1, 3) : dims);
    }

    private String turned(Term term, List<Integer> order, String name) {
        return out.transposed(
                term.tensor, name, order.stream().mapToLong(term.labels::indexOf).toArray());
    }

    private int whole(int label) {
        return extents.getOrDefault(label, 1);
    }

    private long[] dims(List<Integer> labels) {
        return labels.stream().mapToLong(this::whole).toArray();
    }

    private String fresh(String what) {
        return node.outputs().getFirst() + "/" + what + " " + made++;
    }

    private ImportException refusal(String equation, String why) {
        return new ImportException(node.label() + ": equation '" + equation + "' " + why);
    }
}
