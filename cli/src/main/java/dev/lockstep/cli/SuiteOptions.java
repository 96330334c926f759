package dev.lockstep.cli;

import dev.lockstep.node.reference.CaseResult;
import dev.lockstep.node.reference.CaseResult.Failed;
import dev.lockstep.node.reference.CaseResult.Passed;
import dev.lockstep.node.reference.CaseResult.Refusal;
import dev.lockstep.node.reference.CaseResult.Unreadable;
import dev.lockstep.node.reference.FixtureFormat;
import dev.lockstep.node.reference.Selection;
import dev.lockstep.node.reference.Suite;
import dev.lockstep.types.Hash;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What all suites of official tests have in common on the command line, and what they print. */
final class SuiteOptions {
    @Parameters(
            arity = "1..*",
            paramLabel = "PATH",
            description = "Files, or folders with .json files at any depth.")
    private List<Path> paths = List.of();

    @Option(
            names = "--run",
            paramLabel = "REGEX",
            defaultValue = "",
            description = "Only tests in whose id this is found.")
    private String run = "";

    @Option(
            names = "--fork",
            paramLabel = "NAME",
            description = "Only cases of this fork or network, named as in the files.")
    private @Nullable String fork;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "How many cases run at once (default: one for each core).")
    private int threads;

    @Option(names = "--json", description = "A line of JSON for each case instead of words.")
    private boolean isJson;

    /** Passed and failed of one fork. */
    private static final class Tally {
        long passed;
        long failed;
    }

    private final Map<String, Tally> tallies = new TreeMap<>();
    private final List<String> failures = new ArrayList<>();

    /** For traces, whose lines must not mix. */
    void runOneByOne() {
        threads = 1;
    }

    /** Runs the chosen cases and prints what became of them; answers the exit code. */
    int run(FixtureFormat format, CommandLine command) throws IOException {
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw misuse(command, "PATH is " + path + "; there is no such file or folder");
            }
        }
        if (threads < 0 || threads > 1024) {
            throw misuse(command, "--threads is " + threads + "; 0 to 1024 are allowed");
        }
        Selection selection = new Selection(pattern(command), fork);
        List<Path> files = Suite.files(paths);
        if (files.isEmpty()) throw misuse(command, "no .json file is under " + paths);
        PrintWriter out = command.getOut();
        Progress progress = new Progress(command.getErr());
        Suite suite =
                new Suite(
                        format,
                        selection,
                        result -> take(result, out),
                        at ->
                                progress.at(
                                        at.filesDone(),
                                        at.files(),
                                        "files; %,d cases".formatted(at.cases())));
        suite.run(files, threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
        if (tallies.isEmpty()) {
            throw misuse(command, nothingChosen(suite));
        }
        if (!isJson) print(out);
        return failures.isEmpty() ? 0 : 1;
    }

    private String nothingChosen(Suite suite) {
        return suite.forksLeftOut().isEmpty()
                ? "no test has an id with --run " + run
                : "no case has --fork "
                        + fork
                        + "; there are "
                        + String.join(", ", suite.forksLeftOut());
    }

    private Pattern pattern(CommandLine command) {
        try {
            return Pattern.compile(run);
        } catch (PatternSyntaxException e) {
            throw misuse(
                    command, "--run is " + run + ", no regular expression: " + e.getDescription());
        }
    }

    private static ParameterException misuse(CommandLine command, String message) {
        return new ParameterException(command, message);
    }

    private void take(CaseResult result, PrintWriter out) {
        String name = result.fork().isEmpty() ? "(unreadable)" : result.fork();
        Tally tally = tallies.computeIfAbsent(name, _ -> new Tally());
        switch (result.verdict()) {
            case Passed _ -> tally.passed++;
            case Failed(var _, var difference) -> {
                tally.failed++;
                failures.add(result.name() + "\n    " + difference);
            }
            case Unreadable(var reason) -> {
                tally.failed++;
                failures.add(result.name() + "\n    could not be read: " + reason);
            }
        }
        if (isJson) out.println(json(result));
    }

    private void print(PrintWriter out) {
        for (String failure : failures) out.println("FAILED " + failure);
        Tally all = new Tally();
        tallies.forEach(
                (name, tally) -> {
                    out.println(line(name, tally));
                    all.passed += tally.passed;
                    all.failed += tally.failed;
                });
        if (tallies.size() > 1) out.println(line("all", all));
    }

    private static String line(String name, Tally tally) {
        return "%-32s %,8d/%,d passed%s"
                .formatted(
                        name,
                        tally.passed,
                        tally.passed + tally.failed,
                        tally.failed == 0 ? "" : ", %,d failed".formatted(tally.failed));
    }

    /** With the keys of geth's statetest. */
    private static ObjectNode json(CaseResult result) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", result.test());
        json.put("pass", result.verdict() instanceof Passed);
        json.put("fork", result.fork());
        json.put("index", result.index());
        json.put("file", result.file().toString());
        switch (result.verdict()) {
            case Passed(var root, var refusals) -> {
                put(json, root);
                if (refusals.isEmpty()) break;
                ArrayNode array = json.putArray("refusals");
                for (Refusal refusal : refusals) {
                    array.addObject()
                            .put("expected", refusal.expected())
                            .put("reason", refusal.reason());
                }
            }
            case Failed(var root, var difference) -> {
                put(json, root);
                json.put("error", difference);
            }
            case Unreadable(var reason) -> json.put("error", "could not be read: " + reason);
        }
        return json;
    }

    private static void put(ObjectNode json, @Nullable Hash root) {
        if (root != null) json.put("stateRoot", root.toString());
    }
}
