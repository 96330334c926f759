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
        send(new Encoded(EthProtocol.code(message), EthProtocol.encode(message, eth.version())));
    }

    void send(Encoded message) {
        peer.send(eth, message.code, message.payload);
    }

    /** A message that is the same in every version, encoded once for many. */
    record Encoded(int code, Bytes payload) {
        static Encoded of(EthMessage message) {
            Bytes payload = EthProtocol.encode(message, EthProtocol.ETH_69.version());
            return new Encoded(EthProtocol.code(message), payload);
        }
    }

    /** It has at least this block. */
    void has(long number) {
        if (number > headNumber) headNumber = number;
    }
}
