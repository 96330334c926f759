package dev.lockstep.pool;

import dev.lockstep.types.SignedTransaction;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Transactions of many senders, the best tip first and among equals the earliest, yet each sender's
 * in order of nonces.
 */
final class BestFirst implements Iterator<SignedTransaction> {
    private record Front(Pooled first, UInt256 tip, Iterator<Pooled> rest) {}

    private static final Comparator<Front> BEST =
            Comparator.comparing(Front::tip)
                    .reversed()
                    .thenComparingLong(front -> front.first.arrival());

    private final UInt256 baseFee;
    private final PriorityQueue<Front> fronts = new PriorityQueue<>(BEST);

    BestFirst(List<List<Pooled>> bySender, UInt256 baseFee) {
        this.baseFee = baseFee;
        bySender.forEach(pending -> offer(pending.iterator()));
    }

    /** A sender waits from its first transaction on that does not pay the base fee. */
    private void offer(Iterator<Pooled> rest) {
        if (!rest.hasNext()) return;
        Pooled first = rest.next();
        if (first.paysFor(baseFee)) fronts.add(new Front(first, first.tip(baseFee), rest));
    }

    @Override
    public boolean hasNext() {
        return !fronts.isEmpty();
    }

    @Override
    public SignedTransaction next() {
        Front best = fronts.poll();
        if (best == null) throw new NoSuchElementException("no transaction is left");
        offer(best.rest);
        return best.first.tx();
    }
}
