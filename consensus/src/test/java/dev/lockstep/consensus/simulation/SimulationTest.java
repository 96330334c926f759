package dev.lockstep.consensus.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class SimulationTest {
    @Test
    void noTwoBlocksAtOneHeightAndProgressWhenTheFaultsEnd() {
        runSeeds(0, 200);
    }

    @Test
    @Tag("sweep")
    void theSameOverTenThousandSeeds() {
        runSeeds(1_000_000, 10_000);
    }

    @Test
    void oneSeedIsOneRun() {
        Simulation first = new Simulation(42, true);
        first.run();
        Simulation second = new Simulation(42, true);
        second.run();
        assertThat(first.trace).isNotEmpty().isEqualTo(second.trace);
    }

    private static void runSeeds(long from, int count) {
        for (long seed = from; seed < from + count; seed++) {
            try {
                new Simulation(seed, false).run();
            } catch (RuntimeException broken) {
                fail("seed " + seed + ": " + broken.getMessage(), broken);
            }
        }
    }
}
