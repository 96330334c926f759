package dev.lockstep.pool;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** One sender's transactions in order of nonces, gaps and all. */
final class SenderQueue {
    private final TreeMap<Long, Pooled> byNonce = new TreeMap<>(Long::compareUnsigned);
    private long accountNonce;
    private UInt256 balance = UInt256.ZERO;
    private BigInteger cost = BigInteger.ZERO;

    void setAccount(long nonce, UInt256 newBalance) {
        accountNonce = nonce;
        balance = newBalance;
    }

    long accountNonce() {
        return accountNonce;
    }

    UInt256 balance() {
        return balance;
    }

    /** The most that all of them may take from the sender. @unit wei */
    BigInteger cost() {
        return cost;
    }

    int size() {
        return byNonce.size();
    }

    boolean isEmpty() {
        return byNonce.isEmpty();
    }

    @Nullable Pooled at(long nonce) {
        return byNonce.get(nonce);
    }

    /** The one with the highest nonce. */
    Pooled last() {
        return byNonce.lastEntry().getValue();
    }

    void put(Pooled pooled) {
        remove(pooled.nonce());
        byNonce.put(pooled.nonce(), pooled);
        cost = cost.add(pooled.cost());
    }

    void remove(long nonce) {
        Pooled removed = byNonce.remove(nonce);
        if (removed != null) cost = cost.subtract(removed.cost());
    }

    /** Those that the account has gone past or can no longer pay. */
    List<Pooled> stale() {
        BigInteger funds = balance.toUnsignedBigInteger();
        return byNonce.values().stream()
                .filter(
                        pooled ->
                                Long.compareUnsigned(pooled.nonce(), accountNonce) < 0
                                        || pooled.cost().compareTo(funds) > 0)
                .toList();
    }

    /** The nonce after the last one that can run without a gap. */
    long pendingNonce() {
        long next = accountNonce;
        while (byNonce.containsKey(next)) next++;
        return next;
    }

    /** Those that can run one after the other from the account's nonce on. */
    List<Pooled> pending() {
        List<Pooled> pending = new ArrayList<>();
        long next = accountNonce;
        for (Pooled pooled : byNonce.tailMap(next).values()) {
            if (pooled.nonce() != next++) break;
            pending.add(pooled);
        }
        return pending;
    }

    /** Those behind a gap. */
    List<Pooled> queued() {
        return List.copyOf(byNonce.tailMap(pendingNonce()).values());
    }
}
