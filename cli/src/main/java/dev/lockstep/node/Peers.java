package dev.lockstep.node;

import dev.lockstep.consensus.core.Message;
import dev.lockstep.consensus.core.QbftRules;
import dev.lockstep.consensus.engine.ConsensusEngine;
import dev.lockstep.consensus.engine.Gossip;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.ledger.HeadEvent;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.network.Capability;
import dev.lockstep.network.DisconnectReason;
import dev.lockstep.network.EthMessage;
import dev.lockstep.network.EthProtocol;
import dev.lockstep.network.ForkId;
import dev.lockstep.network.Network;
import dev.lockstep.network.Peer;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockBody;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node says to its peers and does about what they say: the chain's blocks, transactions
 * that wait, and the messages of validators.
 */
final class Peers implements Network.Handler, Gossip {
    /** Codes as in istanbul/100: the lowest are not used. */
    static final Capability ISTANBUL = new Capability("istanbul", 100, 22);

    private static final Logger LOG = LoggerFactory.getLogger(Peers.class);

    private static final int HEADERS_MAX = 512;
    private static final int BODIES_MAX = 128;
    private static final int TRANSACTIONS_MAX = 256;
    private static final int ANSWER_BYTES_MAX = 2 << 20;
    private static final int SEEN_MAX = 1000;

    private final Ledger ledger;
    private final TxPool pool;
    private final ForkId.Schedule forks;
    private final Map<Peer, Remote> remotes = new ConcurrentHashMap<>();
    private final Seen<Hash> consensusSeen = new Seen<>(SEEN_MAX);
    private final Consumer<Block> offered;
    private final Runnable behind;
    private volatile @Nullable ConsensusEngine engine;

    /**
     * @param offered takes a block that may follow the head, seals unchecked
     * @param behind called when a peer has blocks that this node lacks
     */
    Peers(
            Ledger ledger,
            TxPool pool,
            ForkId.Schedule forks,
            Consumer<Block> offered,
            Runnable behind) {
        this.ledger = ledger;
        this.pool = pool;
        this.forks = forks;
        this.offered = offered;
        this.behind = behind;
    }

    /** What is known of a peer. */
    static final class Remote {
        final Peer peer;
        final Capability eth;
        final Address address;
        final Seen<Hash> knows = new Seen<>(4 * SEEN_MAX);
        final Requests requests = new Requests();
        volatile boolean isReady;
        volatile long headNumber = -1;

        Remote(Peer peer, Capability eth) {
            this.peer = peer;
            this.eth = eth;
            address = Secp256k1.addressOf(peer.id());
        }

        void send(EthMessage message) {
            peer.send(eth, EthProtocol.code(message), EthProtocol.encode(message, eth.version()));
        }

        /** It has at least this block. */
        void has(long number) {
            if (number > headNumber) headNumber = number;
        }
    }

    void serve(ConsensusEngine engine) {
        this.engine = engine;
    }

    /** Those on the same chain. */
    Collection<Remote> ready() {
        return remotes.values().stream().filter(remote -> remote.isReady).toList();
    }

    @Override
    public void onConnected(Peer peer) {
        Capability eth = peer.shared("eth");
        if (eth == null) {
            peer.disconnect(DisconnectReason.USELESS_PEER, "it does not speak eth");
            return;
        }
        Remote remote = new Remote(peer, eth);
        remotes.put(peer, remote);
        remote.send(status(eth));
    }

    private EthMessage.Status status(Capability eth) {
        BlockHeader head = ledger.head();
        Hash genesis = forks.genesis();
        Hash hash = ledger.hash(head);
        ForkId forkId = forks.at(head.number(), head.timestamp());
        UInt256 networkId = ledger.spec().chainId();
        return eth.version() >= 69
                ? new EthMessage.RangeStatus(
                        networkId, genesis, forkId, new EthMessage.Range(0, head.number(), hash))
                : new EthMessage.HeadStatus(
                        networkId, totalDifficulty(head.number()), hash, genesis, forkId);
    }

    /** One a block, and one of genesis, on a QBFT chain. */
    private static UInt256 totalDifficulty(long number) {
        return UInt256.valueOf(number + 1);
    }

    @Override
    public void onDisconnected(Peer peer, String why) {
        Remote remote = remotes.remove(peer);
        if (remote == null) return;
        remote.requests.fail();
        if (remote.isReady) LOG.info("Peer {} is gone: {}", peer, why);
        else LOG.debug("Peer {} was not taken: {}", peer, why);
    }

    @Override
    public void onMessage(Peer peer, Capability capability, int code, Bytes payload) {
        Remote remote = remotes.get(peer);
        if (remote == null) return;
        try {
            if (capability.equals(ISTANBUL)) {
                onConsensus(remote, code, payload);
            } else {
                on(remote, EthProtocol.decode(code, payload, remote.eth.version()));
            }
        } catch (RlpException malformed) {
            peer.disconnect(
                    DisconnectReason.BREACH_OF_PROTOCOL,
                    capability + " message " + code + ": " + malformed.getMessage());
        }
    }

    private void on(Remote remote, EthMessage message) {
        if (message instanceof EthMessage.Status status) {
            onStatus(remote, status);
            return;
        }
        if (!remote.isReady) {
            remote.peer.disconnect(
                    DisconnectReason.BREACH_OF_PROTOCOL, "it did not begin with a status");
            return;
        }
        switch (message) {
            case EthMessage.Status _ -> throw new IllegalStateException("dealt with above");
            case EthMessage.BlockRangeUpdate(var range) -> {
                remote.has(range.latest());
                behind.run();
            }
            case EthMessage.NewBlockHashes(var blocks) -> {
                blocks.forEach(block -> remote.has(block.number()));
                behind.run();
            }
            case EthMessage.NewBlock(var block, _) -> onNewBlock(remote, block);
            case EthMessage.Transactions(var transactions) -> take(remote, transactions);
            case EthMessage.NewPooledTransactionHashes(var list) -> announced(remote, list);
            case EthMessage.GetBlockHeaders ask -> remote.send(headers(ask));
            case EthMessage.GetBlockBodies ask -> remote.send(bodies(ask));
            case EthMessage.GetPooledTransactions ask -> remote.send(transactions(ask));
            case EthMessage.GetReceipts ask ->
                    remote.send(new EthMessage.Receipts(ask.requestId(), List.of()));
            case EthMessage.PooledTransactions(_, var transactions) -> take(remote, transactions);
            case EthMessage.Response response -> remote.requests.answer(response);
        }
    }

    private void onStatus(Remote remote, EthMessage.Status status) {
        BlockHeader head = ledger.head();
        String fault = null;
        if (remote.isReady) fault = "it sent a second status";
        else if (!status.networkId().equals(ledger.spec().chainId()))
            fault = "its network is " + status.networkId().toDecimalString();
        else if (!status.genesis().equals(forks.genesis()))
            fault = "its genesis is " + status.genesis();
        else if (!forks.accepts(status.forkId(), head.number(), head.timestamp()))
            fault = "its forks are " + status.forkId();
        if (fault != null) {
            remote.peer.disconnect(DisconnectReason.SUBPROTOCOL, fault);
            return;
        }
        remote.isReady = true;
        remote.peer.confirm();
        LOG.info("Peer {} ({}) is linked", remote.peer, remote.peer.hello().clientId());
        if (status instanceof EthMessage.RangeStatus range) {
            remote.has(range.range().latest());
        } else if (ledger.number(status.headHash()) == null) {
            remote.has(head.number() + 1);
        }
        behind.run();
        for (List<SignedTransaction> waiting : pool.contents().pending().values()) {
            waiting.forEach(tx -> announce(remote, tx));
        }
    }

    private void onNewBlock(Remote remote, Block block) {
        long number = block.header().number();
        remote.has(number);
        remote.knows.add(ledger.hash(block.header()));
        if (number == ledger.head().number() + 1) offered.accept(block);
        else if (number > ledger.head().number()) behind.run();
    }

    /** Tells everyone who may not know of a block that became final here. */
    void onHead(HeadEvent event) {
        EthMessage message =
                new EthMessage.NewBlock(
                        event.block(), totalDifficulty(event.block().header().number()));
        for (Remote remote : ready()) {
            if (remote.knows.add(event.hash())) remote.send(message);
        }
        ConsensusEngine running = engine;
        if (running != null) running.newHead();
    }

    // Transactions.

    /** Tells of a transaction that the pool took: whole where it began here, else by its hash. */
    void onPending(SignedTransaction tx) {
        List<Remote> others = new ArrayList<>();
        boolean isForeign = false;
        for (Remote remote : ready()) {
            if (remote.knows.contains(tx.hash())) isForeign = true;
            else others.add(remote);
        }
        for (Remote remote : others) {
            if (isForeign) {
                announce(remote, tx);
            } else if (remote.knows.add(tx.hash())) {
                remote.send(new EthMessage.Transactions(List.of(tx.transaction())));
            }
        }
    }

    private static void announce(Remote remote, SignedTransaction tx) {
        if (!remote.knows.add(tx.hash())) return;
        Transaction transaction = tx.transaction();
        remote.send(
                new EthMessage.NewPooledTransactionHashes(
                        List.of(
                                new EthMessage.Announcement(
                                        transaction.type(),
                                        transaction.encode().size(),
                                        tx.hash()))));
    }

    private void take(Remote remote, List<Transaction> transactions) {
        for (Transaction transaction : transactions) {
            Hash hash = transaction.hash();
            remote.knows.add(hash);
            if (pool.find(hash) != null) continue;
            SignedTransaction signed = SignedTransaction.recover(transaction);
            if (signed != null) pool.add(signed);
        }
    }

    private void announced(Remote remote, List<EthMessage.Announcement> list) {
        List<Hash> unknown = new ArrayList<>();
        for (EthMessage.Announcement one : list) {
            remote.knows.add(one.hash());
            boolean isWanted = pool.find(one.hash()) == null && ledger.find(one.hash()) == null;
            if (isWanted && unknown.size() < TRANSACTIONS_MAX) unknown.add(one.hash());
        }
        if (!unknown.isEmpty()) {
            remote.send(new EthMessage.GetPooledTransactions(remote.requests.nextId(), unknown));
        }
    }

    private EthMessage transactions(EthMessage.GetPooledTransactions ask) {
        List<Transaction> found = new ArrayList<>();
        int bytes = 0;
        for (Hash hash : ask.hashes()) {
            SignedTransaction tx = pool.find(hash);
            if (tx == null) continue;
            bytes += tx.transaction().encode().size();
            if (found.size() == TRANSACTIONS_MAX || bytes > ANSWER_BYTES_MAX) break;
            found.add(tx.transaction());
        }
        return new EthMessage.PooledTransactions(ask.requestId(), found);
    }

    // Blocks.

    private EthMessage headers(EthMessage.GetBlockHeaders ask) {
        List<BlockHeader> headers = new ArrayList<>();
        Hash from = ask.fromHash();
        Long first = from == null ? Long.valueOf(ask.fromNumber()) : ledger.number(from);
        long limit = Math.min(HEADERS_MAX, ask.limit() < 0 ? HEADERS_MAX : ask.limit());
        long head = ledger.head().number();
        // More than the chain has is more than anybody can step over.
        long step = ask.skip() < 0 || ask.skip() > head ? head + 1 : ask.skip() + 1;
        for (long i = 0; first != null && i < limit; i++) {
            long number = ask.isReverse() ? first - i * step : first + i * step;
            BlockHeader header = number < 0 || number > head ? null : ledger.header(number);
            if (header == null) break;
            headers.add(header);
        }
        return new EthMessage.BlockHeaders(ask.requestId(), headers);
    }

    private EthMessage bodies(EthMessage.GetBlockBodies ask) {
        List<BlockBody> bodies = new ArrayList<>();
        long bytes = 0;
        for (Hash hash : ask.hashes()) {
            Long number = ledger.number(hash);
            Block block = number == null ? null : ledger.block(number);
            if (block == null) continue;
            bodies.add(block.body());
            bytes += block.encode().size();
            if (bodies.size() == BODIES_MAX || bytes > ANSWER_BYTES_MAX) break;
        }
        return new EthMessage.BlockBodies(ask.requestId(), bodies);
    }

    // Consensus.

    private void onConsensus(Remote remote, int code, Bytes payload) {
        ConsensusEngine running = engine;
        if (running == null || !remote.isReady) return;
        Hash id = id(code, payload);
        remote.knows.add(id);
        if (!consensusSeen.add(id)) return;
        Set<Address> validators = Set.copyOf(QbftRules.validatorsAfter(ledger.head()).addresses());
        Message message = Message.decode(code, payload, validators.size());
        long height = message.height();
        if (height <= ledger.head().number()) return;
        if (height > ledger.head().number() + 1) {
            remote.has(height - 1);
            behind.run();
        } else if (!validators.contains(message.author())) {
            return;
        } else {
            relay(id, code, payload, message.author(), validators);
        }
        running.receive(message, payload.size());
    }

    /** By which a message is known that was seen. */
    private static Hash id(int code, Bytes payload) {
        return Keccak.hash(Bytes.concatenate(Bytes.of(code), payload));
    }

    /** To validators that can't be reached by all others. */
    private void relay(Hash id, int code, Bytes payload, Address author, Set<Address> validators) {
        for (Remote other : ready()) {
            if (!validators.contains(other.address) || other.address.equals(author)) continue;
            if (other.peer.shared("istanbul") != null && other.knows.add(id)) {
                other.peer.send(ISTANBUL, code, payload);
            }
        }
    }

    @Override
    public void broadcast(Message message) {
        Bytes payload = message.encode();
        Hash id = id(message.code(), payload);
        consensusSeen.add(id);
        for (Remote remote : ready()) {
            // Said again on purpose, so also to those who were told before.
            if (remote.peer.shared("istanbul") != null) {
                remote.knows.add(id);
                remote.peer.send(ISTANBUL, message.code(), payload);
            }
        }
    }
}
