package dev.lockstep.rpc;

import tools.jackson.databind.JsonNode;

/**
 * One row of the table of methods.
 *
 * @param name as {@code eth_chainId}: the namespace, an underscore, the rest
 * @param isPrompt whether it surely takes little time: no contract runs, few records are read
 */
public record RpcMethod(String name, Handler handler, boolean isPrompt) {
    /** One that may take its time. */
    public RpcMethod(String name, Handler handler) {
        this(name, handler, false);
    }

    static RpcMethod prompt(String name, Handler handler) {
        return new RpcMethod(name, handler, true);
    }

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
