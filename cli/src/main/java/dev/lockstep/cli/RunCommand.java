package dev.lockstep.cli;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.network.Enode;
import dev.lockstep.node.Chain;
import dev.lockstep.node.DataFolder;
import dev.lockstep.node.Node;
import dev.lockstep.node.NodeConfig;
import dev.lockstep.node.P2pConfig;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.rpc.RpcServer.CannotListen;
import dev.lockstep.types.Address;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a node on a chain's folder. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run a node on a folder that `lockstep init` made, or on a new one of a given chain.",
            "Where its key is a validator's, it votes and makes blocks in its turn; elsewhere it follows the chain."
        },
        footer = {
            "",
            "Examples:",
            "  lockstep run --data-path ./chain --rpc-http-port 8545",
            "  lockstep run --data-path ./data --genesis-file genesis.json --bootnodes enode://…"
        })
final class RunCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    private final Running.Starter starter;

    @Option(
            names = "--data-path",
            required = true,
            paramLabel = "DIR",
            description = "The chain's folder.")
    private Path dataPath = Path.of("");

    @Option(
            names = "--genesis-file",
            paramLabel = "FILE",
            description =
                    "The chain, as Besu's operators write it: makes the folder where there is none,"
                            + " with a new key where it has none.")
    private @Nullable Path genesisFile;

    @Option(
            names = "--config-file",
            paramLabel = "FILE",
            description = {
                "A TOML file with these options, named without dashes: p2p-port = 30303.",
                "The command line goes before LOCKSTEP_P2P_PORT in the environment, and that before the file."
            })
    @SuppressWarnings("unused") // Settings has read it before the options were set.
    private @Nullable Path configFile;

    @Option(
            names = "--node-private-key-file",
            paramLabel = "FILE",
            description = "The node's key (default: key in the chain's folder).")
    private @Nullable Path keyFile;

    @Mixin private RpcOptions rpc = new RpcOptions();

    @Mixin private P2pOptions p2p = new P2pOptions();

    @Mixin private EvmOptions evm = new EvmOptions();

    @Mixin private NativeOption nativeKernels = new NativeOption();

    @Option(names = "--metrics-enabled", description = "Serve Prometheus metrics.")
    private boolean metricsEnabled;

    @Option(
            names = "--metrics-host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description = "The address to serve them on (default: ${DEFAULT-VALUE}).")
    private String metricsHost = "";

    @Option(
            names = "--metrics-port",
            paramLabel = "PORT",
            defaultValue = "9545",
            description = "The port for it (default: ${DEFAULT-VALUE}).")
    private int metricsPort;

    RunCommand() {
        this(Node::start);
    }

    RunCommand(Running.Starter starter) {
        this.starter = starter;
    }

    @Override
    public Integer call() throws IOException, InterruptedException, CannotListen {
        if (metricsPort < 1 || metricsPort > 65535) {
            throw new CommandFailure(
                    "--metrics-port is " + metricsPort + "; 1 to 65535 are allowed");
        }
        p2p.check();
        Path file = genesisFile;
        DataFolder existing = null;
        GenesisFile genesis;
        if (file == null) {
            existing = DataFolder.open(dataPath);
            genesis = existing.genesis();
        } else {
            genesis = DataFolder.readGenesis(GivenPath.file("--genesis-file", file));
        }
        List<Enode> nodes = p2p.nodes(dataPath, genesis);
        DataFolder folder = existing == null ? DataFolder.join(dataPath, genesis) : existing;
        PrintWriter err = spec.commandLine().getErr();
        genesis.ignored().forEach(what -> err.println("lockstep: warning: " + what));
        KeyPair key = keyFile != null ? DataFolder.readKey(keyFile) : folder.key();
        List<Address> validators = Chain.validators(folder.genesis());
        boolean isAlone = validators.equals(List.of(key.address()));
        P2pConfig network = p2p.config(nodes, !isAlone);
        if (network == null && !isAlone && validators.contains(key.address())) {
            throw new CommandFailure(
                    "--p2p-enabled is false, but the chain has "
                            + validators.size()
                            + " validators; one alone cannot go on");
        }
        nativeKernels.enable();
        NodeConfig config =
                new NodeConfig(
                        folder.genesis(),
                        folder.database(),
                        folder.models(),
                        key,
                        NodeConfig.Mining.CONSENSUS,
                        rpc.config(),
                        InferenceMemo.Size.NORMAL,
                        evm.engine(),
                        network,
                        metricsEnabled ? new InetSocketAddress(metricsHost, metricsPort) : null);
        return Running.untilStopped(
                config,
                starter,
                (node, out) -> banner(node, folder.genesis(), key.address(), out),
                () -> {},
                spec.commandLine());
    }

    private static void banner(Node node, GenesisFile genesis, Address self, PrintWriter out) {
        List<Address> validators = node.chain().validatorsNow();
        boolean validates = validators.contains(self);
        out.println(
                "Chain "
                        + genesis.spec().chainId().toBigInteger()
                        + ", head #"
                        + node.chain().ledger().head().number()
                        + ", RPC "
                        + node.rpcUrl()
                        + ", "
                        + (validates
                                ? "a validator, one of " + validators.size()
                                : "following: this node's key is "
                                        + self.checksummed()
                                        + ", the validators are "
                                        + validators.stream()
                                                .map(Address::checksummed)
                                                .collect(Collectors.joining(", "))));
        if (node.enode() != null) out.println("Enode " + node.enode());
        Banner.models(node.chain(), out);
        out.println("Ctrl-C stops.");
        out.flush();
    }
}
