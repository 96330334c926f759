package dev.lockstep.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.Address;
import dev.lockstep.types.QbftExtraData.Vote;
import java.util.List;
import org.junit.jupiter.api.Test;

class PendingVotesTest {
    private static final Address SELF = Address.ofNumber(1);
    private static final Address OTHER = Address.ofNumber(2);
    private static final Address X = Address.ofNumber(8);
    private static final Address Y = Address.ofNumber(9);
    private static final VoteTally THREE =
            VoteTally.of(ValidatorSet.of(List.of(SELF, OTHER, Address.ofNumber(3))));

    private final PendingVotes votes = new PendingVotes();

    @Test
    void eachIsCastOnceUntilAnEpochForgetsIt() {
        votes.propose(Y, true);
        votes.propose(X, true);
        Vote first = votes.next(SELF, THREE);
        assertThat(first).isEqualTo(new Vote(X, true));
        VoteTally after = THREE.plus(SELF, first);
        Vote second = votes.next(SELF, after);
        assertThat(second).isEqualTo(new Vote(Y, true));
        VoteTally both = after.plus(SELF, second);
        assertThat(votes.next(SELF, both)).isNull();
        assertThat(votes.next(SELF, VoteTally.of(both.validators()))).isEqualTo(first);
    }

    @Test
    void whatWouldChangeNothingIsNotCast() {
        votes.propose(OTHER, true);
        votes.propose(X, false);
        assertThat(votes.next(SELF, THREE)).isNull();
    }

    @Test
    void aChangedMindIsCastEvenWhereTheSetIsAsWantedAgain() {
        votes.propose(X, true);
        VoteTally cast = THREE.plus(SELF, new Vote(X, true));
        votes.propose(X, false);
        assertThat(votes.next(SELF, cast)).isEqualTo(new Vote(X, false));
        votes.discard(X);
        assertThat(votes.next(SELF, cast)).isNull();
        assertThat(votes.all()).isEmpty();
    }

    @Test
    void theLastValidatorIsNotVotedOut() {
        votes.propose(SELF, false);
        assertThat(votes.next(SELF, VoteTally.of(ValidatorSet.of(List.of(SELF))))).isNull();
        assertThat(votes.next(SELF, THREE)).isEqualTo(new Vote(SELF, false));
    }
}
