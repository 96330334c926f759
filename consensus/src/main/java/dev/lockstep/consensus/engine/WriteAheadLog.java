package dev.lockstep.consensus.engine;

import dev.lockstep.consensus.core.LogEntry;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.RlpException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.apache.tuweni.bytes.Bytes;

/**
 * What this validator said and saw prepared, on disk before anybody hears of it. A file of records:
 * size (4 bytes), CRC-32 of the entry (4 bytes), entry. A record that a crash cut off is at the end
 * and was never acted upon, so it is dropped; any other damage stops the node, which could not know
 * what it said.
 */
public final class WriteAheadLog implements Closeable {
    private static final int HEADER_BYTES = 8;
    private static final int ENTRY_BYTES_MAX = 64 << 20;

    /** When entries of heights long gone are left out of the file. */
    private static final long REWRITE_BYTES = 8L << 20;

    /** Heights below the head whose entries are kept: the chain's last blocks may be lost. */
    private static final long HEIGHTS_KEPT = 16;

    private final Path path;
    private final List<LogEntry> entries = new ArrayList<>();
    private FileChannel file;

    private WriteAheadLog(Path path, FileChannel file) {
        this.path = path;
        this.file = file;
    }

    /**
     * @fails LocalFault where the file cannot be read or is damaged
     */
    public static WriteAheadLog open(Path path) {
        try {
            FileChannel file =
                    FileChannel.open(
                            path,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            WriteAheadLog log = new WriteAheadLog(path, file);
            log.read();
            return log;
        } catch (IOException e) {
            throw new LocalFault("the consensus log " + path + " cannot be opened", e);
        }
    }

    private void read() throws IOException {
        Bytes content = Bytes.wrap(Files.readAllBytes(path));
        int at = 0;
        while (at < content.size()) {
            int left = content.size() - at;
            int size = left < HEADER_BYTES ? 0 : content.getInt(at);
            if (left < HEADER_BYTES || (size >= 0 && size > left - HEADER_BYTES)) break;
            if (size < 0 || size > ENTRY_BYTES_MAX) throw damaged(at, "a size of " + size);
            Bytes entry = content.slice(at + HEADER_BYTES, size);
            if (checksum(entry) != content.getInt(at + 4)) {
                // The last record may have its size on disk before its bytes.
                if (at + HEADER_BYTES + size == content.size()) break;
                throw damaged(at, "a checksum that is wrong");
            }
            try {
                entries.add(LogEntry.decode(entry));
            } catch (RlpException malformed) {
                throw damaged(at, "" + malformed.getMessage());
            }
            at += HEADER_BYTES + size;
        }
        file.truncate(at);
        file.position(at);
    }

    private LocalFault damaged(int at, String what) {
        return new LocalFault(
                "the consensus log "
                        + path
                        + " is damaged at byte "
                        + at
                        + ": "
                        + what
                        + "; without it this validator could contradict itself."
                        + " Remove it only if the chain has gone on by a block since");
    }

    /** All that is kept, in its order. */
    List<LogEntry> entries() {
        return List.copyOf(entries);
    }

    /** Returns when it is on disk. */
    void append(LogEntry entry) {
        try {
            write(file, entry);
            file.force(false);
            entries.add(entry);
        } catch (IOException e) {
            throw new LocalFault("the consensus log " + path + " cannot be written", e);
        }
    }

    private static void write(FileChannel file, LogEntry entry) throws IOException {
        Bytes encoded = entry.encode();
        ByteBuffer record = ByteBuffer.allocate(HEADER_BYTES + encoded.size());
        record.putInt(encoded.size()).putInt(checksum(encoded)).put(encoded.toArrayUnsafe()).flip();
        while (record.hasRemaining()) file.write(record);
    }

    private static int checksum(Bytes entry) {
        CRC32 sum = new CRC32();
        sum.update(entry.toArrayUnsafe());
        return (int) sum.getValue();
    }

    /** Forgets what is long final, now and then. */
    void forgetBefore(long height) {
        forgetBefore(height, REWRITE_BYTES);
    }

    void forgetBefore(long height, long rewriteBytes) {
        try {
            if (file.size() < rewriteBytes) return;
            entries.removeIf(entry -> entry.height() < height - HEIGHTS_KEPT);
            Path next = path.resolveSibling(path.getFileName() + ".next");
            FileChannel rewritten =
                    FileChannel.open(
                            next,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE);
            for (LogEntry entry : entries) write(rewritten, entry);
            rewritten.force(true);
            Files.move(
                    next,
                    path,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            file.close();
            file = rewritten;
        } catch (IOException e) {
            throw new LocalFault("the consensus log " + path + " cannot be rewritten", e);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
