package dev.lockstep.acceptance.dsl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The real clients of {@code acceptance-tests/clients}: npm packages, installed once from their
 * lock file.
 */
public final class Clients {
    private static final Path FOLDER = Launcher.root().resolve("acceptance-tests/clients");

    private Clients() {}

    /** Installs them where they are not; where npm is missing, the test is skipped and says so. */
    public static synchronized void install() throws IOException, InterruptedException {
        Path installed = FOLDER.resolve("node_modules/.package-lock.json");
        Path wanted = FOLDER.resolve("package-lock.json");
        if (Files.exists(installed)
                && Files.getLastModifiedTime(installed).compareTo(Files.getLastModifiedTime(wanted))
                        >= 0) {
            return;
        }
        boolean npmThere = isThere("npm");
        if (!npmThere)
            System.out.println(
                    "SKIPPED: npm is not on the path, and the real clients come from it");
        assumeTrue(npmThere, "npm is not on the path, and the real clients come from it");
        var result = Launcher.run(FOLDER, Map.of(), List.of("npm", "ci", "--ignore-scripts"));
        assertThat(result.exitCode()).as("npm ci: " + result.all()).isZero();
    }

    /** The platform binary: npm's launchers of cast and forge lose the exit code. */
    public static Launcher.Result cast(String... arguments)
            throws IOException, InterruptedException {
        return binary("cast", FOLDER, arguments);
    }

    public static Launcher.Result forge(Path project, String... arguments)
            throws IOException, InterruptedException {
        return binary("forge", project, arguments);
    }

    /** A script of {@code acceptance-tests/clients}, by node. */
    public static Launcher.Result node(String script, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("node", script));
        command.addAll(List.of(arguments));
        return Launcher.run(FOLDER, Map.of(), command);
    }

    private static Launcher.Result binary(String name, Path folder, String... arguments)
            throws IOException, InterruptedException {
        Path path = FOLDER.resolve("node_modules/@foundry-rs/" + name + "-linux-amd64/bin/" + name);
        List<String> command = new ArrayList<>(List.of(path.toString()));
        command.addAll(List.of(arguments));
        return Launcher.run(folder, Map.of("FOUNDRY_DISABLE_NIGHTLY_WARNING", "1"), command);
    }

    private static boolean isThere(String program) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", "command -v " + program).start().waitFor() == 0;
    }
}
