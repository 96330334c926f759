package dev.lockstep.node;

import dev.lockstep.network.Enode;
import java.util.List;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * How a node meets others.
 *
 * @param networkId that peers must have, or null for the chain's id
 * @param host the address to listen on
 * @param advertisedHost the address that others are told, or null where it is not known
 * @param port 0 for one that the system chooses
 * @param peersMax how many links others may begin
 * @param staticNodes to which links are kept
 * @param isDiscovering whether further nodes are looked for, at the UDP port of the same number
 * @param bootnodes enode or enr URLs of those who are asked for others first
 */
public record P2pConfig(
        @Nullable UInt256 networkId,
        String host,
        @Nullable String advertisedHost,
        int port,
        int peersMax,
        List<Enode> staticNodes,
        boolean isDiscovering,
        List<String> bootnodes) {
    public P2pConfig {
        bootnodes = List.copyOf(bootnodes);
        staticNodes = List.copyOf(staticNodes);
    }

    /** One that meets those it is told of, and those who meet it. */
    public static P2pConfig among(String host, int port, int peersMax, List<Enode> staticNodes) {
        return new P2pConfig(null, host, host, port, peersMax, staticNodes, false, List.of());
    }
}
