package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.lockstep.inference.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Damaged and malicious files end in one complaint, never in a failure of this machine. */
class HostileFilesTest {
    private static final long SEED = 5;

    /**
     * Whole files with some bytes changed, cut, doubled or exchanged; the seed gives all of them.
     */
    @ParameterizedTest
    @CsvSource({
        "kws_ref_model.tflite, 400",
        "dtln_noise_suppression.tflite, 40",
        "str_ww_ref_model.tflite, 150"
    })
    void damagedTfliteFilesAreReadOrRefused(String name, int rounds) throws IOException {
        damage(Files.readAllBytes(TfliteModelsTest.file(name)), rounds);
    }

    @Test
    void damagedOnnxFilesAreReadOrRefused() throws IOException {
        damage(
                Files.readAllBytes(
                        Fixtures.models().resolve("tract/qtdnn_10x5_101_i32_biases/model.onnx")),
                1000);
        damage(Files.readAllBytes(Fixtures.models().resolve("winml/mnist.onnx")), 300);
    }

    private static void damage(byte[] whole, int rounds) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        int read = 0;
        for (int round = 0; round < rounds; round++) {
            byte[] file = damaged(whole, random);
            try {
                Network network = Network.read(file);
                if (!Calibrator.isNeeded(network.graph())) {
                    Quantizer.quantize(network.graph(), Map.of(), DType.I8);
                }
                read++;
            } catch (ImportException refused) {
                assertThat(refused.getMessage()).isNotBlank();
            } catch (RuntimeException | Error e) {
                fail("seed " + SEED + ", round " + round + ": " + e, e);
            }
        }
        assertThat(read).as("some damage is harmless").isLessThan(rounds);
    }

    private static byte[] damaged(byte[] whole, RandomGenerator random) {
        byte[] file = whole.clone();
        // Structure lies at both ends of these files; weights, where damage is harmless, between.
        int reach = random.nextBoolean() ? file.length : Math.min(file.length, 4096);
        boolean atEnd = random.nextBoolean();
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            int at = random.nextInt(reach);
            at = atEnd ? file.length - 1 - at : at;
            switch (random.nextInt(4)) {
                case 0 -> file[at] = (byte) random.nextInt(256);
                case 1 -> file[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> file[at] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
                default -> {
                    int length = Math.min(random.nextInt(1, 16), file.length - at);
                    int from = random.nextInt(file.length - length + 1);
                    System.arraycopy(whole, from, file, at, length);
                }
            }
        }
        return random.nextInt(8) == 0 ? Arrays.copyOf(file, random.nextInt(file.length)) : file;
    }

    @Test
    void anOffsetBeyondTheFileIsNamed() {
        byte[] file = new byte[64];
        ByteBuffer.wrap(file)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, 0x7fffffff)
                .put(4, "TFL3".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        refused(file, "malformed TFLite: the offset at 0 leads out of the file");
        refused(Arrays.copyOf(file, 8), "malformed TFLite");
    }

    @Test
    void aTensorOfNegativeOrHugeDimensionsIsRefused() {
        for (long[] dims : new long[][] {{-3, 4}, {1L << 40, 1L << 40}, {1 << 20, 1 << 20}}) {
            refused(
                    OnnxBuilder.opset(13)
                            .input("x", 1, 4)
                            .weight("w", new float[16], dims)
                            .node("MatMul", "x w", "y")
                            .output("y")
                            .build(),
                    "tensor 'w'");
        }
    }

    @Test
    void aConstantThatWouldGrowWithoutEndIsRefused() {
        refused(
                OnnxBuilder.opset(13)
                        .input("x", 1, 4)
                        .whole("s", new long[] {1 << 20, 1 << 20}, 2)
                        .node("ConstantOfShape", "s", "c")
                        .node("MatMul", "x c", "y")
                        .output("y")
                        .build(),
                "is too large");
        refused(
                OnnxBuilder.opset(13)
                        .input("x", 1, 4)
                        .whole("s", new long[] {1 << 20, 1 << 20, 1, 4}, 4)
                        .node("Expand", "x s", "y")
                        .output("y")
                        .build(),
                "every dimension must be 1 or more and their product at most");
        refused(
                OnnxBuilder.opset(13)
                        .input("x", 100_000, 1, 2)
                        .weight("w", new float[8], 1, 4, 2)
                        .weight("r", new float[4], 1, 4, 1)
                        .node("LSTM", List.of("x", "w", "r"), List.of("y"))
                        .output("y")
                        .build(),
                "more than 50000 nodes");
    }

    @Test
    void scalesThatAreNoScalesAreRefused() {
        for (float scale : new float[] {0, -1}) {
            refused(
                    OnnxBuilder.opset(13)
                            .input("x", 1, 4)
                            .weight("s", new float[] {scale})
                            .node("QuantizeLinear", "x s", "q")
                            .node("DequantizeLinear", "q s", "y")
                            .output("y")
                            .build(),
                    "it must be positive");
        }
    }

    private static void refused(byte[] file, String message) {
        assertThatThrownBy(() -> Network.read(file))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(message);
    }
}
