package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.ChainSpec.Rules;
import dev.lockstep.types.ChainSpec.Schedule;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ChainSpecTest {
    @Test
    void rulesByTimeGoOverRulesByNumber() {
        Schedule schedule =
                new Schedule(
                        new TreeMap<>(Map.of(0L, rules(Fork.BERLIN), 5L, rules(Fork.LONDON))),
                        new TreeMap<>(Map.of(100L, rules(Fork.SHANGHAI), 200L, rules(Fork.OSAKA))));
        assertThat(schedule.at(4, 99).fork()).isEqualTo(Fork.BERLIN);
        assertThat(schedule.at(5, 99).fork()).isEqualTo(Fork.LONDON);
        assertThat(schedule.at(5, 100).fork()).isEqualTo(Fork.SHANGHAI);
        assertThat(schedule.at(0, 199).fork()).isEqualTo(Fork.SHANGHAI);
        assertThat(schedule.at(9, 200).fork()).isEqualTo(Fork.OSAKA);
        assertThat(schedule.at(9, Long.MAX_VALUE).fork()).isEqualTo(Fork.OSAKA);
        assertThat(schedule.at(9, -1).fork()).as("at 2^64-1").isEqualTo(Fork.OSAKA);
    }

    @Test
    void aScheduleWithoutRulesForBlock0IsRefused() {
        assertThatThrownBy(
                        () ->
                                new Schedule(
                                        new TreeMap<>(Map.of(1L, rules(Fork.LONDON))),
                                        new TreeMap<>()))
                .hasMessage("no rules for block 0");
    }

    @Test
    void forksAreInTheirOrder() {
        assertThat(Fork.OSAKA.isAtLeast(Fork.PRAGUE)).isTrue();
        assertThat(Fork.OSAKA.isAtLeast(Fork.OSAKA)).isTrue();
        assertThat(Fork.FRONTIER.isAtLeast(Fork.HOMESTEAD)).isFalse();
    }

    private static Rules rules(Fork fork) {
        return new Rules(fork, BlobSchedule.PRAGUE);
    }
}
