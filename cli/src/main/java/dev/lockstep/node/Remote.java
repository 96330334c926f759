package dev.lockstep.node;

import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.network.Capability;
import dev.lockstep.network.EthMessage;
import dev.lockstep.network.EthProtocol;
import dev.lockstep.network.Peer;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import org.apache.tuweni.bytes.Bytes;

/** What is known of a peer, and the way to say something to it. Usable from any thread. */
final class Remote {
    /** Blocks, transactions and votes that it is known to have. */
    private static final int KNOWN_MAX = 16_384;

    final Peer peer;
    final Capability eth;
    final Address address;
    final Seen<Hash> knows = new Seen<>(KNOWN_MAX);
    final Requests requests = new Requests();
    volatile boolean isReady;
    volatile long headNumber = -1;

    Remote(Peer peer, Capability eth) {
        this.peer = peer;
        this.eth = eth;
        address = Secp256k1.addressOf(peer.id());
    }

    void send(EthMessage message) {
        send(EthProtocol.code(message), EthProtocol.encode(message, eth.version()));
    }

    /** For a message that is encoded once for many. */
    void send(int code, Bytes payload) {
        peer.send(eth, code, payload);
    }

    /** It has at least this block. */
    void has(long number) {
        if (number > headNumber) headNumber = number;
    }
}
