package dev.lockstep.network;

import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which ids stand for which messages on a link: after those of the base protocol the shared
 * capabilities by name, of each the highest version that both sides have.
 *
 * @source devp2p, RLPx, "Message ID-based Multiplexing"
 */
record MessageIds(List<Capability> shared) {
    /** The base protocol's own. */
    static final int FIRST = 0x10;

    static MessageIds agree(List<Capability> ours, List<Hello.Offer> theirs) {
        TreeMap<String, Capability> highest = new TreeMap<>();
        for (Capability own : ours) {
            if (!theirs.contains(new Hello.Offer(own.name(), own.version()))) continue;
            highest.merge(
                    own.name(),
                    own,
                    (a, b) ->
                            Comparator.comparingInt(Capability::version).compare(a, b) > 0 ? a : b);
        }
        return new MessageIds(List.copyOf(highest.values()));
    }

    /** The id of a capability's message. */
    int id(Capability capability, int code) {
        if (code < 0 || code >= capability.messages()) {
            throw new IllegalArgumentException(capability + " has no message " + code);
        }
        int first = FIRST;
        for (Capability other : shared) {
            if (other.equals(capability)) return first + code;
            first += other.messages();
        }
        throw new IllegalArgumentException(capability + " is not shared on this link");
    }

    /** A capability and a message's code in it. */
    record Place(Capability capability, int code) {}

    /** Null where no shared capability has such an id. */
    @Nullable Place place(int id) {
        int first = FIRST;
        for (Capability capability : shared) {
            if (id >= first && id < first + capability.messages()) {
                return new Place(capability, id - first);
            }
            first += capability.messages();
        }
        return null;
    }
}
