package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.node.P2pConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class P2pOptionsTest {
    private static final String ENODE = "enode://" + "ab".repeat(64) + "@10.0.0.1:30303";

    @TempDir Path folder;

    private P2pConfig config(String... args) throws IOException {
        P2pOptions options = CommandLine.populateCommand(new P2pOptions(), args);
        return options.config(options.nodes(folder), true);
    }

    @Test
    void theAddressToListenOnAndTheOneThatOthersAreToldFollowFromEachOther() throws IOException {
        assertThat(config())
                .extracting(P2pConfig::host, P2pConfig::advertisedHost)
                .containsExactly("0.0.0.0", null);
        assertThat(config("--p2p-host=1.2.3.4"))
                .extracting(P2pConfig::host, P2pConfig::advertisedHost)
                .containsExactly("0.0.0.0", "1.2.3.4");
        assertThat(config("--p2p-host=127.0.0.1"))
                .extracting(P2pConfig::host, P2pConfig::advertisedHost)
                .containsExactly("127.0.0.1", "127.0.0.1");
        assertThat(config("--p2p-interface=10.0.0.7"))
                .extracting(P2pConfig::host, P2pConfig::advertisedHost)
                .containsExactly("10.0.0.7", "10.0.0.7");
        assertThat(config("--p2p-interface=10.0.0.7", "--p2p-host=1.2.3.4"))
                .extracting(P2pConfig::host, P2pConfig::advertisedHost)
                .containsExactly("10.0.0.7", "1.2.3.4");
    }

    @Test
    void bootnodesTurnDiscoveryOnUnlessItIsTurnedOff() throws IOException {
        assertThat(config().isDiscovering()).isFalse();
        assertThat(config("--discovery-enabled").isDiscovering()).isTrue();
        P2pConfig some = config("--bootnodes=" + ENODE);
        assertThat(some.isDiscovering()).isTrue();
        assertThat(some.bootnodes()).isEqualTo(List.of(ENODE));
        assertThat(some.staticNodes()).hasSize(1);
        assertThat(config("--bootnodes=" + ENODE, "--discovery-enabled=false").isDiscovering())
                .isFalse();
    }

    @Test
    void aBootnodeThatIsNoneIsRefusedByName() {
        assertThatThrownBy(() -> config("--bootnodes=enr:zz"))
                .isInstanceOf(CommandFailure.class)
                .hasMessage("--bootnodes: `enr:zz` is no node record");
        assertThatThrownBy(() -> config("--bootnodes=enode://1@x"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageStartingWith("--bootnodes: `enode://1@x` is no enode");
    }
}
