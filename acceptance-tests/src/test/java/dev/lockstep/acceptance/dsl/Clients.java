package dev.lockstep.acceptance.dsl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The real clients of {@code acceptance-tests/clients}: npm packages, installed once from their
 * lock file.
 */
public final class Clients {
    private static final Path FOLDER = Launcher.root().resolve("acceptance-tests/clients");

    /** Nothing that a client looks up anywhere but on the node under test. */
    private static final Map<String, String> OFFLINE =
            Map.of("FOUNDRY_DISABLE_NIGHTLY_WARNING", "1", "FOUNDRY_OFFLINE", "true");

    private Clients() {}

    /** Installs them where they are not; where npm is missing, the test is skipped and says so. */
    public static void install() throws IOException, InterruptedException {
        install(FOLDER);
    }

    /** The same for another folder that has a lock file. */
    public static synchronized void install(Path folder) throws IOException, InterruptedException {
        skipWithout("npm");
        skipWithout("node");
        Path installed = folder.resolve("node_modules/.package-lock.json");
        Path wanted = folder.resolve("package-lock.json");
        if (Files.exists(installed)
                && Files.getLastModifiedTime(installed).compareTo(Files.getLastModifiedTime(wanted))
                        >= 0) {
            return;
        }
        var result = Launcher.run(folder, Map.of(), List.of("npm", "ci", "--ignore-scripts"));
        assertThat(result.exitCode()).as("npm ci: " + result.all()).isZero();
    }

    /** The platform binary: npm's launchers of cast and forge lose the exit code. */
    public static Launcher.Result cast(String... arguments)
            throws IOException, InterruptedException {
        return binary("cast", FOLDER, OFFLINE, arguments);
    }

    /**
     * In the project {@code acceptance-tests/clients/foundry}.
     *
     * @param environment what its scripts read, beside what this process has
     */
    public static Launcher.Result forge(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        Map<String, String> all = new HashMap<>(OFFLINE);
        all.putAll(environment);
        return binary("forge", FOLDER.resolve("foundry"), all, arguments);
    }

    /** A line of a shell in which {@code cast} is on the path, as a user pastes it. */
    public static Launcher.Result shell(String line) throws IOException, InterruptedException {
        String path = program("cast").getParent() + File.pathSeparator + System.getenv("PATH");
        return Launcher.run(FOLDER, Map.of("PATH", path), List.of("sh", "-c", line));
    }

    /** A script of {@code acceptance-tests/clients}, by node. */
    public static Launcher.Result node(String script, String... arguments)
            throws IOException, InterruptedException {
        return node(FOLDER, script, arguments);
    }

    /** A script of another folder, by node. */
    public static Launcher.Result node(Path folder, String script, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("node", script));
        command.addAll(List.of(arguments));
        return Launcher.run(folder, Map.of(), command);
    }

    private static Launcher.Result binary(
            String name, Path folder, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program(name).toString()));
        command.addAll(List.of(arguments));
        return Launcher.run(folder, environment, command);
    }

    /** Where the platform binary of a package of Foundry is. */
    static Path program(String name) {
        return FOLDER.resolve("node_modules/@foundry-rs/" + name + "-linux-amd64/bin/" + name);
    }

    private static void skipWithout(String program) throws IOException, InterruptedException {
        boolean there =
                new ProcessBuilder("sh", "-c", "command -v " + program)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0;
        String reason = program + " is not on the path, and the real clients need it";
        if (!there) System.out.println("SKIPPED: " + reason);
        assumeTrue(there, reason);
    }
}
