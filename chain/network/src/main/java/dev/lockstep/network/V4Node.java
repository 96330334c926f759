package dev.lockstep.network;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Hash;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.apache.tuweni.bytes.Bytes;

/**
 * A node at an address.
 *
 * @param id the 64 bytes of its public key
 * @param key the hash of {@code id}, by which distances are measured
 * @param tcpPort where it takes links, 0 for nowhere or not known
 */
record V4Node(Bytes id, Hash key, InetAddress address, int udpPort, int tcpPort) {
    static final int PORT_MAX = 65_535;

    static V4Node of(Bytes id, InetSocketAddress udp, int tcpPort) {
        return new V4Node(id, Keccak.hash(id), udp.getAddress(), udp.getPort(), tcpPort);
    }

    InetSocketAddress udp() {
        return new InetSocketAddress(address, udpPort);
    }

    Enode enode() {
        return new Enode(id, address.getHostAddress(), tcpPort, udpPort);
    }
}
