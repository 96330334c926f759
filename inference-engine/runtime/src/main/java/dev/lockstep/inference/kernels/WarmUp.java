package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.ScalarKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Decides whether the vector kernels serve. A thread runs them on {@link Probe}s until each yields
 * the bits of the scalar kernels and none is much slower than the plain ones: uncompiled, or
 * without the instructions that they are made of, they would be thousands of times slower. Whether
 * and when they take over shows in nothing but time.
 */
final class WarmUp {
    /** What has become of the vector kernels in this process. */
    enum State {
        /** Not asked for yet, or not fast so far; it is tried again after a while. */
        COLD,
        /** They serve. */
        WARM,
        /** They are not there, or yielded other bits. */
        REFUSED
    }

    private static final int PROBES = 36;
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    /** Before the second try; each pause is twice the one before it. */
    private static final long FIRST_PAUSE_NANOS = 30_000_000_000L;

    /** Rounds in a row that must be fast. */
    private static final int FAST_ROUNDS = 3;

    /** A kernel may take this many times as long as the plain one, which is tiny at small sizes. */
    private static final int SLACK = 2;

    private static final boolean PRESENT =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    private static final AtomicBoolean RUNNING = new AtomicBoolean();
    private static volatile State state = PRESENT ? State.COLD : State.REFUSED;
    private static volatile long notBefore = System.nanoTime();

    /** Used by the one thread that tries. */
    private static long pauseNanos = FIRST_PAUSE_NANOS;

    private WarmUp() {}

    static State state() {
        return state;
    }

    /** Whether a try goes on. */
    static boolean isRunning() {
        return RUNNING.get();
    }

    /** Starts a warm-up unless one runs, it is settled, or the last one was a short while ago. */
    static void start() {
        if (state == State.COLD
                && System.nanoTime() - notBefore >= 0
                && RUNNING.compareAndSet(false, true)) {
            Thread thread = new Thread(WarmUp::run, "inference-warm-up");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** The vector kernels have lost their compiled code, as happens; they start again. */
    static void cool() {
        if (state == State.WARM) {
            state = State.COLD;
        }
        start();
    }

    private static void run() {
        try {
            state = judge();
            if (state == State.COLD) {
                notBefore = System.nanoTime() + pauseNanos;
                pauseNanos *= 2;
            }
        } catch (RuntimeException | LinkageError e) {
            state = State.REFUSED;
        } finally {
            RUNNING.set(false);
        }
    }

    private static State judge() {
        List<Probe> probes = new ArrayList<>();
        for (int seed = 0; seed < PROBES; seed++) {
            probes.add(new Probe(seed));
        }
        Kernels vector = new VectorKernels();
        Kernels plain = new PlainKernels();
        Kernels scalar = new ScalarKernels();
        for (Probe probe : probes) {
            if (!Arrays.equals(probe.run(vector), probe.run(scalar))) {
                return State.REFUSED;
            }
        }
        long start = System.nanoTime();
        int fast = 0;
        while (System.nanoTime() - start < PATIENCE_NANOS) {
            boolean all = true;
            for (Probe probe : probes) {
                long slow = nanos(probe, plain);
                all &= nanos(probe, vector) <= SLACK * slow;
            }
            fast = all ? fast + 1 : 0;
            if (fast == FAST_ROUNDS) {
                return State.WARM;
            }
        }
        return State.COLD;
    }

    /** The better of a few tries, since others use the machine too. */
    private static long nanos(Probe probe, Kernels kernels) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            probe.runInPlace(kernels);
            best = Math.min(best, System.nanoTime() - start);
        }
        return best;
    }
}
