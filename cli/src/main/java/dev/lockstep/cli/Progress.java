package dev.lockstep.cli;

import java.io.PrintWriter;

/**
 * One line on stderr that tells how far long work is: every two seconds, and only where it takes
 * longer.
 */
final class Progress {
    private static final long EVERY_MILLIS = 2_000;

    private final PrintWriter err;
    private long nextMillis = System.currentTimeMillis() + EVERY_MILLIS;

    Progress(PrintWriter err) {
        this.err = err;
    }

    void at(long done, long total, String what) {
        long now = System.currentTimeMillis();
        if (now < nextMillis) return;
        nextMillis = now + EVERY_MILLIS;
        err.printf(
                "  %3d%%  %,d of %,d %s%n",
                total == 0 ? 100 : done * 100 / total, done, total, what);
        err.flush();
    }
}
