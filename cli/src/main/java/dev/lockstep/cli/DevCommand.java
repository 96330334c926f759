package dev.lockstep.cli;

import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.node.DevChain;
import dev.lockstep.node.Node;
import dev.lockstep.node.NodeConfig;
import dev.lockstep.rpc.RpcServer.CannotListen;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A chain for development, on this machine alone. */
@Command(
        name = "dev",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run a local chain that mines each transaction at once.",
            "The ten well-known Foundry test accounts have 10,000 ether each, and models are active from block 0. "
                    + "Without --data-path everything is gone when it stops."
        },
        footer = {
            "",
            "Examples:",
            "  lockstep dev",
            "  lockstep dev --block-time 2 --rpc-http-port 9545",
            "  lockstep dev --model mine.lkm --data-path ./chain"
        })
final class DevCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private RpcOptions rpc = new RpcOptions();

    @Option(
            names = "--block-time",
            paramLabel = "SECONDS",
            defaultValue = "0",
            description =
                    "Make a block every SECONDS, empty or not; 0 mines each transaction at once (default: ${DEFAULT-VALUE}).")
    private int blockTimeSeconds;

    @Option(
            names = "--model",
            paramLabel = "FILE",
            description = "A further model that is active from block 0; may be given again.")
    private List<Path> models = List.of();

    @Option(
            names = "--data-path",
            paramLabel = "DIR",
            description = "Keep the chain here and go on with it next time.")
    private @Nullable Path dataPath;

    @Mixin private EvmOptions evm = new EvmOptions();

    @Override
    public Integer call() throws IOException, CannotListen {
        if (blockTimeSeconds < 0 || blockTimeSeconds > 3600) {
            throw new CommandFailure(
                    "--block-time is " + blockTimeSeconds + "; 0 to 3600 seconds are allowed");
        }
        for (Path model : models) GivenPath.file("--model", model);
        try (DevChain dev = DevChain.prepare(dataPath, models, blockTimeSeconds)) {
            NodeConfig config = dev.config(rpc.config(), evm.engine());
            return Running.untilStopped(
                    config,
                    Node::start,
                    (node, out) -> banner(node, dev.genesis(), out),
                    dev::close,
                    spec.commandLine());
        }
    }

    private static void banner(Node node, GenesisFile genesis, PrintWriter out) {
        out.println();
        out.println("  Lockstep dev chain " + genesis.spec().chainId().toLong());
        out.println();
        out.println("  RPC   " + node.rpcUrl());
        out.println();
        out.println(
                "  Accounts (10,000 ether each; these keys are public, never use them elsewhere)");
        int i = 0;
        for (var account : DevAccounts.all()) {
            out.printf(
                    "    (%d) %s  %s%n",
                    i++, account.address().checksummed(), account.secret().toHexString());
        }
        out.println();
        out.println("  Models active at 0x0000000000000000000000000000000000000a01");
        Banner.models(node.chain(), out);
        out.println();
        out.println("  Call one:");
        out.println("    " + Banner.castLine(node));
        out.println();
        out.println("  Ctrl-C stops.");
        out.println();
        out.flush();
    }
}
