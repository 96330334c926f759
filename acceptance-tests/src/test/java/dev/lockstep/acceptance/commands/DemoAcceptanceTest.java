package dev.lockstep.acceptance.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.Launcher;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The command that the README names first. */
class DemoAcceptanceTest {
    private static final String HASH = "0x[0-9a-f]{64}";

    @Test
    void theDemoShowsWhatIsPromised() throws Exception {
        Launcher.Result demo = Launcher.run("demo");
        assertThat(demo.exitCode()).as(demo.all()).isZero();
        String out = demo.out();
        assertThat(out).contains("All of it held.", "every root agrees");
        assertThat(group(out, "DynamicFee deployed at (0x[0-9a-fA-F]{40})")).hasSize(42);
        assertThat(group(out, "forecast volatility +([0-9.]+) % a candle -> fee"))
                .isNotEqualTo("0");
        assertThat(group(out, "quoted ([0-9,]+), charged"))
                .isEqualTo(group(out, "charged ([0-9,]+) \\("));
        String root = group(out, "\"inferenceRoot\":\"(" + HASH + ")\"");
        assertThat(group(out, "inference root +(" + HASH + ") in block 2")).isEqualTo(root);
        assertThat(group(out, "rejected: (block 2) " + HASH)).isEqualTo("block 2");
        assertThat(group(out, "INFERENCE_ROOT: .* expected (" + HASH + ")")).isEqualTo(root);
    }

    private static String group(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as("%s in%n%s", pattern, text).isTrue();
        return matcher.group(1);
    }
}
