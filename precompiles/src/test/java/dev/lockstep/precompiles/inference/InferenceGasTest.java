package dev.lockstep.precompiles.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.Cost;
import org.junit.jupiter.api.Test;

class InferenceGasTest {
    private static final InferenceGas V1 = InferenceGas.V1;

    @Test
    void roundsThousandthsUpOnce() {
        assertThat(V1.call(Cost.NONE, 0, 1_000)).isEqualTo(2_000);
        assertThat(V1.call(new Cost(1, 0, 0, 0, 0, 0, 0), 0, 1_000)).isEqualTo(2_001);
        assertThat(V1.call(new Cost(58, 0, 0, 0, 0, 0, 0), 0, 1_000)).isEqualTo(2_001);
        assertThat(V1.call(new Cost(59, 0, 0, 0, 0, 0, 0), 0, 1_000)).isEqualTo(2_002);
    }

    @Test
    void sumsEveryCountByItsWeight() {
        assertThat(V1.call(new Cost(1_000, 0, 0, 0, 0, 0, 0), 0, 1_000)).isEqualTo(2_017);
        assertThat(V1.call(new Cost(0, 1_000, 0, 0, 0, 0, 0), 0, 1_000)).isEqualTo(2_034);
        assertThat(V1.call(new Cost(0, 0, 1_000, 0, 0, 0, 0), 0, 1_000)).isEqualTo(2_050);
        assertThat(V1.call(new Cost(0, 0, 0, 1_000, 0, 0, 0), 0, 1_000)).isEqualTo(2_100);
        assertThat(V1.call(new Cost(0, 0, 0, 0, 1_000, 0, 0), 0, 1_000)).isEqualTo(2_100);
        assertThat(V1.call(new Cost(0, 0, 0, 0, 0, 1_000, 0), 0, 1_000)).isEqualTo(3_000);
        assertThat(V1.call(new Cost(0, 0, 0, 0, 0, 0, 1_000), 0, 1_000)).isEqualTo(2_006);
        assertThat(V1.call(Cost.NONE, 1_000, 1_000)).isEqualTo(12_000);
        Cost all = new Cost(1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000);
        assertThat(V1.call(all, 1_000, 1_000)).isEqualTo(13_307);
    }

    @Test
    void theScaleRoundsUpToo() {
        assertThat(V1.call(Cost.NONE, 0, 1)).isEqualTo(2);
        assertThat(V1.call(new Cost(1, 0, 0, 0, 0, 0, 0), 0, 1)).isEqualTo(3);
    }

    @Test
    void aPriceBeyondALongIsTheGreatestLong() {
        Cost huge = new Cost(Long.MAX_VALUE, 0, 0, 0, 0, 0, 0);
        assertThat(V1.call(huge, 0, 1_000)).isEqualTo(Long.MAX_VALUE);
        assertThat(V1.call(Cost.NONE, 0, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
        assertThat(V1.call(Cost.NONE, Long.MAX_VALUE, 1)).isPositive();
    }
}
