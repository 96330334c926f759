package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.ScalarKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

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

    /** Probes of each kind that there is to warm up. */
    private static final int PROBES = 5;

    private static final long PATIENCE_NANOS = 30_000_000_000L;

    /** Before the second try; each pause is twice the one before it. */
    private static final long FIRST_PAUSE_NANOS = 30_000_000_000L;

    /** Times that a probe must be fast. */
    private static final int FAST_ROUNDS = 3;

    /** A kernel may take this many times as long as the plain one, which is tiny at small sizes. */
    private static final int SLACK = 2;

    /** Without their compiled code, vectors are hundreds of times slower. */
    private static final int LOST = 16;

    private static final AtomicBoolean RUNNING = new AtomicBoolean();
    private static volatile State state = State.COLD;
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
        if (state == State.COLD && System.nanoTime() - notBefore >= 0) {
            run(WarmUp::warm);
        }
    }

    /**
     * A call was slow: because the vector kernels have lost their compiled code, as happens, or
     * because others use the machine. Plain kernels on the same machine at the same time tell.
     */
    static void doubt() {
        if (state == State.WARM) {
            run(WarmUp::compare);
        }
    }

    private static void run(Runnable body) {
        if (RUNNING.compareAndSet(false, true)) {
            Thread thread =
                    new Thread(
                            () -> {
                                try {
                                    body.run();
                                } catch (RuntimeException | LinkageError e) {
                                    state = State.REFUSED;
                                } finally {
                                    RUNNING.set(false);
                                }
                            },
                            "inference-warm-up");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void warm() {
        state = VectorModule.isPresent() ? judge() : State.REFUSED;
        if (state == State.COLD) {
            notBefore = System.nanoTime() + pauseNanos;
            pauseNanos *= 2;
        }
    }

    private static void compare() {
        Kernels vector = new VectorKernels();
        Kernels plain = new PlainKernels();
        for (Probe probe : probes()) {
            if (nanos(probe, vector) > LOST * nanos(probe, plain)) {
                state = State.COLD;
                return;
            }
        }
    }

    private static List<Probe> probes() {
        List<Probe> probes = new ArrayList<>();
        for (int seed = 0; probes.size() < PROBES * Probe.KINDS_IN_VECTORS; seed++) {
            if (seed % Probe.KINDS < Probe.KINDS_IN_VECTORS) {
                probes.add(new Probe(seed));
            }
        }
        return probes;
    }

    private static State judge() {
        Kernels vector = new VectorKernels();
        Kernels plain = new PlainKernels();
        Kernels scalar = new ScalarKernels();
        List<Probe> cold = probes();
        for (Probe probe : cold) {
            if (!Arrays.equals(probe.run(vector), probe.run(scalar))) {
                return State.REFUSED;
            }
        }
        int[] fast = new int[cold.size()];
        long start = System.nanoTime();
        while (System.nanoTime() - start < PATIENCE_NANOS) {
            long round = System.nanoTime();
            if (all(cold, fast, vector, plain)) {
                // The plain ones were still slow when the first were compared: all of them again.
                Arrays.fill(fast, FAST_ROUNDS - 1);
                if (all(cold, fast, vector, plain)) {
                    return State.WARM;
                }
            }
            // Half of a core for the compilers, and for whoever else is there.
            LockSupport.parkNanos(System.nanoTime() - round);
        }
        return State.COLD;
    }

    /** Compares probes that were not yet fast so often; whether all are now. */
    private static boolean all(List<Probe> probes, int[] fast, Kernels vector, Kernels plain) {
        boolean all = true;
        for (int i = 0; i < fast.length; i++) {
            if (fast[i] < FAST_ROUNDS) {
                Probe probe = probes.get(i);
                fast[i] += nanos(probe, vector) <= SLACK * nanos(probe, plain) ? 1 : 0;
                all &= fast[i] == FAST_ROUNDS;
            }
        }
        return all;
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
