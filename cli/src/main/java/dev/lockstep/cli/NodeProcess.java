package dev.lockstep.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A node of a network on this machine, in a process of its own. */
final class NodeProcess {
    /** The settings of a node, in its folder. */
    static final String CONFIG = "config.toml";

    private static final long STOP_TIMEOUT_SECONDS = 60;

    /** What HotSpot compiles how, in the folder of a node. */
    private static final String COMPILER = "compiler.json";

    /**
     * Nodes that share a machine: a bound on the heap of each, and little work for the compilers,
     * which is most of what a node does in its first minutes. What was given to this process, by
     * LOCKSTEP_OPTS too, comes behind these and wins.
     */
    private static final List<String> SHARING =
            List.of(
                    "-Xmx256m",
                    "-XX:MaxInlineLevel=6",
                    "-XX:InlineSmallCode=1000",
                    // One wake for each message from a peer or a client, not two (JDK 25:
                    // Poller.Mode.SYSTEM_THREADS).
                    "-Djdk.pollerMode=1",
                    "-Dlockstep.log.pattern=%d{HH:mm:ss.SSS} %-5level %msg%n%ex",
                    "-XX:+UnlockDiagnosticVMOptions");

    /**
     * C2 for what repays it soon: models, hashes, ciphers, and contracts that run hot. The rest,
     * the interpreters' loops among it, stays with C1.
     *
     * @source JEP 165
     */
    private static final String DIRECTIVES =
            """
            [
              {
                match: [
                  "dev/lockstep/inference/*.*", "jdk/incubator/vector/*.*", "jdk/internal/vm/vector/*.*",
                  "jdk/internal/misc/*.*", "jdk/internal/foreign/*.*", "jdk/internal/util/*.*",
                  "java/util/Objects.*", "java/lang/Math.*",
                  "dev/lockstep/crypto/*.*", "org/bouncycastle/*.*", "com/sun/crypto/*.*",
                  "dev/lockstep/evm/Compiled*.*", "dev/lockstep/evm/Limbs.*", "dev/lockstep/evm/U256.*"
                ],
                c2: { Exclude: false }
              },
              { match: "*.*", c2: { Exclude: true } }
            ]
            """;

    /** Said by a JVM that is told what to compile. */
    private static final String SAID_BY_THE_JVM = "2 compiler directives added";

    private final String name;
    private final Process process;
    private final Thread reader;

    private NodeProcess(String name, Process process, Consumer<String> lines) {
        this.name = name;
        this.process = process;
        reader = Thread.ofVirtual().start(() -> copy(process, lines));
    }

    /**
     * {@code lockstep run} with the same Java and class path as this process.
     *
     * @param folder the node's, whose name becomes the node's
     * @param lines takes what the node prints, line by line, on a thread of its own
     */
    static NodeProcess start(Path folder, Consumer<String> lines) throws IOException {
        return start(folder, List.of(Main.class.getName(), "run"), lines);
    }

    /** The same for a node that lies about what models answer. */
    static NodeProcess startLying(Path folder, Consumer<String> lines) throws IOException {
        return start(folder, List.of(LyingNode.class.getName()), lines);
    }

    private static NodeProcess start(Path folder, List<String> program, Consumer<String> lines)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(SHARING);
        Path compiler = Files.writeString(folder.resolve(COMPILER), DIRECTIVES);
        command.add("-XX:CompilerDirectivesFile=" + compiler);
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.addAll(program);
        command.add("--config-file");
        command.add(folder.resolve(CONFIG).toString());
        // Where the folder was moved, its own file still says where it was.
        command.add("--data-path");
        command.add(folder.toString());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // glibc would give every thread memory of its own to allocate from.
        builder.environment().putIfAbsent("MALLOC_ARENA_MAX", "2");
        Process process = builder.start();
        process.getOutputStream().close();
        return new NodeProcess(folder.getFileName().toString(), process, lines);
    }

    private static void copy(Process process, Consumer<String> lines) {
        try (BufferedReader printed =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = printed.readLine(); line != null; line = printed.readLine()) {
                if (!line.equals(SAID_BY_THE_JVM)) lines.accept(line);
            }
            int exitCode = process.onExit().join().exitValue();
            // A node that was asked to stop has said so itself.
            if (exitCode != 0) lines.accept("ended with exit code " + exitCode);
        } catch (IOException ended) {
            lines.accept("its output ended: " + ended.getMessage());
        }
    }

    String name() {
        return name;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its end and for all that it printed; the exit code. */
    int awaitEnd() throws InterruptedException {
        int exitCode = process.waitFor();
        reader.join();
        return exitCode;
    }

    /** Asks it to stop; {@link #awaitStop} waits until it has. */
    void askToStop() {
        // Not Process.destroy, which would close its output before it said good-bye.
        process.toHandle().destroy();
    }

    /**
     * After {@link #askToStop}: waits, and kills it where it takes too long. Whether it ended well.
     */
    boolean awaitStop() {
        try {
            if (!process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            return awaitEnd() == 0;
        } catch (InterruptedException stopNow) {
            process.destroyForcibly();
            return false;
        }
    }

    /** Ends it as a power cut does. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        awaitEnd();
    }
}
