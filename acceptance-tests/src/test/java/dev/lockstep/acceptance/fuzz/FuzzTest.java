package dev.lockstep.acceptance.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.Clients;
import dev.lockstep.evm.Engine;
import dev.lockstep.types.Fork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short run of the fuzzer, and all that it ever found. */
final class FuzzTest {
    private static final long SEED = 20_261;
    private static final int AGAINST_ENGINES = 1200;
    private static final int AGAINST_ANVIL = 300;
    private static final int STEPPED = 10;

    @Test
    void everyEngineRunsRandomTransactionsAsTheStepperDoes() {
        LocalEvm local = new LocalEvm(1000, List.of(Engine.values()));
        Generator generator = new Generator(SEED);
        Fork[] forks = Fork.values();
        int succeeded = 0;
        for (int number = 0; number < AGAINST_ENGINES; number++) {
            Case example = generator.at(number, forks[number % forks.length]);
            assertThat(local.difference(example)).as("seed %d number %d", SEED, number).isEmpty();
            Outcome outcome = local.outcome(example, Engine.DEFAULT);
            if (outcome.kind() == Outcome.Kind.SUCCEEDED) succeeded++;
        }
        // Cases that all halt at once would compare nothing.
        assertThat(succeeded).isGreaterThan(AGAINST_ENGINES / 3);
    }

    @Test
    void anvilAgreesOnRandomTransactions() throws Exception {
        Clients.install();
        Generator generator = new Generator(SEED);
        try (AnvilEvm anvil = new AnvilEvm()) {
            AgainstAnvil comparison = new AgainstAnvil(Engine.DEFAULT, anvil);
            for (int from = 0; from < AGAINST_ANVIL; from += Fuzz.BATCH) {
                List<Case> cases = new ArrayList<>();
                for (int i = 0; i < Fuzz.BATCH; i++) {
                    cases.add(generator.at(from + i, Fork.OSAKA));
                }
                List<Optional<String>> differences = comparison.differences(cases);
                for (int i = 0; i < Fuzz.BATCH; i++) {
                    assertThat(differences.get(i))
                            .as("seed %d number %d", SEED, from + i)
                            .isEmpty();
                }
            }
            for (int number = 0; number < STEPPED; number++) {
                assertThat(comparison.stepDifference(generator.at(number, Fork.OSAKA)))
                        .as("steps of seed %d number %d", SEED, number)
                        .isEmpty();
            }
        }
    }

    @Test
    void whatDifferedOnceDiffersNoMore() throws Exception {
        List<Case> corpus = corpus();
        LocalEvm local = new LocalEvm(1000, List.of(Engine.values()));
        for (Case example : corpus) {
            assertThat(local.difference(example)).as(example.toString()).isEmpty();
        }
        List<Case> ofOsaka = corpus.stream().filter(c -> c.fork() == Fork.OSAKA).toList();
        Clients.install();
        try (AnvilEvm anvil = new AnvilEvm()) {
            AgainstAnvil comparison = new AgainstAnvil(Engine.DEFAULT, anvil);
            for (Case example : ofOsaka) {
                assertThat(comparison.difference(example)).as(example.toString()).isEmpty();
                assertThat(comparison.stepDifference(example)).as(example.toString()).isEmpty();
            }
        }
    }

    private static List<Case> corpus() throws IOException {
        List<Case> corpus = new ArrayList<>();
        try (var files = Files.list(Fuzz.CORPUS)) {
            for (Path file : files.sorted().toList()) corpus.add(Case.read(file));
        }
        assertThat(corpus).isNotEmpty();
        return corpus;
    }

    @Test
    void aCaseIsReadAsItWasWritten(@TempDir Path folder) throws Exception {
        Generator generator = new Generator(SEED);
        for (int number = 0; number < 100; number++) {
            Case example = generator.at(number, Fork.OSAKA);
            Path file = folder.resolve(number + ".json");
            example.write(file);
            assertThat(Case.read(file)).isEqualTo(example);
        }
    }

    /** A difference that depends on one byte: all else must go. */
    @Test
    void aFindingIsMadeSmall() throws Exception {
        Case start = new Generator(SEED).at(1, Fork.OSAKA);
        Comparison stores =
                cases ->
                        cases.stream()
                                .map(
                                        c ->
                                                c.state().values().stream()
                                                                .anyMatch(a -> hasSstore(a.code()))
                                                        ? Optional.of("it stores")
                                                        : Optional.<String>empty())
                                .toList();
        assertThat(stores.difference(start)).isPresent();
        Case minimal = Minimizer.minimal(start, stores);
        assertThat(stores.difference(minimal)).isPresent();
        assertThat(minimal.state()).hasSize(1);
        assertThat(minimal.transaction().data().isEmpty()).isTrue();
    }

    private static boolean hasSstore(Bytes code) {
        for (byte b : code.toArrayUnsafe()) if (b == Opcode.SSTORE) return true;
        return false;
    }
}
