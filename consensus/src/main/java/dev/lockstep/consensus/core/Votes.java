package dev.lockstep.consensus.core;

import dev.lockstep.types.Address;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Prepares or commits, one an author and round, the first that came. Those of an author's few
 * highest rounds are kept, so that nobody fills the memory of another but only loses their own.
 */
record Votes<P extends Payload>(SortedMap<Address, SortedMap<Long, Signed<P>>> byAuthor) {
    private static final int ROUNDS_KEPT = 4;

    static <P extends Payload> Votes<P> none() {
        return new Votes<>(Collections.emptySortedMap());
    }

    Votes<P> plus(Signed<P> vote) {
        SortedMap<Long, Signed<P>> rounds = new TreeMap<>();
        SortedMap<Long, Signed<P>> before = byAuthor.get(vote.author());
        if (before != null) rounds.putAll(before);
        if (rounds.putIfAbsent(vote.payload().round(), vote) != null) return this;
        if (rounds.size() > ROUNDS_KEPT) rounds.remove(rounds.firstKey());
        SortedMap<Address, SortedMap<Long, Signed<P>>> authors = new TreeMap<>(byAuthor);
        authors.put(vote.author(), Collections.unmodifiableSortedMap(rounds));
        return new Votes<>(Collections.unmodifiableSortedMap(authors));
    }

    @Nullable Signed<P> of(Address author, long round) {
        SortedMap<Long, Signed<P>> rounds = byAuthor.get(author);
        return rounds == null ? null : rounds.get(round);
    }

    /** All of a round, by author. */
    List<Signed<P>> in(long round) {
        List<Signed<P>> votes = new ArrayList<>();
        for (SortedMap<Long, Signed<P>> rounds : byAuthor.values()) {
            Signed<P> vote = rounds.get(round);
            if (vote != null) votes.add(vote);
        }
        return votes;
    }
}
