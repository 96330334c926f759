package dev.lockstep.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.Address;
import dev.lockstep.types.QbftExtraData.Vote;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VoteTallyTest {
    private static final Address OUTSIDER = address(99);

    private static Address address(int number) {
        return Address.ofNumber(number);
    }

    /** Validators 1 to n. */
    private static VoteTally of(int n) {
        return VoteTally.of(
                ValidatorSet.of(
                        IntStream.rangeClosed(1, n).mapToObj(VoteTallyTest::address).toList()));
    }

    private static Vote add(Address recipient) {
        return new Vote(recipient, true);
    }

    private static Vote drop(Address recipient) {
        return new Vote(recipient, false);
    }

    private static VoteTally voted(VoteTally tally, Vote vote, int... voters) {
        for (int voter : voters) tally = tally.plus(address(voter), vote);
        return tally;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "3, 2", "4, 3", "5, 3", "6, 4", "7, 4", "10, 6"})
    void moreThanHalfOfTheValidatorsAddOrDrop(int n, int majority) {
        int[] almost = IntStream.range(1, majority).toArray();
        VoteTally before = voted(of(n), add(OUTSIDER), almost);
        assertThat(before.validators()).isEqualTo(of(n).validators());
        VoteTally after = voted(before, add(OUTSIDER), majority);
        assertThat(after.validators().size()).isEqualTo(n + 1);
        assertThat(after.validators().contains(OUTSIDER)).isTrue();
        assertThat(after.votes()).isEmpty();
        if (n == 1) return;
        VoteTally dropping = voted(of(n), drop(address(n)), almost);
        assertThat(dropping.validators()).isEqualTo(of(n).validators());
        assertThat(voted(dropping, drop(address(n)), majority).validators())
                .isEqualTo(of(n - 1).validators());
    }

    @Test
    void aSecondVoteOfTheSameKindDoesNotCount() {
        VoteTally tally = voted(of(4), add(OUTSIDER), 1, 1, 2, 2, 1);
        assertThat(tally.validators().contains(OUTSIDER)).isFalse();
        assertThat(voted(tally, add(OUTSIDER), 3).validators().contains(OUTSIDER)).isTrue();
    }

    @Test
    void aChangedMindReplacesTheVoteBefore() {
        VoteTally tally = voted(of(4), add(OUTSIDER), 1, 2);
        VoteTally changed = voted(tally, drop(OUTSIDER), 1);
        assertThat(changed.hasVoted(address(1), drop(OUTSIDER))).isTrue();
        assertThat(changed.hasVoted(address(1), add(OUTSIDER))).isFalse();
        VoteTally third = voted(changed, add(OUTSIDER), 3);
        assertThat(third.validators().contains(OUTSIDER)).isFalse();
        assertThat(voted(third, add(OUTSIDER), 4).validators().contains(OUTSIDER)).isTrue();
    }

    @Test
    void aValidatorMayVoteForAndAgainstItself() {
        VoteTally against = voted(of(4), drop(address(2)), 2, 3, 4);
        assertThat(against.validators().contains(address(2))).isFalse();
        // It is one already, so that a majority changes nothing but forgets the votes.
        VoteTally useless = voted(of(4), add(address(2)), 2, 3, 1);
        assertThat(useless).isEqualTo(of(4));
    }

    @Test
    void theVotesOfWhoeverIsRemovedDoNotCountAnyMore() {
        VoteTally tally = voted(of(5), add(OUTSIDER), 5, 4);
        VoteTally smaller = voted(tally, drop(address(5)), 1, 2, 3);
        assertThat(smaller.validators()).isEqualTo(of(4).validators());
        assertThat(smaller.hasVoted(address(5), add(OUTSIDER))).isFalse();
        assertThat(smaller.hasVoted(address(4), add(OUTSIDER))).isTrue();
        // Added again, it starts without votes, and nothing is left of those against it.
        VoteTally again = voted(smaller, add(address(5)), 1, 2, 3);
        assertThat(again.validators()).isEqualTo(of(5).validators());
        assertThat(again.votes()).containsOnlyKeys(OUTSIDER);
        assertThat(voted(again, drop(address(5)), 1, 2).validators()).isEqualTo(of(5).validators());
    }

    @Test
    void votesThatASmallerSetWouldCarryWaitForTheNextVoteAboutTheirRecipient() {
        // Two of five are too few, two of three are enough.
        VoteTally tally = voted(of(5), add(OUTSIDER), 1, 2);
        tally = voted(tally, drop(address(5)), 1, 2, 3);
        tally = voted(tally, drop(address(4)), 1, 2, 3);
        assertThat(tally.validators()).isEqualTo(of(3).validators());
        // The next one carries it, whichever way it goes.
        VoteTally carried = voted(tally, drop(OUTSIDER), 3);
        assertThat(carried.validators().contains(OUTSIDER)).isTrue();
        assertThat(carried.votes()).isEmpty();
    }

    @Test
    void oneValidatorIsLeftAndCannotBeRemoved() {
        VoteTally two = voted(of(3), drop(address(3)), 1, 2);
        VoteTally one = voted(two, drop(address(2)), 1, 2);
        assertThat(one.validators().addresses()).isEqualTo(List.of(address(1)));
        assertThat(one.leavesNobody(address(1), drop(address(1)))).isTrue();
        assertThat(one.plus(address(1), drop(address(1)))).isEqualTo(one);
        assertThat(one.leavesNobody(address(1), drop(address(2)))).isFalse();
        assertThat(voted(one, add(address(3)), 1).validators().size()).isEqualTo(2);
    }
}
