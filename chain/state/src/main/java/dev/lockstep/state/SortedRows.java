package dev.lockstep.state;

import java.util.function.BiPredicate;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * An immutable sorted map of byte strings: a change gives a new map that shares nearly all of the
 * old one, so that a snapshot costs nothing. An AVL tree: its depth, and so the recursion here, is
 * at most 1.44 log2 of its size, whatever the keys.
 */
final class SortedRows {
    static final SortedRows EMPTY = new SortedRows(null);

    private record Node(
            Bytes key, Bytes value, int height, @Nullable Node left, @Nullable Node right) {}

    private final @Nullable Node root;

    private SortedRows(@Nullable Node root) {
        this.root = root;
    }

    SortedRows with(Bytes key, Bytes value) {
        return new SortedRows(with(root, key.copy(), value.copy()));
    }

    SortedRows without(Bytes key) {
        return get(key) == null ? this : new SortedRows(without(root, key));
    }

    @Nullable Bytes get(Bytes key) {
        Node at = root;
        while (at != null) {
            int order = Keys.ORDER.compare(key, at.key);
            if (order == 0) return at.value;
            at = order < 0 ? at.left : at.right;
        }
        return null;
    }

    /** Rows from {@code from} on, below {@code to}, in order, until {@code visit} says false. */
    void scan(Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit) {
        scan(root, from, to, visit);
    }

    private static boolean scan(
            @Nullable Node node, Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit) {
        if (node == null) return true;
        boolean isBelow = Keys.ORDER.compare(node.key, to) < 0;
        boolean isAbove = Keys.ORDER.compare(node.key, from) >= 0;
        if (isAbove && !scan(node.left, from, to, visit)) return false;
        if (isAbove && isBelow && !visit.test(node.key, node.value)) return false;
        return !isBelow || scan(node.right, from, to, visit);
    }

    private static Node with(@Nullable Node node, Bytes key, Bytes value) {
        if (node == null) return new Node(key, value, 1, null, null);
        int order = Keys.ORDER.compare(key, node.key);
        if (order == 0) return new Node(key, value, node.height, node.left, node.right);
        return order < 0
                ? balanced(node, with(node.left, key, value), node.right)
                : balanced(node, node.left, with(node.right, key, value));
    }

    private static @Nullable Node without(@Nullable Node node, Bytes key) {
        if (node == null) return null;
        int order = Keys.ORDER.compare(key, node.key);
        if (order < 0) return balanced(node, without(node.left, key), node.right);
        if (order > 0) return balanced(node, node.left, without(node.right, key));
        if (node.left == null) return node.right;
        if (node.right == null) return node.left;
        Node next = node.right;
        while (next.left != null) next = next.left;
        return balanced(next, node.left, without(node.right, next.key));
    }

    /** A node with {@code row}'s row over two trees whose heights differ by at most two. */
    private static Node balanced(Node row, @Nullable Node left, @Nullable Node right) {
        int lean = height(left) - height(right);
        if (lean > 1 && left != null) {
            Node inner = left.right;
            if (inner != null && height(left.left) < height(inner)) {
                return node(
                        inner, node(left, left.left, inner.left), node(row, inner.right, right));
            }
            return node(left, left.left, node(row, inner, right));
        }
        if (lean < -1 && right != null) {
            Node inner = right.left;
            if (inner != null && height(right.right) < height(inner)) {
                return node(
                        inner, node(row, left, inner.left), node(right, inner.right, right.right));
            }
            return node(right, node(row, left, inner), right.right);
        }
        return node(row, left, right);
    }

    private static Node node(Node row, @Nullable Node left, @Nullable Node right) {
        return new Node(row.key, row.value, 1 + Math.max(height(left), height(right)), left, right);
    }

    private static int height(@Nullable Node node) {
        return node == null ? 0 : node.height;
    }
}
