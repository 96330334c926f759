package dev.lockstep.inference.kernels;

import java.io.File;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Whether native kernels serve in this process. Nobody has them but who asked for them; they are
 * tried in another process first, then layer by layer of each model, and looked at while they
 * serve. The first difference ends it for good. Whether and when they serve shows in nothing but
 * time.
 */
public final class NativeGuard {
    private static final Logger LOG = System.getLogger(NativeGuard.class.getName());
    private static final int CANARY_SECONDS = 60;
    private static final AtomicLong FAULTS = new AtomicLong();

    /** Tries layers, one after the other, while others serve. */
    private static final ExecutorService TRIALS =
            new ThreadPoolExecutor(
                    0, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), NativeGuard::worker);

    private static volatile @Nullable NativeLibrary library;

    private NativeGuard() {}

    private static Thread worker(Runnable body) {
        Thread thread = new Thread(body, "inference-native-trials");
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Lets the kernels of a library serve, unless they fail in a process of their own, which is
     * logged.
     *
     * @param level instructions to use, or null for the best that this machine has
     * @throws IOException where the file is not what was built, or this machine cannot run it
     */
    public static void enable(Path file, @Nullable NativeLevel level)
            throws IOException, InterruptedException {
        NativeLibrary opened = NativeLibrary.open(file, level);
        String failure = canary(opened);
        if (failure == null) {
            library = opened;
        } else {
            fault(failure);
        }
    }

    /** What serves, or nothing. */
    static @Nullable NativeLibrary library() {
        return library;
    }

    /** Instructions that serve, for people who look at speed. */
    public static Optional<NativeLevel> level() {
        NativeLibrary present = library;
        return present == null ? Optional.empty() : Optional.of(present.level());
    }

    /** How often native kernels were found to differ; after the first time they do not serve. */
    public static long faults() {
        return FAULTS.get();
    }

    /** Waits until every layer that has run so far has been tried. */
    public static void settle() throws InterruptedException {
        try {
            TRIALS.submit(() -> {}).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Native kernels without a guard, where there are any, for those who compare. */
    public static Optional<NativeKernels> unguarded() {
        NativeLibrary present = library;
        return present == null
                ? Optional.empty()
                : Optional.of(new NativeKernels(present, new PlainKernels()));
    }

    static void trial(Runnable trial) {
        TRIALS.execute(trial);
    }

    /** Ends the service of native kernels. */
    static void fault(String what) {
        library = null;
        FAULTS.incrementAndGet();
        LOG.log(Level.ERROR, "Native kernels are off from now on: {0}.", what);
    }

    /** Runs {@link NativeCanary} where a crash does no harm; answers what went wrong. */
    private static @Nullable String canary(NativeLibrary opened)
            throws IOException, InterruptedException {
        List<String> command =
                List.of(
                        System.getProperty("java.home") + File.separator + "bin/java",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        NativeCanary.class.getName(),
                        opened.file().toString(),
                        opened.level().toString());
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        if (!process.waitFor(CANARY_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return "the trial in another process took more than " + CANARY_SECONDS + " seconds";
        }
        return switch (process.exitValue()) {
            case 0 -> null;
            case NativeCanary.DIFFERENT -> "a trial in another process yielded other results";
            default -> "a trial in another process ended with " + process.exitValue();
        };
    }
}
