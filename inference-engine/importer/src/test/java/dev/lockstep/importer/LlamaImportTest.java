package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.InferenceResult;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Session;
import dev.lockstep.inference.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LlamaImportTest {
    private static final int[] HEADER = {8, 12, 2, 4, 2, -10, 6};

    /** A decoder of random weights in llama2.c's form, with a classifier of its own. */
    private static byte[] checkpoint() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);
        int layer = 2 * 8 + 2 * 64 + 2 * 8 * 4 + 3 * 8 * 12;
        int floats = 10 * 8 + 2 * layer + 8 + 6 * 2 + 10 * 8;
        ByteBuffer out = ByteBuffer.allocate(28 + 4 * floats).order(ByteOrder.LITTLE_ENDIAN);
        for (int word : HEADER) {
            out.putInt(word);
        }
        for (int i = 0; i < floats; i++) {
            out.putFloat((float) random.nextGaussian());
        }
        return out.array();
    }

    @Test
    void aCheckpointIsKnownByItsLength() {
        byte[] file = checkpoint();
        assertThat(FileKind.of(file)).isEqualTo(FileKind.LLAMA2C);
        assertThat(FileKind.of(java.util.Arrays.copyOf(file, file.length - 1)))
                .isEqualTo(FileKind.ONNX);
        file[12] = 3;
        assertThat(FileKind.of(file)).isEqualTo(FileKind.ONNX);
    }

    @Test
    void aNumberThatIsNoneIsRefused() {
        byte[] file = checkpoint();
        file[28 + 3] = 0x7f;
        file[28 + 2] = (byte) 0xc0;
        assertThatThrownBy(() -> LlamaCheckpoint.read(file))
                .isInstanceOf(ImportException.class)
                .hasMessage("the number at byte 28 is NaN; it must be finite");
    }

    /** Steps with caches and a whole sequence are the same integers. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aSequenceIsItsSteps(int terms) throws Exception {
        LlamaCheckpoint checkpoint = LlamaCheckpoint.read(checkpoint());
        TensorStatistics seen = LlamaImport.statistics(checkpoint);
        DecoderRun steps = DecoderRun.of(LlamaQuantizer.step(checkpoint, seen, terms));
        Model sequence = LlamaQuantizer.sequence(checkpoint, seen, terms, 6);
        int[] text = {1, 9, 0, 3, 3, 7};
        ByteBuffer input = ByteBuffer.allocate(4 * text.length);
        for (int token : text) {
            input.putInt(token);
        }
        InferenceResult.Output all =
                (InferenceResult.Output) Session.open(sequence).run(input.array());
        ByteBuffer logits = ByteBuffer.wrap(all.bytes());
        for (int i = 0; i < text.length; i++) {
            for (double logit : steps.next(text[i], i)) {
                assertThat(StrictMath.scalb((double) logits.getInt(), -16)).isEqualTo(logit);
            }
        }
        assertThat(logits.hasRemaining()).isFalse();
        assertThat(steps.context()).isEqualTo(6);
        assertThatThrownBy(() -> steps.next(1, 6))
                .hasMessage("token 1 at position 6 is out of range");
    }

    @Test
    void aShapeMakesASequence(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("tiny.bin");
        Files.write(file, checkpoint());
        ImportedModel step = Importer.importModel(ImportRequest.of(file), Progress.NONE);
        ParityReport report = Objects.requireNonNull(step.report());
        assertThat(report.text()).contains("same first place", "right, fixed point");
        assertThat(report.html("stories", 1)).contains("<svg", "a decoder in double precision");
        assertThat(report.json()).contains("\"oracle\"");
        ImportedModel text = imported(file, Map.of("tokens", List.of(4)));
        assertThat(step.names().inputs()).containsExactly("token", "position", "caches");
        assertThat(text.names().inputs()).containsExactly("tokens");
        assertThat(text.model().inputs()).hasSize(1);
        assertThat(text.model().inputs().getFirst().shape()).isEqualTo(Shape.of(4));
        assertThat(text.model().outputs().getFirst().shape().dim(0)).isEqualTo(4);
        assertThatThrownBy(() -> imported(file, Map.of("tokens", List.of(7))))
                .hasMessage("tokens is 7; allowed 1..6");
        assertThatThrownBy(() -> imported(file, Map.of("x", List.of(1, 4))))
                .hasMessage("shapes are {x=[1, 4]}; a decoder takes one size, of 'tokens'");
    }

    private static ImportedModel imported(Path file, Map<String, List<Integer>> shapes)
            throws ImportException {
        return Importer.importModel(ImportRequest.of(file).withShapes(shapes), Progress.NONE);
    }

    /** The public checkpoint: loss within 0.2 %, the same token first 99 % of the time. */
    @Test
    void storiesLoseNothing() throws Exception {
        byte[] file = Files.readAllBytes(Fixtures.models().resolve("llama2c/stories260K.bin"));
        LlamaCheckpoint checkpoint = LlamaCheckpoint.read(file);
        Model step = LlamaQuantizer.step(checkpoint, LlamaImport.statistics(checkpoint), 2);
        LlamaImport.Agreement agreement = LlamaImport.agreement(checkpoint, step);
        assertThat(agreement.tokens()).isEqualTo(1020);
        assertThat(agreement.integerLoss() / agreement.floatLoss()).isBetween(0.998, 1.002);
        assertThat(agreement.sameToken()).isGreaterThanOrEqualTo(1020 * 99 / 100);
    }

    @Test
    void aModelThatIsNoStepIsRefused() throws Exception {
        LlamaCheckpoint checkpoint = LlamaCheckpoint.read(checkpoint());
        TensorStatistics seen = LlamaImport.statistics(checkpoint);
        Model sequence = LlamaQuantizer.sequence(checkpoint, seen, 1, 2);
        assertThatThrownBy(() -> DecoderRun.of(sequence))
                .hasMessageStartingWith("the model is no step of a decoder");
    }

    /** Rounding that makes good its errors is closer on the inputs that it was made for. */
    @Test
    void weightsMakeGoodEachOthersRounding() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(11);
        int columns = 24;
        double[][] inputs = new double[400][columns];
        double[][] moment = new double[columns][columns];
        double[][] apart = new double[columns][columns];
        for (double[] input : inputs) {
            double common = random.nextGaussian();
            for (int i = 0; i < columns; i++) {
                input[i] = common + 0.3 * random.nextGaussian();
            }
            for (int i = 0; i < columns; i++) {
                for (int j = 0; j < columns; j++) {
                    moment[i][j] += input[i] * input[j];
                }
            }
        }
        for (int i = 0; i < columns; i++) {
            apart[i][i] = 1;
        }
        float[] matrix = new float[8 * columns];
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = (float) random.nextGaussian();
        }
        double nearest = error(matrix, new WeightRounding(apart), inputs);
        double together = error(matrix, new WeightRounding(moment), inputs);
        assertThat(together).isLessThan(0.7 * nearest);
    }

    private static double error(float[] matrix, WeightRounding rounding, double[][] inputs) {
        int columns = rounding.columns();
        float[] scales = new float[matrix.length / columns];
        byte[] rounded = rounding.round(matrix, scales);
        double error = 0;
        for (double[] input : inputs) {
            for (int row = 0; row < scales.length; row++) {
                double off = 0;
                for (int i = 0; i < columns; i++) {
                    int at = row * columns + i;
                    off += (matrix[at] - rounded[at] * scales[row]) * input[i];
                }
                error += off * off;
            }
        }
        return error;
    }
}
