package dev.lockstep.network;

import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/** A node that has shown that it is where it says: it answered a ping. Times are of one clock. */
final class V4Contact {
    /** For what was never so. */
    static final long NEVER = Long.MIN_VALUE / 2;

    private static final long PROOF_MILLIS = 12 * 3_600_000L;

    V4Node node;
    final long sinceMillis;

    /** When it last answered. */
    long provenMillis = NEVER;

    /** When it last pinged this node, so that it was answered. */
    long greetedMillis = NEVER;

    /** Pings in a row that it did not answer. */
    int misses;

    /** The highest number that it said its record has. */
    long toldNumber = V4Message.NO_RECORD;

    /** Of the record that it gave. */
    long recordNumber = V4Message.NO_RECORD;

    /** Null where it gave no record, or one that says none. */
    @Nullable ForkId forkId;

    V4Contact(V4Node node, long sinceMillis) {
        this.node = node;
        this.sinceMillis = sinceMillis;
    }

    Bytes net() {
        return V4Addresses.net(node.address());
    }

    boolean isProven(long now) {
        return now - provenMillis < PROOF_MILLIS;
    }

    /** Whether it can have a proof of this node. */
    boolean hasGreeted(long now) {
        return now - greetedMillis < PROOF_MILLIS;
    }

    boolean hasNewRecord() {
        return Long.compareUnsigned(toldNumber, recordNumber) > 0;
    }
}
