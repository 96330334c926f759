package dev.lockstep.acceptance.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.Clients;
import dev.lockstep.acceptance.dsl.Launcher;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The Solidity package and what is compiled of it. */
final class SolidityAcceptanceTest {
    @Test
    void theSourcesCompileToTheArtifactsThatAreCommitted() throws Exception {
        Path folder = Launcher.root().resolve("precompiles/solidity");
        Clients.install(folder);
        Launcher.Result check = Clients.node(folder, "compile.js", "--check");
        assertThat(check.exitCode()).as(check.all()).isZero();
    }
}
