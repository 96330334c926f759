package dev.lockstep.consensus.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.consensus.core.LogEntry;
import dev.lockstep.consensus.core.Message;
import dev.lockstep.consensus.core.Payload;
import dev.lockstep.consensus.core.Signed;
import dev.lockstep.consensus.core.Signer;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.types.LocalFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriteAheadLogTest {
    private static final Signer SIGNER = Signer.of(KeyPair.of(Keccak.hash(Bytes.of(1)).bytes()));

    @TempDir Path folder;
    private Path path = Path.of("");

    @BeforeEach
    void name() {
        path = folder.resolve("consensus.log");
    }

    private static LogEntry said(long height, long round) {
        Payload.RoundChange payload = new Payload.RoundChange(height, round, null);
        return new LogEntry.Said(
                new Message.RoundChange(Signed.sign(payload, SIGNER), null, List.of()));
    }

    private void write(LogEntry... entries) throws IOException {
        try (WriteAheadLog log = WriteAheadLog.open(path)) {
            for (LogEntry entry : entries) log.append(entry);
        }
    }

    private List<LogEntry> read() throws IOException {
        try (WriteAheadLog log = WriteAheadLog.open(path)) {
            return log.entries();
        }
    }

    @Test
    void whatWasAppendedIsThereAgain() throws IOException {
        write(said(1, 1), said(1, 2));
        write(said(2, 1));
        assertThat(read()).containsExactly(said(1, 1), said(1, 2), said(2, 1));
    }

    @Test
    void aCrashAtAnyByteLosesTheLastEntryAtMost() throws IOException {
        write(said(1, 1), said(1, 2));
        long two = Files.size(path);
        write(said(1, 3));
        byte[] all = Files.readAllBytes(path);
        for (int size = (int) two; size < all.length; size++) {
            Files.write(path, Arrays.copyOf(all, size));
            assertThat(read()).as("cut at %d", size).containsExactly(said(1, 1), said(1, 2));
            write(said(1, 4));
            assertThat(read()).containsExactly(said(1, 1), said(1, 2), said(1, 4));
        }
        // The file may have grown before its bytes were there.
        byte[] zeros = all.clone();
        Arrays.fill(zeros, (int) two + 8, zeros.length, (byte) 0);
        Files.write(path, zeros);
        assertThat(read()).containsExactly(said(1, 1), said(1, 2));
    }

    @Test
    void damageBeforeTheEndIsNoCrashAndIsRefused() throws IOException {
        write(said(1, 1), said(1, 2), said(1, 3));
        byte[] all = Files.readAllBytes(path);
        for (int at = 4; at < all.length / 3; at++) {
            byte[] damaged = all.clone();
            damaged[at] ^= 1;
            Files.write(path, damaged);
            assertThatThrownBy(this::read)
                    .as("byte %d", at)
                    .isInstanceOf(LocalFault.class)
                    .hasMessageContaining("is damaged at byte 0");
        }
    }

    @Test
    void whatIsLongFinalIsForgottenWhenTheFileIsLarge() throws IOException {
        try (WriteAheadLog log = WriteAheadLog.open(path)) {
            log.append(said(1, 1));
            log.append(said(90, 1));
            log.append(said(100, 1));
            log.forgetBefore(100, Long.MAX_VALUE);
            assertThat(log.entries()).hasSize(3);
            log.forgetBefore(100, 0);
            assertThat(log.entries()).containsExactly(said(90, 1), said(100, 1));
            log.append(said(100, 2));
        }
        assertThat(read()).containsExactly(said(90, 1), said(100, 1), said(100, 2));
    }
}
