package dev.lockstep.pool;

import dev.lockstep.evm.BlockContext;
import dev.lockstep.ledger.HeadEvent;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.Subscribers;
import dev.lockstep.ledger.Subscription;
import dev.lockstep.pool.AddResult.Accepted;
import dev.lockstep.pool.AddResult.Reason;
import dev.lockstep.pool.AddResult.Rejected;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.SignedTransaction;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * Transactions that wait for a block, by sender and nonce; bounded in number and bytes. Usable from
 * any thread.
 */
public final class TxPool implements AutoCloseable {
    private static final int REPLACEMENT_PERCENT = 10;

    private final PoolLimits limits;
    private final Ledger ledger;
    private final Subscription heads;
    private final Subscribers<SignedTransaction> pendingSubscribers = new Subscribers<>();

    /** Guards all below. Held while the ledger is read, never while subscribers are told. */
    private final Object lock = new Object();

    private final SortedMap<Address, SenderQueue> senders = new TreeMap<>();
    private final Map<Hash, Pooled> byHash = new HashMap<>();
    private long arrivals;
    private long sizeBytes;
    private @Nullable Asked asked;

    /** Empty, and following the head of {@code ledger} until closed. */
    public TxPool(PoolLimits limits, Ledger ledger) {
        this.limits = limits;
        this.ledger = ledger;
        this.heads = ledger.onHead(this::follow);
    }

    /**
     * What waits, by sender and nonce.
     *
     * @param pending can run one after the other
     * @param queued wait behind a gap in the nonces
     */
    public record Contents(
            SortedMap<Address, List<SignedTransaction>> pending,
            SortedMap<Address, List<SignedTransaction>> queued) {}

    public AddResult add(SignedTransaction tx) {
        AddResult result;
        synchronized (lock) {
            result = addLocked(tx);
        }
        if (result instanceof Accepted) pendingSubscribers.tell(tx);
        return result;
    }

    private AddResult addLocked(SignedTransaction tx) {
        if (byHash.containsKey(tx.hash())) {
            return new Rejected(Reason.ALREADY_KNOWN, "already known: " + tx.hash());
        }
        SenderQueue queue = senders.get(tx.sender());
        if (queue == null) {
            // That of a known sender follows the head.
            queue = new SenderQueue();
            refresh(tx.sender(), queue);
        }
        Pooled old = queue.at(tx.transaction().nonce());
        Rejected rejected = Admission.check(tx, chain(), sender(queue, old));
        if (rejected != null) return rejected;
        Pooled pooled = Pooled.of(tx, arrivals++);
        if (old != null) remove(old);
        insert(pooled, queue);
        if (evictDownTo(pooled)) {
            return new Accepted(tx.hash(), old == null ? null : old.tx().hash());
        }
        if (old != null) insert(old, queue);
        return new Rejected(
                Reason.POOL_FULL,
                "the pool is full: at most "
                        + limits.transactionsMax()
                        + " transactions and "
                        + limits.sizeBytesMax()
                        + " bytes, and all of them pay more");
    }

    /** What the chain asks of a transaction at this head. */
    private record Asked(BlockHeader head, Admission.Chain chain) {}

    /** Found out once a head. */
    private Admission.Chain chain() {
        BlockHeader head = ledger.head();
        if (asked == null || !asked.head().equals(head)) {
            BlockContext next = ledger.pendingContext(head.timestamp() + 1);
            int percent = ledger.spec().zeroBaseFee() ? 0 : REPLACEMENT_PERCENT;
            asked = new Asked(head, new Admission.Chain(withoutBaseFee(next), limits, percent));
        }
        return asked.chain();
    }

    static BlockContext withoutBaseFee(BlockContext next) {
        return new BlockContext(
                next.fork(),
                next.chainId(),
                next.number(),
                next.timestamp(),
                next.gasLimit(),
                next.coinbase(),
                UInt256.ZERO,
                next.difficulty(),
                next.prevRandao(),
                next.blobBaseFee(),
                next.blobs(),
                next.transactionGasLimitMax(),
                next.codeBytesMax(),
                next.blockHashes());
    }

    private static Admission.Sender sender(SenderQueue queue, @Nullable Pooled old) {
        return new Admission.Sender(
                queue.accountNonce(),
                queue.balance(),
                queue.size() - (old == null ? 0 : 1),
                old == null ? queue.cost() : queue.cost().subtract(old.cost()),
                old == null ? null : old.tx().transaction());
    }

    private void refresh(Address sender, SenderQueue queue) {
        Account account = ledger.headAccount(sender);
        queue.setAccount(account.nonce(), account.balance());
    }

    private void insert(Pooled pooled, SenderQueue queue) {
        queue.put(pooled);
        senders.put(pooled.tx().sender(), queue);
        byHash.put(pooled.tx().hash(), pooled);
        sizeBytes += pooled.sizeBytes();
    }

    private void remove(Pooled pooled) {
        Address sender = pooled.tx().sender();
        SenderQueue queue = Objects.requireNonNull(senders.get(sender));
        queue.remove(pooled.nonce());
        if (queue.isEmpty()) senders.remove(sender);
        byHash.remove(pooled.tx().hash());
        sizeBytes -= pooled.sizeBytes();
    }

    /**
     * Drops the worst until the limits hold, always the last of a sender so that no gap opens.
     *
     * @return whether {@code newest} is still there
     */
    private boolean evictDownTo(Pooled newest) {
        while (byHash.size() > limits.transactionsMax() || sizeBytes > limits.sizeBytesMax()) {
            Pooled worst = Collections.max(senders.values(), WORST).last();
            remove(worst);
            if (worst.equals(newest)) return false;
        }
        return true;
    }

    /** Behind a gap is worse than not; then the lower tip; then the later arrival. */
    private static final Comparator<SenderQueue> WORST =
            Comparator.comparing((SenderQueue queue) -> isGapped(queue))
                    .thenComparing(
                            (SenderQueue queue) ->
                                    queue.last().tx().transaction().maxPriorityFeePerGas(),
                            Comparator.reverseOrder())
                    .thenComparingLong(queue -> queue.last().arrival());

    private static boolean isGapped(SenderQueue queue) {
        return Long.compareUnsigned(queue.last().nonce(), queue.pendingNonce()) >= 0;
    }

    /** Drops what the new head holds, and what it made impossible. */
    private void follow(HeadEvent event) {
        synchronized (lock) {
            for (SignedTransaction tx : event.transactions()) {
                Pooled included = byHash.get(tx.hash());
                if (included != null) remove(included);
            }
            for (Address touched : event.touched()) {
                SenderQueue queue = senders.get(touched);
                if (queue == null) continue;
                refresh(touched, queue);
                queue.stale().forEach(this::remove);
            }
        }
    }

    /**
     * Those that can run now, the best tip first and among equals the earliest, each sender's in
     * order of nonces; as they are when this is called.
     */
    public Iterator<SignedTransaction> best(UInt256 baseFee) {
        synchronized (lock) {
            List<List<Pooled>> bySender =
                    senders.values().stream().map(SenderQueue::pending).toList();
            return new BestFirst(bySender, baseFee);
        }
    }

    public @Nullable SignedTransaction find(Hash hash) {
        synchronized (lock) {
            Pooled pooled = byHash.get(hash);
            return pooled == null ? null : pooled.tx();
        }
    }

    /** The nonce that the sender's next transaction takes, those in the pool counted. */
    public long pendingNonce(Address sender) {
        synchronized (lock) {
            SenderQueue queue = senders.get(sender);
            return queue == null ? ledger.headAccount(sender).nonce() : queue.pendingNonce();
        }
    }

    public int size() {
        synchronized (lock) {
            return byHash.size();
        }
    }

    public Contents contents() {
        synchronized (lock) {
            return new Contents(collect(SenderQueue::pending), collect(SenderQueue::queued));
        }
    }

    private SortedMap<Address, List<SignedTransaction>> collect(
            Function<SenderQueue, List<Pooled>> part) {
        SortedMap<Address, List<SignedTransaction>> collected = new TreeMap<>();
        senders.forEach(
                (sender, queue) -> {
                    List<SignedTransaction> txs =
                            part.apply(queue).stream().map(Pooled::tx).toList();
                    if (!txs.isEmpty()) collected.put(sender, txs);
                });
        return Collections.unmodifiableSortedMap(collected);
    }

    /** Tells of every transaction that the pool takes. */
    public Subscription onPending(Consumer<SignedTransaction> consumer) {
        return pendingSubscribers.add(consumer);
    }

    /** Stops following the head. */
    @Override
    public void close() {
        heads.close();
    }
}
