package dev.lockstep.cli;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.node.Chain;
import dev.lockstep.node.DataFolder;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.state.KeyValueStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a chain's folder. */
@Command(
        name = "init",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Make a folder for a chain: genesis.json, a key, models and a database with block 0.",
            "Without --genesis-file it is a new chain whose one validator is the new key."
        },
        footer = {
            "",
            "Examples:",
            "  lockstep init ./chain --fund 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
            "  lockstep init ./chain --genesis-file genesis.json --model digits.lkm",
            "  lockstep run --data-path ./chain"
        })
final class InitCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "DIR", description = "A new or empty folder.")
    private Path path = Path.of("");

    @Option(
            names = "--genesis-file",
            paramLabel = "FILE",
            description = "Take this chain instead of making one.")
    private @Nullable Path genesisFile;

    @Mixin private ChainOptions chain = new ChainOptions();

    @Override
    public Integer call() throws IOException {
        check();
        DataFolder.refuseUnlessEmpty(path);
        KeyPair key = DataFolder.newKey();
        GenesisFile genesis =
                genesisFile != null
                        ? DataFolder.readGenesis(genesisFile)
                        : chain.genesis(List.of(key.address()));
        boolean isNew = !Files.exists(path);
        boolean isMade = false;
        try {
            make(genesis, key);
            isMade = true;
        } finally {
            if (!isMade) DataFolder.undo(path, isNew);
        }
        return 0;
    }

    private void check() {
        chain.check();
        if (genesisFile != null) GivenPath.file("--genesis-file", genesisFile);
        if (genesisFile != null && chain.funds()) {
            throw new CommandFailure(
                    "--fund is for a new chain; the balances of "
                            + genesisFile
                            + " are fixed in its alloc");
        }
    }

    private void make(GenesisFile genesis, KeyPair key) throws IOException {
        DataFolder folder = DataFolder.create(path, genesis, key);
        chain.installModels(folder.models());
        try (KeyValueStore store = folder.openStore()) {
            Chain made =
                    Chain.open(
                            genesis,
                            store,
                            folder.models(),
                            new InferenceMemo(InferenceMemo.Size.OFF));
            PrintWriter out = spec.commandLine().getOut();
            out.println("Chain     " + genesis.spec().chainId().toBigInteger() + " in " + path);
            out.println("Genesis   " + made.ledger().hash(made.ledger().head()));
            out.println(
                    "Node key  "
                            + key.address().checksummed()
                            + (isValidator(genesis, key)
                                    ? " (the validator)"
                                    : " (not a validator of this chain)"));
            Banner.models(made, out);
            out.println("Run it:   lockstep run --data-path " + path);
        }
    }

    private static boolean isValidator(GenesisFile genesis, KeyPair key) {
        return Chain.validators(genesis).contains(key.address());
    }
}
