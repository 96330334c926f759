package dev.lockstep.acceptance.dsl;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An {@code anvil}, which runs code by revm: an EVM by other people, under the rules of Osaka. */
public final class Anvil implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("Listening on (127\\.0\\.0\\.1:\\d+)");
    private static final long START_TIMEOUT_MILLIS = 60_000;

    private final Process process;
    private final String url;

    private Anvil(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    /** On a port that the system chose. */
    public static Anvil start(String... options) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(Clients.program("anvil").toString(), "--port", "0"));
        command.addAll(List.of("--hardfork", "osaka", "--chain-id", "1337"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Launcher.Gobbler out = Launcher.Gobbler.of(process.getInputStream());
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_TIMEOUT_MILLIS);
        while (System.nanoTime() < deadline) {
            Matcher address = ADDRESS.matcher(out.soFar());
            if (address.find()) return new Anvil(process, "http://" + address.group(1));
            if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
                throw new IOException(
                        "anvil ended with " + process.exitValue() + ":\n" + out.text());
            }
        }
        process.destroyForcibly();
        throw new IOException("anvil was not up in time; it printed\n" + out.soFar());
    }

    public String url() {
        return url;
    }

    public long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
