package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
    private long nowMillis = 77;
    private final Pace pace = new Pace(() -> nowMillis);

    private int takenNow(int sizeBytes) {
        int count = 0;
        while (pace.isOpen()) {
            pace.taken(sizeBytes);
            count++;
        }
        return count;
    }

    @Test
    void afterARestManyAreTakenAtOnceAndThenSoManyASecond() {
        assertThat(takenNow(100)).isEqualTo((int) Pace.UNITS_MAX);
        nowMillis += 1000;
        assertThat(takenNow(100)).isEqualTo((int) Pace.UNITS_PER_SECOND);
        nowMillis += 1_000_000_000;
        assertThat(takenNow(100)).isEqualTo((int) Pace.UNITS_MAX);
    }

    @Test
    void aLargeMessageCountsForSeveral() {
        assertThat(takenNow(16 << 10)).isEqualTo((int) Pace.UNITS_MAX / 2);
        nowMillis += 1000;
        // 641 units, one of which is open enough.
        assertThat(takenNow(10 << 20)).isEqualTo(4);
    }
}
