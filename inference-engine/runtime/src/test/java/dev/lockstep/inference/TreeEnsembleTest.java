package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.OpTrial.Values;
import dev.lockstep.inference.TreeEnsemble.Aggregate;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class TreeEnsembleTest {
    private static final Rescale AS_IS = Rescale.of(Multiplier.ONE, 0, DType.I32);

    /** Every pair of interesting floats, compared by the tree and by the machine. */
    @Test
    void floatsCompareAsFloats() throws InvalidModelException {
        float[] values = {
            Float.NEGATIVE_INFINITY,
            -Float.MAX_VALUE,
            -1.5f,
            -1,
            -Float.MIN_NORMAL,
            -Float.MIN_VALUE,
            -0f,
            0f,
            Float.MIN_VALUE,
            Float.MIN_NORMAL,
            Math.nextDown(1f),
            1f,
            Math.nextUp(1f),
            3e38f,
            Float.MAX_VALUE,
            Float.POSITIVE_INFINITY
        };
        for (float threshold : values) {
            Session session =
                    session(stump(FloatKey.ofBits(Float.floatToRawIntBits(threshold)), 0));
            for (float value : values) {
                assertThat(run(session, Float.floatToRawIntBits(value)))
                        .as("%s <= %s", value, threshold)
                        .isEqualTo(value <= threshold ? 7 : 9);
            }
        }
    }

    @Test
    void anyNanGoesWhereMissingValuesGo() throws InvalidModelException {
        for (int bits : new int[] {0x7fc00000, 0x7f800001, 0x7fffffff, 0xffc00000, 0xffffffff}) {
            assertThat(run(session(stump(-5, 0)), bits)).isEqualTo(7);
            assertThat(run(session(stump(FloatKey.INFINITY, 1)), bits)).isEqualTo(9);
        }
        assertThat(run(session(stump(-FloatKey.INFINITY, 1)), 0xff800000)).isEqualTo(7);
    }

    @Test
    void aModelMayPromiseThatNothingIsMissing() throws InvalidModelException {
        GraphBuilder builder = new GraphBuilder();
        Interval finite = new Interval(-FloatKey.FINITE_MAX, FloatKey.FINITE_MAX);
        var x = builder.input(DType.F32, Shape.of(1, 1), Quantization.IDENTITY, finite);
        var y = builder.add(stump(0, 0), x);
        Session session =
                Session.open(
                        builder.build(List.of(new GraphBuilder.Output(y, Quantization.IDENTITY))));

        assertThat(session.run(ByteBuffer.allocate(4).putInt(0x7fc00000).array()))
                .isEqualTo(new InferenceResult.InputOutOfRange(0, FloatKey.MISSING, finite));
        assertThat(session.run(ByteBuffer.allocate(4).putInt(0x7f800000).array()))
                .isEqualTo(new InferenceResult.InputOutOfRange(0, FloatKey.INFINITY, finite));
        assertThat(run(session, 0x7f7fffff)).isEqualTo(9);
    }

    @Test
    void costIsTheLongestWalkThroughEachTree() throws InvalidModelException {
        // A chain of three nodes and a tree that is one leaf.
        TreeEnsemble op =
                op(
                        Ints.of(0, -5),
                        Ints.of(0, 1, -1, 1, 2, 2, -2, 2, 0, 3, -3, -4),
                        leaves(1, 2, 3, 4, 5));
        TensorType input = new TensorType(DType.I8, Shape.of(10, 2));
        TensorType output = op.type(List.of(input));

        Cost cost = op.cost(List.of(input), output);

        assertThat(cost.lookups()).isEqualTo(10 * 2 * 3);
        assertThat(cost.elements()).isEqualTo(10 * (2 + 1 + 2));
    }

    @Test
    void branchesMayShareWhatFollows() throws InvalidModelException {
        TreeEnsemble op = op(Ints.of(0), Ints.of(0, 5, 1, -1, 0, 4, -1, -2), leaves(1, 2));
        Values x = Values.of(DType.I8, Shape.of(3, 1), 4, 5, 6);
        assertThat(OpTrial.run(new ScalarKernels(), op, x).values()).containsExactly(1, 2, 1);
    }

    @Test
    void whatCannotBeWalkedIsRefusedByName() {
        Ints leaf = leaves(1, 2);
        refused(op(Ints.of(0), Ints.of(0, 1, 0, -1), leaf), "node 0 leads to node 0; allowed 1..0");
        refused(
                op(Ints.of(0), Ints.of(0, 1, -1, -3), leaf),
                "node 0 leads to leaf at entry 2; allowed 0..1");
        refused(
                op(Ints.of(1), Ints.of(0, 1, -1, -2), leaf),
                "root of tree 0 leads to node 1; allowed 0..0");
        refused(
                op(Ints.of(0, 0), Ints.of(0, 1, -1, -2), leaf),
                "root of tree 1 leads to node 0, which belongs to tree 0 too");
        refused(op(Ints.of(-1), Ints.of(0, 1, -1, -2), leaf), "node 0 is reached by no tree");
        refused(op(Ints.of(-1), Ints.NONE, leaf), "leaf at entry 1 is reached by no tree");
        refused(
                op(Ints.of(0), Ints.of(6, 1, -1, -2), leaf),
                "feature of node 0 is 3; allowed 0..2");
        refused(
                op(Ints.of(0), Ints.of(-2, 1, -1, -2), leaf),
                "feature of node 0 is 2147483647; allowed 0..2");
        refused(
                op(Ints.of(0), Ints.of(1, 1, -1, -2), leaf),
                "node 0 says where missing values go, and I8 has none; allowed for F32");
        refused(
                op(Ints.of(-1, -2), Ints.NONE, Ints.of(0, 0, 1, TreeEnsemble.LAST, 0, 1)),
                "target of entry 1 is 0; allowed 1..0");
        refused(
                op(Ints.of(-1), Ints.NONE, Ints.of(0, 0, 1)),
                "end mark of the last entry is 0; expected 1");
        refused(
                op(Ints.of(-2, -1), Ints.NONE, leaf),
                "leaf at entry 1 belongs to tree 0 and stands after one of tree 1");
        refused(op(Ints.NONE, Ints.NONE, leaf), "leaf at entry 0 is reached by no tree");
    }

    @Test
    void aWalkOfMoreThan64NodesIsRefused() throws InvalidModelException {
        assertThat(chain(64).type(List.of(input())).shape()).isEqualTo(Shape.of(2, 1));
        refused(chain(65), "node 64 stands below 64 others; allowed 63");
    }

    @Test
    void aSumThatCouldLeave62BitsIsRefused() {
        Ints half = Ints.of(TreeEnsemble.LAST, 1 << 29, 0, TreeEnsemble.LAST, 1 << 29, 1);
        TreeEnsemble op = op(Ints.of(-1, -2), Ints.NONE, half);
        Values x = Values.of(DType.I8, Shape.of(1, 3), 0, 0, 0);
        assertThatThrownBy(() -> OpTrial.run(new ScalarKernels(), op, x))
                .hasMessage("target 0: a sum could leave 62 bits");
    }

    private static TreeEnsemble chain(int length) {
        int[] nodes = new int[4 * length];
        for (int i = 0; i < length; i++) {
            nodes[4 * i + 2] = i + 1 < length ? i + 1 : -1;
            nodes[4 * i + 3] = -1;
        }
        return op(Ints.of(0), Ints.of(nodes), leaves(1));
    }

    private static TreeEnsemble stump(int threshold, int missing) {
        return op(Ints.of(0), Ints.of(missing, threshold, -1, -2), leaves(7, 9));
    }

    private static Ints leaves(int... numbers) {
        int[] words = new int[3 * numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            words[3 * i] = TreeEnsemble.LAST;
            words[3 * i + 2] = numbers[i];
        }
        return Ints.of(words);
    }

    private static TreeEnsemble op(Ints roots, Ints nodes, Ints leaves) {
        return new TreeEnsemble(
                1, Aggregate.SUM, roots, nodes, leaves, Ints.of(0, 0), DType.I32, AS_IS);
    }

    private static TensorType input() {
        return new TensorType(DType.I8, Shape.of(2, 3));
    }

    private static void refused(TreeEnsemble op, String why) {
        assertThatThrownBy(() -> op.type(List.of(input()))).hasMessage(why);
    }

    private static Session session(TreeEnsemble op) throws InvalidModelException {
        GraphBuilder builder = new GraphBuilder();
        var x = builder.input(DType.F32, Shape.of(1, 1), Quantization.IDENTITY);
        var y = builder.add(op, x);
        return Session.open(
                builder.build(List.of(new GraphBuilder.Output(y, Quantization.IDENTITY))));
    }

    private static int run(Session session, int bits) {
        return switch (session.run(ByteBuffer.allocate(4).putInt(bits).array())) {
            case InferenceResult.Output(byte[] bytes) -> ByteBuffer.wrap(bytes).getInt();
            case InferenceResult other -> throw new AssertionError(other);
        };
    }
}
