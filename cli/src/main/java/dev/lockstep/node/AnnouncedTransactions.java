package dev.lockstep.node;

import dev.lockstep.network.EthMessage.Announcement;
import dev.lockstep.types.Hash;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Transactions that peers announced and this node lacks. Each is asked of one peer at a time, and
 * of the next that announced it where that one does not send it. A peer has one request open at a
 * time. All is bounded: what does not fit is forgotten and may be announced again. Usable from any
 * thread.
 *
 * @param <P> a peer
 */
final class AnnouncedTransactions<P> {
    /** In one request. */
    static final int HASHES_MAX = 256;

    /** Of all transactions of one request, as they were announced. */
    static final long BYTES_MAX = 128 << 10;

    /** That one peer announced and was not asked for yet. */
    static final int OF_PEER_MAX = 4096;

    static final int WANTED_MAX = 16_384;

    /** Peers that are remembered for one transaction. */
    private static final int SOURCES_MAX = 4;

    static final long TIMEOUT_MILLIS = 5_000;

    /** How a peer is asked. */
    interface Asker<P> {
        /** The id of the request. */
        long ask(P peer, List<Hash> hashes);
    }

    private static final class Wanted<P> {
        final long sizeBytes;
        final Set<P> sources = new LinkedHashSet<>();
        @Nullable P asked;

        Wanted(long sizeBytes) {
            this.sizeBytes = sizeBytes;
        }
    }

    private record Request(long id, List<Hash> hashes, long sinceMillis) {}

    private static final class Source {
        final Set<Hash> waiting = new LinkedHashSet<>();
        @Nullable Request open;
    }

    private final Asker<P> asker;
    private final LongSupplier clockMillis;
    private final Map<Hash, Wanted<P>> wanted = new HashMap<>();
    private final Map<P, Source> sources = new HashMap<>();

    AnnouncedTransactions(Asker<P> asker, LongSupplier clockMillis) {
        this.asker = asker;
        this.clockMillis = clockMillis;
    }

    /**
     * @param list what this node lacks
     */
    synchronized void announced(P peer, List<Announcement> list) {
        Source source = sources.computeIfAbsent(peer, _ -> new Source());
        for (Announcement one : list) {
            if (source.waiting.size() >= OF_PEER_MAX) break;
            Wanted<P> item = wanted.get(one.hash());
            if (item == null) {
                if (wanted.size() >= WANTED_MAX) break;
                item = new Wanted<>(one.sizeBytes());
                wanted.put(one.hash(), item);
            }
            if (item.sources.size() < SOURCES_MAX && item.sources.add(peer)) {
                source.waiting.add(one.hash());
            }
        }
        ask(peer, source);
    }

    /**
     * @return whether this was asked of the peer
     */
    synchronized boolean answered(P peer, long requestId, Collection<Hash> found) {
        Source source = sources.get(peer);
        Request open = source == null ? null : source.open;
        if (source == null || open == null || open.id != requestId) return false;
        found.forEach(wanted::remove);
        giveUp(peer, source);
        return true;
    }

    /** It came some other way. */
    synchronized void arrived(Hash hash) {
        wanted.remove(hash);
    }

    synchronized void gone(P peer) {
        Source source = sources.remove(peer);
        if (source == null) return;
        Set<Hash> mentioned = source.waiting;
        if (source.open != null) mentioned.addAll(source.open.hashes);
        moveOn(peer, List.copyOf(mentioned));
    }

    /** Takes from those who did not answer in time what they were asked for; names them. */
    synchronized List<P> late() {
        long before = clockMillis.getAsLong() - TIMEOUT_MILLIS;
        List<P> late = new ArrayList<>();
        sources.forEach(
                (peer, source) -> {
                    if (source.open != null && source.open.sinceMillis <= before) late.add(peer);
                });
        for (P peer : late) giveUp(peer, sources.get(peer));
        return late;
    }

    /** How many are not here yet. */
    synchronized int size() {
        return wanted.size();
    }

    /**
     * What was asked of it and is still wanted is asked of others, and it is asked for the rest.
     */
    private void giveUp(P peer, @Nullable Source source) {
        if (source == null) return;
        Request open = source.open;
        source.open = null;
        if (open != null) moveOn(peer, open.hashes);
        ask(peer, source);
    }

    private void moveOn(P peer, List<Hash> hashes) {
        Set<P> others = new LinkedHashSet<>();
        for (Hash hash : hashes) {
            Wanted<P> item = wanted.get(hash);
            if (item == null) continue;
            if (peer.equals(item.asked)) item.asked = null;
            item.sources.remove(peer);
            if (item.sources.isEmpty()) wanted.remove(hash);
            else if (item.asked == null) others.addAll(item.sources);
        }
        for (P other : others) ask(other, sources.get(other));
    }

    /** Asks for the first that nobody else is asked for, where no request is open. */
    private void ask(P peer, @Nullable Source source) {
        if (source == null || source.open != null) return;
        List<Hash> hashes = new ArrayList<>();
        long bytes = 0;
        for (var rest = source.waiting.iterator(); rest.hasNext(); ) {
            Hash hash = rest.next();
            Wanted<P> item = wanted.get(hash);
            if (item == null) {
                rest.remove();
            } else if (item.asked == null) {
                bytes += Math.clamp(item.sizeBytes, 0, BYTES_MAX);
                if (hashes.size() == HASHES_MAX || (bytes > BYTES_MAX && !hashes.isEmpty())) break;
                item.asked = peer;
                hashes.add(hash);
                rest.remove();
            }
        }
        if (hashes.isEmpty()) return;
        source.open = new Request(asker.ask(peer, hashes), hashes, clockMillis.getAsLong());
    }
}
