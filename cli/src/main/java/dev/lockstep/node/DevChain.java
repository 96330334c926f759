package dev.lockstep.node;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.evm.Engine;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.genesis.Presets;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.ModelId;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.rpc.RpcConfig;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.jspecify.annotations.Nullable;

/** A chain for development: the dev preset in a folder that is the user's, or gone at the end. */
public record DevChain(DataFolder folder, boolean isTemporary, boolean isInstant)
        implements AutoCloseable {
    /** The same on every machine, so that a dev chain's genesis hash is too. It guards nothing. */
    public static final KeyPair VALIDATOR =
            KeyPair.of(
                    Keccak.hash(
                                    Bytes.wrap(
                                            "lockstep dev validator"
                                                    .getBytes(StandardCharsets.UTF_8)))
                            .bytes());

    /**
     * @param dataPath where the chain is kept, or null for a temporary one
     * @param models further models that are active from block 0
     * @param blockTimeSeconds 0 for a block a transaction
     * @fails LocalFault where the folder holds a chain already and {@code models} would change it
     */
    public static DevChain prepare(@Nullable Path dataPath, List<Path> models, int blockTimeSeconds)
            throws IOException {
        boolean instant = blockTimeSeconds == 0;
        if (dataPath != null && DataFolder.exists(dataPath)) {
            if (!models.isEmpty()) {
                throw new LocalFault(
                        dataPath
                                + " holds a chain already; its models were fixed at block 0, so --model can't be given");
            }
            return new DevChain(reopen(dataPath), false, instant);
        }
        boolean isNew = dataPath == null || !Files.exists(dataPath);
        Path path = dataPath != null ? dataPath : Files.createTempDirectory("lockstep-dev");
        DataFolder.refuseUnlessEmpty(path);
        boolean isMade = false;
        try {
            DataFolder folder = make(path, models);
            isMade = true;
            return new DevChain(folder, dataPath == null, instant);
        } finally {
            if (!isMade) DataFolder.undo(path, isNew);
        }
    }

    private static DataFolder reopen(Path path) throws IOException {
        DataFolder folder = DataFolder.open(path);
        if (!Chain.validators(folder.genesis()).equals(List.of(VALIDATOR.address()))) {
            throw new LocalFault(
                    path
                            + " holds a chain that is no dev chain; `lockstep run --data-path "
                            + path
                            + "` runs it");
        }
        return folder;
    }

    private static DataFolder make(Path path, List<Path> models) throws IOException {
        Path modelsPath = path.resolve("models");
        List<ModelId> ids = new ArrayList<>();
        for (Path model : models) ids.add(install(model, modelsPath));
        ids.addAll(BundledModels.installAll(modelsPath));
        GenesisFile genesis =
                Presets.dev(VALIDATOR.address(), ids.stream().map(DevChain::hash).toList());
        return DataFolder.fill(path, genesis, VALIDATOR);
    }

    private static ModelId install(Path model, Path models) throws IOException {
        try {
            return BundledModels.install(model, models);
        } catch (InvalidModelException notAModel) {
            throw new LocalFault(model + " is not a model: " + notAModel.getMessage());
        }
    }

    private static Hash hash(ModelId id) {
        return new Hash(Bytes32.wrap(id.toBytes()));
    }

    public GenesisFile genesis() {
        return folder.genesis();
    }

    /** How a node runs it: in memory where it is temporary. */
    public NodeConfig config(RpcConfig rpc) {
        return config(rpc, Engine.DEFAULT);
    }

    /** The same with an engine of the caller's choice. */
    public NodeConfig config(RpcConfig rpc, Engine engine) {
        return new NodeConfig(
                folder.genesis(),
                isTemporary ? null : folder.database(),
                folder.models(),
                VALIDATOR,
                isInstant ? NodeConfig.Mining.INSTANT : NodeConfig.Mining.PERIODIC,
                rpc,
                InferenceMemo.Size.NORMAL,
                engine,
                null,
                null);
    }

    /** Removes what was temporary. */
    @Override
    public void close() throws IOException {
        if (!isTemporary) return;
        DataFolder.delete(folder.path());
    }
}
