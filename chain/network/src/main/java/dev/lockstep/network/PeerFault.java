package dev.lockstep.network;

import java.io.IOException;

/** Why the link to the other side ends, for which it is to blame or not; this machine is well. */
public final class PeerFault extends IOException {
    private final DisconnectReason reason;
    private final String why;
    private final boolean isBreach;

    PeerFault(DisconnectReason reason, String message) {
        this(reason, message, false);
    }

    private PeerFault(DisconnectReason reason, String message, boolean isBreach) {
        super(message);
        this.isBreach = isBreach;
        this.reason = reason;
        this.why = message;
    }

    /** It did what no rule allows. */
    static PeerFault breach(String message) {
        return new PeerFault(DisconnectReason.BREACH_OF_PROTOCOL, message, true);
    }

    /** Whether it did what no rule allows, rather than leave or not fit. */
    boolean isBreach() {
        return isBreach;
    }

    /** What it did, in words. */
    String why() {
        return why;
    }

    /** What the other side is told. */
    public DisconnectReason reason() {
        return reason;
    }
}
