package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.OpTrial.Values;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Operations that move elements: which element stands where. */
class IndexingOpsTest {
    private final Kernels kernels = new ScalarKernels();

    @Test
    void aSliceTakesEvenlySpacedElements() {
        Seeded.forSeeds(
                300,
                random -> {
                    Values x = OpsTest.activations(random, DType.I8, DType.I16, DType.I32);
                    Shape shape = x.type().shape();
                    int[] starts = new int[shape.rank()];
                    int[] steps = new int[shape.rank()];
                    int[] extents = new int[shape.rank()];
                    for (int axis = 0; axis < starts.length; axis++) {
                        starts[axis] = random.nextInt(shape.dim(axis));
                        steps[axis] =
                                random.nextBoolean()
                                        ? Seeded.between(random, 1, 3)
                                        : -Seeded.between(random, 1, 3);
                        int room =
                                steps[axis] > 0 ? shape.dim(axis) - 1 - starts[axis] : starts[axis];
                        extents[axis] = 1 + random.nextInt(1 + room / Math.abs(steps[axis]));
                    }
                    Slice op = new Slice(Ints.of(starts), Ints.of(steps), Shape.of(extents));
                    Values y = OpTrial.run(kernels, op, x);
                    for (int i = 0; i < y.values().length; i++) {
                        int[] at = OpsTest.coordinates(y.type().shape(), i);
                        for (int axis = 0; axis < at.length; axis++) {
                            at[axis] = starts[axis] + at[axis] * steps[axis];
                        }
                        assertThat(y.values()[i]).isEqualTo(x.values()[OpsTest.index(shape, at)]);
                    }
                });
    }

    @Test
    void aSliceBeyondItsInputIsRefused() {
        List<TensorType> input = List.of(new TensorType(DType.I8, Shape.of(4)));
        assertThatThrownBy(() -> slice(1, 2, 3).type(input))
                .hasMessage("last coordinate on axis 0 is 5; allowed 0..3");
        assertThatThrownBy(() -> slice(1, -1, 3).type(input))
                .hasMessage("last coordinate on axis 0 is -1; allowed 0..3");
        assertThatThrownBy(() -> slice(4, 1, 1).type(input))
                .hasMessage("start on axis 0 is 4; allowed 0..3");
        assertThatThrownBy(() -> slice(0, 0, 1).type(input)).hasMessage("step on axis 0 is 0");
    }

    private static Slice slice(int start, int step, int extent) {
        return new Slice(Ints.of(start), Ints.of(step), Shape.of(extent));
    }

    @Test
    void aSelectionTakesListedElements() {
        Seeded.forSeeds(
                300,
                random -> {
                    Values x = OpsTest.activations(random, DType.I8, DType.I16, DType.I32);
                    Shape shape = x.type().shape();
                    int[] extents = new int[shape.rank()];
                    int[][] indices = new int[shape.rank()][];
                    Ints[] lists = new Ints[shape.rank()];
                    for (int axis = 0; axis < extents.length; axis++) {
                        extents[axis] = Seeded.between(random, 1, 5);
                        indices[axis] = random.ints(extents[axis], 0, shape.dim(axis)).toArray();
                        lists[axis] = Ints.of(indices[axis]);
                    }
                    Select op = new Select(Shape.of(extents), Ints.concat(lists));
                    Values y = OpTrial.run(kernels, op, x);
                    for (int i = 0; i < y.values().length; i++) {
                        int[] at = OpsTest.coordinates(y.type().shape(), i);
                        for (int axis = 0; axis < at.length; axis++) {
                            at[axis] = indices[axis][at[axis]];
                        }
                        assertThat(y.values()[i]).isEqualTo(x.values()[OpsTest.index(shape, at)]);
                    }
                });
    }

    @Test
    void aSelectionBeyondItsInputIsRefused() {
        List<TensorType> input = List.of(new TensorType(DType.I8, Shape.of(2, 4)));
        assertThatThrownBy(() -> new Select(Shape.of(1, 2), Ints.of(1, 3, 4)).type(input))
                .hasMessage("index 1 on axis 1 is 4; allowed 0..3");
        assertThatThrownBy(() -> new Select(Shape.of(1, 2), Ints.of(-1, 0, 0)).type(input))
                .hasMessage("index 0 on axis 0 is -1; allowed 0..1");
        assertThatThrownBy(() -> new Select(Shape.of(1, 2), Ints.of(0, 0)).type(input))
                .hasMessage("number of indices is 2; expected 3");
    }

    @Test
    void gatherTakesSlicesByIndex() {
        Seeded.forSeeds(
                300,
                random -> {
                    Values data = OpsTest.activations(random, DType.I8, DType.I16, DType.I32);
                    Shape shape = data.type().shape();
                    int axis = random.nextInt(shape.rank());
                    Values indices = indices(random, shape.dim(axis));
                    Shape picks = indices.type().shape();
                    Values y = OpTrial.run(kernels, new Gather(axis), data, indices);
                    assertThat(y.type().shape().rank()).isEqualTo(shape.rank() - 1 + picks.rank());
                    for (int i = 0; i < y.values().length; i++) {
                        int[] to = OpsTest.coordinates(y.type().shape(), i);
                        int[] pick = new int[picks.rank()];
                        System.arraycopy(to, axis, pick, 0, pick.length);
                        int[] from = new int[shape.rank()];
                        System.arraycopy(to, 0, from, 0, axis);
                        from[axis] = indices.values()[OpsTest.index(picks, pick)];
                        System.arraycopy(
                                to, axis + pick.length, from, axis + 1, shape.rank() - axis - 1);
                        assertThat(y.values()[i])
                                .isEqualTo(data.values()[OpsTest.index(shape, from)]);
                    }
                });
    }

    private static Values indices(RandomGenerator random, int count) {
        int[] dims = random.ints(Seeded.between(random, 1, 2), 1, 4).toArray();
        DType dtype = random.nextBoolean() ? DType.I32 : DType.I8;
        TensorType type = new TensorType(dtype, Shape.of(dims));
        return new Values(type, random.ints(type.shape().elements(), 0, count).toArray());
    }

    @Test
    void anIndexThatCouldLieOutsideIsRefused() {
        Values data = Values.of(DType.I8, Shape.of(3), 1, 2, 3);
        assertThatThrownBy(
                        () ->
                                OpTrial.run(
                                        kernels,
                                        new Gather(0),
                                        data,
                                        Values.of(DType.I32, Shape.of(2), 0, 3)))
                .hasMessage("greatest index is 3; allowed 0..2");
        assertThatThrownBy(
                        () ->
                                OpTrial.run(
                                        kernels,
                                        new Gather(0),
                                        data,
                                        Values.of(DType.I32, Shape.of(2), -1, 2)))
                .hasMessage("least index is -1; allowed 0..2");
    }

    @Test
    void anEmbeddingRescalesEachRowByItsFactor() {
        Seeded.forSeeds(
                200,
                random -> {
                    int rows = Seeded.between(random, 2, 6);
                    TensorType type =
                            new TensorType(DType.W8, Shape.of(rows, Seeded.between(random, 1, 5)));
                    Values weights = new Values(type, Seeded.values(random, type));
                    Values indices = indices(random, rows);
                    boolean byRow = random.nextBoolean();
                    DType output = KernelsContract.output(random);
                    Rescale rescale = KernelsContract.rescale(random, byRow ? rows : 1, output);
                    Values y =
                            OpTrial.run(kernels, new Embedding(output, rescale), weights, indices);
                    int length = type.shape().last();
                    for (int i = 0; i < y.values().length; i++) {
                        int row = indices.values()[i / length];
                        int weight = weights.values()[row * length + i % length];
                        assertThat(y.values()[i])
                                .isEqualTo(
                                        Exact.requantize(
                                                Exact.big(weight), rescale, byRow ? row : 0));
                    }
                });
    }

    @Test
    void aConstantIsTheSameInEveryRun() throws InvalidModelException {
        Constant op = new Constant(DType.I16, Shape.of(1, 3), Ints.of(-32767, 0, 5));
        Values y = OpTrial.run(kernels, op);
        assertThat(y).isNotNull();
        assertThat(y.type()).isEqualTo(new TensorType(DType.I16, Shape.of(1, 3)));
        assertThat(y.values()).containsExactly(-32767, 0, 5);
        assertThat(op.bounds(List.of(), y.type())).isEqualTo(new Interval(-32767, 5));
        assertThatThrownBy(
                        () -> new Constant(DType.I8, Shape.of(2), Ints.of(0, 128)).type(List.of()))
                .hasMessage("element 1 is 128; allowed -128..127");
    }

    /** A model that picks a row by its input: the declared range of the input is the proof. */
    @Test
    void anInputBeyondItsRangeNeverReachesAnIndex() throws InvalidModelException {
        GraphBuilder g = new GraphBuilder();
        GraphBuilder.TensorRef x =
                g.input(DType.I32, Shape.of(1), Quantization.IDENTITY, new Interval(0, 2));
        GraphBuilder.TensorRef table = g.add(new Constant(DType.I8, Shape.of(3), Ints.of(7, 8, 9)));
        GraphBuilder.TensorRef y = g.add(new Gather(0), table, x);
        Model model =
                ModelFile.read(
                        ModelFile.write(
                                g.build(
                                        List.of(
                                                new GraphBuilder.Output(
                                                        y, Quantization.IDENTITY)))));
        Session session = Session.open(model);
        assertThat(session.run(new byte[] {0, 0, 0, 2}))
                .isInstanceOfSatisfying(
                        InferenceResult.Output.class,
                        output -> assertThat(output.bytes()).containsExactly(9));
        assertThat(session.run(new byte[] {0, 0, 0, 3}))
                .isInstanceOf(InferenceResult.InputOutOfRange.class);
    }
}
