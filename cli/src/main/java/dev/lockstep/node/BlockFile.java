package dev.lockstep.node;

import dev.lockstep.types.Block;
import dev.lockstep.types.RlpException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A file of blocks: their RLP encodings one after the other, genesis first, as other clients export
 * them.
 *
 * @fails {@link RlpException} where the bytes are not blocks, with the place in the file
 */
public final class BlockFile {
    /** A block's RLP is under this, or the file is refused before anything is allocated. */
    static final int BLOCK_SIZE_BYTES_MAX = 64 << 20;

    private BlockFile() {}

    /** Writes blocks in the order they come. */
    public static final class Writer implements AutoCloseable {
        private final OutputStream out;

        public Writer(Path file) throws IOException {
            out = new BufferedOutputStream(Files.newOutputStream(file));
        }

        public void write(Block block) throws IOException {
            out.write(block.encode().toArrayUnsafe());
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    /** Reads one block at a time, so that a file may be larger than memory. */
    public static final class Reader implements AutoCloseable {
        private final DataInputStream in;
        private final long sizeBytes;
        private long at;

        public Reader(Path file) throws IOException {
            in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
            sizeBytes = Files.size(file);
        }

        /**
         * @unit bytes of the file
         */
        public long sizeBytes() {
            return sizeBytes;
        }

        /**
         * @unit bytes read so far
         */
        public long position() {
            return at;
        }

        /** The next block, or null at the end. */
        public @Nullable Block next() throws IOException {
            long start = at;
            Bytes encoded = nextItem();
            if (encoded == null) return null;
            try {
                return Block.decode(encoded);
            } catch (RlpException notABlock) {
                throw new RlpException(
                        "the block at byte " + start + " of the file: " + notABlock.getMessage());
            }
        }

        private @Nullable Bytes nextItem() throws IOException {
            long start = at;
            int first = in.read();
            if (first < 0) return null;
            if (first < 0xc0) {
                throw new RlpException(
                        "byte "
                                + start
                                + " of the file is 0x%02x; a block is a list, 0xc0 or above"
                                        .formatted(first));
            }
            int sizeOfLength = first < 0xf8 ? 0 : first - 0xf7;
            try {
                byte[] length = in.readNBytes(sizeOfLength);
                if (length.length < sizeOfLength) throw new EOFException();
                long size = sizeOfLength == 0 ? first - 0xc0 : size(length, start);
                if (size > BLOCK_SIZE_BYTES_MAX) {
                    throw new RlpException(
                            "the block at byte "
                                    + start
                                    + " says it has "
                                    + size
                                    + " bytes; at most "
                                    + BLOCK_SIZE_BYTES_MAX
                                    + " are allowed");
                }
                if (size > sizeBytes - start - 1 - sizeOfLength) throw new EOFException();
                byte[] item = new byte[1 + sizeOfLength + (int) size];
                item[0] = (byte) first;
                System.arraycopy(length, 0, item, 1, sizeOfLength);
                in.readFully(item, 1 + sizeOfLength, (int) size);
                at = start + item.length;
                return Bytes.wrap(item);
            } catch (EOFException truncated) {
                throw new RlpException(
                        "the file ends inside the block that starts at byte " + start);
            }
        }

        private static long size(byte[] length, long start) {
            if (length.length > 4) {
                throw new RlpException(
                        "the block at byte "
                                + start
                                + " has a length of "
                                + length.length
                                + " bytes; at most 4 are allowed");
            }
            long size = 0;
            for (byte b : length) size = size << 8 | (b & 0xff);
            return size;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
