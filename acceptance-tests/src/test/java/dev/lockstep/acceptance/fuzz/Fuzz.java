package dev.lockstep.acceptance.fuzz;

import dev.lockstep.acceptance.dsl.Launcher;
import dev.lockstep.evm.Engine;
import dev.lockstep.types.Fork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Random transactions until two EVMs differ, or for a number of them. */
@Command(
        name = "fuzz",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Compare EVMs on random transactions among random contracts.",
            "engines: every engine of Lockstep, with its caches, against the stepper, in rules of all forks in turn. "
                    + "anvil: an engine of Lockstep against revm in anvil, in Osaka's rules.",
            "The first difference is made smaller, printed, and written into the corpus that the build runs again."
        })
public final class Fuzz implements Callable<Integer> {
    static final Path CORPUS =
            Launcher.root().resolve("acceptance-tests/src/test/resources/fuzz-corpus");

    /** In one request to anvil, which refuses some megabytes. */
    static final int BATCH = 25;

    private static final long PROGRESS_NANOS = 10_000_000_000L;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--against",
            paramLabel = "WHAT",
            defaultValue = "anvil",
            description = "anvil or engines (default: ${DEFAULT-VALUE}).")
    private Against against = Against.ANVIL;

    @Option(
            names = "--engine",
            paramLabel = "ENGINE",
            description =
                    "One of ${COMPLETION-CANDIDATES} (default: all of them against the stepper, ADAPTIVE against anvil).")
    private @Nullable Engine engine;

    @Option(
            names = "--programs",
            paramLabel = "N",
            defaultValue = "1000",
            description = "How many transactions (default: ${DEFAULT-VALUE}).")
    private long count = 1000;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "The same seed gives the same transactions (default: a random one).")
    private long seed = ThreadLocalRandom.current().nextInt(1_000_000_000);

    @Option(
            names = "--first",
            paramLabel = "N",
            defaultValue = "0",
            description = "The number of the first of them (default: ${DEFAULT-VALUE}).")
    private long first;

    @Option(
            names = "--steps-every",
            paramLabel = "N",
            defaultValue = "100",
            description =
                    "Compare every Nth with anvil step by step: pc, gas, depth, stack (default: ${DEFAULT-VALUE}).")
    private long stepsEvery = 100;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "2",
            description = "How many batches at once (default: ${DEFAULT-VALUE}).")
    private int threads = 2;

    private final AtomicLong next = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private final AtomicReference<@Nullable Finding> finding = new AtomicReference<>();

    private enum Against {
        ANVIL,
        ENGINES
    }

    /** A case on which two differ. */
    private record Finding(long number, Case example, String difference) {}

    public static void main(String[] args) {
        System.exit(
                new CommandLine(new Fuzz())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (count < 1 || threads < 1 || stepsEvery < 1 || first < 0) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--programs, --threads and --steps-every are at least 1, --first at least 0");
        }
        System.out.println("seed " + seed + ", " + count + " transactions from number " + first);
        return switch (against) {
            case ENGINES -> {
                List<Engine> engines = engine == null ? List.of(Engine.values()) : List.of(engine);
                yield run(new LocalEvm(1000, engines), null);
            }
            case ANVIL -> {
                try (AnvilEvm anvil = new AnvilEvm()) {
                    AgainstAnvil comparison =
                            new AgainstAnvil(engine == null ? Engine.DEFAULT : engine, anvil);
                    yield run(comparison, comparison);
                }
            }
        };
    }

    private int run(Comparison comparison, @Nullable AgainstAnvil stepped) throws Exception {
        long start = System.nanoTime();
        next.set(first);
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(
                        pool.submit(
                                () -> {
                                    work(comparison, stepped, start);
                                    return null;
                                }));
            }
            for (Future<?> worker : workers) worker.get();
        } catch (ExecutionException failed) {
            throw new IOException("a worker failed", failed.getCause());
        }
        Finding found = finding.get();
        if (found == null) {
            System.out.printf(
                    Locale.ROOT,
                    "%d transactions, no difference, %.0f s%n",
                    done.get(),
                    (System.nanoTime() - start) / 1e9);
            return 0;
        }
        report(found, comparison, stepped);
        return 1;
    }

    private void work(Comparison comparison, @Nullable AgainstAnvil stepped, long start)
            throws IOException {
        Generator generator = new Generator(seed);
        long end = first + count;
        long told = System.nanoTime();
        while (finding.get() == null) {
            long from = next.getAndAdd(BATCH);
            if (from >= end) return;
            List<Case> cases = new ArrayList<>();
            for (long number = from; number < Math.min(from + BATCH, end); number++) {
                cases.add(generator.at(number, fork(number)));
            }
            List<Optional<String>> differences = comparison.differences(cases);
            for (int i = 0; i < cases.size(); i++) {
                long number = from + i;
                Case example = cases.get(i);
                differences.get(i).ifPresent(text -> found(number, example, text));
                if (stepped != null && number % stepsEvery == 0) {
                    String steps = stepped.stepDifference(example);
                    if (!steps.isEmpty()) found(number, example, steps);
                }
            }
            long all = done.addAndGet(cases.size());
            if (System.nanoTime() - told > PROGRESS_NANOS) {
                told = System.nanoTime();
                System.out.printf(
                        Locale.ROOT,
                        "%d of %d, %.0f a second%n",
                        all,
                        count,
                        all * 1e9 / (told - start));
            }
        }
    }

    private void found(long number, Case example, String difference) {
        finding.compareAndSet(null, new Finding(number, example, difference));
    }

    private Fork fork(long number) {
        Fork[] forks = Fork.values();
        return against == Against.ANVIL ? Fork.OSAKA : forks[(int) (number % forks.length)];
    }

    private void report(Finding found, Comparison comparison, @Nullable AgainstAnvil stepped)
            throws IOException {
        System.out.println("seed " + seed + " number " + found.number + ": " + found.difference);
        Case minimal = Minimizer.minimal(found.example, comparison);
        System.out.println(comparison.difference(minimal).orElse("only the steps differ"));
        if (stepped != null) System.out.println(stepped.stepDifference(minimal));
        System.out.println(minimal);
        Path file =
                CORPUS.resolve(
                        against.name().toLowerCase(Locale.ROOT)
                                + "-"
                                + seed
                                + "-"
                                + found.number
                                + ".json");
        minimal.write(file);
        System.out.println("written to " + file);
    }
}
