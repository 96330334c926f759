package dev.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TransactionGossipTest {
    private static final long NOT_DUE = 60_000;
    private static final long OVERDUE = -1;

    @Test
    void theFirstAfterAQuietWhileIsToldAtOnce() {
        assertThat(TransactionGossip.gatherMillis(100, NOT_DUE)).isEqualTo(5);
        assertThat(TransactionGossip.gatherMillis(1_000_000, OVERDUE)).isEqualTo(5);
    }

    @Test
    void whatFollowsIsToldTogetherTenTimesASecond() {
        assertThat(TransactionGossip.gatherMillis(0, NOT_DUE)).isEqualTo(100);
        assertThat(TransactionGossip.gatherMillis(60, NOT_DUE)).isEqualTo(40);
        assertThat(TransactionGossip.gatherMillis(60, OVERDUE)).isEqualTo(40);
    }

    @Test
    void allIsToldInTimeForTheBlockThatIsDue() {
        assertThat(TransactionGossip.gatherMillis(0, 115)).isEqualTo(100);
        assertThat(TransactionGossip.gatherMillis(0, 114)).isEqualTo(99);
        assertThat(TransactionGossip.gatherMillis(0, 50)).isEqualTo(35);
        assertThat(TransactionGossip.gatherMillis(0, 16)).isEqualTo(5);
        assertThat(TransactionGossip.gatherMillis(0, 0)).isEqualTo(5);
    }
}
