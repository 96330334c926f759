package dev.lockstep.network;

import java.io.IOException;

/** The other side did what it may not, and the link to it ends; this machine is as it should be. */
public final class PeerFault extends IOException {
    private final DisconnectReason reason;
    private final String why;

    PeerFault(DisconnectReason reason, String message) {
        super(message);
        this.reason = reason;
        this.why = message;
    }

    static PeerFault breach(String message) {
        return new PeerFault(DisconnectReason.BREACH_OF_PROTOCOL, message);
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
