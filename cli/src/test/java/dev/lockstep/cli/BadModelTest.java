package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.node.BundledModels;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Model files that are none, ONNX files that can't become one, samples of the wrong shape. */
class BadModelTest {
    private static final int OPS_AT = 128;

    @TempDir Path folder;

    @Test
    void whatIsNoModelSaysWhere() throws IOException {
        spoilt(bytes -> new byte[0], "size of the file is 0");
        spoilt(bytes -> Arrays.copyOf(bytes, 100), "size of the file is 100");
        spoilt(bytes -> Arrays.copyOf(bytes, bytes.length - 1), "size of the file is");
        spoilt(bytes -> Arrays.copyOf(bytes, bytes.length + 64), "size of the file is");
        spoilt(bytes -> with(bytes, 0, 'P'), "a model starts with 0x4c4b4d31 (LKM1)");
        spoilt(bytes -> with(bytes, 28, 1), "reserved word of the header is 1; expected 0");
        spoilt(bytes -> with(bytes, 100, 1), "byte 100 is 1; the one encoding of this model has 0");
        spoilt(bytes -> with(bytes, OPS_AT, 99), "99");
    }

    /**
     * The format has no offsets, so nothing can overlap; what is left is a cycle or a wrong count.
     */
    @Test
    void cyclesAndWrongCountsAreRefused() throws IOException {
        spoilt(
                bytes -> {
                    ByteBuffer file = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
                    int own = file.getInt(8) + file.getInt(12);
                    return file.putShort(OPS_AT + 4, (short) own).array();
                },
                "input");
        spoilt(
                bytes -> {
                    ByteBuffer file = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
                    return file.putLong(32, file.getLong(32) + 64).array();
                },
                "size of the file is");
    }

    private void spoilt(UnaryOperator<byte[]> change, String message) throws IOException {
        Path file = folder.resolve("spoilt.lkm");
        Files.write(file, change.apply(BundledModels.DIGITS.bytes()));
        Cli.run("model", "inspect", file).refused(file + " is not a valid model: ", message);
        Cli.run("model", "verify", file).refused(message);
        Path chain = folder.resolve("chain");
        Cli.run("init", chain, "--model", file).refused(file.toString(), message);
        Cli.run("dev", "--data-path", chain, "--model", file).refused(file.toString(), message);
        assertThat(chain).doesNotExist();
    }

    private static byte[] with(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    @Test
    void anOversizedFileIsRefusedUnread() throws IOException {
        Path huge = folder.resolve("huge.lkm");
        try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength((256L << 20) + 1);
        }
        for (String[] line :
                new String[][] {
                    {"model", "inspect", huge.toString()},
                    {"init", folder.resolve("c").toString(), "--model", huge.toString()},
                    {"dev", "--model", huge.toString()}
                }) {
            Cli.run((Object[]) line)
                    .refused("size of the file is 268435457; allowed 128..268435456");
        }
    }

    @Test
    void onnxThatCannotBeImportedSaysWhy() throws IOException {
        refusedOnnx(
                OnnxBytes.model(OnnxBytes.node("NonZero", "x", "y")),
                "node 'n_y' (NonZero): operator NonZero is not supported; supported are Abs, Acos, Acosh");
        refusedOnnx(
                OnnxBytes.model(
                        OnnxBytes.node(
                                "If",
                                "x",
                                "y",
                                new OnnxBytes()
                                        .text(1, "then_branch")
                                        .message(6, new OnnxBytes().text(2, "inner"))
                                        .number(20, 5))),
                "attribute 'then_branch' holds a subgraph");
        refusedOnnx(
                OnnxBytes.model(
                        new OnnxBytes()
                                .message(
                                        5,
                                        new OnnxBytes()
                                                .number(1, 2)
                                                .number(2, 1)
                                                .text(8, "weights.far")
                                                .message(13, new OnnxBytes().text(1, "location"))
                                                .number(14, 1)),
                        OnnxBytes.node("Relu", "x", "y")),
                "tensor 'weights.far' keeps its data in another file");
        refusedOnnx(
                OnnxBytes.model(OnnxBytes.node("Relu", "b", "a"), OnnxBytes.node("Relu", "a", "b")),
                "cyclic");
        byte[] whole = OnnxBytes.model(OnnxBytes.node("Relu", "x", "y"));
        refusedOnnx(Arrays.copyOf(whole, whole.length - 3), "ONNX");
        refusedOnnx(
                "{\"not\": \"onnx\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8), "ONNX");
    }

    private void refusedOnnx(byte[] bytes, String message) throws IOException {
        Path onnx = folder.resolve("bad.onnx");
        Files.write(onnx, bytes);
        Path samples = Files.writeString(folder.resolve("samples.csv"), "1,2,3\n4,5,6\n");
        Cli.run("model", "import", onnx, "--calibrate", samples).refused(message);
        assertThat(folder.resolve("bad.lkm")).doesNotExist();
        assertThat(folder.resolve("bad.notes")).doesNotExist();
    }

    @Test
    void samplesOfTheWrongShapeOrKindAreRefused() throws IOException {
        Path model = Files.write(folder.resolve("digits.lkm"), BundledModels.DIGITS.bytes());
        Path samples = folder.resolve("samples.csv");
        Files.writeString(samples, "1,2,3\n");
        Cli.run("model", "run", model, "--input", samples).refused("256");
        Files.writeString(samples, "1,2,3\n1,two,3\n");
        Cli.run("model", "run", model, "--input", samples).refused("line 2", "two");
        Files.writeString(samples, "");
        Cli.run("model", "run", model, "--input", samples).refused(samples.toString());
        Cli.run("model", "run", model, "--input", model).refused(model.toString());
        Cli.run("model", "run", model, "--input", samples, "--limit", 0).refused("--limit is 0");
        Cli.run("model", "import", model, "--calibrate", samples, "--precision", "i7")
                .refused("--precision is i7; auto, i8 and i16 are allowed");
        Cli.run("model", "verify", model, "--id", "0x12").refused("has the id 0x", "not 0x12");
        Cli.run("model", "verify", model, "--onnx", model).refused("--onnx and --test go together");
    }
}
