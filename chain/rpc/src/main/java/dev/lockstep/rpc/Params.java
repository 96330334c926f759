package dev.lockstep.rpc;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The positional parameters of a request; those beyond what a method reads are ignored. */
public final class Params {
    private final @Nullable JsonNode array;

    private Params(@Nullable JsonNode array) {
        this.array = array;
    }

    /**
     * From a request's {@code params}, which clients leave out, set to null or to [].
     *
     * @fails RpcException where they are by name
     */
    static Params of(@Nullable JsonNode params) {
        if (params == null || params.isNull() || (params.isObject() && params.isEmpty())) {
            return new Params(null);
        }
        if (!params.isArray()) throw new Param("params", params).refuse("an array");
        return new Params(params);
    }

    /**
     * The parameter at a place, from 0; absent where the caller gave fewer.
     *
     * @param name what to call it in an error
     */
    public Param at(int index, String name) {
        String label = "parameter " + (index + 1) + " (" + name + ")";
        return new Param(label, array == null ? null : array.get(index));
    }
}
