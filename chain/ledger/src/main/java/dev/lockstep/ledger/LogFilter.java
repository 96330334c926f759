package dev.lockstep.ledger;

import dev.lockstep.types.Address;
import dev.lockstep.types.Bloom;
import dev.lockstep.types.Log;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.tuweni.bytes.Bytes32;

/**
 * Which logs are wanted.
 *
 * @param from first block
 * @param to last block
 * @param addresses one of these emitted it; empty for any
 * @param topics by place, one of these stands there; an empty set for any topic
 */
public record LogFilter(
        long from, long to, Set<Address> addresses, List<? extends Set<Bytes32>> topics) {
    public LogFilter {
        addresses = new TreeSet<>(addresses);
        topics = topics.stream().map(TreeSet::new).toList();
    }

    /** All logs of these blocks. */
    public static LogFilter all(long from, long to) {
        return new LogFilter(from, to, Set.of(), List.of());
    }

    public boolean matches(Log log) {
        if (!addresses.isEmpty() && !addresses.contains(log.address())) return false;
        if (log.topics().size() < topics.size()) return false;
        for (int i = 0; i < topics.size(); i++) {
            if (!topics.get(i).isEmpty() && !topics.get(i).contains(log.topics().get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether a block with this bloom may have such logs. */
    public boolean mayMatch(Bloom bloom) {
        if (!addresses.isEmpty()
                && addresses.stream().noneMatch(address -> bloom.mayContain(address.bytes()))) {
            return false;
        }
        return topics.stream()
                .allMatch(place -> place.isEmpty() || place.stream().anyMatch(bloom::mayContain));
    }
}
