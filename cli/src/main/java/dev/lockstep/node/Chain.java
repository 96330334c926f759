package dev.lockstep.node;

import dev.lockstep.consensus.core.ValidatorSet;
import dev.lockstep.evm.Engine;
import dev.lockstep.evm.Precompiles;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.genesis.QbftConfig;
import dev.lockstep.inference.ModelId;
import dev.lockstep.inference.ModelNotes;
import dev.lockstep.inference.ModelStore;
import dev.lockstep.ledger.BlockRule;
import dev.lockstep.ledger.Genesis;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.precompiles.inference.ModelCatalog;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.types.Address;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.QbftExtraData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What makes a chain of a genesis file: its models, its precompiles, its rules, and the ledger over
 * a store. A node that serves and a run that only verifies are wired by these same lines.
 *
 * @param catalog the active models, or null on a chain without model calls
 * @param validators who decides on blocks, or null on a chain without QBFT
 */
public record Chain(
        GenesisFile genesis,
        Ledger ledger,
        @Nullable ModelCatalog catalog,
        @Nullable Validators validators,
        ModelStore models,
        InferenceMemo memo) {

    /**
     * Opens the chain in {@code store}, writing block 0 where the store is empty.
     *
     * @param modelsPath where the {@code .lkm} files of the active models are
     * @fails LocalFault where a model is missing, or the store holds another chain
     */
    public static Chain open(
            GenesisFile genesis, KeyValueStore store, Path modelsPath, InferenceMemo memo) {
        return open(genesis, store, modelsPath, memo, Engine.DEFAULT, UnaryOperator.identity());
    }

    /**
     * @param change to the precompiles; only {@link Lie} has one
     */
    static Chain open(
            GenesisFile genesis,
            KeyValueStore store,
            Path modelsPath,
            InferenceMemo memo,
            Engine engine,
            UnaryOperator<Precompiles> change) {
        ChainSpec.InferenceSpec inference = genesis.spec().inference();
        if (!genesis.unsupported().isEmpty()) {
            throw new LocalFault(
                    "this build can't run that chain: " + String.join("; ", genesis.unsupported()));
        }
        ModelStore models = ModelStore.open(modelsPath);
        ModelCatalog catalog = inference == null ? null : ModelCatalog.open(inference, models);
        var precompiles =
                catalog == null
                        ? LockstepPrecompiles.standard()
                        : LockstepPrecompiles.with(catalog, memo);
        Genesis block0 = new Genesis(genesis.spec(), genesis.header(), genesis.alloc());
        TransactionExecutor executor = new TransactionExecutor(change.apply(precompiles), engine);
        QbftConfig qbft = genesis.qbft();
        Validators validators = qbft == null ? null : new Validators(qbft);
        List<BlockRule> rules = validators == null ? List.of() : List.of(validators::check);
        Ledger ledger = Ledger.open(block0, store, executor, rules);
        if (validators != null) validators.serve(ledger);
        return new Chain(genesis, ledger, catalog, validators, models, memo);
    }

    /** Who may seal the block after genesis. */
    public static List<Address> validators(GenesisFile genesis) {
        return genesis.qbft() == null
                ? List.of()
                : QbftExtraData.decode(genesis.header().extraData()).validators();
    }

    /** Who decides on the next block; none where nobody can, or no QBFT is spoken. */
    public List<Address> validatorsNow() {
        ValidatorSet set = validators == null ? null : validators.setAfter(ledger.head());
        return set == null ? List.of() : set.addresses();
    }

    /** What people call a model, or its id in short where its notes give no name. */
    public String nameOf(Hash model) {
        try {
            ModelNotes notes = models.notes(ModelId.of(model.bytes().toArray()));
            return notes.name().isEmpty() ? model.toString().substring(0, 10) : notes.name();
        } catch (IOException unreadable) {
            throw new LocalFault("the notes of model " + model + " can't be read", unreadable);
        }
    }
}
