package dev.lockstep.acceptance.speed;

import dev.lockstep.acceptance.speed.Peer.Result;
import dev.lockstep.acceptance.speed.Peer.Sample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToLongFunction;
import org.apache.tuweni.bytes.Bytes;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs programs on anvil and on Lockstep in turn, both as {@code eth_call} over HTTP with both
 * processes alive, and compares the time. A run in which they disagree about gas or output fails.
 */
@Command(
        name = "bench evm",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Compare the speed of Lockstep's EVM with that of revm in anvil.",
            "Warm: the median of --rounds after --warm-up rounds of all programs, calls in turn. Cold: the first call "
                    + "that a fresh process answers. Ratios are Lockstep's rate by anvil's, first by wall time, then by "
                    + "CPU time of the whole process."
        })
public final class EvmBench implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--engine",
            paramLabel = "ENGINE",
            defaultValue = "adaptive",
            description = "As --evm-engine of `lockstep dev` (default: ${DEFAULT-VALUE}).")
    private String engine = "adaptive";

    @Option(
            names = "--programs",
            paramLabel = "NAME",
            split = ",",
            description = "Only programs whose name begins so; may be several.")
    private List<String> names = List.of("");

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Measured calls of each program (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "3",
            description = "Calls before them (default: ${DEFAULT-VALUE}).")
    private int warmUp = 3;

    @Option(names = "--no-cold", description = "Leave the fresh processes out.")
    private boolean noCold;

    @Option(names = "--json", description = "Print JSON instead of a table.")
    private boolean json;

    /** Mgas/s of one client: by wall time, by CPU time. */
    record Rate(double wall, double cpu) {}

    /** One line of the table. */
    record Row(String name, Program.Kind kind, long gas, Pair warm, Pair cold) {}

    /** The two clients beside each other. */
    record Pair(Rate anvil, Rate lockstep) {
        static final Pair NONE = new Pair(new Rate(0, 0), new Rate(0, 0));

        double wallRatio() {
            return lockstep.wall / anvil.wall;
        }

        double cpuRatio() {
            return lockstep.cpu / anvil.cpu;
        }
    }

    /** They did not agree, so their times say nothing. */
    static final class Disagreement extends Exception {
        private static final long serialVersionUID = 1;

        Disagreement(String message) {
            super(message);
        }
    }

    public static void main(String[] args) {
        System.exit(new CommandLine(new EvmBench()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (rounds < 1 || warmUp < 0) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--rounds is at least 1, --warm-up at least 0");
        }
        List<Program> programs = chosen();
        try {
            List<Row> rows = measure(programs);
            if (json) System.out.println(JsonMapper.shared().writeValueAsString(rows));
            else print(rows);
            return 0;
        } catch (Disagreement disagreement) {
            System.err.println(disagreement.getMessage());
            return 1;
        }
    }

    private List<Program> chosen() throws IOException, InterruptedException {
        List<Program> all = new ArrayList<>(Program.LOOPS);
        all.addAll(Program.contracts());
        List<Program> chosen =
                all.stream()
                        .filter(program -> names.stream().anyMatch(program.name()::startsWith))
                        .toList();
        if (chosen.isEmpty()) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--programs is "
                            + names
                            + "; the programs are "
                            + all.stream().map(Program::name).toList());
        }
        return chosen;
    }

    private List<Row> measure(List<Program> programs) throws Exception {
        List<Pair> cold = new ArrayList<>();
        for (Program program : programs) {
            if (noCold) {
                cold.add(Pair.NONE);
                continue;
            }
            System.err.println("cold: " + program.name());
            try (Peer anvil = Peer.anvil();
                    Peer lockstep = Peer.lockstep(engine)) {
                cold.add(new Calls(program, anvil, lockstep).once().pair());
            }
        }
        List<Row> rows = new ArrayList<>();
        try (Peer anvil = Peer.anvil();
                Peer lockstep = Peer.lockstep(engine)) {
            List<Calls> all =
                    programs.stream().map(program -> new Calls(program, anvil, lockstep)).toList();
            for (int round = 0; round < warmUp; round++) {
                System.err.println("warm-up " + (round + 1) + " of " + warmUp);
                for (Calls calls : all) calls.once();
            }
            for (Calls calls : all) calls.forget();
            for (int round = 0; round < rounds; round++) {
                System.err.println("round " + (round + 1) + " of " + rounds);
                for (Calls calls : all) calls.once();
            }
            for (int i = 0; i < all.size(); i++) {
                Program program = programs.get(i);
                Calls calls = all.get(i);
                rows.add(
                        new Row(
                                program.name(),
                                program.kind(),
                                calls.gas(),
                                calls.pair(),
                                cold.get(i)));
            }
        }
        return rows;
    }

    /** The calls of one program on both clients, in turn. */
    static final class Calls {
        private static final Program NOTHING =
                new Program("nothing", Program.Kind.LOOP, Bytes.of(0), Bytes.EMPTY, 0);

        private final Program program;
        private final Peer anvil;
        private final Peer lockstep;
        private final List<Sample> anvilSamples = new ArrayList<>();
        private final List<Sample> lockstepSamples = new ArrayList<>();
        private long gas;

        Calls(Program program, Peer anvil, Peer lockstep) {
            this.program = program;
            this.anvil = anvil;
            this.lockstep = lockstep;
        }

        /**
         * @fails Disagreement where the two differ, or the program failed or cost what it must not
         */
        Calls once() throws IOException, Disagreement {
            Sample one = anvil.run(program);
            Sample other = lockstep.run(program);
            if (!one.result().equals(other.result())) {
                throw new Disagreement(
                        program.name()
                                + ": anvil gave "
                                + one.result()
                                + ", Lockstep gave "
                                + other.result());
            }
            anvilSamples.add(one);
            lockstepSamples.add(other);
            if (gas == 0) gas = checkedGas(one.result());
            return this;
        }

        private long checkedGas(Result result) throws IOException, Disagreement {
            long spent = result.gas() - lockstep.run(NOTHING).result().gas();
            if (!result.succeeded() || (program.gas() > 0 && spent != program.gas())) {
                throw new Disagreement(
                        program.name() + " must succeed with " + program.gas() + " gas: " + result);
            }
            return spent;
        }

        long gas() {
            return gas;
        }

        void forget() {
            anvilSamples.clear();
            lockstepSamples.clear();
        }

        Pair pair() {
            return new Pair(rate(anvilSamples), rate(lockstepSamples));
        }

        private Rate rate(List<Sample> samples) {
            return new Rate(rate(samples, Sample::wallNanos), rate(samples, Sample::cpuNanos));
        }

        private double rate(List<Sample> samples, ToLongFunction<Sample> nanos) {
            long[] sorted = samples.stream().mapToLong(nanos).sorted().toArray();
            return gas * 1e3 / sorted[sorted.length / 2];
        }
    }

    private void print(List<Row> rows) {
        System.out.printf(
                "%-20s %6s | %7s %9s %6s %6s | %7s %9s %6s %6s%n",
                "Mgas/s",
                "Mgas",
                "anvil",
                "lockstep",
                "ratio",
                "cpu",
                "cold",
                "lockstep",
                "ratio",
                "cpu");
        for (Row row : rows) {
            System.out.printf(Locale.ROOT, "%-20s %6d |", row.name, row.gas / 1_000_000);
            print(row.warm);
            System.out.print(" |");
            if (!noCold) print(row.cold);
            System.out.println();
        }
        for (Program.Kind kind : Program.Kind.values()) {
            List<Row> ofKind = rows.stream().filter(row -> row.kind == kind).toList();
            if (ofKind.isEmpty()) continue;
            summary(kind, "warm", ofKind.stream().map(Row::warm).toList(), ofKind);
            if (!noCold) summary(kind, "cold", ofKind.stream().map(Row::cold).toList(), ofKind);
        }
    }

    private static void print(Pair pair) {
        System.out.printf(
                Locale.ROOT,
                " %7.0f %9.0f %6.2f %6.2f",
                pair.anvil.wall,
                pair.lockstep.wall,
                pair.wallRatio(),
                pair.cpuRatio());
    }

    private void summary(Program.Kind kind, String when, List<Pair> pairs, List<Row> rows) {
        int worst = 0;
        for (int i = 0; i < pairs.size(); i++) {
            if (pairs.get(i).wallRatio() < pairs.get(worst).wallRatio()) worst = i;
        }
        System.out.printf(
                Locale.ROOT,
                "%ss, %s, engine %s: geometric mean %.2f by wall time, %.2f by CPU time; worst %s %.2f%n",
                kind.name().toLowerCase(Locale.ROOT),
                when,
                engine,
                mean(pairs.stream().mapToDouble(Pair::wallRatio).toArray()),
                mean(pairs.stream().mapToDouble(Pair::cpuRatio).toArray()),
                rows.get(worst).name,
                pairs.get(worst).wallRatio());
    }

    private static double mean(double[] ratios) {
        double logarithms = 0;
        for (double ratio : ratios) logarithms += Math.log(ratio);
        return Math.exp(logarithms / ratios.length);
    }
}
