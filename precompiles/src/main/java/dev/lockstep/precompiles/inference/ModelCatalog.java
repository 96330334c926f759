package dev.lockstep.precompiles.inference;

import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelId;
import dev.lockstep.inference.ModelStore;
import dev.lockstep.inference.ModelUnavailableException;
import dev.lockstep.types.ChainSpec.InferenceSpec;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The models that contracts of a chain may call: those active at its genesis. */
public final class ModelCatalog {
    private final SortedMap<Hash, ActiveModel> byId = new TreeMap<>();

    private ModelCatalog(Iterable<Model> models, long gasScalePermille) {
        for (Model model : models) {
            ActiveModel active = new ActiveModel(model, InferenceGas.V1, gasScalePermille);
            byId.put(active.id(), active);
        }
    }

    /**
     * Loads every model that the chain has active, so that a node which could not follow the chain
     * says so when it starts.
     *
     * @fails LocalFault naming the model and its file, where that is missing, corrupt or of another
     *     model
     */
    public static ModelCatalog open(InferenceSpec spec, ModelStore store) {
        Collection<Model> models = new ArrayList<>();
        for (Hash id : spec.models()) {
            try {
                models.add(store.get(ModelId.of(id.bytes().toArray())));
            } catch (ModelUnavailableException unavailable) {
                throw new LocalFault(
                        "the chain has a model that this node lacks: " + unavailable.getMessage(),
                        unavailable);
            }
        }
        return new ModelCatalog(models, spec.gasScalePermille());
    }

    /** These models, without a store. */
    public static ModelCatalog of(Iterable<Model> models, long gasScalePermille) {
        return new ModelCatalog(models, gasScalePermille);
    }

    /** The model of this id, or null where none is active. */
    public @Nullable ActiveModel find(Hash id) {
        return byId.get(id);
    }

    /** By id, ascending. */
    public Collection<ActiveModel> models() {
        return Collections.unmodifiableCollection(byId.values());
    }
}
