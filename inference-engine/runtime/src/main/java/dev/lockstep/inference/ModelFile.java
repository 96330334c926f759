package dev.lockstep.inference;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The container LKM-1: one valid sequence of bytes for each model. The README has the layout byte
 * by byte.
 *
 * <p>{@code id = keccak256("LKM1" ‖ arithmetic ‖ keccak256(graph) ‖ weightsRoot ‖ weightsLength)},
 * the numbers as 4 and 8 bytes little-endian; the graph is everything before the weights.
 */
public final class ModelFile {
    /** Larger files are mapped, smaller ones read. */
    private static final long READ_BYTES_MAX = 64L << 20;

    private ModelFile() {}

    /**
     * The model in a file.
     *
     * @throws IOException where the file cannot be read
     */
    public static Model read(Path file) throws IOException, InvalidModelException {
        long size = Files.size(file);
        Check.range("size of the file", size, GraphCodec.HEADER_BYTES, Limits.V1.modelBytesMax());
        if (size <= READ_BYTES_MAX) {
            return read(Files.readAllBytes(file));
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(channel.map(FileChannel.MapMode.READ_ONLY, 0, size, Arena.ofAuto()));
        }
    }

    /** The model in these bytes, which must not change from now on. */
    public static Model read(byte[] bytes) throws InvalidModelException {
        return read(MemorySegment.ofArray(bytes));
    }

    /** The model in this memory, which must not change from now on; its weights stay there. */
    public static Model read(MemorySegment bytes) throws InvalidModelException {
        Model model = Verifier.verify(GraphCodec.decode(bytes));
        long mismatch =
                bytes.asSlice(0, model.graphBytes().length)
                        .mismatch(MemorySegment.ofArray(model.graphBytes()));
        if (mismatch >= 0) {
            throw new InvalidModelException(
                    "byte "
                            + mismatch
                            + " is "
                            + bytes.get(ValueLayout.JAVA_BYTE, mismatch)
                            + "; the one encoding of this model has "
                            + model.graphBytes()[(int) mismatch]);
        }
        return model;
    }

    /** The file of a model. */
    public static byte[] write(Model model) {
        byte[] graph = model.graphBytes();
        MemorySegment section = model.graph().section();
        byte[] file = new byte[Math.toIntExact(model.sizeBytes())];
        System.arraycopy(graph, 0, file, 0, graph.length);
        MemorySegment.copy(
                section, 0, MemorySegment.ofArray(file), graph.length, section.byteSize());
        return file;
    }

    static ModelId id(byte[] graph, MemorySegment section) {
        byte[] arithmetic =
                ByteBuffer.allocate(Integer.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(GraphCodec.ARITHMETIC)
                        .array();
        byte[] length =
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(section.byteSize())
                        .array();
        byte[] magic = "LKM1".getBytes(StandardCharsets.US_ASCII);
        return ModelId.of(
                Keccak256.hash(
                        magic,
                        arithmetic,
                        Keccak256.hash(graph),
                        WeightTree.root(section),
                        length));
    }
}
