package dev.lockstep.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that commits blocks is killed in the middle: what it reported is there, and whole. */
class RocksStoreCrashTest {
    private static final int REPORTED = 25;
    private static final int SLOTS = 40;

    @TempDir Path folder;

    /** The process to be killed: commits blocks for ever, and says so after each. */
    static final class Committer {
        public static void main(String[] args) {
            KeyValueStore store = RocksStore.open(Path.of(args[0]));
            WorldState world = new WorldState(store);
            for (long number = 0; ; number++) {
                commit(store, world, number);
                System.out.println(number);
            }
        }
    }

    private static void commit(KeyValueStore store, WorldState world, long number) {
        WriteBatch batch = new WriteBatch();
        world.stage(world.prepare(diff(number)), number, batch);
        batch.put(Column.HEADERS, Bytes.ofUnsignedLong(number), world.headRoot().bytes());
        store.write(batch);
    }

    private static StateDiff diff(long number) {
        TreeMap<UInt256, UInt256> slots = new TreeMap<>();
        for (int i = 0; i < SLOTS; i++) {
            slots.put(UInt256.valueOf(i), UInt256.valueOf(number * 7 + i + 1));
        }
        TreeMap<Address, AccountChange> accounts = new TreeMap<>();
        var fields = new StateDiff.Fields(number, UInt256.valueOf(number), Hash.EMPTY);
        accounts.put(Address.ofNumber(0x1234), new AccountChange(fields, false, slots));
        return new StateDiff(accounts, new TreeMap<>());
    }

    @Test
    void aKilledProcessLosesNothingReportedAndLeavesNoBlockHalfWritten() throws Exception {
        Path database = folder.resolve("database");
        long reported = killAfterSomeBlocks(database);

        try (KeyValueStore store = RocksStore.open(database)) {
            WorldState world = new WorldState(store);
            long head = world.headNumber();
            assertThat(head).isGreaterThanOrEqualTo(reported);
            assertThat(store.get(Column.HEADERS, Bytes.ofUnsignedLong(head))).isNotNull();
            assertThat(store.get(Column.HEADERS, Bytes.ofUnsignedLong(head + 1))).isNull();

            MemoryStore memory = new MemoryStore();
            WorldState expected = new WorldState(memory);
            for (long number = 0; number <= head; number++) commit(memory, expected, number);
            assertThat(world.headRoot()).isEqualTo(expected.headRoot());
            Column[] columns = {
                Column.ACCOUNTS,
                Column.SLOTS,
                Column.ACCOUNT_NODES,
                Column.SLOT_NODES,
                Column.ACCOUNT_HISTORY,
                Column.SLOT_HISTORY,
                Column.CHANGES
            };
            for (Column column : columns) {
                assertThat(TestWorld.rows(store, column))
                        .as(column.title())
                        .isEqualTo(TestWorld.rows(memory, column));
            }
            commit(store, world, head + 1);
            assertThat(world.headNumber()).isEqualTo(head + 1);
        }
    }

    private static long killAfterSomeBlocks(Path database)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        Committer.class.getName(),
                                        database.toString()))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (BufferedReader out = process.inputReader(StandardCharsets.US_ASCII)) {
            long reported = -1;
            while (reported < REPORTED) {
                String line = out.readLine();
                assertThat(line).as("the process ended early").isNotNull();
                reported = Long.parseLong(line);
            }
            assertThatThrownBy(() -> RocksStore.open(database))
                    .isInstanceOf(LocalFault.class)
                    .hasMessageContaining("in use by another process");
            // By its handle: Process.destroyForcibly would close what it still has to say.
            process.toHandle().destroyForcibly();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                reported = Math.max(reported, Long.parseLong(line));
            }
            process.waitFor();
            return reported;
        } finally {
            process.destroyForcibly();
        }
    }
}
