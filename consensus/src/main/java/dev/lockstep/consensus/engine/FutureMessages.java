package dev.lockstep.consensus.engine;

import dev.lockstep.consensus.core.Message;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Messages of heights to come, for when they are due. Bounded in heights, count and bytes; where
 * there is no room the highest height gives way, since it is due last.
 */
final class FutureMessages {
    static final int HEIGHTS_MAX = 10;
    static final int COUNT_MAX = 1000;
    static final long BYTES_MAX = 64L << 20;

    private record Waiting(Message message, int bytes) {}

    private final TreeMap<Long, Deque<Waiting>> byHeight = new TreeMap<>();
    private int count;
    private long bytes;

    /**
     * Keeps a message of a height after {@code present}, if it is not too far on.
     *
     * @param messageBytes size of its encoding
     */
    void add(long present, Message message, int messageBytes) {
        if (message.height() <= present || message.height() > present + HEIGHTS_MAX) return;
        byHeight.computeIfAbsent(message.height(), _ -> new ArrayDeque<>())
                .add(new Waiting(message, messageBytes));
        count++;
        bytes += messageBytes;
        while (count > COUNT_MAX || bytes > BYTES_MAX) {
            Map.Entry<Long, Deque<Waiting>> highest = byHeight.lastEntry();
            forget(highest.getValue().remove());
            if (highest.getValue().isEmpty()) byHeight.remove(highest.getKey());
        }
    }

    /** Takes out what is due now, in the order in which it came, and drops what is past. */
    List<Message> due(long present) {
        List<Message> due = List.of();
        while (!byHeight.isEmpty() && byHeight.firstKey() <= present) {
            Map.Entry<Long, Deque<Waiting>> lowest = byHeight.pollFirstEntry();
            lowest.getValue().forEach(this::forget);
            if (lowest.getKey() == present) {
                due = lowest.getValue().stream().map(Waiting::message).toList();
            }
        }
        return due;
    }

    private void forget(Waiting waiting) {
        count--;
        bytes -= waiting.bytes;
    }
}
