package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine;

/** Runs commands within the test, as the launcher runs them in a process. */
final class Cli {
    private Cli() {}

    record Result(int exitCode, String out, String err) {
        Result succeeded() {
            assertThat(exitCode).as(err).isZero();
            return this;
        }

        /** One line that says what is wrong, and nothing else: no trace, no talk of bugs. */
        void refused(String... fragments) {
            assertThat(err).startsWith("lockstep: ").endsWith("\n");
            assertThat(err.strip().lines()).as(err).hasSize(1);
            for (String fragment : fragments) assertThat(err).contains(fragment);
            assertThat(err).doesNotContain("Exception", "null", "a bug");
            assertThat(exitCode).isNotZero();
        }
    }

    static Result run(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command =
                Main.commandLine()
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true));
        String[] words = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
        int exitCode = Main.execute(command, words);
        return new Result(exitCode, out.toString(), err.toString());
    }

    /** A command line in which {@code DIR} stands for a folder. */
    static Result runLine(String line, Path folder) {
        return run((Object[]) line.strip().replace("DIR", folder.toString()).split(" +"));
    }
}
