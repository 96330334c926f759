package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.types.Fork;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;

/** Every engine against the stepper, which defines what an instruction does. */
final class EnginesTest {
    private static final long SEED = 77_001;
    private static final int PROGRAMS = 2000;

    /** Has an observer, so that the stepper runs. */
    private static final Tracer WATCHING =
            new Tracer() {
                @Override
                public void onStep(Step step) {}
            };

    private static final Fork[] FORKS = {
        Fork.FRONTIER, Fork.BYZANTIUM, Fork.ISTANBUL, Fork.LONDON, Fork.CANCUN, Fork.OSAKA
    };

    @Test
    void randomProgramsEndAlikeInEveryEngine() {
        int succeeded = compare(SEED, PROGRAMS);
        // Programs that all halt at once would compare nothing.
        assertThat(succeeded).isGreaterThan(PROGRAMS / 4);
    }

    /** For more than a build has time for: how many programs, then a seed. */
    public static void main(String[] args) {
        long seed = args.length > 1 ? Long.parseLong(args[1]) : SEED;
        int programs = Integer.parseInt(args[0]);
        System.out.printf(
                "%d programs of seed %d, %d succeeded%n", programs, seed, compare(seed, programs));
    }

    private static int compare(long seed, int programs) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        int succeeded = 0;
        for (int i = 0; i < programs; i++) {
            Fork fork = FORKS[i % FORKS.length];
            Bytes code = i % 4 == 0 ? program(random) : RandomPrograms.next(random, fork);
            long gas = 22_000 + random.nextInt(random.nextBoolean() ? 5000 : 300_000);
            Executed slow = run(code, fork, gas, LoopInterpreter.INSTANCE, WATCHING);
            for (Interpreter engine : Scene.ALL_ENGINES) {
                assertThat(run(code, fork, gas, engine, Tracer.NONE))
                        .as(
                                "seed %d program %d at %s, %s, gas %d: %s",
                                seed, i, fork, engine, gas, code)
                        .isEqualTo(slow);
            }
            if (slow.succeeded()) succeeded++;
        }
        return succeeded;
    }

    private static Executed run(
            Bytes code, Fork fork, long gas, Interpreter engine, Tracer tracer) {
        Scene scene = new Scene().at(fork);
        scene.account(Scene.CONTRACT, 1, UInt256.valueOf(1000), code);
        scene.contract(Scene.OTHER, "0 CALLDATALOAD 1 ADD 0 MSTORE 32 0 RETURN");
        scene.slot(Scene.CONTRACT, 1, 5);
        scene.input = Bytes.fromHexString("0x11223344");
        scene.gas = gas;
        scene.tracer = tracer;
        scene.engines = List.of(engine);
        return scene.send();
    }

    /** Mostly pieces that leave the stack as wide as they need; some raw bytes. */
    private static Bytes program(RandomGenerator random) {
        StringBuilder text = new StringBuilder("0 1 2 0x1234 ");
        int pieces = 3 + random.nextInt(40);
        int height = 4;
        for (int i = 0; i < pieces; i++) {
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> {
                    text.append(number(random)).append(' ');
                    height++;
                }
                case 3 -> {
                    int depth = 1 + random.nextInt(Math.min(16, Math.max(1, height)));
                    text.append("DUP").append(depth).append(' ');
                    height++;
                }
                case 4 -> {
                    int depth = 1 + random.nextInt(Math.min(16, Math.max(1, height - 1)));
                    text.append("SWAP").append(depth).append(' ');
                }
                case 5 -> text.append(random.nextInt(200)).append(" MSTORE ");
                case 6 -> text.append(random.nextInt(200)).append(" MLOAD ");
                case 7 -> text.append(random.nextInt(3)).append(" SLOAD ");
                case 8 -> text.append(random.nextInt(3)).append(" SSTORE ");
                case 9 ->
                        text.append("32 0 4 0 ")
                                .append(random.nextBoolean() ? "0 " : "1 ")
                                .append(Scene.OTHER)
                                .append(" 50000 CALL ");
                case 10 -> {
                    // A loop or a jump over nothing.
                    text.append("GAS 1 AND PC 5 ADD JUMPI JUMPDEST ");
                }
                default -> {
                    Instruction row = Instructions.rows().get(random.nextInt(150));
                    boolean isRisky = row.opcode() >= 0xf0 || row.name().startsWith("JUMP");
                    if (!isRisky || random.nextInt(10) == 0) {
                        text.append('#').append(String.format("%02x", row.opcode())).append(' ');
                        if (row.name().startsWith("PUSH")) {
                            text.append("#").append("5b".repeat(row.opcode() - 0x5f)).append(' ');
                        }
                        height += row.out() - row.in();
                    }
                }
            }
            if (text.toString().endsWith("# ")) text.setLength(text.length() - 2);
        }
        return Scene.assemble(text + "0 MSTORE MSIZE 0 RETURN");
    }

    private static String number(RandomGenerator random) {
        return switch (random.nextInt(4)) {
            case 0 -> Integer.toString(random.nextInt(300));
            case 1 -> "0x" + "ff".repeat(1 + random.nextInt(32));
            case 2 -> "0x" + Long.toHexString(random.nextLong());
            default -> "0x80" + "00".repeat(random.nextInt(31));
        };
    }

    @Test
    void noAmountOfGasBuysAnInstructionBeforeItsFork() {
        for (String name : new String[] {"SHL", "SHR", "SAR", "CLZ", "PUSH0"}) {
            Scene scene = new Scene().at(Fork.BYZANTIUM);
            scene.blockGasLimit = Long.MAX_VALUE;
            scene.gas = Long.MAX_VALUE;
            scene.gasPrice = UInt256.ZERO;
            Executed executed = scene.run("1 1 " + name);
            assertThat(executed.halt()).isEqualTo(HaltReason.UNDEFINED_INSTRUCTION);
            assertThat(executed.gasUsed()).isEqualTo(Long.MAX_VALUE);
        }
    }

    /** Also where decoding begins in the middle of the frame and the pc is then beyond the code. */
    @Test
    void codeMayEndWithinAPush() {
        for (int words : new int[] {1, 13, 14, 40, 1000}) {
            Executed executed = new Scene().run("0 ".repeat(words) + "#7f");
            assertThat(executed.succeeded()).isTrue();
        }
    }

    @Test
    void theOperandStackGrowsToItsLimit() {
        String deep = "1 ".repeat(1020);
        Executed fast = new Scene().run(deep + "ADD ".repeat(1019) + "0 MSTORE 32 0 RETURN");
        assertThat(UInt256.fromBytes(fast.output())).isEqualTo(UInt256.valueOf(1020));
    }
}
