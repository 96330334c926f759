package dev.lockstep.acceptance.dsl;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A {@code ./lockstep dev} in a process of its own, on a port that the system chose. */
public final class DevNode implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)");
    private static final long START_TIMEOUT_MILLIS = 120_000;
    private static final long STOP_TIMEOUT_SECONDS = 60;

    private final Process process;
    private final Launcher.Gobbler out;
    private final String url;

    private DevNode(Process process, Launcher.Gobbler out, String url) {
        this.process = process;
        this.out = out;
        this.url = url;
    }

    public static DevNode start(String... options) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("dev", "--rpc-http-port=0"));
        arguments.addAll(List.of(options));
        ProcessBuilder builder =
                new ProcessBuilder(Launcher.lockstep(arguments.toArray(String[]::new)));
        builder.environment().put("LOCKSTEP_JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.redirectErrorStream(true).start();
        Launcher.Gobbler out = Launcher.Gobbler.of(process.getInputStream());
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_TIMEOUT_MILLIS);
        while (System.nanoTime() < deadline) {
            Matcher address = ADDRESS.matcher(out.soFar());
            if (address.find() && out.soFar().contains("Ctrl-C stops.")) {
                return new DevNode(process, out, address.group());
            }
            if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
                throw new IOException(
                        "lockstep dev ended with " + process.exitValue() + ":\n" + out.text());
            }
        }
        process.destroyForcibly();
        throw new IOException("lockstep dev was not up in time; it printed\n" + out.soFar());
    }

    public String url() {
        return url;
    }

    public long pid() {
        return process.pid();
    }

    /** The id of a model that it announced by name. */
    public String model(String name) {
        Matcher line =
                Pattern.compile(
                                "^ +" + Pattern.quote(name) + " +(0x[0-9a-f]{64})$",
                                Pattern.MULTILINE)
                        .matcher(printed());
        if (!line.find()) throw new IllegalStateException("no model " + name + ":\n" + printed());
        return line.group(1);
    }

    /** All that it printed so far. */
    public String printed() {
        return out.soFar();
    }

    /** Asks it to stop, as Ctrl-C does, and waits; the exit code. */
    public int stop() {
        // Not process.destroy(), which closes the pipe and so loses what the node says last.
        process.toHandle().destroy();
        var ended = process.onExit().orTimeout(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        try {
            int exitCode = ended.join().exitValue();
            out.awaitEnd();
            return exitCode;
        } catch (CompletionException late) {
            process.destroyForcibly();
            throw new IllegalStateException(
                    "lockstep dev did not stop in time; it printed\n" + printed(), late);
        }
    }

    /** Ends it as a power cut does: nothing gets to tidy up. */
    public void kill() {
        // The launcher replaced itself with the node, so this is the node's own process.
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        if (process.isAlive()) stop();
    }
}
