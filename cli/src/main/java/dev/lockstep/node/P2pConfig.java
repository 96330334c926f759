package dev.lockstep.node;

import dev.lockstep.network.Enode;
import java.util.List;

/**
 * How a node meets others.
 *
 * @param host the address to listen on
 * @param port 0 for one that the system chooses
 * @param peersMax how many links others may begin
 * @param staticNodes to which links are kept
 */
public record P2pConfig(String host, int port, int peersMax, List<Enode> staticNodes) {
    public P2pConfig {
        staticNodes = List.copyOf(staticNodes);
    }
}
