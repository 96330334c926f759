package dev.lockstep.precompiles.inference;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Answers of models, by (model, hash of input), the least recently used forgotten first. A model is
 * a function for ever, so an answer is never stale; the memo changes how long a call takes, and
 * nothing else. Threads that ask the same at once wait for one run.
 */
public final class InferenceMemo {
    /**
     * @param entriesMax answers kept; 0 keeps none and makes every call run
     * @param bytesMax bytes of the answers kept, each with {@link #ENTRY_BYTES} for its key
     */
    public record Size(int entriesMax, long bytesMax) {
        public static final Size OFF = new Size(0, 0);

        /** So small that it forgets all the time, for tests. */
        public static final Size TINY = new Size(2, 1 << 10);

        public static final Size NORMAL = new Size(1 << 16, 64L << 20);
    }

    /** What an answer takes beside its bytes: three hashes and the map's own. */
    static final int ENTRY_BYTES = 256;

    record Key(Hash model, Hash input) {}

    record Answer(Bytes output, Hash outputHash) {}

    private final Size size;

    /** The least recently used first. */
    private final LinkedHashMap<Key, Answer> answers = new LinkedHashMap<>();

    private final Map<Key, Run> running = new HashMap<>();
    private long bytes;
    private long runs;
    private long hits;
    private long runNanos;

    public InferenceMemo(Size size) {
        this.size = size;
    }

    /** How many calls ran a model. */
    public synchronized long runs() {
        return runs;
    }

    /** How many calls were answered without. */
    public synchronized long hits() {
        return hits;
    }

    /** For how long models ran, all threads together. @unit nanoseconds */
    public synchronized long runNanos() {
        return runNanos;
    }

    /** Bytes held, at most {@link Size#bytesMax}. */
    public synchronized long bytes() {
        return bytes;
    }

    /** The answer that is remembered, or null where none is. Counts as no use of it. */
    public synchronized @Nullable Bytes find(Hash model, Hash input) {
        Answer known = answers.get(new Key(model, input));
        return known == null ? null : known.output;
    }

    public synchronized int entries() {
        return answers.size();
    }

    /**
     * The answer to {@code key}, which {@code model} computes where it is not known.
     *
     * @fails LocalFault from the model, or where the thread is interrupted while it waits
     */
    Answer answer(Key key, Supplier<Bytes> model) {
        while (true) {
            Run own = new Run();
            Run other;
            synchronized (this) {
                Answer known = answers.get(key);
                if (known != null) {
                    hits++;
                    answers.putLast(key, known);
                    return known;
                }
                other = size.entriesMax == 0 ? null : running.putIfAbsent(key, own);
                if (other == null) runs++;
            }
            if (other == null) return run(key, own, model);
            Answer answer = other.await();
            if (answer != null) {
                synchronized (this) {
                    hits++;
                }
                return answer;
            }
            // The other thread's machine-side failure is not this one's: try again.
        }
    }

    private Answer run(Key key, Run run, Supplier<Bytes> model) {
        Answer answer = null;
        long startNanos = System.nanoTime();
        try {
            Bytes output = model.get();
            answer = new Answer(output, Keccak.hash(output));
            return answer;
        } finally {
            synchronized (this) {
                runNanos += System.nanoTime() - startNanos;
                running.remove(key, run);
                if (answer != null) keep(key, answer);
            }
            run.finish(answer);
        }
    }

    private void keep(Key key, Answer answer) {
        if (bytesOf(answer) > size.bytesMax || size.entriesMax == 0) return;
        answers.put(key, answer);
        bytes += bytesOf(answer);
        var oldest = answers.entrySet().iterator();
        while (answers.size() > size.entriesMax || bytes > size.bytesMax) {
            bytes -= bytesOf(oldest.next().getValue());
            oldest.remove();
        }
    }

    private static long bytesOf(Answer answer) {
        return (long) ENTRY_BYTES + answer.output.size();
    }

    /** A model that runs on some thread while others wait for it. */
    private static final class Run {
        private boolean isFinished;
        private @Nullable Answer answer;

        synchronized void finish(@Nullable Answer result) {
            answer = result;
            isFinished = true;
            notifyAll();
        }

        /** Null where the run failed. */
        synchronized @Nullable Answer await() {
            try {
                while (!isFinished) wait();
                return answer;
            } catch (InterruptedException interruption) {
                Thread.currentThread().interrupt();
                throw new LocalFault("interrupted while a model was running", interruption);
            }
        }
    }
}
