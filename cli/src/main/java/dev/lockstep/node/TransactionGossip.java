package dev.lockstep.node;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.network.EthMessage;
import dev.lockstep.network.EthMessage.Announcement;
import dev.lockstep.network.Penalty;
import dev.lockstep.pool.AddResult;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.Hash;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.tuweni.bytes.Bytes;

/**
 * The pool and those of the peers. A transaction that began here goes whole to a few peers, all of
 * them in a small network, and by its hash to the others, one that a peer sent by its hash alone;
 * none goes to a peer that is known to have it. What waits is told together: what began here after
 * a moment, the rest a little later, since most peers have heard of it by then.
 */
final class TransactionGossip implements AutoCloseable {
    /** Hashes in one message. @source devp2p, Ethereum Wire Protocol */
    static final int ANNOUNCED_MAX = 4096;

    /** Whole transactions in one message, where they are more than one. */
    private static final int WHOLE_BYTES_MAX = 100 << 10;

    private static final int UNTOLD_MAX = 65_536;
    private static final int REFUSED_MAX = 8_192;

    /** Larger ones go by their hashes alone. */
    private static final int WHOLE_ONE_BYTES_MAX = 4 << 10;

    /** Of so many peers all are sent whole transactions. */
    private static final int WHOLE_PEERS = 8;

    /** Those that come within this time are told together, where no block is due before. */
    private static final long GATHER_MILLIS = 100;

    private static final long GATHER_MILLIS_MIN = 5;

    /** What comes up to here before a block is due can be in it. */
    private static final long BEFORE_BLOCK_MILLIS = 15;

    private static final long GATHER_FOREIGN_MILLIS = 100;

    /** What waits longer is announced again: a peer may have had no place for it then. */
    private static final long RETELL_MILLIS = 15_000;

    private final Ledger ledger;
    private final TxPool pool;
    private final Supplier<Collection<Remote>> ready;
    private final AnnouncedTransactions<Remote> announced;
    private final BlockingQueue<SignedTransaction> untold = new LinkedBlockingQueue<>(UNTOLD_MAX);
    private final BlockingQueue<SignedTransaction> foreign = new LinkedBlockingQueue<>(UNTOLD_MAX);

    /** That the pool will not have, whoever sends them. */
    private final Seen<Hash> refused = new Seen<>(REFUSED_MAX);

    private final LongSupplier clockMillis;
    private final LongSupplier untilBlockMillis;
    private long retoldMillis;
    private Set<Hash> untaken = Set.of();

    private final Thread teller =
            Thread.ofPlatform().name("transactions").daemon().unstarted(this::run);

    /**
     * @param ready the peers on the same chain
     * @param untilBlockMillis how long it is until the next block may be made; negative after that
     */
    TransactionGossip(
            Ledger ledger,
            TxPool pool,
            Supplier<Collection<Remote>> ready,
            LongSupplier clockMillis,
            LongSupplier untilBlockMillis) {
        this.ledger = ledger;
        this.pool = pool;
        this.ready = ready;
        this.clockMillis = clockMillis;
        this.untilBlockMillis = untilBlockMillis;
        retoldMillis = clockMillis.getAsLong();
        announced = new AnnouncedTransactions<>(TransactionGossip::ask, clockMillis);
    }

    private static long ask(Remote remote, List<Hash> hashes) {
        long id = remote.requests.nextId();
        remote.send(new EthMessage.GetPooledTransactions(id, hashes));
        return id;
    }

    void start() {
        teller.start();
    }

    // What this node tells.

    /** The pool took it. */
    void onPending(SignedTransaction tx) {
        boolean isForeign = false;
        for (Remote remote : ready.get()) isForeign |= remote.knows.contains(tx.hash());
        if (!(isForeign ? foreign : untold).offer(tx)) tell(List.of(tx));
    }

    private void run() {
        long foreignToldMillis = clockMillis.getAsLong();
        long toldMillis = foreignToldMillis;
        try {
            while (true) {
                SignedTransaction first = untold.poll(GATHER_FOREIGN_MILLIS, TimeUnit.MILLISECONDS);
                for (Remote late : announced.late()) {
                    late.peer.blame(Penalty.TIMEOUT, "it does not send what it announced");
                }
                retell();
                if (first != null) {
                    long sinceToldMillis = clockMillis.getAsLong() - toldMillis;
                    Thread.sleep(gatherMillis(sinceToldMillis, untilBlockMillis.getAsLong()));
                    List<SignedTransaction> batch = new ArrayList<>(List.of(first));
                    untold.drainTo(batch, ANNOUNCED_MAX - 1);
                    tell(batch);
                    toldMillis = clockMillis.getAsLong();
                }
                if (clockMillis.getAsLong() - foreignToldMillis >= GATHER_FOREIGN_MILLIS) {
                    foreignToldMillis = clockMillis.getAsLong();
                    List<SignedTransaction> batch = new ArrayList<>();
                    foreign.drainTo(batch, ANNOUNCED_MAX);
                    tell(batch);
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** How long more are waited for: hardly at all after a quiet while. */
    static long gatherMillis(long sinceToldMillis, long untilBlockMillis) {
        long millis = GATHER_MILLIS - sinceToldMillis;
        if (untilBlockMillis >= 0) {
            millis = Math.min(millis, untilBlockMillis - BEFORE_BLOCK_MILLIS);
        }
        return Math.max(GATHER_MILLIS_MIN, millis);
    }

    /** Announces once more, to all, what waited here at the last time too. */
    void retell() {
        if (clockMillis.getAsLong() - retoldMillis < RETELL_MILLIS) return;
        retoldMillis = clockMillis.getAsLong();
        List<SignedTransaction> waiting = waiting();
        List<SignedTransaction> old =
                waiting.stream()
                        .filter(tx -> untaken.contains(tx.hash()))
                        .limit(ANNOUNCED_MAX)
                        .toList();
        untaken = waiting.stream().map(SignedTransaction::hash).collect(Collectors.toSet());
        for (Remote remote : ready.get()) announce(remote, old);
    }

    private List<SignedTransaction> waiting() {
        return pool.contents().pending().values().stream().flatMap(List::stream).toList();
    }

    private void tell(List<SignedTransaction> batch) {
        List<Remote> remotes = List.copyOf(ready.get());
        List<List<SignedTransaction>> wholes = lists(remotes.size());
        List<List<SignedTransaction>> hashes = lists(remotes.size());
        int wholeCount = wholeCount(remotes.size());
        for (SignedTransaction tx : batch) {
            List<Integer> others = new ArrayList<>();
            // One sender's go the same way, so that they arrive in the order of their nonces.
            int start = Math.floorMod(tx.sender().hashCode(), Math.max(1, remotes.size()));
            for (int i = 0; i < remotes.size(); i++) {
                int at = (start + i) % remotes.size();
                if (remotes.get(at).knows.add(tx.hash())) others.add(at);
            }
            boolean isForeign = others.size() < remotes.size();
            for (int i = 0; i < others.size(); i++) {
                boolean isWhole =
                        !isForeign && i < wholeCount && tx.encoded().size() <= WHOLE_ONE_BYTES_MAX;
                (isWhole ? wholes : hashes).get(others.get(i)).add(tx);
            }
        }
        List<Remote.Encoded> messages = List.of();
        for (int i = 0; i < remotes.size(); i++) {
            // In a small network all are sent the same.
            if (i == 0 || !wholes.get(i).equals(wholes.get(i - 1))) {
                messages = messages(wholes.get(i));
            }
            messages.forEach(remotes.get(i)::send);
            announce(remotes.get(i), hashes.get(i));
        }
    }

    /** Of so many peers: the root of their number, and some in any case. */
    private static int wholeCount(int peers) {
        int root = WHOLE_PEERS;
        while (root * root < peers) root++;
        return Math.min(root, peers);
    }

    private static List<List<SignedTransaction>> lists(int count) {
        List<List<SignedTransaction>> lists = new ArrayList<>();
        for (int i = 0; i < count; i++) lists.add(new ArrayList<>());
        return lists;
    }

    /** Of whole transactions, none much larger than others take. */
    private static List<Remote.Encoded> messages(List<SignedTransaction> txs) {
        List<Remote.Encoded> messages = new ArrayList<>();
        List<Transaction> together = new ArrayList<>();
        long bytes = 0;
        for (SignedTransaction tx : txs) {
            long sizeBytes = tx.encoded().size();
            if (bytes + sizeBytes > WHOLE_BYTES_MAX && !together.isEmpty()) {
                messages.add(Remote.Encoded.of(new EthMessage.Transactions(together)));
                together.clear();
                bytes = 0;
            }
            together.add(tx.transaction());
            bytes += sizeBytes;
        }
        if (!together.isEmpty()) {
            messages.add(Remote.Encoded.of(new EthMessage.Transactions(together)));
        }
        return messages;
    }

    private static void announce(Remote remote, List<SignedTransaction> txs) {
        for (int from = 0; from < txs.size(); from += ANNOUNCED_MAX) {
            List<SignedTransaction> part =
                    txs.subList(from, Math.min(txs.size(), from + ANNOUNCED_MAX));
            List<Announcement> list =
                    part.stream()
                            .map(
                                    tx ->
                                            new Announcement(
                                                    tx.transaction().type(),
                                                    tx.encoded().size(),
                                                    tx.hash()))
                            .toList();
            remote.send(new EthMessage.NewPooledTransactionHashes(list));
        }
    }

    /** Tells a new peer what waits here. */
    void introduce(Remote remote) {
        announce(remote, waiting().stream().filter(tx -> remote.knows.add(tx.hash())).toList());
    }

    // What peers tell.

    void onTransactions(Remote remote, List<Transaction> transactions) {
        for (Transaction transaction : transactions) take(remote, Arrival.of(transaction));
    }

    void onAnnounced(Remote remote, List<Announcement> list) {
        List<Announcement> lacking = new ArrayList<>();
        for (Announcement one : list) {
            remote.knows.add(one.hash());
            if (isWanted(one.hash())) lacking.add(one);
        }
        if (!lacking.isEmpty()) announced.announced(remote, lacking);
    }

    void onAnswer(Remote remote, EthMessage.PooledTransactions answer) {
        List<Arrival> arrivals = answer.transactions().stream().map(Arrival::of).toList();
        if (!announced.answered(
                remote,
                answer.requestId(),
                arrivals.stream().map(Arrival::hash).collect(Collectors.toSet()))) {
            // Late, most likely; what it holds is as good as any.
            remote.peer.blame(Penalty.USELESS_ANSWER, "transactions that nobody waits for");
        }
        for (Arrival arrival : arrivals) take(remote, arrival);
    }

    private boolean isWanted(Hash hash) {
        return pool.find(hash) == null && !refused.contains(hash) && ledger.find(hash) == null;
    }

    /** A transaction that a peer sent, encoded and hashed once. */
    private record Arrival(Transaction transaction, Bytes encoded, Hash hash) {
        static Arrival of(Transaction transaction) {
            Bytes encoded = transaction.encode();
            return new Arrival(transaction, encoded, Keccak.hash(encoded));
        }
    }

    private void take(Remote remote, Arrival arrival) {
        Hash hash = arrival.hash;
        remote.knows.add(hash);
        announced.arrived(hash);
        if (refused.contains(hash) || pool.find(hash) != null) return;
        SignedTransaction signed =
                SignedTransaction.recover(arrival.transaction, arrival.encoded, hash);
        Blame blame =
                signed == null
                        ? Blame.SENDER
                        : pool.add(signed) instanceof AddResult.Rejected no
                                ? blame(no.reason())
                                : Blame.NOBODY;
        if (blame != Blame.NOBODY) refused.add(hash);
        if (blame == Blame.SENDER) {
            remote.peer.blame(Penalty.INVALID_TRANSACTION, "no block can hold " + hash);
        }
    }

    /** Of a transaction that was not taken. */
    private enum Blame {
        /** It may be taken later. */
        NOBODY,
        /** This node will not have it; others may. */
        OURS,
        /** No block can hold it, and whoever sent it knew. */
        SENDER
    }

    private static Blame blame(AddResult.Reason reason) {
        return switch (reason) {
            case ALREADY_KNOWN,
                    NONCE_TOO_HIGH,
                    INSUFFICIENT_FUNDS,
                    REPLACEMENT_UNDERPRICED,
                    SENDER_LIMIT,
                    POOL_FULL,
                    GAS_LIMIT,
                    FEE_TOO_LOW ->
                    Blame.NOBODY;
            case NONCE_TOO_LOW, TYPE_NOT_POOLED, TYPE_NOT_ALLOWED, TOO_LARGE -> Blame.OURS;
            case WRONG_CHAIN,
                    SIGNATURE_NOT_LOW,
                    INIT_CODE_TOO_LARGE,
                    INTRINSIC_GAS,
                    PRIORITY_FEE_OVER_FEE,
                    INVALID ->
                    Blame.SENDER;
        };
    }

    EthMessage.PooledTransactions answer(EthMessage.GetPooledTransactions ask) {
        List<Transaction> found = new ArrayList<>();
        long bytes = 0;
        for (Hash hash : ask.hashes()) {
            SignedTransaction tx = pool.find(hash);
            if (tx == null) continue;
            bytes += tx.encoded().size();
            boolean isOver = found.size() == ChainAnswers.ITEMS_MAX;
            if (isOver || (bytes > ChainAnswers.BYTES_MAX && !found.isEmpty())) break;
            found.add(tx.transaction());
        }
        return new EthMessage.PooledTransactions(ask.requestId(), found);
    }

    void gone(Remote remote) {
        announced.gone(remote);
    }

    @Override
    public void close() {
        teller.interrupt();
        try {
            teller.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
