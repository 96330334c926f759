package dev.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RelaysTest {
    private long open = 7;
    private final List<String> relayed = new ArrayList<>();
    private final List<Runnable> later = new ArrayList<>();
    private final Relays<String> relays = new Relays<>(() -> open, relayed::add, later::add);

    private void aMomentPasses() {
        List<Runnable> due = List.copyOf(later);
        later.clear();
        due.forEach(Runnable::run);
    }

    @Test
    void nothingIsPassedOnOfAHeightThatIsDecidedInTime() {
        relays.add("proposal", 7, 0);
        relays.add("prepare", 7, 0);
        assertThat(later).hasSize(1);
        open = 8;
        aMomentPasses();
        assertThat(relayed).isEmpty();
        relays.add("next proposal", 8, 0);
        assertThat(later).hasSize(1);
    }

    @Test
    void whatIsStillOpenIsPassedOnAndThenNothingWaitsForAWhile() {
        relays.add("proposal", 7, 0);
        aMomentPasses();
        assertThat(relayed).containsExactly("proposal");
        relays.add("prepare", 7, 0);
        open = 7 + Relays.WATCHFUL_HEIGHTS;
        relays.add("later proposal", open, 0);
        assertThat(relayed).containsExactly("proposal", "prepare", "later proposal");
        open++;
        relays.add("much later proposal", open, 0);
        assertThat(relayed).hasSize(3);
        aMomentPasses();
        assertThat(relayed).hasSize(4);
    }

    @Test
    void laterRoundsDoNotWait() {
        relays.add("round change", 7, 1);
        assertThat(relayed).containsExactly("round change");
        assertThat(later).isEmpty();
    }
}
