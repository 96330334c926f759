package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls within calls: gas, values, return data, depth, precompiles. */
final class CallTest {
    private static final String TO_OTHER = Scene.OTHER.toString();
    private static final long PRECOMPILE = 0x0a01;

    @Test
    void aCallKeepsOne64thOfTheGas() {
        Scene scene = new Scene();
        scene.contract(Scene.OTHER, "GAS 0 MSTORE 32 0 RETURN");
        // The callee sees its gas less 2 for GAS itself; the caller compares with its own before.
        Executed executed =
                scene.run("32 0 0 0 0 " + TO_OTHER + " GAS DUP1 32 MSTORE CALL POP 64 0 RETURN");
        long seen = UInt256.fromBytes(executed.output().slice(0, 32)).toLong() + 2;
        long before = UInt256.fromBytes(executed.output().slice(32, 32)).toLong();
        // DUP1, PUSH1, MSTORE with its second word of memory, then the cold call.
        long left = before - 3 - 3 - 3 - 6 - 2600;
        assertThat(seen).isEqualTo(left - left / 64);
    }

    /** More than a transaction keeps at hand, and all of them twice. */
    @Test
    void callsGoToTheCodeOfEachOfManyContracts() {
        Scene scene = new Scene();
        scene.gas = 2_000_000;
        StringBuilder calls = new StringBuilder("0 ");
        for (int i = 0; i < 400; i++) {
            Address callee = new Address(0, 0, 0xca0000 + i % 200);
            scene.contract(callee, i % 200 + " 0 MSTORE 32 0 RETURN");
            calls.append("32 0 0 0 ").append(callee).append(" 10000 STATICCALL POP 0 MLOAD ADD ");
        }
        Executed executed = scene.run(calls + "0 MSTORE 32 0 RETURN");
        assertThat(UInt256.fromBytes(executed.output())).isEqualTo(UInt256.valueOf(199 * 200));
    }

    @Test
    void beforeTangerineWhistleAskingForMoreGasThanThereIsHalts() {
        Scene scene = new Scene().at(Fork.HOMESTEAD);
        scene.contract(Scene.OTHER, "STOP");
        assertThat(scene.run("0 0 0 0 0 " + TO_OTHER + " GAS CALL").halt())
                .isEqualTo(HaltReason.OUT_OF_GAS);
        assertThat(scene.run("0 0 0 0 0 " + TO_OTHER + " 5000 CALL").halt()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        // fork, value, whether the callee is there, gas of CALL with nothing forwarded
        "FRONTIER, 0, true, 40",
        "FRONTIER, 0, false, 25040",
        "FRONTIER, 1, true, 6740",
        "TANGERINE_WHISTLE, 0, false, 25700",
        "SPURIOUS_DRAGON, 0, false, 700",
        "SPURIOUS_DRAGON, 1, false, 32400",
        "BERLIN, 0, true, 2600",
        "BERLIN, 1, false, 34300",
        "OSAKA, 1, true, 9300"
    })
    void callsCostByValueAndCallee(Fork fork, int value, boolean isThere, long gas) {
        Scene scene = new Scene().at(fork);
        scene.account(Scene.CONTRACT, 1, Scene.ETHER, Bytes.EMPTY);
        if (isThere) scene.account(Scene.OTHER, 1, UInt256.ONE, Bytes.EMPTY);
        long pushes = 7 * 3;
        // What a value brings along as a stipend comes back unspent.
        assertThat(scene.gasOf("0 0 0 0 " + value + " " + TO_OTHER + " 0 CALL"))
                .isEqualTo(pushes + gas);
    }

    @Test
    void aSecondCallIsWarm() {
        Scene scene = new Scene();
        String call = "0 0 0 0 0 " + TO_OTHER + " 0 CALL ";
        assertThat(scene.gasOf(call + call) - scene.gasOf(call)).isEqualTo(21 + 100);
    }

    @Test
    void aCallWithoutTheFundsFailsAndGivesTheGasBack() {
        Scene scene = new Scene();
        assertThat(scene.top("0 0 0 0 1 " + TO_OTHER + " GAS CALL")).isEqualTo(UInt256.ZERO);
        assertThat(scene.run("0 0 0 0 1 " + TO_OTHER + " GAS CALL").gasUsed()).isLessThan(60_000);
    }

    @Test
    void valueMovesAndTheCalleeSeesIt() {
        Scene scene = new Scene();
        scene.account(Scene.CONTRACT, 1, UInt256.valueOf(100), Bytes.EMPTY);
        scene.contract(Scene.OTHER, "CALLVALUE 0 MSTORE CALLER 32 MSTORE 64 0 RETURN");
        Executed executed = scene.run("64 0 0 0 5 " + TO_OTHER + " 50000 CALL POP 64 0 RETURN");
        assertThat(UInt256.fromBytes(executed.output().slice(0, 32))).isEqualTo(UInt256.valueOf(5));
        assertThat(Address.of(executed.output().slice(44, 20))).isEqualTo(Scene.CONTRACT);
        assertThat(executed.diff().accounts().get(Scene.OTHER).after().balance())
                .isEqualTo(UInt256.valueOf(5));
        assertThat(executed.diff().accounts().get(Scene.CONTRACT).after().balance())
                .isEqualTo(UInt256.valueOf(95));
    }

    @ParameterizedTest
    @CsvSource({
        // who the code thinks it is, who it thinks called, and the value it sees
        "CALL, OTHER, CONTRACT, 5",
        "CALLCODE, CONTRACT, CONTRACT, 5",
        "DELEGATECALL, CONTRACT, SENDER, 9",
        "STATICCALL, OTHER, CONTRACT, 0"
    })
    void eachKindOfCallHasItsSurroundings(String kind, String self, String caller, long value) {
        Scene scene = new Scene();
        scene.value = UInt256.valueOf(9);
        scene.contract(
                Scene.OTHER, "ADDRESS 0 MSTORE CALLER 32 MSTORE CALLVALUE 64 MSTORE 96 0 RETURN");
        String given = kind.equals("CALL") || kind.equals("CALLCODE") ? "5 " : "";
        Executed executed =
                scene.run("96 0 0 0 " + given + TO_OTHER + " 50000 " + kind + " 96 0 RETURN");
        Bytes seen = executed.output();
        assertThat(Address.of(seen.slice(12, 20))).isEqualTo(named(self));
        assertThat(Address.of(seen.slice(44, 20))).isEqualTo(named(caller));
        assertThat(UInt256.fromBytes(seen.slice(64, 32))).isEqualTo(UInt256.valueOf(value));
    }

    private static Address named(String name) {
        return switch (name) {
            case "OTHER" -> Scene.OTHER;
            case "CONTRACT" -> Scene.CONTRACT;
            default -> Scene.SENDER;
        };
    }

    @Test
    void aRevertGivesDataAndGasBackAndUndoesWrites() {
        Scene scene = new Scene();
        scene.contract(Scene.OTHER, "7 1 SSTORE 0xabcd 0 MSTORE 32 0 REVERT");
        Executed executed =
                scene.run(
                        "0 0 0 0 0 "
                                + TO_OTHER
                                + " 100000 CALL 0 MSTORE RETURNDATASIZE 0 32 RETURNDATACOPY"
                                + " 64 0 RETURN");
        assertThat(UInt256.fromBytes(executed.output().slice(0, 32))).isEqualTo(UInt256.ZERO);
        assertThat(executed.output().slice(62)).isEqualTo(Bytes.fromHexString("0xabcd"));
        assertThat(executed.gasUsed()).isLessThan(50_000);
        assertThat(executed.diff().accounts()).doesNotContainKey(Scene.OTHER);
    }

    @Test
    void aHaltTakesAllGasOfTheCalleeAndNoneOfTheCaller() {
        Scene scene = new Scene();
        scene.contract(Scene.OTHER, "INVALID");
        Executed executed = scene.run("0 0 0 0 0 " + TO_OTHER + " 100000 CALL");
        assertThat(executed.succeeded()).isTrue();
        assertThat(executed.gasUsed()).isEqualTo(21_000 + 21 + 2600 + 100_000);
    }

    @Test
    void returnDataBeyondItsEndHalts() {
        Scene scene = new Scene();
        assertThat(scene.run("1 0 0 RETURNDATACOPY").halt())
                .isEqualTo(HaltReason.RETURN_DATA_OUT_OF_BOUNDS);
        assertThat(scene.run("0 0 0 RETURNDATACOPY").halt()).isNull();
        assertThat(scene.run("0 1 0 RETURNDATACOPY").halt())
                .isEqualTo(HaltReason.RETURN_DATA_OUT_OF_BOUNDS);
    }

    @Test
    void callsNest1024DeepAndNoDeeper() {
        Scene scene = new Scene().at(Fork.HOMESTEAD);
        // Each level stores that it was reached and calls itself with nearly all gas.
        scene.gas = 30_000_000;
        Executed executed = scene.run("1 0 SLOAD ADD 0 SSTORE 0 0 0 0 0 ADDRESS 6000 GAS SUB CALL");
        assertThat(executed.succeeded()).isTrue();
        assertThat(executed.diff().accounts().get(Scene.CONTRACT).slots().get(UInt256.ZERO))
                .isEqualTo(UInt256.valueOf(1025));
    }

    @Test
    void aPrecompileAnswersChargesItsQuoteAndIsAlwaysWarm() {
        Scene scene = new Scene().precompile(PRECOMPILE, echo(700, null));
        Executed executed =
                scene.run(
                        "0xbeef 0 MSTORE 32 32 32 0 0 "
                                + PRECOMPILE
                                + " 100000 CALL POP 32 32 RETURN");
        assertThat(executed.output().slice(30)).isEqualTo(Bytes.fromHexString("0xbeef"));
        long gas = scene.gasOf("0 0 0 0 0 " + PRECOMPILE + " 100000 CALL");
        assertThat(gas).isEqualTo(21 + 100 + 700);
    }

    @Test
    void aPrecompileOverItsGasIsNotRun() {
        Scene scene =
                new Scene()
                        .precompile(
                                PRECOMPILE,
                                new Precompile() {
                                    @Override
                                    public long quote(Bytes input, PrecompileContext context) {
                                        return 701;
                                    }

                                    @Override
                                    public PrecompileResult run(
                                            Bytes input, PrecompileContext context) {
                                        throw new AssertionError("run without gas");
                                    }
                                });
        assertThat(scene.top("0 0 0 0 0 " + PRECOMPILE + " 700 CALL")).isEqualTo(UInt256.ZERO);
        assertThat(scene.gasOf("0 0 0 0 0 " + PRECOMPILE + " 700 CALL")).isEqualTo(21 + 100 + 700);
    }

    @Test
    void aPrecompileThatRevertsKeepsTheRestAndOneThatFailsDoesNot() {
        Scene reverts =
                new Scene().precompile(PRECOMPILE, answering(PrecompileResult.Reverted::new));
        assertThat(reverts.gasOf("0 0 0 0 0 " + PRECOMPILE + " 100000 CALL"))
                .isEqualTo(21 + 100 + 10);
        assertThat(reverts.top("0 0 0 0 0 " + PRECOMPILE + " 1000 CALL POP RETURNDATASIZE"))
                .isEqualTo(UInt256.valueOf(2));
        Scene fails =
                new Scene()
                        .precompile(
                                PRECOMPILE, answering(bytes -> new PrecompileResult.Failed("no")));
        assertThat(fails.gasOf("0 0 0 0 0 " + PRECOMPILE + " 100000 CALL"))
                .isEqualTo(21 + 100 + 100_000);
        assertThat(fails.top("0 0 0 0 0 " + PRECOMPILE + " 1000 CALL POP RETURNDATASIZE"))
                .isEqualTo(UInt256.ZERO);
    }

    @Test
    void modelCallsAreKeptInOrderEvenWhereTheirFrameReverts() {
        List<PrecompileContext> seen = new ArrayList<>();
        Scene scene = new Scene().precompile(PRECOMPILE, echo(50, seen));
        scene.engines = List.of(Engine.DECODED.interpreter());
        scene.contract(
                Scene.OTHER, "2 0 MSTORE 0 0 32 0 " + PRECOMPILE + " 1000 STATICCALL 0 0 REVERT");
        String direct = "0 0 32 0 0 " + PRECOMPILE + " 1000 CALL POP ";
        Executed executed =
                scene.run(
                        "1 0 MSTORE "
                                + direct
                                + "0 0 0 0 0 "
                                + TO_OTHER
                                + " 50000 CALL POP 3 0 MSTORE "
                                + direct
                                + "0 0 REVERT");
        assertThat(executed.succeeded()).isFalse();
        assertThat(executed.halt()).isNull();
        assertThat(executed.modelCalls().stream().map(call -> call.gas()).toList())
                .containsExactly(1L, 2L, 3L);
        assertThat(executed.modelCalls().stream().map(ModelCall::caller).toList())
                .containsExactly(Scene.CONTRACT, Scene.OTHER, Scene.CONTRACT);
        assertThat(seen.stream().map(PrecompileContext::isStatic).toList())
                .containsExactly(false, true, false);
    }

    /**
     * Answers its input; its model call carries the input's last byte as gas, to tell them apart.
     */
    private static Precompile echo(long price, List<PrecompileContext> seen) {
        return new Precompile() {
            @Override
            public long quote(Bytes input, PrecompileContext context) {
                return price;
            }

            @Override
            public PrecompileResult run(Bytes input, PrecompileContext context) {
                if (seen != null) seen.add(context);
                long tag = input.isEmpty() ? 0 : input.get(input.size() - 1);
                return new PrecompileResult.Output(
                        input,
                        new ModelCall(context.caller(), Hash.ZERO, Hash.ZERO, Hash.ZERO, tag));
            }
        };
    }

    private static Precompile answering(
            java.util.function.Function<Bytes, PrecompileResult> answer) {
        return new Precompile() {
            @Override
            public long quote(Bytes input, PrecompileContext context) {
                return 10;
            }

            @Override
            public PrecompileResult run(Bytes input, PrecompileContext context) {
                return answer.apply(Bytes.fromHexString("0x0102"));
            }
        };
    }
}
