package dev.lockstep.cli;

import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.genesis.Presets;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.ModelFile;
import dev.lockstep.inference.ModelId;
import dev.lockstep.node.BundledModels;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import picocli.CommandLine.Option;

/** What a new chain begins with. */
final class ChainOptions {
    /** A million ether. @unit wei */
    private static final UInt256 FUNDED_BALANCE =
            UInt256.valueOf(1_000_000).multiply(UInt256.valueOf(1_000_000_000_000_000_000L));

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
            names = "--dev-accounts",
            description =
                    "Fund the ten well-known accounts of `lockstep dev`, whose keys everybody has:"
                            + " for trials only.")
    private boolean hasDevAccounts;

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

    /**
     * @fails CommandFailure where a value is not allowed
     */
    void check() {
        if (chainId < 1) {
            throw new CommandFailure("--chain-id is " + chainId + "; 1 or more is allowed");
        }
        if (blockPeriodSeconds < 1 || blockPeriodSeconds > 3600) {
            throw new CommandFailure(
                    "--block-period is " + blockPeriodSeconds + "; 1 to 3600 seconds are allowed");
        }
        for (Path model : models) GivenPath.file("--model", model);
    }

    /** Whether accounts were named, which a given genesis file would not have. */
    boolean funds() {
        return !funded.isEmpty() || hasDevAccounts;
    }

    /** A new chain that these decide on. */
    GenesisFile genesis(List<Address> validators) throws IOException {
        TreeSet<Hash> ids = new TreeSet<>();
        for (Path model : models) ids.add(hash(read(model)));
        if (!noBundledModels) {
            for (BundledModels model : BundledModels.values()) ids.add(hash(model.model().id()));
        }
        TreeMap<Address, UInt256> balances = new TreeMap<>();
        for (String text : funded) balances.put(address(text), FUNDED_BALANCE);
        if (hasDevAccounts) {
            DevAccounts.all().forEach(dev -> balances.put(dev.address(), FUNDED_BALANCE));
        }
        return Presets.network(
                new Presets.Network(
                        validators, balances, List.copyOf(ids), chainId, blockPeriodSeconds));
    }

    /** Puts the model files where a node looks for them. */
    void installModels(Path folder) throws IOException {
        for (Path model : models) {
            try {
                BundledModels.install(model, folder);
            } catch (InvalidModelException notAModel) {
                throw notAModel(model, notAModel);
            }
        }
        if (!noBundledModels) BundledModels.installAll(folder);
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
            throw notAModel(model, notAModel);
        }
    }

    private static CommandFailure notAModel(Path model, InvalidModelException reason) {
        return new CommandFailure(model + " is not a model: " + reason.getMessage(), reason);
    }
}
