package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.genesis.Presets;
import dev.lockstep.network.Enode;
import dev.lockstep.node.P2pConfig;
import dev.lockstep.types.Address;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class P2pOptionsTest {
    private static final String ENODE = "enode://" + "ab".repeat(64) + "@10.0.0.1:30303";

    private static final String OTHER = "enode://" + "cd".repeat(64) + "@10.0.0.2:30303";

    private static final String DISCOVERY = "\"config\":{\"discovery\":{\"bootnodes\":[\"%s\"]},";

    @TempDir Path folder;
    private final GenesisFile unnamed =
            Presets.network(
                    new Presets.Network(
                            List.of(Address.ZERO), Collections.emptySortedMap(), List.of(), 5, 1));

    private GenesisFile genesis = unnamed;

    /** Makes the genesis file name this bootnode. */
    private void name(String bootnode) {
        String named =
                unnamed.toJson()
                        .replaceFirst("\"config\"\\s*:\\s*\\{", DISCOVERY.formatted(bootnode));
        genesis = GenesisFile.read(named);
    }

    private P2pConfig config(String... args) throws IOException {
        P2pOptions options = CommandLine.populateCommand(new P2pOptions(), args);
        options.check();
        return options.config(options.nodes(folder, genesis), true);
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
    void othersAreLookedForUnlessThatIsTurnedOff() throws IOException {
        assertThat(config().isDiscovering()).isTrue();
        assertThat(config("--discovery-enabled=true").isDiscovering()).isTrue();
        P2pConfig some = config("--bootnodes=" + ENODE);
        assertThat(some.isDiscovering()).isTrue();
        assertThat(some.bootnodes()).isEqualTo(List.of(ENODE));
        assertThat(some.staticNodes()).hasSize(1);
        assertThat(config("--bootnodes=" + ENODE, "--discovery-enabled=false").isDiscovering())
                .isFalse();
    }

    @Test
    void theBootnodesOfTheGenesisFileAreTakenWhereNoOthersAreNamed() throws IOException {
        name(OTHER);
        assertThat(config().bootnodes()).containsExactly(OTHER);
        assertThat(config().staticNodes()).containsExactly(Enode.parse(OTHER));
        assertThat(config("--bootnodes=" + ENODE).bootnodes()).containsExactly(ENODE);
        name("enode://1@x");
        assertThatThrownBy(this::config)
                .isInstanceOf(CommandFailure.class)
                .hasMessageStartingWith(
                        "config.discovery.bootnodes of the genesis file: `enode://1@x` is no enode");
        assertThat(config("--bootnodes=" + ENODE).bootnodes()).containsExactly(ENODE);
    }

    @Test
    void theNetworkIdIsTheChainsUnlessItIsNamed() throws IOException {
        assertThat(config().networkId()).isNull();
        assertThat(config("--network-id=0").networkId()).isEqualTo(UInt256.ZERO);
        assertThat(config("--network-id=2018").networkId()).isEqualTo(UInt256.valueOf(2018));
        String tooLarge = UInt256.MAX_VALUE.toBigInteger().add(BigInteger.ONE).toString();
        for (String bad : List.of("-1", tooLarge)) {
            assertThatThrownBy(() -> config("--network-id=" + bad))
                    .isInstanceOf(CommandFailure.class)
                    .hasMessage("--network-id is " + bad + "; 0 to 2^256-1 are allowed");
        }
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
