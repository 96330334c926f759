package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReputationTest {
    private long nowMillis = 5_000_000;
    private final Reputation<Integer> nodes = new Reputation<>(() -> nowMillis);

    @Test
    void faultsAddUpUntilItIsDeniedAndTheDenialEnds() {
        for (int i = 0; i < 9; i++) assertThat(nodes.blame(1, 10)).isFalse();
        assertThat(nodes.isDenied(1)).isFalse();
        assertThat(nodes.blame(1, 10)).isTrue();
        assertThat(nodes.isDenied(1)).isTrue();
        assertThat(nodes.isDenied(2)).isFalse();
        nowMillis += Reputation.DENIED_MILLIS - 1;
        assertThat(nodes.isDenied(1)).isTrue();
        nowMillis++;
        assertThat(nodes.isDenied(1)).isFalse();
        assertThat(nodes.blame(1, 99)).isFalse();
    }

    @Test
    void aPointIsForgottenASecond() {
        assertThat(nodes.blame(1, 99)).isFalse();
        assertThat(nodes.blame(1, 1)).isTrue();
        assertThat(nodes.blame(2, 99)).isFalse();
        nowMillis += 1_000;
        assertThat(nodes.blame(2, 1)).isFalse();
        assertThat(nodes.blame(2, 1)).isTrue();
        // One fault of ten points in ten seconds goes on for ever.
        for (int i = 0; i < 1_000; i++) {
            assertThat(nodes.blame(3, 10)).isFalse();
            nowMillis += 10_000;
        }
    }

    @Test
    void aDeniedOneStaysDeniedWhateverItDoesMore() {
        nodes.blame(1, 100);
        nowMillis += 1_000;
        assertThat(nodes.blame(1, 10)).isFalse();
        assertThat(nodes.isDenied(1)).isTrue();
        nodes.forgive(1);
        assertThat(nodes.isDenied(1)).isFalse();
    }

    @Test
    void noMoreAreRememberedThanTheLimit() {
        for (int i = 0; i < 3 * Reputation.KNOWN_MAX; i++) nodes.blame(i, 100);
        assertThat(nodes.size()).isEqualTo(Reputation.KNOWN_MAX);
        assertThat(nodes.isDenied(0)).isFalse();
        assertThat(nodes.isDenied(3 * Reputation.KNOWN_MAX - 1)).isTrue();
    }
}
