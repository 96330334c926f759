package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.crypto.digests.KeccakDigest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
    private static final int OPS_AT = 128;

    /** Of {@link Samples#line}: one operation, three tensors, three constants, two weights. */
    private static final int TENSORS_AT = OPS_AT + 128;

    private static final int CONSTANTS_AT = TENSORS_AT + 3 * 64;
    private static final int WEIGHTS_AT = CONSTANTS_AT + 64;

    @TempDir Path directory;

    @Test
    void whatIsWrittenIsReadBackTheSame() throws Exception {
        Model model = Samples.network(1);
        byte[] file = ModelFile.write(model);
        Model read = ModelFile.read(file);
        assertThat(read.id()).isEqualTo(model.id());
        assertThat(ModelFile.write(read)).isEqualTo(file);
        assertThat(read.inputs()).isEqualTo(model.inputs());
        assertThat(read.outputs()).isEqualTo(model.outputs());
        assertThat(read.cost()).isEqualTo(model.cost());
        assertThat(read.ops()).isEqualTo(model.ops());
        assertThat(read.sizeBytes()).isEqualTo(file.length);
        Path path = Files.write(directory.resolve("model"), file);
        assertThat(ModelFile.read(path).id()).isEqualTo(model.id());
    }

    /** The whole file of the smallest model, so that the layout cannot drift unnoticed. */
    @Test
    void theLayoutIsTheDocumentedOne() throws Exception {
        Model model = Samples.line();
        ByteBuffer file = ByteBuffer.wrap(ModelFile.write(model)).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer expected = ByteBuffer.allocate(WEIGHTS_AT + 64).order(ByteOrder.LITTLE_ENDIAN);
        expected.put(new byte[] {'L', 'K', 'M', '1'}).putInt(1);
        expected.putInt(1)
                .putInt(1)
                .putInt(1)
                .putInt(1)
                .putInt(3)
                .putInt(0)
                .putLong(64)
                .putShort((short) 2);
        expected.position(OPS_AT)
                .putShort((short) 3)
                .putShort((short) 2)
                .putShort((short) 0)
                .putShort((short) 1);
        expected.position(OPS_AT + 36).putInt(1).putInt(0).putInt(-128).putInt(127);
        expected.position(OPS_AT + 124).putInt(3);
        expected.position(TENSORS_AT).put(new byte[] {1, 1, 1, 0}).putInt(2);
        expected.putLong(TENSORS_AT + 32, 1)
                .putInt(TENSORS_AT + 40, -128)
                .putInt(TENSORS_AT + 44, 127);
        expected.position(TENSORS_AT + 64).put(new byte[] {2, 4, 2, 0}).putInt(1).putInt(2);
        expected.position(TENSORS_AT + 128).put(new byte[] {3, 1, 1, 0}).putInt(1);
        expected.putLong(TENSORS_AT + 128 + 32, 1);
        expected.position(CONSTANTS_AT).putInt(7).putInt(1 << 30).putInt(31);
        expected.position(WEIGHTS_AT).put(new byte[] {3, -2});
        assertThat(file.array()).isEqualTo(expected.array());
    }

    @Test
    void theIdIsTheDocumentedHash() throws Exception {
        byte[] file = ModelFile.write(Samples.line());
        byte[] leaf = new byte[4097];
        System.arraycopy(file, WEIGHTS_AT, leaf, 1, 64);
        ByteBuffer root = ByteBuffer.allocate(65).order(ByteOrder.LITTLE_ENDIAN);
        root.put((byte) 1).put(keccak(leaf)).putLong(64);
        ByteBuffer id = ByteBuffer.allocate(80).order(ByteOrder.LITTLE_ENDIAN);
        id.put(new byte[] {'L', 'K', 'M', '1'}).putInt(1);
        id.put(keccak(Arrays.copyOf(file, WEIGHTS_AT))).put(keccak(root.array())).putLong(64);
        assertThat(Samples.line().id()).isEqualTo(ModelId.of(keccak(id.array())));
        // Fixed for ever: if this changes, every model registered anywhere changes its name.
        assertThat(HexFormat.of().formatHex(Samples.line().id().toBytes())).isEqualTo(PINNED);
    }

    private static final String PINNED =
            "dd14b53b584de72ed48d8166e7e64260c44ef58fc34675644436119476003205";

    private static byte[] keccak(byte[] message) {
        KeccakDigest digest = new KeccakDigest(256);
        digest.update(message, 0, message.length);
        byte[] hash = new byte[32];
        digest.doFinal(hash, 0);
        return hash;
    }

    @Test
    void everyTruncationIsRefused() throws Exception {
        byte[] file = ModelFile.write(Samples.network(2));
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> ModelFile.read(cut))
                    .as("first %s bytes", length)
                    .isInstanceOf(InvalidModelException.class)
                    .hasMessageContaining("size of the file is " + length);
        }
    }

    @Test
    void trailingBytesAreRefused() throws Exception {
        byte[] file = ModelFile.write(Samples.line());
        for (int extra : new int[] {1, 63, 64}) {
            byte[] longer = Arrays.copyOf(file, file.length + extra);
            assertThatThrownBy(() -> ModelFile.read(longer))
                    .hasMessage(
                            "size of the file is " + longer.length + "; expected " + file.length);
        }
    }

    @Test
    void oversizedFilesAreRefusedUnread() throws Exception {
        Path huge = directory.resolve("huge");
        try (var file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength((256L << 20) + 1);
        }
        assertThatThrownBy(() -> ModelFile.read(huge))
                .hasMessage("size of the file is 268435457; allowed 128..268435456");
    }

    @Test
    void aLargeFileIsMapped() throws Exception {
        GraphBuilder g = new GraphBuilder();
        GraphBuilder.TensorRef x = g.input(DType.I8, Shape.of(1 << 13), Quantization.IDENTITY);
        byte[] values = new byte[(1 << 13) * ((1 << 13) + 1)];
        Arrays.fill(values, (byte) 1);
        int rows = (1 << 13) + 1;
        GraphBuilder.TensorRef y =
                g.add(
                        new FullyConnected(
                                Ints.repeat(0, rows), DType.I32, Samples.to(DType.I32, rows, 30)),
                        x,
                        g.weights(Shape.of(rows, 1 << 13), values));
        Model model = g.build(List.of(new GraphBuilder.Output(y, Quantization.IDENTITY)));
        Path file = Files.write(directory.resolve("large"), ModelFile.write(model));
        Model mapped = ModelFile.read(file);
        assertThat(mapped.id()).isEqualTo(model.id());
        assertThat(mapped.graph().section().isMapped()).isTrue();
    }

    @Test
    void aWrongStartIsRefused() throws Exception {
        assertRefused(
                0, 'X', "the file starts with 0x584b4d31; a model starts with 0x4c4b4d31 (LKM1)");
        assertRefused(4, 2, "version of the arithmetic is 2; expected 1");
    }

    @Test
    void countsBeyondTheLimitsAreRefusedBeforeAnythingIsAllocated() throws Exception {
        assertRefusedInt(8, 17, "number of inputs is 17; allowed 0..16");
        assertRefusedInt(12, -1, "number of weights is -1; allowed 0..8192");
        assertRefusedInt(16, 4097, "number of operations is 4097; allowed 0..4096");
        assertRefusedInt(20, 17, "number of outputs is 17; allowed 0..16");
        assertRefusedInt(24, 1 << 23, "number of constants is 8388608; allowed 0..4194304");
        assertRefusedInt(36, -1, "bytes of weights is -4294967232; allowed 0..268435456");
    }

    @Test
    void anythingReservedMustBeZero() throws Exception {
        assertRefused(28, 1, "reserved word of the header is 1; expected 0");
        for (int at :
                new int[] {
                    42,
                    127,
                    OPS_AT + 8,
                    OPS_AT + 35,
                    OPS_AT + 52,
                    TENSORS_AT + 8,
                    TENSORS_AT + 127,
                    TENSORS_AT + 64 + 32,
                    TENSORS_AT + 128 + 40,
                    CONSTANTS_AT + 12,
                    CONSTANTS_AT + 63
                }) {
            assertRefused(at, 1, "byte " + at + " is 1; the one encoding of this model has 0");
        }
        assertRefused(WEIGHTS_AT + 2, 1, "tensor 1: padding is 1; expected 0");
        assertRefused(WEIGHTS_AT + 63, 9, "tensor 1: padding is 9; expected 0");
    }

    @Test
    void rolesFollowFromThePosition() throws Exception {
        assertRefused(
                TENSORS_AT,
                2,
                "byte " + TENSORS_AT + " is 2; the one encoding of this model has 1");
    }

    @Test
    void operationsReadOnlyWhatIsThereBefore() throws Exception {
        assertRefused(OPS_AT + 4, 2, "operation 0 (fullyConnected): input 0 is 2; allowed 0..1");
        assertRefused(OPS_AT + 4, 3, "operation 0 (fullyConnected): input 0 is 3; allowed 0..1");
    }

    @Test
    void everythingIsUsed() throws Exception {
        assertRefused(OPS_AT + 4, 1, "tensor 0 is used by no operation and is no output");
        assertRefused(OPS_AT + 6, 0, "tensor 1 is used by no operation and is no output");
    }

    @Test
    void outputsAreResults() throws Exception {
        assertRefused(40, 0, "output 0: tensor is 0; allowed 2..2");
        assertRefused(40, 3, "output 0: tensor is 3; allowed 0..2");
    }

    @Test
    void theLowestByteIsNoWeight() throws Exception {
        assertRefused(WEIGHTS_AT + 1, 0x80, "weights 1: element 1 is -128; allowed -127..127");
    }

    @Test
    void unknownCodesAreRefused() throws Exception {
        assertRefused(
                OPS_AT,
                0,
                "operation 0: operation number 0 is unknown; allowed 1.."
                        + Ops.rows().getLast().number());
        assertRefused(TENSORS_AT + 1, 9, "tensor 0: element type 9 is unknown; allowed are 1 to 5");
        assertRefused(
                TENSORS_AT + 1,
                4,
                "input 0: type is W8, which is for weights; allowed [I8, I16, I32, F32]");
    }

    @Test
    void declaredShapesMustBeTheComputedOnes() throws Exception {
        assertRefused(
                TENSORS_AT + 128 + 4,
                2,
                "operation 0 (fullyConnected): declared result is I8[2]; it is I8[1]");
        assertRefused(
                TENSORS_AT + 4,
                3,
                "operation 0 (fullyConnected): columns of the weights is 2; expected 3");
        assertRefused(TENSORS_AT + 4, 0, "tensor 0: dimension 0 is 0; allowed 1..1048576");
        assertRefused(TENSORS_AT + 2, 7, "tensor 0: rank is 7; allowed 1..6");
        assertRefused(TENSORS_AT + 64 + 6, 2, "tensor 1: end of weights is 262208; allowed 0..64");
    }

    @Test
    void scalesAreWithinTheirRange() throws Exception {
        assertRefused(
                TENSORS_AT + 32,
                0,
                "input 0: scale multiplier is 0; allowed 1..4611686018427387904");
        assertRefused(TENSORS_AT + 3, 128, "input 0: scale shift is 128; allowed 0..127");
        assertRefusedInt(
                TENSORS_AT + 28, 128, "input 0: zero point is 128; allowed for I8 -128..127");
        assertRefusedInt(
                TENSORS_AT + 128 + 28,
                -129,
                "output 0: zero point is -129; allowed for I8 -128..127");
        assertRefusedInt(
                TENSORS_AT + 40, 128, "tensor 0: lower bound is 128; allowed -2147483648..127");
        assertRefusedInt(TENSORS_AT + 44, 128, "input 0: upper bound is 128; allowed -128..127");
    }

    @Test
    void parametersAreWithinTheirRange() throws Exception {
        String op = "operation 0 (fullyConnected): ";
        assertRefusedInt(
                CONSTANTS_AT + 4, -1, op + "multiplier of channel 0 is -1; allowed 0..2147483647");
        assertRefusedInt(CONSTANTS_AT + 8, 63, op + "shift of channel 0 is 63; allowed 1..62");
        assertRefusedInt(CONSTANTS_AT + 8, 0, op + "shift of channel 0 is 0; allowed 1..62");
        assertRefusedInt(OPS_AT + 44, -129, op + "lower clip is -129; allowed -128..127");
        assertRefusedInt(
                OPS_AT + 124, 2, "operation 0: constants are 2 words; expected a multiple of 3");
        assertRefusedInt(OPS_AT + 124, 0, "constants used is 0; expected 3");
        assertRefusedInt(OPS_AT + 124, 4, "operation 0: number of constants is 4; allowed 0..3");
    }

    @Test
    void aSumThatCouldOverflowIsRefused() throws Exception {
        assertRefusedInt(
                CONSTANTS_AT,
                Integer.MAX_VALUE,
                "operation 0 (fullyConnected): greatest sum of channel 0 is 2147484287; allowed 0..2147483647");
        assertRefusedInt(
                CONSTANTS_AT,
                Integer.MIN_VALUE,
                "operation 0 (fullyConnected): greatest sum of channel 0 is 2147484288; allowed 0..2147483647");
    }

    private static void assertRefusedInt(int at, int value, String message) throws Exception {
        byte[] file = ModelFile.write(Samples.line());
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
        assertThatThrownBy(() -> ModelFile.read(file))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage(message);
    }

    private static void assertRefused(int at, int value, String message) throws Exception {
        byte[] file = ModelFile.write(Samples.line());
        file[at] = (byte) value;
        assertThatThrownBy(() -> ModelFile.read(file))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage(message);
    }
}
