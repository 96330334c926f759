package dev.lockstep.network;

import org.jspecify.annotations.Nullable;

/**
 * Why a link ends, as the two sides tell each other.
 *
 * @source devp2p, RLPx, "Disconnect"
 */
public enum DisconnectReason {
    REQUESTED(0x00),
    TCP_ERROR(0x01),
    BREACH_OF_PROTOCOL(0x02),
    USELESS_PEER(0x03),
    TOO_MANY_PEERS(0x04),
    ALREADY_CONNECTED(0x05),
    INCOMPATIBLE_VERSION(0x06),
    NULL_IDENTITY(0x07),
    QUITTING(0x08),
    UNEXPECTED_IDENTITY(0x09),
    CONNECTED_TO_ITSELF(0x0a),
    TIMEOUT(0x0b),
    /** Of a capability: another chain, a bad status. */
    SUBPROTOCOL(0x10);

    private final int code;

    DisconnectReason(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Null for a code that the specification does not name. */
    static @Nullable DisconnectReason of(int code) {
        for (DisconnectReason reason : values()) {
            if (reason.code == code) return reason;
        }
        return null;
    }
}
