package dev.lockstep.acceptance.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.Launcher;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The command that the README names first. */
class DemoAcceptanceTest {
    private static final String BRIEF = "0x[0-9a-f]{6}…[0-9a-f]{5}";

    @Test
    void theDemoShowsWhatIsPromised() throws Exception {
        Launcher.Result demo = Launcher.run("demo");
        assertThat(demo.exitCode()).as(demo.all()).isZero();
        String out = demo.out();
        assertThat(out).contains("All of it held.");
        assertThat(out.lines().count()).as("a screen").isLessThan(50);
        assertThat(group(out, "DynamicFee deployed at (0x[0-9a-fA-F]{40})")).hasSize(42);
        assertThat(group(out, "forecast volatility +([0-9.]+) % a candle -> fee"))
                .isNotEqualTo("0");
        assertThat(group(out, "quoted ([0-9,]+), charged"))
                .isEqualTo(group(out, "charged ([0-9,]+) \\("));
        String agreed = group(out, "\n   1 +((?:" + BRIEF + " *){4})");
        for (int validator = 2; validator <= 4; validator++) {
            assertThat(group(out, "\n   " + validator + " +((?:" + BRIEF + " *){4})"))
                    .isEqualTo(agreed);
        }
        assertThat(out)
                .containsPattern("Validator 2 is killed at block \\d+")
                .containsPattern("went on to block \\d+")
                .containsPattern("re-executed it: block \\d+")
                .containsPattern("lockstep: .*model")
                .contains("with the genuine model it is back")
                .containsPattern("the others seal their own, in round \\d+ with 3 seals")
                .containsPattern("the liar stands alone at block \\d+")
                .containsPattern("honest again, it takes block \\d+")
                .contains("INFERENCE_ROOT: ");
    }

    private static String group(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as("%s in%n%s", pattern, text).isTrue();
        return matcher.group(1);
    }
}
