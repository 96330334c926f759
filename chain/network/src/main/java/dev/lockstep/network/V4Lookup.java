package dev.lockstep.network;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Hash;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A search for the nodes closest to a target: each that is found is asked for closer ones.
 *
 * @source devp2p, Node Discovery Protocol v4, "Recursive Lookup"
 */
final class V4Lookup {
    /** How many are asked at once. */
    static final int ALPHA = 3;

    private static final int KNOWN_MAX = 128;

    final Bytes target;
    final Hash key;

    /** By distance. */
    private final TreeMap<Bytes, Candidate> candidates = new TreeMap<>();

    enum State {
        NEW,
        /** It is pinged, and is waited for until it has pinged this node. */
        GREETING,
        ASKED,
        ANSWERED,
        SILENT
    }

    static final class Candidate {
        final V4Node node;
        State state = State.NEW;
        long sinceMillis;

        Candidate(V4Node node) {
            this.node = node;
        }

        boolean isActive() {
            return state == State.GREETING || state == State.ASKED;
        }
    }

    V4Lookup(Bytes target) {
        this.target = target;
        key = Keccak.hash(target);
    }

    void add(V4Node node) {
        candidates.putIfAbsent(V4Table.distance(key, node.key()), new Candidate(node));
        if (candidates.size() > KNOWN_MAX && !candidates.lastEntry().getValue().isActive()) {
            candidates.pollLastEntry();
        }
    }

    private Stream<Candidate> closest() {
        return candidates.values().stream()
                .filter(candidate -> candidate.state != State.SILENT)
                .limit(V4Table.BUCKET_MAX);
    }

    List<Candidate> in(State state) {
        return candidates.values().stream().filter(c -> c.state == state).toList();
    }

    /** Who is to be asked next, or null where enough are being asked or nobody is left. */
    @Nullable Candidate next() {
        long active = candidates.values().stream().filter(Candidate::isActive).count();
        if (active >= ALPHA) return null;
        return closest().filter(c -> c.state == State.NEW).findFirst().orElse(null);
    }

    boolean isOver() {
        return candidates.values().stream().noneMatch(Candidate::isActive) && next() == null;
    }
}
