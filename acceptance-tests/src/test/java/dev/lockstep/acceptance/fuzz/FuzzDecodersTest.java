package dev.lockstep.acceptance.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A short run of the decoders' fuzzer. */
final class FuzzDecodersTest {
    private static final long SEED = 20_262;
    private static final int INPUTS = 100_000;

    @Test
    void everyDecoderAnswersMutatedInputsWithAValueOrItsRejection() {
        FuzzDecoders.Run run = new FuzzDecoders.Run(SEED);
        for (long number = 0; number < INPUTS; number++) {
            assertThat(run.failure(number)).isNull();
        }
        assertThat(run.onesided()).isEmpty();
    }
}
