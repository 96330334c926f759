package dev.lockstep.rpc;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Why a request has no result.
 *
 * @param data what goes with the message, as revert data does, or null
 * @source JSON-RPC 2.0, section 5.1
 */
public record RpcError(Kind kind, String message, @Nullable JsonNode data) {

    public RpcError(Kind kind, String message) {
        this(kind, message, null);
    }

    /**
     * The kinds of failure with the numbers that clients know them by.
     *
     * @source JSON-RPC 2.0, section 5.1, to INTERNAL; below that the numbers of Besu
     */
    public enum Kind {
        PARSE(-32700),
        INVALID_REQUEST(-32600),
        METHOD_NOT_FOUND(-32601),
        INVALID_PARAMS(-32602),
        INTERNAL(-32603),
        METHOD_NOT_ENABLED(-32604),
        SERVER(-32000),
        NOT_FOUND(-32001),
        NONCE_TOO_LOW(-32001),
        INVALID_TRANSACTION(-32002),
        INTRINSIC_GAS(-32003),
        INSUFFICIENT_FUNDS(-32004),
        LIMIT_EXCEEDED(-32005),
        NONCE_TOO_HIGH(-32006),
        GAS_PRICE_TOO_LOW(-32009),
        REVERTED(3);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }
    }
}
