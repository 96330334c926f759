package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Damaged files are refused, or are models in their own right: with one encoding, an id of their
 * own, and no surprise.
 */
class ModelFuzzTest {
    private static final int MUTATIONS = 6_000;

    /**
     * Above this a mutant is not run: it is within the limits, but a test has better things to do.
     */
    private static final long RUN_COST_MAX = 1 << 20;

    @Test
    void aDamagedFileIsRefusedOrIsAnotherModel() throws Exception {
        Model original = Samples.network(3);
        byte[] file = ModelFile.write(original);
        int[] accepted = {0};
        Seeded.forSeeds(
                MUTATIONS,
                random -> {
                    byte[] mutant = mutate(random, file);
                    if (!Arrays.equals(mutant, file) && survives(random, mutant, original)) {
                        accepted[0]++;
                    }
                });
        assertThat(accepted[0]).as("mutants that are models").isBetween(1, MUTATIONS - 1);
    }

    private static boolean survives(RandomGenerator random, byte[] mutant, Model original) {
        Model model;
        try {
            model = ModelFile.read(mutant);
        } catch (InvalidModelException e) {
            assertThat(e.getMessage()).isNotBlank();
            return false;
        }
        assertThat(ModelFile.write(model)).isEqualTo(mutant);
        assertThat(model.id()).isNotEqualTo(original.id());
        if (model.cost().macs() + model.cost().elements() < RUN_COST_MAX) {
            byte[] input = new byte[model.inputBytes()];
            random.nextBytes(input);
            InferenceResult result =
                    Session.open(model)
                            .run(
                                    input,
                                    (op, type, values) -> {
                                        Interval proven = model.ops().get(op).interval();
                                        for (int value : values) {
                                            assertThat((long) value)
                                                    .isBetween(proven.lo(), proven.hi());
                                        }
                                    });
            assertThat(result)
                    .isInstanceOfAny(
                            InferenceResult.Output.class, InferenceResult.InputOutOfRange.class);
        }
        return true;
    }

    private static byte[] mutate(RandomGenerator random, byte[] file) {
        byte[] mutant = file.clone();
        for (int changes = Seeded.between(random, 1, 3); changes > 0; changes--) {
            int at = random.nextInt(mutant.length);
            switch (random.nextInt(5)) {
                case 0 -> mutant[at] = (byte) random.nextInt();
                case 1 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
                case 2 ->
                        Arrays.fill(
                                mutant,
                                at,
                                Math.min(mutant.length, at + 4),
                                (byte) -random.nextInt(2));
                case 3 -> {
                    int from = random.nextInt(mutant.length);
                    int length = Math.min(random.nextInt(64), mutant.length - Math.max(from, at));
                    System.arraycopy(file, from, mutant, at, length);
                }
                default -> mutant[at] += (byte) (random.nextBoolean() ? 1 : -1);
            }
        }
        return mutant;
    }
}
