package dev.lockstep.node;

import dev.lockstep.consensus.core.Message;
import dev.lockstep.consensus.core.ValidatorSet;
import dev.lockstep.consensus.engine.ConsensusEngine;
import dev.lockstep.consensus.engine.Gossip;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.ledger.HeadEvent;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.network.Capability;
import dev.lockstep.network.DisconnectReason;
import dev.lockstep.network.EthMessage;
import dev.lockstep.network.EthProtocol;
import dev.lockstep.network.ForkId;
import dev.lockstep.network.Network;
import dev.lockstep.network.Peer;
import dev.lockstep.network.Penalty;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.RlpException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
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
final class Peers implements Network.Handler, Gossip, AutoCloseable {
    /** Codes as in istanbul/100: the lowest are not used. */
    static final Capability ISTANBUL = new Capability("istanbul", 100, 22);

    private static final Logger LOG = LoggerFactory.getLogger(Peers.class);

    private static final int SEEN_MAX = 1000;

    /** Validators that the blocks to come may add before those that a message is of. */
    private static final int JOINING_MAX = 10;

    /** Most heights are decided within this time of the proposal. */
    private static final long RELAY_MILLIS = 200;

    /** A peer of eth/69 is told of our range again after so many blocks. */
    private static final int RANGE_BLOCKS = 32;

    private final Ledger ledger;
    private final Validators deciders;
    private final ChainAnswers answers;
    private final TransactionGossip transactions;
    private final UInt256 networkId;
    private final ForkId.Schedule forks;
    private final Map<Peer, Remote> remotes = new ConcurrentHashMap<>();
    private final Seen<Hash> consensusSeen = new Seen<>(SEEN_MAX);
    private final Relays<Vote> relays;
    private final Consumer<Block> offered;
    private final Runnable behind;
    private volatile @Nullable ConsensusEngine engine;

    /**
     * @param offered takes a block that may follow the head, seals unchecked
     * @param behind called when a peer has blocks that this node lacks
     */
    Peers(
            Chain chain,
            TxPool pool,
            UInt256 networkId,
            ForkId.Schedule forks,
            Consumer<Block> offered,
            Runnable behind) {
        ledger = chain.ledger();
        deciders = Objects.requireNonNull(chain.validators());
        answers = new ChainAnswers(ledger);
        transactions =
                new TransactionGossip(
                        ledger,
                        pool,
                        this::ready,
                        () -> System.nanoTime() / 1_000_000,
                        this::untilBlockMillis);
        relays =
                new Relays<>(
                        () -> ledger.head().number() + 1,
                        this::relay,
                        CompletableFuture.delayedExecutor(RELAY_MILLIS, TimeUnit.MILLISECONDS));
        this.networkId = networkId;
        this.forks = forks;
        this.offered = offered;
        this.behind = behind;
    }

    private long untilBlockMillis() {
        return 1000 * deciders.earliestAfter(ledger.head()) - System.currentTimeMillis();
    }

    void serve(ConsensusEngine engine) {
        this.engine = engine;
        transactions.start();
    }

    TransactionGossip transactions() {
        return transactions;
    }

    @Nullable Remote remote(Peer peer) {
        return remotes.get(peer);
    }

    /** Those on the same chain. */
    Collection<Remote> ready() {
        List<Remote> ready = new ArrayList<>();
        for (Remote remote : remotes.values()) if (remote.isReady) ready.add(remote);
        return ready;
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
        return eth.version() >= 69
                ? new EthMessage.RangeStatus(
                        networkId, genesis, forkId, new EthMessage.Range(0, head.number(), hash))
                : new EthMessage.HeadStatus(
                        networkId, totalDifficulty(head.number()), hash, genesis, forkId);
    }

    /** That of block 0, and one a block, on a QBFT chain. */
    private UInt256 totalDifficulty(long number) {
        BlockHeader first = Objects.requireNonNull(ledger.header(0));
        return first.difficulty().add(UInt256.valueOf(number));
    }

    @Override
    public void onDisconnected(Peer peer, String why) {
        Remote remote = remotes.remove(peer);
        if (remote == null) return;
        remote.requests.fail();
        transactions.gone(remote);
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
            String why = capability + " message " + code + ": " + malformed.getMessage();
            peer.blame(Penalty.MALFORMED, why);
            peer.disconnect(DisconnectReason.BREACH_OF_PROTOCOL, why);
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
        if (message instanceof EthMessage.Request) remote.peer.awaitRoom();
        switch (message) {
            case EthMessage.Status _ -> throw new IllegalStateException("dealt with above");
            case EthMessage.BlockRangeUpdate(var range) -> {
                remote.has(range.latest());
                behind.run();
            }
            case EthMessage.NewBlockHashes(var blocks) -> {
                for (EthMessage.NumberedHash block : blocks) {
                    remote.knows.add(block.hash());
                    remote.has(block.number());
                }
                behind.run();
            }
            case EthMessage.NewBlock(var block, _) -> onNewBlock(remote, block);
            case EthMessage.Transactions(var list) -> transactions.onTransactions(remote, list);
            case EthMessage.NewPooledTransactionHashes(var list) ->
                    transactions.onAnnounced(remote, list);
            case EthMessage.GetBlockHeaders ask -> remote.send(answers.headers(ask));
            case EthMessage.GetBlockBodies ask -> remote.send(answers.bodies(ask));
            case EthMessage.GetReceipts ask -> remote.send(answers.receipts(ask));
            case EthMessage.GetPooledTransactions ask -> remote.send(transactions.answer(ask));
            case EthMessage.PooledTransactions answer -> transactions.onAnswer(remote, answer);
            case EthMessage.Response response -> {
                if (!remote.requests.answer(response)) {
                    remote.peer.blame(Penalty.USELESS_ANSWER, "an answer that nobody waits for");
                }
            }
        }
    }

    private void onStatus(Remote remote, EthMessage.Status status) {
        BlockHeader head = ledger.head();
        String fault = null;
        if (remote.isReady) fault = "it sent a second status";
        else if (!status.networkId().equals(networkId))
            fault = "its network is " + status.networkId().toDecimalString();
        else if (!status.genesis().equals(forks.genesis()))
            fault = "its genesis is " + status.genesis();
        else if (!forks.accepts(status.forkId(), head.number(), head.timestamp()))
            fault = "its forks are " + status.forkId();
        if (fault != null) {
            remote.peer.blame(Penalty.WRONG_CHAIN, fault);
            remote.peer.disconnect(DisconnectReason.SUBPROTOCOL, fault);
            return;
        }
        if (!remote.peer.confirm()) return;
        remote.isReady = true;
        LOG.info("Peer {} ({}) is linked", remote.peer, remote.peer.hello().clientId());
        if (status instanceof EthMessage.RangeStatus range) {
            remote.has(range.range().latest());
        } else if (ledger.number(status.headHash()) == null) {
            remote.has(head.number() + 1);
        }
        behind.run();
        transactions.introduce(remote);
    }

    private void onNewBlock(Remote remote, Block block) {
        long number = block.header().number();
        remote.has(number);
        remote.knows.add(ledger.hash(block.header()));
        if (number == ledger.head().number() + 1) offered.accept(block);
        else if (number > ledger.head().number()) behind.run();
    }

    /**
     * Tells everyone who may not know of a block that became final here: those who vote by its
     * hash, since they have it from the votes most likely, others the whole of it.
     */
    void onHead(HeadEvent event) {
        long number = event.block().header().number();
        // Made only where somebody is sent it.
        Remote.Encoded whole = null;
        EthMessage hash =
                new EthMessage.NewBlockHashes(
                        List.of(new EthMessage.NumberedHash(event.hash(), number)));
        ValidatorSet voters = deciders.setAfter(event.block().header());
        for (Remote remote : ready()) {
            if (remote.knows.add(event.hash())) {
                if (voters != null && voters.contains(remote.address)) {
                    remote.send(hash);
                } else {
                    if (whole == null) whole = newBlock(event.block());
                    remote.send(whole);
                }
            }
            if (number % RANGE_BLOCKS == 0 && remote.eth.version() >= 69) {
                remote.send(
                        new EthMessage.BlockRangeUpdate(
                                new EthMessage.Range(0, number, event.hash())));
            }
        }
        ConsensusEngine running = engine;
        if (running != null) running.newHead();
    }

    private Remote.Encoded newBlock(Block block) {
        UInt256 difficulty = totalDifficulty(block.header().number());
        return Remote.Encoded.of(new EthMessage.NewBlock(block, difficulty));
    }

    // Consensus.

    private void onConsensus(Remote remote, int code, Bytes payload) {
        ConsensusEngine running = engine;
        if (running == null || !remote.isReady) return;
        Hash id = id(code, payload);
        remote.knows.add(id);
        if (!consensusSeen.add(id)) return;
        ValidatorSet validators = deciders.setAfter(ledger.head());
        if (validators == null) return;
        Message message = Message.decode(code, payload, validators.size() + JOINING_MAX);
        long height = message.height();
        if (height <= ledger.head().number()) return;
        if (height > ledger.head().number() + 1) {
            remote.has(height - 1);
            behind.run();
        } else if (!validators.contains(message.author())) {
            return;
        } else {
            relays.add(new Vote(id, code, payload, message.author()), height, message.round());
        }
        running.receive(message, payload.size());
    }

    /** By which a message is known that was seen. */
    private static Hash id(int code, Bytes payload) {
        return Keccak.hash(Bytes.concatenate(Bytes.of(code), payload));
    }

    /** A message of a validator as it came. */
    private record Vote(Hash id, int code, Bytes payload, Address author) {}

    /** To validators that can't be reached by all others. */
    private void relay(Vote vote) {
        ValidatorSet validators = deciders.setAfter(ledger.head());
        if (validators == null) return;
        for (Remote other : ready()) {
            if (!validators.contains(other.address) || other.address.equals(vote.author)) continue;
            if (other.peer.shared("istanbul") != null && other.knows.add(vote.id)) {
                other.peer.send(ISTANBUL, vote.code, vote.payload);
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

    @Override
    public void close() {
        transactions.close();
    }
}
