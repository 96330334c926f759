package dev.lockstep.acceptance.speed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.Clients;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That the benchmarks do their work, of which a failed transaction is the end; nothing is timed.
 */
final class StateBenchTest {
    @TempDir Path folder;

    @BeforeAll
    static void install() throws Exception {
        Clients.install();
    }

    @Test
    void aSmallStateIsMadeAndUsedAgain() throws Exception {
        String[] small = {
            "--data", folder.toString(), "--accounts", "10000", "--transfers", "20", "--rounds", "1"
        };
        StateBench.main(small);
        FileTime made = Files.getLastModifiedTime(folder.resolve("10000-accounts.complete"));
        StateBench.main(small);
        assertThat(Files.getLastModifiedTime(folder.resolve("10000-accounts.complete")))
                .isEqualTo(made);
    }

    @Test
    void aGasIsSpentInEveryWay() throws Exception {
        GasBench.main(
                new String[] {
                    "--data",
                    folder.toString(),
                    "--accounts",
                    "20000",
                    "--rounds",
                    "1",
                    "--warm-up",
                    "0"
                });
    }
}
