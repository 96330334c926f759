package dev.lockstep.acceptance.dsl;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs Lockstep as a user does: a process of its own, from the distribution that the build just
 * made.
 */
public final class Launcher {
    private static final Path ROOT = root();
    private static final long TIMEOUT_SECONDS = 300;

    private Launcher() {}

    /** What a finished process left. */
    public record Result(int exitCode, String out, String err) {
        public String all() {
            return out + err;
        }
    }

    /** The project's root. */
    public static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("lockstep"))) at = at.getParent();
        return at;
    }

    /** {@code ./lockstep arguments…}, to its end. */
    public static Result run(String... arguments) throws IOException, InterruptedException {
        return run(ROOT, Map.of(), lockstep(arguments));
    }

    /** The command line of {@code ./lockstep arguments…}. */
    public static List<String> lockstep(String... arguments) {
        List<String> command = new ArrayList<>(List.of(ROOT.resolve("lockstep").toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** The same for work that may take longer than five minutes. */
    public static Result runFor(long timeoutSeconds, String... arguments)
            throws IOException, InterruptedException {
        return run(ROOT, Map.of(), lockstep(arguments), timeoutSeconds);
    }

    /** Any command, to its end; killed where it takes longer than five minutes. */
    public static Result run(Path folder, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        return run(folder, environment, command, TIMEOUT_SECONDS);
    }

    private static Result run(
            Path folder, Map<String, String> environment, List<String> command, long timeoutSeconds)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().put("LOCKSTEP_JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        Gobbler out = Gobbler.of(process.getInputStream());
        Gobbler err = Gobbler.of(process.getErrorStream());
        if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(
                    command
                            + " took over "
                            + timeoutSeconds
                            + " seconds; it printed\n"
                            + out.text()
                            + err.text());
        }
        return new Result(process.exitValue(), out.text(), err.text());
    }

    /** Reads a stream to its end beside the test, so that a full pipe never blocks the process. */
    static final class Gobbler {
        private final StringBuilder read = new StringBuilder();
        private final Thread thread;

        private Gobbler(InputStream in) {
            thread = Thread.ofVirtual().start(() -> drain(in));
        }

        static Gobbler of(InputStream in) {
            return new Gobbler(in);
        }

        private void drain(InputStream in) {
            byte[] buffer = new byte[8192];
            try (in) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    synchronized (read) {
                        read.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
                    }
                }
            } catch (IOException closed) {
                // The process ended while it was being read; what came before is kept.
            }
        }

        /** All of it, once the process has ended. */
        String text() throws InterruptedException {
            thread.join();
            return soFar();
        }

        /** Until the stream ends, as it does soon after its process. */
        void awaitEnd() {
            try {
                thread.join();
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            }
        }

        String soFar() {
            synchronized (read) {
                return read.toString();
            }
        }
    }
}
