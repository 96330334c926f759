package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.types.Fork;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the rows promise, for every row. */
final class InstructionsTest {
    /** Stated again from the EIPs, so that a slip in the table shows. */
    private static final Map<Fork, Set<String>> ADDED =
            Map.of(
                    Fork.HOMESTEAD, Set.of("DELEGATECALL"),
                    Fork.BYZANTIUM,
                            Set.of("REVERT", "RETURNDATASIZE", "RETURNDATACOPY", "STATICCALL"),
                    Fork.CONSTANTINOPLE, Set.of("SHL", "SHR", "SAR", "EXTCODEHASH", "CREATE2"),
                    Fork.ISTANBUL, Set.of("CHAINID", "SELFBALANCE"),
                    Fork.LONDON, Set.of("BASEFEE"),
                    Fork.SHANGHAI, Set.of("PUSH0"),
                    Fork.CANCUN, Set.of("BLOBHASH", "BLOBBASEFEE", "TLOAD", "TSTORE", "MCOPY"),
                    Fork.OSAKA, Set.of("CLZ"));

    @Test
    void everyInstructionIsUndefinedBeforeItsFork() {
        for (Instruction row : Instructions.rows()) {
            for (Fork fork : Fork.values()) {
                HaltReason halt = probe(fork, row, row.in()).halt();
                boolean isDefined = fork.isAtLeast(row.since()) && row.opcode() != 0xfe;
                assertThat(halt == HaltReason.UNDEFINED_INSTRUCTION)
                        .as("%s at %s", row.name(), fork)
                        .isEqualTo(!isDefined);
            }
        }
    }

    @Test
    void forksAddTheirInstructions() {
        for (Instruction row : Instructions.rows()) {
            Set<String> added = ADDED.getOrDefault(row.since(), Set.of());
            if (row.since() != Fork.FRONTIER) assertThat(added).contains(row.name());
        }
        long later = ADDED.values().stream().mapToLong(Set::size).sum();
        assertThat(Instructions.rows().stream().filter(r -> r.since() != Fork.FRONTIER).count())
                .isEqualTo(later);
        assertThat(Instructions.rows()).hasSize(150);
    }

    @Test
    void bytesWithoutARowAreUndefined() {
        for (int opcode = 0; opcode < 256; opcode++) {
            if (Instructions.of(Fork.OSAKA)[opcode] != null) continue;
            Executed executed = new Scene().run(String.format("#%02x", opcode));
            assertThat(executed.halt()).isEqualTo(HaltReason.UNDEFINED_INSTRUCTION);
            assertThat(executed.gasUsed()).isEqualTo(Scene.GAS);
        }
    }

    @Test
    void oneWordTooFewUnderflows() {
        for (Instruction row : Instructions.rows()) {
            if (row.in() == 0) continue;
            assertThat(probe(Fork.OSAKA, row, row.in() - 1).halt())
                    .as(row.name())
                    .isEqualTo(HaltReason.STACK_UNDERFLOW);
        }
    }

    @Test
    void oneWordTooManyOverflows() {
        for (Instruction row : Instructions.rows()) {
            if (row.out() <= row.in()) continue;
            Executed full = probe(Fork.OSAKA, row, 1024);
            assertThat(full.halt()).as(row.name()).isEqualTo(HaltReason.STACK_OVERFLOW);
            Executed fits = probe(Fork.OSAKA, row, 1023);
            assertThat(fits.halt()).as(row.name()).isNull();
        }
    }

    @Test
    void oneGasTooFewHalts() {
        for (Instruction row : Instructions.rows()) {
            if (row.gas() == 0) continue;
            long needed = 21_000 + 3L * row.in() + row.gas() - 1;
            Scene scene = new Scene();
            scene.gas = Math.max(needed, 21_000);
            assertThat(scene.run(program(row, row.in())).halt())
                    .as(row.name())
                    .isEqualTo(HaltReason.OUT_OF_GAS);
        }
    }

    @Test
    void namesAndOpcodesAreUnique() {
        assertThat(Instructions.rows().stream().map(Instruction::name).distinct().count())
                .isEqualTo(Instructions.rows().size());
        assertThat(Instructions.rows().stream().map(Instruction::opcode).distinct().count())
                .isEqualTo(Instructions.rows().size());
    }

    private static Executed probe(Fork fork, Instruction row, int words) {
        Scene scene = new Scene().at(fork);
        return scene.run(program(row, words));
    }

    /**
     * Words of zero, then the instruction; jumps have a JUMPDEST at 0 only where none is needed.
     */
    private static String program(Instruction row, int words) {
        return "0 ".repeat(words) + String.format("#%02x", row.opcode());
    }
}
