package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.Hash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The tables of EIP-6122, which are about mainnet with a fork by time. */
class ForkIdTest {
    private static final ForkId.Schedule MAINNET =
            ForkId.Schedule.of(
                    Hash.fromHex(
                            "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
                    List.of(
                            0L, 1150000L, 1920000L, 2463000L, 2675000L, 4370000L, 7280000L,
                            7280000L, 9069000L, 9200000L, 12244000L, 12965000L, 13773000L,
                            15050000L, 18000000L),
                    List.of(1668000000L),
                    0);

    /** head, time, hash, next and whatever stands behind. */
    private static final Pattern ROW =
            Pattern.compile(
                    "^\\s*\\{(\\d+), (\\d+), ID\\{Hash: checksumToBytes\\((0x\\w+)\\), Next: ([\\w.]+)}"
                            + "(?:, (\\w+))?}",
                    Pattern.MULTILINE);

    private static Matcher rows() throws IOException {
        String root = System.getenv("LOCKSTEP_FIXTURES");
        if (root == null) System.out.println("skipped: LOCKSTEP_FIXTURES is not set");
        Assumptions.assumeTrue(root != null, "LOCKSTEP_FIXTURES is not set");
        return ROW.matcher(Files.readString(Path.of(root, "ethereum/p2p/eips/eip-6122.md")));
    }

    private static ForkId id(Matcher row) {
        String next = row.group(4);
        return new ForkId(
                Bytes.fromHexString(row.group(3)),
                next.equals("math.MaxUint64") ? -1 : Long.parseLong(next));
    }

    @Test
    void aHeadHasTheIdOfTheTable() throws IOException {
        Matcher row = rows();
        int count = 0;
        while (row.find()) {
            if (row.group(5) != null) continue;
            ForkId id = MAINNET.at(Long.parseLong(row.group(1)), Long.parseLong(row.group(2)));
            assertThat(id).as(row.group()).isEqualTo(id(row));
            count++;
        }
        assertThat(count).isGreaterThan(25);
    }

    @Test
    void aPeerIsAcceptedOrRefusedAsTheTableSays() throws IOException {
        Matcher row = rows();
        int accepted = 0;
        int refused = 0;
        while (row.find()) {
            if (row.group(5) == null) continue;
            boolean isAccepted =
                    MAINNET.accepts(
                            id(row), Long.parseLong(row.group(1)), Long.parseLong(row.group(2)));
            assertThat(isAccepted).as(row.group()).isEqualTo(row.group(5).equals("nil"));
            if (isAccepted) accepted++;
            else refused++;
        }
        assertThat(accepted).isGreaterThan(8);
        assertThat(refused).isGreaterThan(5);
    }

    @Test
    void aChainWhoseForksAreAllAtGenesisHasOneId() {
        ForkId.Schedule schedule =
                ForkId.Schedule.of(Hash.ZERO, List.of(0L, 0L), List.of(0L, 5L), 5);
        assertThat(schedule.at(0, 5)).isEqualTo(schedule.at(1_000_000, 2_000_000_000L));
        assertThat(schedule.at(0, 5).next()).isZero();
    }
}
