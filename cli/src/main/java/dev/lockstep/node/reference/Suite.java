package dev.lockstep.node.reference;

import dev.lockstep.node.reference.CaseResult.Failed;
import dev.lockstep.node.reference.CaseResult.Unreadable;
import dev.lockstep.node.reference.CaseResult.Verdict;
import dev.lockstep.node.reference.FixtureFormat.Case;
import dev.lockstep.types.LocalFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;

/**
 * Runs the chosen cases of files. Files are read test by test and only while a thread works on
 * them, so memory goes with the threads and not with the suite.
 */
public final class Suite {
    /** Reads one test of a file, behind which others follow. */
    private static final ObjectReader JSON =
            new ObjectMapper()
                    .readerFor(JsonNode.class)
                    .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private static final long PROGRESS_MILLIS = 500;

    private final FixtureFormat format;
    private final Selection selection;
    private final Consumer<CaseResult> results;
    private final Consumer<Progress> progress;

    private final Set<String> forksLeftOut = new ConcurrentSkipListSet<>();
    private final AtomicLong filesDone = new AtomicLong();
    private final AtomicLong casesDone = new AtomicLong();

    /** How far it is. */
    public record Progress(long filesDone, long files, long cases) {}

    /**
     * @param results given every result in the order of files and of what is in them, by the thread
     *     that runs the suite
     * @param progress called by that thread every now and then
     */
    public Suite(
            FixtureFormat format,
            Selection selection,
            Consumer<CaseResult> results,
            Consumer<Progress> progress) {
        this.format = format;
        this.selection = selection;
        this.results = results;
        this.progress = progress;
    }

    /** The files given and all .json files under the folders given, sorted, each once. */
    public static List<Path> files(List<Path> paths) throws IOException {
        TreeSet<Path> files = new TreeSet<>();
        for (Path path : paths) {
            if (!Files.isDirectory(path)) {
                files.add(path);
                continue;
            }
            try (Stream<Path> tree = Files.walk(path)) {
                tree.filter(p -> p.toString().endsWith(".json") && Files.isRegularFile(p))
                        .forEach(files::add);
            }
        }
        return List.copyOf(files);
    }

    /** Runs the files' cases; answers when all are done. */
    public void run(List<Path> files, int threads) {
        Queue<ForkJoinTask<List<CaseResult>>> waiting = new ArrayDeque<>();
        try (ForkJoinPool pool = new ForkJoinPool(threads)) {
            for (Path file : files) waiting.add(pool.submit(() -> run(file)));
            while (!waiting.isEmpty()) {
                List<CaseResult> done = poll(waiting.element());
                progress.accept(new Progress(filesDone.get(), files.size(), casesDone.get()));
                if (done == null) continue;
                waiting.remove();
                done.forEach(results);
            }
        }
    }

    /** Forks of chosen tests that the selection left out, sorted: to say what there was. */
    public Set<String> forksLeftOut() {
        return forksLeftOut;
    }

    private static @Nullable List<CaseResult> poll(ForkJoinTask<List<CaseResult>> task) {
        try {
            return task.get(PROGRESS_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LocalFault("interrupted while tests ran", e);
        } catch (ExecutionException e) {
            throw new LocalFault("a test run ended: " + e.getCause(), e);
        }
    }

    private List<CaseResult> run(Path file) {
        List<CaseResult> done = new ArrayList<>();
        String id = "";
        try (JsonParser parser = JSON.createParser(file.toFile())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new FixtureException("the file is no JSON object of tests by their ids");
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                id = parser.currentName();
                parser.nextToken();
                if (selection.hasTest(id)) done.addAll(run(file, id, JSON.readTree(parser)));
                else parser.skipChildren();
            }
        } catch (JacksonException e) {
            done.add(unreadable(file, id, message(e)));
        } catch (FixtureException e) {
            done.add(unreadable(file, id, e.reason));
        }
        filesDone.incrementAndGet();
        return done;
    }

    private List<CaseResult> run(Path file, String id, JsonNode test) {
        List<Case> cases;
        try {
            cases = format.cases(test);
        } catch (FixtureException e) {
            return List.of(unreadable(file, id, e.reason));
        }
        List<ForkJoinTask<CaseResult>> tasks = new ArrayList<>();
        for (Case one : cases) {
            if (!selection.hasFork(one.fork())) {
                forksLeftOut.add(one.fork());
                continue;
            }
            tasks.add(
                    ForkJoinTask.adapt(
                            () -> new CaseResult(file, id, one.fork(), one.index(), verdict(one))));
        }
        return ForkJoinTask.invokeAll(tasks).stream().map(ForkJoinTask::join).toList();
    }

    /** Whatever a case does, the run goes on. */
    private Verdict verdict(Case one) {
        try {
            return one.body().get();
        } catch (FixtureException e) {
            return new Unreadable(e.reason);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return new Failed(null, "threw " + e + " at " + e.getStackTrace()[0]);
        } finally {
            casesDone.incrementAndGet();
        }
    }

    private static CaseResult unreadable(Path file, String id, String reason) {
        return new CaseResult(file, id, "", 0, new Unreadable(reason));
    }

    /** What the parser found and where, in one line. */
    private static String message(JacksonException e) {
        TokenStreamLocation at = e.getLocation();
        String where =
                at == null ? "" : " in line " + at.getLineNr() + ", column " + at.getColumnNr();
        return e.getOriginalMessage().replaceAll("\\s+", " ") + where;
    }
}
