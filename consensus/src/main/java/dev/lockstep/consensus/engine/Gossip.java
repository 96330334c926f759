package dev.lockstep.consensus.engine;

import dev.lockstep.consensus.core.Message;

/** The way to the other validators. */
public interface Gossip {
    /** Sends to all other validators that can be reached, without waiting for them. */
    void broadcast(Message message);
}
