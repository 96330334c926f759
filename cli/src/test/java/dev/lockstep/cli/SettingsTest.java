package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Command line before environment before file before default. */
class SettingsTest {
    private static final String PORT = "--p2p-port";

    @TempDir Path folder;

    private Path file(String toml) throws IOException {
        return Files.writeString(folder.resolve("config.toml"), toml);
    }

    private static String port(Map<String, String> environment, String... arguments)
            throws IOException {
        CommandLine command = Main.commandLine();
        CommandLine run = command.getSubcommands().get("run");
        run.setDefaultValueProvider(
                Settings.of(List.of(arguments), environment, run.getCommandSpec()));
        command.parseArgs(
                Stream.concat(Stream.of("run"), Stream.of(arguments)).toArray(String[]::new));
        return "" + run.getCommandSpec().findOption(PORT).getValue();
    }

    @Test
    void theNearestWins() throws IOException {
        String config = "--config-file=" + file("data-path = \"x\"\np2p-port = 4000\n");
        Map<String, String> environment = Map.of("LOCKSTEP_P2P_PORT", "5000");
        assertThat(port(Map.of(), "--data-path", "x")).isEqualTo("30303");
        assertThat(port(Map.of(), config)).isEqualTo("4000");
        assertThat(port(environment, config)).isEqualTo("5000");
        assertThat(port(environment, config, PORT, "6000")).isEqualTo("6000");
    }

    @Test
    void theFileMayBeNamedInTheEnvironment() throws IOException {
        Path config = file("data-path = \"x\"\np2p-port = 4000\n");
        assertThat(port(Map.of("LOCKSTEP_CONFIG_FILE", config.toString()))).isEqualTo("4000");
    }

    @Test
    void aKeyThatIsNoOptionIsRefusedWithThoseThatThereAre() throws IOException {
        String config = "--config-file=" + file("p2p-prot = 4000");
        assertThatThrownBy(() -> port(Map.of(), config))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("sets p2p-prot, which is no option")
                .hasMessageContaining("p2p-port");
    }

    @Test
    void aFileThatIsNoTomlIsRefusedWithThePlace() throws IOException {
        String config = "--config-file=" + file("p2p-port = = 1");
        assertThatThrownBy(() -> port(Map.of(), config))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("is no TOML")
                .hasMessageContaining("line 1");
    }
}
