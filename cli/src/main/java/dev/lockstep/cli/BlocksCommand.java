package dev.lockstep.cli;

import dev.lockstep.ledger.Ledger;
import dev.lockstep.node.BlockFile;
import dev.lockstep.node.Chain;
import dev.lockstep.node.DataFolder;
import dev.lockstep.node.Verification;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.Block;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A chain as a file of blocks. */
@Command(
        name = "blocks",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Export a chain's blocks, import them, or verify them by re-execution.",
        footer = {
            "",
            "Examples:",
            "  lockstep blocks export --data-path ./chain --to chain.rlp",
            "  lockstep blocks verify --genesis-file genesis.json --models ./chain/models chain.rlp"
        })
final class BlocksCommand implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = "Write blocks as RLP, one after the other, block 0 first.")
    int export(
            @Option(
                            names = "--data-path",
                            required = true,
                            paramLabel = "DIR",
                            description = "The chain's folder; no node may be running on it.")
                    Path dataPath,
            @Option(
                            names = "--to",
                            required = true,
                            paramLabel = "FILE",
                            description = "Written whole or not at all.")
                    Path to,
            @Option(
                            names = "--start-block",
                            paramLabel = "N",
                            defaultValue = "0",
                            description = "First block (default: ${DEFAULT-VALUE}).")
                    long first,
            @Option(
                            names = "--end-block",
                            paramLabel = "N",
                            description = "Last block (default: the head).")
                    @Nullable Long end)
            throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        GivenPath.target("--to", to);
        DataFolder folder = DataFolder.open(dataPath);
        try (KeyValueStore store = folder.openStore()) {
            Chain chain =
                    Chain.open(
                            folder.genesis(),
                            store,
                            folder.models(),
                            new InferenceMemo(InferenceMemo.Size.OFF));
            Ledger ledger = chain.ledger();
            long last = end == null ? ledger.head().number() : end;
            if (first < 0 || last < first || last > ledger.head().number()) {
                throw new CommandFailure(
                        "blocks "
                                + first
                                + " to "
                                + last
                                + " were asked for; the chain has 0 to "
                                + ledger.head().number());
            }
            write(ledger, first, last, to);
            out.printf(
                    "Exported blocks %d to %d (%,d bytes) to %s%n",
                    first, last, Files.size(to), to);
        }
        return 0;
    }

    private void write(Ledger ledger, long first, long last, Path to) throws IOException {
        Path partial = to.resolveSibling(to.getFileName() + ".partial");
        try {
            try (BlockFile.Writer writer = new BlockFile.Writer(partial)) {
                Progress progress = new Progress(spec.commandLine().getErr());
                for (long number = first; number <= last; number++) {
                    Block block = Objects.requireNonNull(ledger.block(number));
                    writer.write(block);
                    progress.at(number - first + 1, last - first + 1, "blocks exported");
                }
            }
            Files.move(partial, to, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            description =
                    "Re-execute a file of blocks and keep them; stops at the first that does not hold.")
    int importBlocks(
            @Option(
                            names = "--data-path",
                            required = true,
                            paramLabel = "DIR",
                            description = "The chain's folder, as `lockstep init` makes it.")
                    Path dataPath,
            @Parameters(paramLabel = "FILE", description = "What `lockstep blocks export` wrote.")
                    Path file)
            throws IOException {
        GivenPath.file("FILE", file);
        DataFolder folder = DataFolder.open(dataPath);
        try (KeyValueStore store = folder.openStore()) {
            Chain chain =
                    Chain.open(
                            folder.genesis(),
                            store,
                            folder.models(),
                            new InferenceMemo(InferenceMemo.Size.OFF));
            return report(Verification.run(chain.ledger(), file, progress()), "Imported");
        }
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = {
                "Re-execute a file of blocks from genesis in memory, and name the first difference.",
                "Nothing is written. Exit code 0 only if every root of every block agrees."
            })
    int verify(
            @Option(
                            names = "--genesis-file",
                            required = true,
                            paramLabel = "FILE",
                            description = "The chain's genesis.")
                    Path genesisFile,
            @Option(
                            names = "--models",
                            paramLabel = "DIR",
                            description =
                                    "Where the active models' .lkm files are (default: models beside the genesis file).")
                    @Nullable Path models,
            @Parameters(paramLabel = "FILE", description = "What `lockstep blocks export` wrote.")
                    Path file)
            throws IOException {
        GivenPath.file("--genesis-file", genesisFile);
        GivenPath.file("FILE", file);
        Path modelsPath =
                models != null ? models : genesisFile.toAbsolutePath().resolveSibling("models");
        try (KeyValueStore store = new MemoryStore()) {
            Chain chain =
                    Chain.open(
                            DataFolder.readGenesis(genesisFile),
                            store,
                            modelsPath,
                            new InferenceMemo(InferenceMemo.Size.OFF));
            return report(Verification.run(chain.ledger(), file, progress()), "Verified");
        }
    }

    private java.util.function.Consumer<Verification.Progress> progress() {
        Progress progress = new Progress(spec.commandLine().getErr());
        return at ->
                progress.at(
                        at.positionBytes(),
                        at.sizeBytes(),
                        "bytes; block "
                                + at.number()
                                + ", "
                                + at.transactions()
                                + " transactions, "
                                + at.gasUsed() / 1_000_000
                                + " Mgas");
    }

    private int report(Verification.Result result, String did) {
        PrintWriter out = spec.commandLine().getOut();
        return switch (result) {
            case Verification.Result.Agrees(
                            var known,
                            var blocks,
                            var transactions,
                            var gasUsed,
                            var modelCalls,
                            var head) -> {
                if (known + blocks == 0) throw new CommandFailure("the file holds no blocks");
                out.printf(
                        "%s %s, %s, %s, %,d gas: every root agrees%s. Head #%d, state root %s%n",
                        did,
                        counted(blocks, "block"),
                        counted(transactions, "transaction"),
                        counted(modelCalls, "model call"),
                        gasUsed,
                        known > 1 ? "; " + counted(known, "block") + " were there already" : "",
                        head.number(),
                        head.stateRoot());
                yield 0;
            }
            case Verification.Result.Differs(var number, var hash, var rule, var message) -> {
                throw new CommandFailure(
                        "block %d (%s) does not hold: %s: %s"
                                .formatted(number, hash, rule, message));
            }
        };
    }

    static String counted(long number, String noun) {
        return "%,d %s%s".formatted(number, noun, number == 1 ? "" : "s");
    }
}
