package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.lockstep.importer.TfliteModel.Operator;
import dev.lockstep.importer.TfliteModel.Tensor;
import dev.lockstep.inference.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Operators of TensorFlow Lite that no public network here has, on numbers worked out by hand. */
class TfliteOperatorsTest {
    private static final int[] PICTURE = {1, 2, 2, 1};
    private static final int[] LARGE = {1, 4, 4, 1};

    @Test
    void mixesNeighboursInBilinearResizing() throws ImportException {
        double[] doubled = {0, 1, 2, 2, 2, 3, 4, 4, 4, 5, 6, 6, 4, 5, 6, 6};
        Case resize = new Case(23, PICTURE, new float[] {0, 2, 4, 6}, LARGE);
        resize.with(new int[] {2}, 4, 4).gives(doubled);
        double[] middles = {
            0, 0.5, 1.5, 2, 1, 1.5, 2.5, 3, 3, 3.5, 4.5, 5, 4, 4.5, 5.5, 6,
        };
        new Case(23, PICTURE, new float[] {0, 2, 4, 6}, LARGE)
                .with(new int[] {2}, 4, 4)
                .option(3, 1)
                .gives(middles);
        double[] corners = {0, 1, 2, 2, 3, 4, 4, 5, 6};
        new Case(23, PICTURE, new float[] {0, 2, 4, 6}, 1, 3, 3, 1)
                .with(new int[] {2}, 3, 3)
                .option(2, 1)
                .gives(corners);
    }

    @Test
    void takesPicturesApartIntoBatchesAndBack() throws ImportException {
        new Case(38, PICTURE, new float[] {1, 2, 3, 4}, 4, 1, 1, 1)
                .with(new int[] {2}, 2, 2)
                .with(new int[] {2, 2}, 0, 0, 0, 0)
                .gives(1, 2, 3, 4);
        new Case(38, new int[] {1, 1, 3, 1}, new float[] {1, 2, 3}, 2, 1, 2, 1)
                .with(new int[] {2}, 1, 2)
                .with(new int[] {2, 2}, 0, 0, 1, 0)
                .gives(0, 2, 1, 3);
        new Case(37, new int[] {4, 1, 1, 1}, new float[] {1, 2, 3, 4}, PICTURE)
                .with(new int[] {2}, 2, 2)
                .with(new int[] {2, 2}, 0, 0, 0, 0)
                .gives(1, 2, 3, 4);
        new Case(37, new int[] {2, 1, 2, 1}, new float[] {1, 2, 3, 4}, 1, 1, 3, 1)
                .with(new int[] {2}, 1, 2)
                .with(new int[] {2, 2}, 0, 0, 1, 0)
                .gives(3, 2, 4);
    }

    @Test
    void picksAndRepeats() throws ImportException {
        float[] six = {1, 2, 3, 4, 5, 6};
        int[] rows = {2, 3};
        new Case(36, rows, six, 2, 2).with(new int[] {2}, 2, 0).option(0, 1).gives(3, 1, 6, 4);
        new Case(69, rows, six, 2, 6)
                .with(new int[] {2}, 1, 2)
                .gives(1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6);
        new Case(130, new int[] {1, 2}, new float[] {7, 8}, 2, 2)
                .with(new int[] {2}, 2, 2)
                .gives(7, 8, 7, 8);
        new Case(105, rows, six, rows).with(new int[] {1}, 1).gives(3, 2, 1, 6, 5, 4);
        new Case(100, rows, six, 2, 5)
                .with(new int[] {2, 2}, 0, 0, 1, 1)
                .gives(2, 1, 2, 3, 2, 5, 4, 5, 6, 5);
        new Case(79, rows, six, 2).with(new int[] {1}, 1).gives(0, 0);
        new Case(56, rows, six, 2).with(new int[] {1}, 1).gives(2, 2);
    }

    @Test
    void computesElementByElement() throws ImportException {
        float[] four = {-1.5f, -0.25f, 0.5f, 2};
        int[] line = {1, 4};
        new Case(8, line, four, line).gives(-2, -1, 0, 2);
        new Case(104, line, four, line).gives(-1, 0, 1, 2);
        new Case(92, line, four, line).gives(2.25, 0.0625, 0.25, 4);
        new Case(152, line, four, line).gives(0, 0, 0.5, 1);
        new Case(66, line, four, line).gives(-0.9975, -0.2474, 0.4794, 0.9093);
        new Case(76, line, new float[] {0.25f, 1, 4, 16}, line).gives(2, 1, 0.5, 0.25);
        new Case(11, line, new float[] {3, 0, 0, 4}, line).gives(0.6, 0, 0, 0.8);
        new Case(50, line, new float[] {0, 0, 0, 0}, line)
                .gives(-1.3863, -1.3863, -1.3863, -1.3863);
        new Case(55, line, four, line).with(line, 0f, 0f, 1f, 1f).gives(0, 0, 1, 2);
        new Case(57, line, four, line).with(line, 0f, 0f, 1f, 1f).gives(-1.5, -0.25, 0.5, 1);
        new Case(99, line, four, line).with(line, 0f, 0f, 1f, 1f).gives(2.25, 0.0625, 0.25, 1);
    }

    @Test
    void refusesByNameWhatKeepsStateOrIsUnknown() {
        int[] line = {1, 4};
        assertThatThrownBy(() -> new Case(27, line, new float[4], line).gives(0))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("(SVDF): keeps state between runs");
        assertThatThrownBy(() -> new Case(116, line, new float[4], line).gives(0))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("(ROUND): is not supported; supported are ABS, ADD");
    }

    /** One operator on one input and constants. */
    private static final class Case {
        private final int code;
        private final float[] values;
        private final List<Tensor> tensors = new ArrayList<>();
        private final int[] result;
        private final Map<Integer, Integer> options = new HashMap<>();

        Case(int code, int[] shape, float[] values, int... result) {
            this.code = code;
            this.values = values;
            this.result = result;
            tensors.add(tensor("x", ElementType.FLOAT, shape, null));
        }

        private static Tensor tensor(
                String name, ElementType type, int[] shape, OnnxTensor constant) {
            return new Tensor(name, type, shape, new float[0], new long[0], 0, constant, false);
        }

        Case with(int[] shape, int... whole) {
            long[] longs = Arrays.stream(whole).asLongStream().toArray();
            String name = "whole" + tensors.size();
            OnnxTensor constant = OnnxTensor.ofLongs(name, ElementType.INT32, shape, longs);
            tensors.add(tensor(name, ElementType.INT32, shape, constant));
            return this;
        }

        Case with(int[] shape, float... reals) {
            String name = "reals" + tensors.size();
            OnnxTensor constant = OnnxTensor.ofFloats(name, shape, reals);
            tensors.add(tensor(name, ElementType.FLOAT, shape, constant));
            return this;
        }

        Case option(int field, int value) {
            options.put(field, value);
            return this;
        }

        void gives(double... expected) throws ImportException {
            List<Integer> inputs = new ArrayList<>();
            for (int i = 0; i < tensors.size(); i++) {
                inputs.add(i);
            }
            boolean places = code == 56 || code == 79;
            tensors.add(tensor("y", places ? ElementType.INT64 : ElementType.FLOAT, result, null));
            int out = inputs.size();
            Operator operator =
                    new Operator(0, code, "", inputs, List.of(out), List.of(), new Given(options));
            TfliteModel model =
                    new TfliteModel(tensors, List.of(operator), List.of(0), List.of(out));
            Network network = Network.read(OnnxWriter.write(TfliteTranslation.translate(model)));
            Samples samples = new Samples(values.length, values, null);
            Map<String, Range> ranges =
                    Calibrator.ranges(network, samples, Calibration.MIN_MAX, Progress.NONE);
            Quantizer.Result quantized = Quantizer.quantize(network.graph(), ranges, DType.I16);
            double[] y = Parity.outputs(network.graph(), quantized.model(), values)[0];
            assertThat(y).hasSameSizeAs(expected);
            double span = 0;
            for (double value : expected) {
                span = Math.max(span, Math.abs(value));
            }
            for (int i = 0; i < y.length; i++) {
                assertThat(y[i])
                        .as("element " + i + " of operator " + code)
                        .isCloseTo(expected[i], offset(span / 255 + 1e-9));
            }
        }
    }

    private record Given(Map<Integer, Integer> numbers) implements TfliteModel.Options {
        @Override
        public int whole(int field, int otherwise) {
            return numbers.getOrDefault(field, otherwise);
        }

        @Override
        public float real(int field, float otherwise) {
            return numbers.containsKey(field) ? numbers.get(field) : otherwise;
        }

        @Override
        public int byteAt(int field, int otherwise) {
            return whole(field, otherwise);
        }

        @Override
        public int[] wholes(int field) {
            return new int[0];
        }
    }
}
