package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class OnnxReaderTest {
    private static OnnxBuilder relu() {
        return OnnxBuilder.opset(13).input("x", 1, 3).node("Relu", "x", "y").output("y", 1, 3);
    }

    @Test
    void readsNodesWeightsAndShapes() throws ImportException {
        byte[] file =
                OnnxBuilder.opset(13)
                        .input("x", -1, 2)
                        .weight("w", new float[] {1, 2, 3, 4}, 2, 2)
                        .node("MatMul", "x w", "y")
                        .output("y", -1, 2)
                        .build();

        OnnxGraph graph = OnnxReader.read(file);

        assertThat(graph.inputs())
                .containsExactly(new OnnxGraph.ValueInfo("x", 1, List.of(-1L, 2L)));
        assertThat(graph.opset()).isEqualTo(13);
        assertThat(graph.initializers().get("w").floats()).containsExactly(1, 2, 3, 4);
        assertThat(graph.nodes().getFirst().op()).isEqualTo("MatMul");
    }

    @Test
    void listsAnInitializerAmongTheInputsNoMore() throws ImportException {
        byte[] file =
                OnnxBuilder.opset(8)
                        .input("x", 1, 1)
                        .input("w", 1, 1)
                        .weight("w", new float[] {2}, 1, 1)
                        .node("MatMul", "x w", "y")
                        .output("y", 1, 1)
                        .build();

        assertThat(OnnxReader.read(file).inputs()).hasSize(1);
    }

    @Test
    void putsNodesInTheOrderInWhichTheyCanRun() throws ImportException {
        byte[] file =
                OnnxBuilder.opset(13)
                        .input("x", 1)
                        .node("Relu", "b", "y")
                        .node("Abs", "x", "b")
                        .output("y", 1)
                        .build();

        assertThat(OnnxReader.read(file).nodes())
                .extracting(OnnxNode::op)
                .containsExactly("Abs", "Relu");
    }

    @Test
    void refusesACutOffFileAtEveryLengthAndNamesTheOffset() {
        byte[] file = relu().build();
        for (int length = 0; length < file.length; length++) {
            byte[] part = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> OnnxReader.read(part))
                    .as("%d of %d bytes", length, file.length)
                    .isInstanceOf(ImportException.class)
                    .hasMessageMatching("(?s).*(malformed ONNX|opset).*");
        }
        assertThatThrownBy(() -> OnnxReader.read(Arrays.copyOf(file, 6)))
                .hasMessageContaining("at offset 3");
    }

    @Test
    void saysSomethingAboutEveryDamagedFile() {
        byte[] file = relu().weight("w", new float[] {1, 2}, 2).build();
        long seed = 20261121;
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = file.clone();
            for (int k = random.nextInt(1, 4); k > 0; k--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                Lowering.lower(OnnxReader.read(damaged));
            } catch (ImportException e) {
                assertThat(e.getMessage()).as("seed %d round %d", seed, round).isNotBlank();
            }
        }
    }

    @Test
    void refusesExternalDataByName() {
        byte[] tensor =
                OnnxBuilder.join(
                        OnnxBuilder.number(1, 2),
                        OnnxBuilder.number(2, 1),
                        OnnxBuilder.text(8, "weights.far"),
                        OnnxBuilder.bytes(13, OnnxBuilder.text(1, "location")),
                        OnnxBuilder.number(14, 1));

        refused(
                relu().raw(OnnxBuilder.bytes(5, tensor)),
                "tensor 'weights.far' keeps its data in another file");
    }

    @Test
    void refusesSubgraphs() {
        byte[] branch =
                OnnxBuilder.join(
                        OnnxBuilder.text(1, "then_branch"), OnnxBuilder.bytes(6, new byte[0]));

        refused(
                OnnxBuilder.opset(13).input("x", 1).node("If", "x", "y", branch).output("y", 1),
                "node 'n_y' (If): attribute 'then_branch' holds a subgraph");
    }

    @Test
    void refusesCycles() {
        refused(
                OnnxBuilder.opset(13)
                        .input("x", 1)
                        .node("Add", "x b", "a")
                        .node("Relu", "a", "b")
                        .output("b", 1),
                "cyclic");
    }

    @Test
    void refusesTensorsThatNothingMakes() {
        refused(
                OnnxBuilder.opset(13).input("x", 1).node("Add", "x ghost", "y").output("y", 1),
                "node 'n_y' (Add) reads tensor 'ghost', which nothing makes");
        refused(
                OnnxBuilder.opset(13).input("x", 1).node("Relu", "x", "y").output("z", 1),
                "graph output 'z' is made by no node");
    }

    @Test
    void refusesTensorsMadeTwice() {
        refused(
                OnnxBuilder.opset(13)
                        .input("x", 1)
                        .node("Relu", "x", "y")
                        .node("Abs", "x", "y")
                        .output("y", 1),
                "tensor 'y' is made twice");
    }

    @Test
    void refusesDataThatDoesNotFillTheDims() {
        refused(
                relu().weight("w", new float[] {1, 2, 3}, 2, 2),
                "tensor 'w' of dims [2, 2] needs 16 bytes of data and has 12");
        refused(
                relu().whole("s", new long[] {1}, 3),
                "tensor 's' of dims [3] needs 3 elements and has 1");
    }

    @Test
    void refusesDimsThatOverflow() {
        refused(relu().weight("w", new float[0], 1L << 40, 1L << 40), "tensor 'w' has dims");
        refused(relu().weight("w", new float[0], -1), "tensor 'w' has dims [-1]");
    }

    @Test
    void refusesWhatIsNoNumber() {
        refused(
                relu().weight("w", new float[] {Float.NaN}, 1),
                "tensor 'w' holds a value that is no number");
    }

    @Test
    void refusesUnknownElementTypes() {
        byte[] strings =
                OnnxBuilder.join(
                        OnnxBuilder.number(1, 1),
                        OnnxBuilder.number(2, 8),
                        OnnxBuilder.text(8, "s"),
                        OnnxBuilder.bytes(9, new byte[4]));

        refused(
                relu().raw(OnnxBuilder.bytes(5, strings)),
                "tensor 's' has element type 8; supported are float");
    }

    @Test
    void refusesOpsetsOutsideOfWhatIsKnown() {
        refused(
                OnnxBuilder.opset(6).input("x", 1).node("Relu", "x", "y").output("y", 1),
                "opset 6 of ai.onnx is not supported");
        refused(
                OnnxBuilder.opset(99).input("x", 1).node("Relu", "x", "y").output("y", 1),
                "allowed are 7 to 28");
    }

    @Test
    void namesAnUnsupportedOperatorItsNodeAndWhatIsSupported() {
        byte[] file =
                OnnxBuilder.opset(13)
                        .input("x", 1, 3)
                        .node("NonZero", "x", "y")
                        .output("y", 1, 3)
                        .build();

        assertThatThrownBy(() -> Lowering.lower(OnnxReader.read(file)))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(
                        "node 'n_y' (NonZero): operator NonZero is not supported; supported are Abs, Acos, Acosh")
                .hasMessageContaining("Transpose");
    }

    @Test
    void refusesAttributesItDoesNotKnow() {
        byte[] file =
                OnnxBuilder.opset(13)
                        .input("x", 1, 3)
                        .node("Relu", "x", "y", OnnxBuilder.integer("leak", 1))
                        .output("y", 1, 3)
                        .build();

        assertThatThrownBy(() -> Lowering.lower(OnnxReader.read(file)))
                .hasMessageContaining("node 'n_y' (Relu): attribute 'leak' is not supported");
    }

    @Test
    void setsAnOpenBatchToOneAndSaysSo() throws ImportException {
        byte[] file =
                OnnxBuilder.opset(13)
                        .input("x", -1, 3)
                        .node("Relu", "x", "y")
                        .output("y", -1, 3)
                        .build();

        FloatGraph graph = Lowering.lower(OnnxReader.read(file)).graph();

        assertThat(graph.shape("x")).containsExactly(1, 3);
        assertThat(graph.notes())
                .containsExactly("the batch dimension of input 'x' is open; it was set to 1");
    }

    @Test
    void refusesOtherOpenOrNegativeDims() {
        for (long dim : new long[] {-1, -7, 0, 1L << 40}) {
            byte[] file =
                    OnnxBuilder.opset(13)
                            .input("x", 1, dim)
                            .node("Relu", "x", "y")
                            .output("y", 1, 3)
                            .build();
            assertThatThrownBy(() -> Lowering.lower(OnnxReader.read(file)))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContaining("dimension 1 must be fixed");
        }
    }

    @Test
    void refusesAFileThatIsTooLarge() {
        byte[] file = new byte[OnnxReader.FILE_BYTES_MAX + 1];
        assertThatThrownBy(() -> OnnxReader.read(file))
                .hasMessageContaining("at most 268435456 are accepted");
    }

    private static void refused(OnnxBuilder builder, String message) {
        assertThatThrownBy(() -> OnnxReader.read(builder.build()))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(message);
    }
}
