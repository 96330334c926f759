package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.GraphBuilder.TensorRef;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class VerifierTest {
    private final GraphBuilder g = new GraphBuilder();

    @Test
    void costsAreCountedExactly() throws Exception {
        Model model = Samples.network(1);
        // convolution 3·6·6 results of 18 products; depthwise 3·6·6 of 9; matrix 4 of 27
        assertThat(model.cost().macs8()).isEqualTo(3 * 36 * 18 + 4 * 27);
        assertThat(model.cost().macsDepthwise()).isEqualTo(3 * 36 * 9);
        assertThat(model.cost().macs16()).isZero();
        // table 27; softmax two an element
        assertThat(model.cost().lookups()).isEqualTo(27 + 8);
        assertThat(model.cost().divisions()).isEqualTo(1);
        // conv twice, depthwise twice and 64 a channel, add twice, pool, matrix eight times,
        // softmax
        // four an element, argmax
        assertThat(model.cost().elements())
                .isEqualTo(216 + 216 + 192 + 216 + 27 + 8 * 4 + 4 * 4 + 4);
        // inputs of conv, depthwise and pool, four taps of the pool, table, reshape
        assertThat(model.cost().moves()).isEqualTo(72 + 108 + 108 + 4 * 27 + 27 + 27);
        assertThat(model.cost().weightBytes()).isEqualTo(54 + 27 + 108);
        assertThat(model.opCosts().stream().reduce(Cost.NONE, Cost::plus)).isEqualTo(model.cost());
    }

    @Test
    void aProductThatLeavesSixtyThreeBitsIsRefused() throws Exception {
        TensorRef x = g.input(DType.I16, Shape.of(516), Quantization.IDENTITY);
        byte[] ones = new byte[516];
        Arrays.fill(ones, (byte) 127);
        TensorRef w = g.weights(Shape.of(1, 516), ones);
        Rescale fits =
                new Rescale(Ints.of(Integer.MAX_VALUE), Ints.of(62), Clipping.of(0, DType.I16));
        assertThat(g.add(new FullyConnected(Ints.of(0), DType.I16, fits), x, w).interval())
                .isEqualTo(new Interval(-1, 1));
        byte[] more = new byte[4 * 516];
        Arrays.fill(more, (byte) 127);
        TensorRef wide = g.input(DType.I16, Shape.of(4 * 516), Quantization.IDENTITY);
        assertThatThrownBy(
                        () ->
                                g.add(
                                        new FullyConnected(Ints.of(0), DType.I16, fits),
                                        wide,
                                        g.weights(Shape.of(1, 4 * 516), more)))
                .hasMessageStartingWith(
                        "operation 1 (fullyConnected): channel 0: a sum of 8589148176 times 2147483647 plus")
                .hasMessageEndingWith("allowed is a sum of 3221225473");
    }

    @Test
    void aWeightedSumThatLeavesSixtyThreeBitsIsRefused() throws Exception {
        TensorRef x = g.input(DType.I32, Shape.of(1), Quantization.IDENTITY);
        assertThatThrownBy(
                        () ->
                                g.add(
                                        new Add(
                                                0,
                                                0,
                                                Integer.MAX_VALUE,
                                                Integer.MAX_VALUE,
                                                62,
                                                DType.I32,
                                                Clipping.of(0, DType.I32)),
                                        x,
                                        x))
                .hasMessageStartingWith(
                        "operation 0 (add): the second input reaches 2147483648 times 2147483647");
    }

    @Test
    void paddingCountsInTheProof() throws Exception {
        TensorRef x =
                g.input(DType.I8, Shape.of(1, 1, 2, 2), Quantization.IDENTITY, new Interval(-1, 1));
        TensorRef w = g.weights(Shape.of(1, 1, 2, 2), new byte[] {1, 1, 1, 1});
        Conv2d plain =
                new Conv2d(
                        Window.PLAIN, 1, -100, Ints.of(0), DType.I32, Samples.to(DType.I32, 1, 30));
        assertThat(g.add(plain, x, w).interval()).isEqualTo(new Interval(-4, 4));
        Window window = Window.of(1, 1, 1);
        Conv2d padded =
                new Conv2d(window, 1, -100, Ints.of(0), DType.I32, Samples.to(DType.I32, 1, 30));
        assertThat(g.add(padded, x, w).interval()).isEqualTo(new Interval(-400, 400));
    }

    @Test
    void tooManyProductsAreRefused() throws Exception {
        TensorRef x = g.input(DType.I8, Shape.of(1 << 10, 1 << 12), Quantization.IDENTITY);
        int n = 1 << 13;
        TensorRef y =
                g.add(
                        new FullyConnected(
                                Ints.repeat(0, n + 1), DType.I8, Samples.to(DType.I8, n + 1, 40)),
                        x,
                        g.weights(Shape.of(n + 1, 1 << 12), new byte[(n + 1) << 12]));
        assertThatThrownBy(
                        () -> g.build(List.of(new GraphBuilder.Output(y, Quantization.IDENTITY))))
                .hasMessage(
                        "operation 0 (fullyConnected): multiply-accumulates up to here is 34363932672; allowed"
                                + " 0..34359738368");
    }

    @Test
    void tooMuchWorkingMemoryIsRefused() throws Exception {
        TensorRef x = g.input(DType.I8, Shape.of(1 << 20, 9), Quantization.IDENTITY);
        TensorRef y = g.add(new Clip(0, 1), x);
        assertThatThrownBy(
                        () -> g.build(List.of(new GraphBuilder.Output(y, Quantization.IDENTITY))))
                .hasMessage(
                        "tensor 1 would end at element 18874368 of working memory; allowed are 16777216");
    }

    @Test
    void aKernelOfAnySizeIsCountedWithoutOverflow() throws Exception {
        TensorRef x = g.input(DType.I8, Shape.of(1 << 12, 1 << 12, 1, 1), Quantization.IDENTITY);
        int pad = (1 << 20) - 1;
        MaxPool op = new MaxPool(1 << 20, 1 << 20, new Window(1, 1, 1, 1, pad, pad, 0, 0));
        TensorRef y = g.add(op, x);
        assertThatThrownBy(
                        () -> g.build(List.of(new GraphBuilder.Output(y, Quantization.IDENTITY))))
                .hasMessageStartingWith("operation 0 (maxPool): moved elements up to here is")
                .hasMessageEndingWith("allowed 0..2147483648");
    }

    @Test
    void aWindowIsHeldToItsLimits() {
        TensorType input = new TensorType(DType.I8, Shape.of(1, 1, 8, 8));
        assertThatThrownBy(() -> new MaxPool(0, 1, Window.PLAIN).type(List.of(input)))
                .hasMessage("kernel rows is 0; allowed 1..1048576");
        assertThatThrownBy(() -> new MaxPool(2, 2, Window.of(0, 1, 0)).type(List.of(input)))
                .hasMessage("stride over rows is 0; allowed 1..1048576");
        assertThatThrownBy(() -> new MaxPool(2, 2, Window.of(1, 1, 2)).type(List.of(input)))
                .hasMessage("padding before rows is 2; allowed 0..1");
        assertThatThrownBy(() -> new MaxPool(9, 1, Window.PLAIN).type(List.of(input)))
                .hasMessage("a kernel that spans 9 rows does not fit on 8 with padding 0 and 0");
        Window far = new Window(1, 1, 1 << 20, 1, Integer.MAX_VALUE, 0, 0, 0);
        assertThatThrownBy(() -> new MaxPool(1 << 20, 1, far).type(List.of(input)))
                .hasMessage("padding before rows is 2147483647; allowed 0..1048576");
    }

    @Test
    void aDeadResultIsRefused() throws Exception {
        TensorRef x = g.input(DType.I8, Shape.of(3), Quantization.IDENTITY);
        g.add(new Clip(0, 1), x);
        TensorRef y = g.add(new Clip(0, 2), x);
        assertThatThrownBy(
                        () -> g.build(List.of(new GraphBuilder.Output(y, Quantization.IDENTITY))))
                .hasMessage("tensor 1 is used by no operation and is no output");
    }

    @Test
    void anOutputStandsOnce() throws Exception {
        TensorRef x = g.input(DType.I8, Shape.of(3), Quantization.IDENTITY);
        GraphBuilder.Output y =
                new GraphBuilder.Output(g.add(new Clip(0, 2), x), Quantization.IDENTITY);
        assertThatThrownBy(() -> g.build(List.of(y, y)))
                .hasMessage("output 1: tensor 1 is output 0 too");
        assertThatThrownBy(() -> g.build(List.of()))
                .hasMessage("number of outputs is 0; allowed 1..16");
    }

    @Test
    void weightsMayBeSharedAndStandInTheOrderOfTheirUse() throws Exception {
        TensorRef x = g.input(DType.I8, Shape.of(1), Quantization.IDENTITY);
        TensorRef late = g.weights(Shape.of(1, 1), new byte[] {2});
        TensorRef early = g.weights(Shape.of(1, 1), new byte[] {1});
        FullyConnected op = new FullyConnected(Ints.of(0), DType.I8, Samples.to(DType.I8, 1, 30));
        TensorRef y = g.add(op, g.add(op, g.add(op, x, early), late), early);
        Model model = g.build(List.of(new GraphBuilder.Output(y, Quantization.IDENTITY)));
        assertThat(model.graph().section().byteSize()).isEqualTo(128);
        assertThat(model.ops().stream().map(OpInfo::inputs))
                .containsExactly(Ints.of(0, 1), Ints.of(3, 2), Ints.of(4, 1));
        assertThat(SessionTest.output(Session.open(model), new byte[] {9})).containsExactly(18);
        assertThat(ModelFile.read(ModelFile.write(model)).id()).isEqualTo(model.id());
    }

    @Test
    void tensorsThatAreAliveNeverOverlap() {
        Seeded.forSeeds(
                100,
                random -> {
                    Graph graph = chain(random).graph();
                    Plan plan = Plan.of(graph);
                    int inputs = graph.inputs().size();
                    for (int a = 0; a < graph.tensorCount(); a++) {
                        for (int b = a + 1; b < graph.tensorCount(); b++) {
                            boolean together =
                                    b < inputs || lastUse(graph, a) >= b - graph.firstResult();
                            if (together) {
                                int fromA = plan.offsets().get(a);
                                int fromB = plan.offsets().get(b);
                                assertThat(
                                                fromA + graph.type(a).shape().elements() <= fromB
                                                        || fromB + graph.type(b).shape().elements()
                                                                <= fromA)
                                        .as("tensors %s and %s", a, b)
                                        .isTrue();
                            }
                        }
                    }
                });
    }

    private static int lastUse(Graph graph, int tensor) {
        int last = -1;
        for (int node = 0; node < graph.nodes().size(); node++) {
            for (int input : graph.nodes().get(node).inputs().toArray()) {
                last = input == tensor ? node : last;
            }
        }
        boolean output = graph.outputs().stream().anyMatch(port -> port.tensor() == tensor);
        return output ? graph.nodes().size() : last;
    }

    /**
     * Reshaped and concatenated pieces of many sizes; what nothing reads in the end is an output.
     */
    private static Model chain(RandomGenerator random) throws InvalidModelException {
        GraphBuilder g = new GraphBuilder();
        ArrayList<TensorRef> open = new ArrayList<>();
        for (int i = Seeded.between(random, 1, 3); i > 0; i--) {
            open.add(
                    g.input(
                            DType.I8,
                            Shape.of(Seeded.between(random, 1, 9)),
                            Quantization.IDENTITY));
        }
        for (int i = Seeded.between(random, 3, 12); i > 0; i--) {
            TensorRef a = open.remove(random.nextInt(open.size()));
            TensorRef b =
                    open.isEmpty() || random.nextBoolean()
                            ? a
                            : open.remove(random.nextInt(open.size()));
            Rescale rescale = new Rescale(Ints.of(2, 2), Ints.of(1, 1), Clipping.of(0, DType.I8));
            open.add(g.add(new Concat(0, Ints.of(0, 0), DType.I8, rescale), a, b));
            if (random.nextInt(3) == 0) {
                open.add(g.add(new Clip(-9, 9), a));
            }
        }
        while (open.size() > 1) {
            Rescale rescale = new Rescale(Ints.of(2, 2), Ints.of(1, 1), Clipping.of(0, DType.I8));
            open.add(
                    g.add(
                            new Concat(0, Ints.of(0, 0), DType.I8, rescale),
                            open.removeFirst(),
                            open.removeFirst()));
        }
        TensorRef last = g.add(new Clip(-128, 127), open.getFirst());
        return g.build(List.of(new GraphBuilder.Output(last, Quantization.IDENTITY)));
    }
}
