package dev.lockstep.cli;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.network.Enode;
import dev.lockstep.node.DataFolder;
import dev.lockstep.types.Address;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.ObjectMapper;

/** Makes the folders of a network. */
@Command(
        name = "create",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Make a chain with several validators, and a folder for each: genesis.json, key, models,",
            "static-nodes.json and config.toml; and a script, start, that runs them. A folder may be",
            "moved to another machine; then the others' static-nodes.json must name that machine."
        },
        footer = {
            "",
            "Example:",
            "  lockstep network create --validators 4 --to ./net --dev-accounts"
        })
final class CreateNetworkCommand implements Callable<Integer> {
    private static final int VALIDATORS_MAX = 100;
    private static final int PORT_MAX = 65_535;
    private static final String START = "start";

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--validators",
            paramLabel = "N",
            defaultValue = "4",
            description =
                    "How many, 1 to 100 (default: ${DEFAULT-VALUE}). 3f+1 go on without any f.")
    private int validators;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "DIR",
            description = "A new or empty folder.")
    private Path path = Path.of("");

    @Mixin private ChainOptions chain = new ChainOptions();

    @Option(
            names = "--p2p-port",
            paramLabel = "PORT",
            defaultValue = "30303",
            description =
                    "Of the first node; the others have the ports that follow (default:"
                            + " ${DEFAULT-VALUE}).")
    private int p2pPort;

    @Option(
            names = "--rpc-http-port",
            paramLabel = "PORT",
            defaultValue = "8545",
            description = "Likewise (default: ${DEFAULT-VALUE}).")
    private int rpcPort;

    @Option(
            names = "--metrics-port",
            paramLabel = "PORT",
            defaultValue = "9545",
            description = "Likewise (default: ${DEFAULT-VALUE}).")
    private int metricsPort;

    @Override
    public Integer call() throws IOException {
        if (validators < 1 || validators > VALIDATORS_MAX) {
            throw new CommandFailure(
                    "--validators is " + validators + "; 1 to " + VALIDATORS_MAX + " are allowed");
        }
        checkPort("--p2p-port", p2pPort);
        checkPort("--rpc-http-port", rpcPort);
        checkPort("--metrics-port", metricsPort);
        chain.check();
        DataFolder.refuseUnlessEmpty(path);
        List<KeyPair> keys = new ArrayList<>();
        for (int i = 0; i < validators; i++) keys.add(DataFolder.newKey());
        List<Address> addresses = keys.stream().map(KeyPair::address).toList();
        GenesisFile genesis = chain.genesis(addresses);
        boolean isNew = !Files.exists(path);
        boolean isMade = false;
        try {
            for (int i = 0; i < validators; i++) make(i, genesis, keys);
            writeStartScript();
            isMade = true;
        } finally {
            if (!isMade) DataFolder.undo(path, isNew);
        }
        report(genesis, addresses);
        return 0;
    }

    private void checkPort(String option, int port) {
        int portMax = PORT_MAX - validators + 1;
        if (port < 1 || port > portMax) {
            throw new CommandFailure(option + " is " + port + "; 1 to " + portMax + " are allowed");
        }
    }

    private void make(int index, GenesisFile genesis, List<KeyPair> keys) throws IOException {
        Path node = path.resolve("node" + (index + 1));
        DataFolder folder = DataFolder.create(node, genesis, keys.get(index));
        chain.installModels(folder.models());
        List<String> others = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            int port = p2pPort + i;
            if (i == index) continue;
            others.add(new Enode(keys.get(i).publicKey(), "127.0.0.1", port, port).toString());
        }
        Files.writeString(
                node.resolve(P2pOptions.STATIC_NODES),
                new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(others)
                        + "\n");
        String name = "Lockstep validator " + (index + 1) + " of " + keys.size();
        Files.writeString(
                node.resolve(NodeProcess.CONFIG),
                """
                # %s. `lockstep run --config-file config.toml`; any option of it may stand here.
                data-path = "%s"
                p2p-host = "127.0.0.1"
                p2p-port = %d
                # All nodes stand in static-nodes.json; true finds others, which find this one.
                discovery-enabled = false
                rpc-http-port = %d
                metrics-enabled = true
                metrics-port = %d
                """
                        .formatted(
                                name,
                                node.toAbsolutePath().normalize().toString().replace("\\", "/"),
                                p2pPort + index,
                                rpcPort + index,
                                metricsPort + index));
    }

    private void writeStartScript() throws IOException {
        Path launcher = Path.of(System.getProperty("lockstep.home", ""), "lockstep");
        Path script = path.resolve(START);
        Files.writeString(
                script,
                """
                #!/bin/sh
                # All nodes of this network, or one of them alone: ./start [node1]
                cd "$(dirname "$0")" || exit 1
                lockstep=${LOCKSTEP:-%s}
                [ $# -eq 0 ] && exec "$lockstep" network run .
                exec "$lockstep" run --config-file "$1/%s" --data-path "$1"
                """
                        .formatted(launcher.toAbsolutePath(), NodeProcess.CONFIG));
        if (!script.toFile().setExecutable(true)) {
            throw new CommandFailure(script + " cannot be made executable");
        }
    }

    private void report(GenesisFile genesis, List<Address> addresses) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("Chain       " + genesis.spec().chainId().toBigInteger() + " in " + path);
        out.println("Genesis     " + genesis.hash());
        out.println(
                "Validators  "
                        + addresses.stream()
                                .map(Address::checksummed)
                                .collect(Collectors.joining("\n            ")));
        out.println(
                "RPC         http://127.0.0.1:"
                        + rpcPort
                        + (validators > 1 ? " to " + (rpcPort + validators - 1) : ""));
        out.println(
                "Run it:     lockstep network run "
                        + path
                        + "    (or "
                        + path.resolve(START)
                        + ")");
    }
}
