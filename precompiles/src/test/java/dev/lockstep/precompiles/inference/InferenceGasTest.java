package dev.lockstep.precompiles.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.Cost;
import org.junit.jupiter.api.Test;

class InferenceGasTest {
    private static final InferenceGas V1 = InferenceGas.V1;

    @Test
    void roundsThousandthsUpOnce() {
        assertThat(V1.call(Cost.NONE, 0, 0, 1_000)).isEqualTo(2_000);
        assertThat(call(new Cost(1, 0, 0, 0, 0, 0, 0, 0))).isEqualTo(2_001);
        assertThat(call(new Cost(71, 0, 0, 0, 0, 0, 0, 0))).isEqualTo(2_001);
        assertThat(call(new Cost(72, 0, 0, 0, 0, 0, 0, 0))).isEqualTo(2_002);
    }

    @Test
    void sumsEveryCountByItsWeight() {
        assertThat(call(new Cost(1_000, 0, 0, 0, 0, 0, 0, 0))).isEqualTo(2_014);
        assertThat(call(new Cost(0, 1_000, 0, 0, 0, 0, 0, 0))).isEqualTo(2_024);
        assertThat(call(new Cost(0, 0, 1_000, 0, 0, 0, 0, 0))).isEqualTo(2_030);
        assertThat(call(new Cost(0, 0, 0, 1_000, 0, 0, 0, 0))).isEqualTo(2_100);
        assertThat(call(new Cost(0, 0, 0, 0, 1_000, 0, 0, 0))).isEqualTo(2_100);
        assertThat(call(new Cost(0, 0, 0, 0, 0, 1_000, 0, 0))).isEqualTo(3_000);
        assertThat(call(new Cost(0, 0, 0, 0, 0, 0, 1_000, 0))).isEqualTo(2_006);
        assertThat(call(new Cost(0, 0, 0, 0, 0, 0, 0, 1_000))).isEqualTo(2_040);
        assertThat(V1.call(Cost.NONE, 10, 0, 1_000)).isEqualTo(2_400);
        assertThat(V1.call(Cost.NONE, 0, 1_000, 1_000)).isEqualTo(12_000);
        Cost all = new Cost(1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000);
        assertThat(V1.call(all, 10, 1_000, 1_000)).isEqualTo(13_714);
    }

    private static long call(Cost cost) {
        return V1.call(cost, 0, 0, 1_000);
    }

    @Test
    void theScaleRoundsUpToo() {
        assertThat(V1.call(Cost.NONE, 0, 0, 1)).isEqualTo(2);
        assertThat(V1.call(new Cost(1, 0, 0, 0, 0, 0, 0, 0), 0, 0, 1)).isEqualTo(3);
    }

    @Test
    void aPriceBeyondALongIsTheGreatestLong() {
        Cost huge = new Cost(Long.MAX_VALUE, 0, 0, 0, 0, 0, 0, 0);
        assertThat(V1.call(huge, 0, 0, 1_000)).isEqualTo(Long.MAX_VALUE);
        assertThat(V1.call(Cost.NONE, 0, 0, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
        assertThat(V1.call(Cost.NONE, 0, Long.MAX_VALUE, 1)).isPositive();
    }
}
