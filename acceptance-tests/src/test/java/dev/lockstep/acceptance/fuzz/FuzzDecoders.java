package dev.lockstep.acceptance.fuzz;

import dev.lockstep.acceptance.fuzz.Decoders.Decoder;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Mutated inputs for every decoder: each answers with a value or with its rejection. */
@Command(
        name = "fuzz-decoders",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Give mutated inputs to every decoder of bytes and texts of others, on all cores.",
            "The first that fails in any other way than by its rejection is printed, with what is"
                    + " needed to see it again."
        })
public final class FuzzDecoders implements Callable<Integer> {
    private static final long PROGRESS_NANOS = 10_000_000_000L;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--inputs",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "How many (default: ${DEFAULT-VALUE}).")
    private long count = 1_000_000;

    @Option(
            names = "--first",
            paramLabel = "N",
            defaultValue = "0",
            description = "The number of the first of them (default: ${DEFAULT-VALUE}).")
    private long first;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "The same seed gives the same inputs (default: a random one).")
    private long seed = ThreadLocalRandom.current().nextInt(1_000_000_000);

    public static void main(String[] args) {
        System.exit(new CommandLine(new FuzzDecoders()).execute(args));
    }

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Run run = new Run(seed);
        long start = System.nanoTime();
        AtomicLong next = new AtomicLong(first);
        AtomicReference<@Nullable String> failure = new AtomicReference<>();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            workers.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (long number = next.getAndIncrement();
                                                number < first + count && failure.get() == null;
                                                number = next.getAndIncrement()) {
                                            String found = run.failure(number);
                                            if (found != null) failure.compareAndSet(null, found);
                                        }
                                    }));
        }
        for (Thread worker : workers) {
            while (!worker.join(java.time.Duration.ofNanos(PROGRESS_NANOS))) {
                report(out, Math.min(next.get() - first, count), start);
            }
        }
        report(out, Math.min(next.get() - first, count), start);
        run.rows().forEach(out::println);
        String found = failure.get();
        out.println(found == null ? "Nothing but values and rejections; seed " + seed : found);
        out.flush();
        return found == null ? 0 : 1;
    }

    private static void report(PrintWriter out, long done, long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        out.printf("%,d inputs in %.0f s, %,.0f a second%n", done, seconds, done / seconds);
        out.flush();
    }

    /** The inputs of one seed, by number. */
    static final class Run {
        private final long seed;
        private final List<Decoder> decoders = Decoders.all();

        /** By place: which of them a thousand inputs go to in turn. */
        private final List<Integer> turns = new ArrayList<>();

        private final AtomicLongArray accepted = new AtomicLongArray(decoders.size());
        private final AtomicLongArray rejected = new AtomicLongArray(decoders.size());

        Run(long seed) {
            this.seed = seed;
            for (int i = 0; i < decoders.size(); i++) {
                for (int n = 0; n < decoders.get(i).share(); n++) turns.add(i);
            }
        }

        /** What went wrong with the input of this number, or null. */
        @Nullable String failure(long number) {
            SplittableRandom random =
                    new SplittableRandom(seed * 0x9e3779b97f4a7c15L + number * 0xbf58476d1ce4e5b9L);
            int place = turns.get(random.nextInt(turns.size()));
            Decoder decoder = decoders.get(place);
            Bytes input = Mutator.mutate(decoder.samples(), random);
            try {
                decoder.decode().decode(input);
                accepted.incrementAndGet(place);
                return null;
            } catch (Exception | StackOverflowError | AssertionError | OutOfMemoryError thrown) {
                if (decoder.rejection().isInstance(thrown)) {
                    rejected.incrementAndGet(place);
                    return null;
                }
                StringBuilder text = new StringBuilder();
                text.append(decoder.name()).append(" failed: ").append(thrown);
                for (StackTraceElement at : thrown.getStackTrace()) {
                    text.append("\n    at ").append(at);
                    if (text.length() > 3000) break;
                }
                return text
                        + "\ninput "
                        + input
                        + "\nagain: fuzz-decoders --seed "
                        + seed
                        + " --first "
                        + number
                        + " --inputs 1";
            }
        }

        /** What became of the inputs of each decoder. */
        List<String> rows() {
            List<String> rows = new ArrayList<>();
            for (int i = 0; i < decoders.size(); i++) {
                rows.add(
                        "%-36s %,12d values %,12d rejections"
                                .formatted(
                                        decoders.get(i).name(), accepted.get(i), rejected.get(i)));
            }
            return rows;
        }

        /** Decoders that never accepted, or never rejected. */
        List<String> onesided() {
            List<String> names = new ArrayList<>();
            for (int i = 0; i < decoders.size(); i++) {
                boolean isRpc = decoders.get(i).name().equals("JSON-RPC");
                if (accepted.get(i) == 0 || (rejected.get(i) == 0 && !isRpc)) {
                    names.add(decoders.get(i).name());
                }
            }
            return names;
        }
    }
}
