package dev.lockstep.cli;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.genesis.Presets;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.ModelFile;
import dev.lockstep.inference.ModelId;
import dev.lockstep.node.BundledModels;
import dev.lockstep.node.Chain;
import dev.lockstep.node.DataFolder;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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
    /** A million ether. @unit wei */
    private static final UInt256 FUNDED_BALANCE =
            UInt256.valueOf(1_000_000).multiply(UInt256.valueOf(1_000_000_000_000_000_000L));

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "DIR", description = "A new or empty folder.")
    private Path path = Path.of("");

    @Option(
            names = "--genesis-file",
            paramLabel = "FILE",
            description = "Take this chain instead of making one.")
    private @Nullable Path genesisFile;

    @Option(
            names = "--chain-id",
            paramLabel = "N",
            defaultValue = "1337",
            description = "Id of a new chain, 1 or more (default: ${DEFAULT-VALUE}).")
    private long chainId;

    @Option(
            names = "--block-period",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description =
                    "Time between blocks of a new chain, 1 to 3600 (default: ${DEFAULT-VALUE}).")
    private int blockPeriodSeconds;

    @Option(
            names = "--fund",
            paramLabel = "ADDRESS",
            split = ",",
            description = "Gets a million ether on a new chain; may be given again.")
    private List<String> funded = List.of();

    @Option(
            names = "--model",
            paramLabel = "FILE",
            description =
                    "A model file; on a new chain it is active from block 0. May be given again.")
    private List<Path> models = List.of();

    @Option(
            names = "--no-bundled-models",
            description = "Leave out the two models that Lockstep ships.")
    private boolean noBundledModels;

    @Override
    public Integer call() throws IOException {
        check();
        DataFolder.refuseUnlessEmpty(path);
        KeyPair key = DataFolder.newKey();
        GenesisFile genesis =
                genesisFile != null ? DataFolder.readGenesis(genesisFile) : newChain(key);
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
        if (chainId < 1) {
            throw new CommandFailure("--chain-id is " + chainId + "; 1 or more is allowed");
        }
        if (blockPeriodSeconds < 1 || blockPeriodSeconds > 3600) {
            throw new CommandFailure(
                    "--block-period is " + blockPeriodSeconds + "; 1 to 3600 seconds are allowed");
        }
        if (genesisFile != null) GivenPath.file("--genesis-file", genesisFile);
        if (genesisFile != null && !funded.isEmpty()) {
            throw new CommandFailure(
                    "--fund is for a new chain; the balances of "
                            + genesisFile
                            + " are fixed in its alloc");
        }
        for (Path model : models) GivenPath.file("--model", model);
    }

    private void make(GenesisFile genesis, KeyPair key) throws IOException {
        DataFolder folder = DataFolder.create(path, genesis, key);
        for (Path model : models) install(model, folder.models());
        if (!noBundledModels) BundledModels.installAll(folder.models());
        try (KeyValueStore store = folder.openStore()) {
            Chain chain =
                    Chain.open(
                            genesis,
                            store,
                            folder.models(),
                            new InferenceMemo(InferenceMemo.Size.OFF));
            PrintWriter out = spec.commandLine().getOut();
            out.println("Chain     " + genesis.spec().chainId().toBigInteger() + " in " + path);
            out.println("Genesis   " + chain.ledger().hash(chain.ledger().head()));
            out.println(
                    "Node key  "
                            + key.address().checksummed()
                            + (isValidator(genesis, key)
                                    ? " (the validator)"
                                    : " (not a validator of this chain)"));
            Banner.models(chain, out);
            out.println("Run it:   lockstep run --data-path " + path);
        }
    }

    private static boolean isValidator(GenesisFile genesis, KeyPair key) {
        return Chain.validators(genesis).contains(key.address());
    }

    private GenesisFile newChain(KeyPair key) throws IOException {
        TreeSet<Hash> ids = new TreeSet<>();
        for (Path model : models) ids.add(hash(read(model)));
        if (!noBundledModels) {
            for (BundledModels model : BundledModels.values()) ids.add(hash(model.model().id()));
        }
        TreeMap<Address, UInt256> balances = new TreeMap<>();
        for (String text : funded) balances.put(address(text), FUNDED_BALANCE);
        return Presets.network(
                new Presets.Network(
                        List.of(key.address()),
                        balances,
                        List.copyOf(ids),
                        chainId,
                        blockPeriodSeconds));
    }

    private static Address address(String text) {
        try {
            return Address.fromHex(text);
        } catch (IllegalArgumentException notAnAddress) {
            throw new CommandFailure(
                    "--fund is " + text + "; an address is needed: 0x and 40 hex digits",
                    notAnAddress);
        }
    }

    private static Hash hash(ModelId id) {
        return new Hash(Bytes32.wrap(id.toBytes()));
    }

    private static ModelId read(Path model) throws IOException {
        try {
            return ModelFile.read(model).id();
        } catch (InvalidModelException notAModel) {
            throw new CommandFailure(
                    model + " is not a model: " + notAModel.getMessage(), notAModel);
        }
    }

    private static void install(Path model, Path folder) throws IOException {
        try {
            BundledModels.install(model, folder);
        } catch (InvalidModelException notAModel) {
            throw new CommandFailure(
                    model + " is not a model: " + notAModel.getMessage(), notAModel);
        }
    }
}
