package dev.lockstep.network;

import dev.lockstep.crypto.KeyPair;
import java.util.List;

/**
 * What a network needs to know at start.
 *
 * @param keys of this node's identity
 * @param clientId name and version of the software
 * @param host the address to listen on
 * @param advertisedHost the address that others are told
 * @param port 0 for one that the system chooses
 * @param peersMax how many links there may be; static nodes come on top
 * @param staticNodes to which links are kept
 * @param offered what is spoken, at least one
 */
public record NetworkConfig(
        KeyPair keys,
        String clientId,
        String host,
        String advertisedHost,
        int port,
        int peersMax,
        List<Enode> staticNodes,
        List<Capability> offered) {
    public NetworkConfig {
        staticNodes = List.copyOf(staticNodes);
        offered = List.copyOf(offered);
    }
}
