package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.types.Fork;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Storage, lasting and transient: values, gas and refunds. */
final class StorageTest {
    /**
     * @source EIP-2200, EIP-1283 and EIP-3529, tables of test cases: stores to slot 0 in a row, the
     *     slot's value before, gas used, refund
     */
    @ParameterizedTest
    @CsvSource({
        "ISTANBUL, 0 0, 0, 1612, 0",
        "ISTANBUL, 0 1, 0, 20812, 0",
        "ISTANBUL, 1 0, 0, 20812, 19200",
        "ISTANBUL, 1 2, 0, 20812, 0",
        "ISTANBUL, 1 1, 0, 20812, 0",
        "ISTANBUL, 0 0, 1, 5812, 15000",
        "ISTANBUL, 0 1, 1, 5812, 4200",
        "ISTANBUL, 0 2, 1, 5812, 0",
        "ISTANBUL, 2 0, 1, 5812, 15000",
        "ISTANBUL, 2 3, 1, 5812, 0",
        "ISTANBUL, 2 1, 1, 5812, 4200",
        "ISTANBUL, 1 0 1, 1, 6618, 4200",
        "CONSTANTINOPLE, 0 0, 0, 412, 0",
        "CONSTANTINOPLE, 0 1, 0, 20212, 0",
        "CONSTANTINOPLE, 1 0, 0, 20212, 19800",
        "CONSTANTINOPLE, 0 1, 1, 5212, 4800",
        "CONSTANTINOPLE, 2 0, 1, 5212, 15000",
        "PETERSBURG, 0 0, 0, 10012, 0",
        "PETERSBURG, 0 1, 1, 25012, 15000",
        "FRONTIER, 1 0, 0, 25012, 15000",
        "BERLIN, 0 0, 0, 2312, 0",
        "BERLIN, 0 1, 0, 22212, 0",
        "BERLIN, 1 0, 0, 22212, 19900",
        "BERLIN, 0 0, 1, 5112, 15000",
        "BERLIN, 0 1, 1, 5112, 2800",
        "BERLIN, 1 0 1, 1, 5218, 2800",
        "LONDON, 0 0, 1, 5112, 4800",
        "LONDON, 2 0, 1, 5112, 4800",
        "LONDON, 0 1 0, 1, 8018, 7600",
        "OSAKA, 1 0 1, 1, 5218, 2800"
    })
    void storesCostByTheirEffect(Fork fork, String values, long before, long gas, long refund) {
        Scene scene = new Scene().at(fork);
        if (before != 0) scene.slot(Scene.CONTRACT, 0, before);
        StringBuilder code = new StringBuilder();
        for (String value : values.split(" ")) code.append(value).append(" 0 SSTORE ");
        long[] counted = new long[1];
        scene.tracer =
                new Tracer() {
                    @Override
                    public void onStep(Step step) {
                        counted[0] = step.refund();
                    }
                };
        long divisor = fork.isAtLeast(Fork.LONDON) ? 5 : 2;
        assertThat(scene.run(code.toString()).gasUsed())
                .isEqualTo(21_000 + gas - Math.min(refund, (21_000 + gas) / divisor));
        // The last step is the STOP behind the code, so the counter is whole.
        assertThat(counted[0]).isEqualTo(refund);
    }

    @Test
    void aStoreWithNoMoreThanTheStipendHalts() {
        Scene scene = new Scene().at(Fork.ISTANBUL);
        scene.gas = 21_000 + 6 + 2300;
        assertThat(scene.run("0 0 SSTORE").halt()).isEqualTo(HaltReason.OUT_OF_GAS);
        scene.gas++;
        assertThat(scene.run("0 0 SSTORE").halt()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "FRONTIER, 50, 50",
        "TANGERINE_WHISTLE, 200, 200",
        "ISTANBUL, 800, 800",
        "BERLIN, 2100, 100",
        "OSAKA, 2100, 100"
    })
    void loadsCostByWarmth(Fork fork, long first, long second) {
        Scene scene = new Scene().at(fork);
        assertThat(scene.gasOf("9 SLOAD")).isEqualTo(3 + first);
        assertThat(scene.gasOf("9 SLOAD 9 SLOAD")).isEqualTo(6 + first + second);
    }

    @Test
    void aRevertMakesSlotsColdAgain() {
        Scene scene = new Scene();
        scene.contract(Scene.OTHER, "9 SLOAD 0 0 REVERT");
        String call = "0 0 0 0 " + Scene.OTHER + " 50000 DELEGATECALL POP ";
        long reverted = scene.gasOf(call + "GAS 9 SLOAD GAS SWAP1 POP SWAP1 SUB 0 MSTORE");
        Scene kept = new Scene();
        kept.contract(Scene.OTHER, "9 SLOAD 0 0 RETURN");
        long warm = kept.gasOf(call + "GAS 9 SLOAD GAS SWAP1 POP SWAP1 SUB 0 MSTORE");
        assertThat(reverted - warm).isEqualTo(2000);
    }

    @Test
    void writesEndInTheDiffAndZeroesDelete() {
        Scene scene = new Scene().slot(Scene.CONTRACT, 1, 5);
        Executed executed = scene.run("0 1 SSTORE 7 2 SSTORE 3 3 SSTORE 0 3 SSTORE");
        var slots = executed.diff().accounts().get(Scene.CONTRACT).slots();
        assertThat(slots)
                .containsExactly(
                        java.util.Map.entry(UInt256.ONE, UInt256.ZERO),
                        java.util.Map.entry(UInt256.valueOf(2), UInt256.valueOf(7)));
    }

    @Test
    void transientSlotsCost100AndLeaveNoTrace() {
        Scene scene = new Scene();
        assertThat(scene.gasOf("7 1 TSTORE 1 TLOAD")).isEqualTo(9 + 200);
        Executed executed = scene.run("7 1 TSTORE 1 TLOAD 0 MSTORE 32 0 RETURN");
        assertThat(UInt256.fromBytes(executed.output())).isEqualTo(UInt256.valueOf(7));
        assertThat(executed.diff().accounts()).doesNotContainKey(Scene.CONTRACT);
    }

    @Test
    void aRevertTakesTransientWritesBack() {
        Scene scene = new Scene();
        scene.contract(Scene.OTHER, "8 1 TSTORE 0 0 REVERT");
        String call = "0 0 0 0 " + Scene.OTHER + " 50000 DELEGATECALL POP ";
        assertThat(scene.top("7 1 TSTORE " + call + "1 TLOAD")).isEqualTo(UInt256.valueOf(7));
    }

    @Test
    void storesInAStaticCallHalt() {
        for (String write : new String[] {"1 1 SSTORE", "1 1 TSTORE", "0 0 LOG0"}) {
            Scene scene = new Scene();
            scene.contract(Scene.OTHER, write + " 32 0 RETURN");
            assertThat(scene.top("0 0 0 0 " + Scene.OTHER + " 50000 STATICCALL"))
                    .as(write)
                    .isEqualTo(UInt256.ZERO);
        }
    }
}
