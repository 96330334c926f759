package dev.lockstep.rpc;

import tools.jackson.databind.JsonNode;

/**
 * One row of the table of methods.
 *
 * @param name as {@code eth_chainId}: the namespace, an underscore, the rest
 */
public record RpcMethod(String name, Handler handler) {
    /** What a method does. */
    @FunctionalInterface
    public interface Handler {
        /**
         * The result.
         *
         * @fails RpcException with the error to answer
         */
        JsonNode answer(Params params);
    }

    String namespace() {
        int end = name.indexOf('_');
        return end < 0 ? name : name.substring(0, end);
    }
}
