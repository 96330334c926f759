package dev.lockstep.ledger;

import dev.lockstep.state.Column;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.WriteBatch;
import dev.lockstep.types.Address;
import dev.lockstep.types.Log;
import dev.lockstep.types.Receipt;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks have logs of an address, or with a topic in any place. A key is a kind, the address
 * or topic, and the block's number; there is no value.
 */
final class LogIndex {
    private static final Bytes ANY = Bytes.of(0x00);
    private static final Bytes ADDRESS = Bytes.of(0x01);
    private static final Bytes TOPIC = Bytes.of(0x02);

    private final KeyValueStore store;

    LogIndex(KeyValueStore store) {
        this.store = store;
    }

    static void stage(long number, List<Receipt> receipts, WriteBatch batch) {
        Set<Bytes> prefixes = new LinkedHashSet<>();
        for (Receipt receipt : receipts) {
            for (Log log : receipt.logs()) {
                prefixes.add(ANY);
                prefixes.add(prefix(log.address()));
                log.topics().forEach(topic -> prefixes.add(prefix(topic)));
            }
        }
        for (Bytes prefix : prefixes) {
            batch.put(Column.LOG_INDEX, key(prefix, number), Bytes.EMPTY);
        }
    }

    /** Blocks from {@code first} to {@code last} that may have logs of the filter, ascending. */
    SortedSet<Long> candidates(LogFilter filter, long first, long last) {
        SortedSet<Long> candidates = null;
        if (!filter.addresses().isEmpty()) {
            candidates = union(prefixesOf(filter.addresses()), first, last);
        }
        for (Set<Bytes32> place : filter.topics()) {
            if (place.isEmpty()) continue;
            SortedSet<Long> blocks =
                    union(place.stream().map(LogIndex::prefix).toList(), first, last);
            candidates = intersection(candidates, blocks);
        }
        return candidates != null ? candidates : union(List.of(ANY), first, last);
    }

    private static List<Bytes> prefixesOf(Set<Address> addresses) {
        return addresses.stream().map(LogIndex::prefix).toList();
    }

    private static SortedSet<Long> intersection(
            @Nullable SortedSet<Long> some, SortedSet<Long> others) {
        if (some == null) return others;
        some.retainAll(others);
        return some;
    }

    private SortedSet<Long> union(Collection<Bytes> prefixes, long first, long last) {
        SortedSet<Long> numbers = new TreeSet<>();
        for (Bytes prefix : prefixes) {
            store.scan(
                    Column.LOG_INDEX,
                    key(prefix, first),
                    key(prefix, last + 1),
                    (key, value) -> {
                        numbers.add(key.getLong(prefix.size()));
                        return true;
                    });
        }
        return numbers;
    }

    private static Bytes prefix(Address address) {
        return Bytes.concatenate(ADDRESS, address.bytes());
    }

    private static Bytes prefix(Bytes32 topic) {
        return Bytes.concatenate(TOPIC, topic);
    }

    private static Bytes key(Bytes prefix, long number) {
        return Bytes.concatenate(prefix, Bytes.ofUnsignedLong(number));
    }
}
