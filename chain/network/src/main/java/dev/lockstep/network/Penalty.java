package dev.lockstep.network;

/**
 * What a peer may do wrong and how much it weighs: at {@link Reputation#POINTS_MAX} points its link
 * ends. A point is forgotten a second.
 */
public enum Penalty {
    /** Bytes that no rule allows: a bad MAC, a frame too large, RLP that is none. */
    MALFORMED(100, DisconnectReason.BREACH_OF_PROTOCOL),
    /** Another network, genesis or fork. */
    WRONG_CHAIN(100, DisconnectReason.SUBPROTOCOL),
    /** A block that it calls final and that does not hold. */
    INVALID_BLOCK(100, DisconnectReason.SUBPROTOCOL),
    /** A transaction that no block could hold. */
    INVALID_TRANSACTION(10, DisconnectReason.SUBPROTOCOL),
    /** An answer without what it said it has, or that nobody asked for. */
    USELESS_ANSWER(10, DisconnectReason.USELESS_PEER),
    /** No answer, or a message that does not come to its end. */
    TIMEOUT(20, DisconnectReason.TIMEOUT),
    /** A tenth of a second of more messages than are read. */
    SPAM(2, DisconnectReason.BREACH_OF_PROTOCOL),
    /** A connection that did not become a link; of an address. */
    NO_LINK(10, DisconnectReason.BREACH_OF_PROTOCOL);

    private final int points;
    private final DisconnectReason reason;

    Penalty(int points, DisconnectReason reason) {
        this.points = points;
        this.reason = reason;
    }

    int points() {
        return points;
    }

    /** What a peer is told whose last fault this was. */
    DisconnectReason reason() {
        return reason;
    }
}
