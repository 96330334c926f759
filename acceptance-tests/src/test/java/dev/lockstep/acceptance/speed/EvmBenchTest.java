package dev.lockstep.acceptance.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.acceptance.dsl.Clients;
import dev.lockstep.acceptance.speed.EvmBench.Calls;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** That both clients do the same work in what the benchmark compares; nothing is timed. */
final class EvmBenchTest {
    private static Peer anvil;
    private static Peer lockstep;

    @BeforeAll
    static void start() throws Exception {
        Clients.install();
        anvil = Peer.anvil();
        lockstep = Peer.lockstep("adaptive");
    }

    @AfterAll
    static void stop() {
        if (anvil != null) anvil.close();
        if (lockstep != null) lockstep.close();
    }

    @Test
    void aLoopCostsWhatItsInstructionsCost() throws Exception {
        // Three rounds of 29 gas, and the zero before them.
        assertThat(new Calls(counting(3 * 29 + 3), anvil, lockstep).once().gas()).isEqualTo(90);
    }

    @Test
    void aWrongExpectationStopsTheRun() {
        assertThatThrownBy(() -> new Calls(counting(91), anvil, lockstep).once())
                .isInstanceOf(EvmBench.Disagreement.class)
                .hasMessageContaining("counting must succeed with 91 gas");
    }

    private static Program counting(long gas) {
        Bytes three = Bytes.fromHexString("0x60005b60010180620000031160025700");
        return new Program("counting", Program.Kind.LOOP, three, Bytes.EMPTY, gas);
    }

    @Test
    void everyContractSucceedsAndCostsTheSameOnBoth() throws Exception {
        List<Program> contracts = Program.contracts();
        assertThat(contracts).hasSize(6);
        for (Program contract : contracts) {
            Program small = Program.contract(contract.name(), contract.code().toHexString(), 5);
            assertThat(new Calls(small, anvil, lockstep).once().gas()).isPositive();
        }
    }
}
