package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.Fork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Arithmetic and bits as contracts see them; exhaustive comparison is in {@link U256Test}. */
final class ArithmeticTest {
    private static final String MAX = "0x" + "ff".repeat(32);
    private static final String MIN = "0x80" + "00".repeat(31);

    @Test
    void signedDivisionOfTheLeastNumberByMinusOneWraps() {
        assertThat(new Scene().top(MAX + " " + MIN + " SDIV").toHexString()).isEqualTo(MIN);
    }

    @Test
    void divisionsByZeroAreZero() {
        for (String name : new String[] {"DIV", "SDIV", "MOD", "SMOD"}) {
            assertThat(new Scene().top("0 7 " + name)).as(name).isEqualTo(UInt256.ZERO);
        }
        assertThat(new Scene().top("0 7 7 ADDMOD")).isEqualTo(UInt256.ZERO);
        assertThat(new Scene().top("0 7 7 MULMOD")).isEqualTo(UInt256.ZERO);
    }

    @Test
    void addModKeepsTheCarry() {
        assertThat(new Scene().top(MAX + " " + MAX + " " + MAX + " ADDMOD"))
                .isEqualTo(UInt256.ZERO);
        assertThat(new Scene().top("10 " + MAX + " " + MAX + " ADDMOD"))
                .isEqualTo(UInt256.valueOf(0));
    }

    @Test
    void clzOfZeroIs256() {
        assertThat(new Scene().top("0 CLZ")).isEqualTo(UInt256.valueOf(256));
        assertThat(new Scene().top("1 CLZ")).isEqualTo(UInt256.valueOf(255));
        assertThat(new Scene().top(MAX + " CLZ")).isEqualTo(UInt256.ZERO);
    }

    @Test
    void shiftsBy256AndMoreGiveOnlySigns() {
        assertThat(new Scene().top("1 256 SHL")).isEqualTo(UInt256.ZERO);
        assertThat(new Scene().top(MAX + " " + MAX + " SHR")).isEqualTo(UInt256.ZERO);
        assertThat(new Scene().top(MIN + " 256 SAR").toHexString()).isEqualTo(MAX);
        assertThat(new Scene().top("1 " + MAX + " SAR")).isEqualTo(UInt256.ZERO);
    }

    @ParameterizedTest
    @CsvSource({
        "FRONTIER, 0, 10",
        "FRONTIER, 255, 20",
        "FRONTIER, 256, 30",
        "TANGERINE_WHISTLE, 256, 30",
        "SPURIOUS_DRAGON, 255, 60",
        "SPURIOUS_DRAGON, 256, 110",
        "OSAKA, 65536, 160"
    })
    void exponentsCostByTheirBytes(Fork fork, int exponent, int gas) {
        Scene scene = new Scene().at(fork);
        assertThat(scene.gasOf(exponent + " 2 EXP")).isEqualTo(6 + gas);
    }

    @Test
    void publicTwoOperandVectorsHold() throws IOException {
        String fixtures = System.getenv("LOCKSTEP_FIXTURES");
        String folder = "ethereum/lgpl-geth/opcodes";
        if (fixtures == null) {
            System.out.println("skipped: LOCKSTEP_FIXTURES is not set, so there is no " + folder);
        }
        Assumptions.assumeTrue(fixtures != null, "LOCKSTEP_FIXTURES is not set");
        int cases = 0;
        try (var files = Files.list(Path.of(fixtures, folder))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
                String name = file.getFileName().toString().replaceAll("testcases_|\\.json", "");
                String opcode = name.toUpperCase(Locale.ROOT);
                if (opcode.equals("SIGNEXT")) opcode = "SIGNEXTEND";
                for (JsonNode vector : new ObjectMapper().readTree(file.toFile())) {
                    String code =
                            "0x" + vector.get("X").asString() + " 0x" + vector.get("Y").asString();
                    assertThat(new Scene().top(code + " " + opcode).toUnprefixedHexString())
                            .as("%s %s", code, opcode)
                            .isEqualTo(vector.get("Expected").asString());
                    cases++;
                }
            }
        }
        assertThat(cases).isGreaterThan(1000);
        System.out.println("lgpl-geth/opcodes: " + cases + " passed of " + cases);
    }
}
