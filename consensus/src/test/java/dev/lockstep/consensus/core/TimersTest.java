package dev.lockstep.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.consensus.core.HeightContext.Timing;
import dev.lockstep.consensus.simulation.Blocks;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.types.Block;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.junit.jupiter.api.Test;

/** When a validator begins a height, and for how long it waits. */
class TimersTest {
    private static final long PARENT_SECONDS = 1_000;

    /** A block a second, none empty for ten, and time-outs of two seconds up to a minute. */
    private static final Timing TIMING = new Timing(1_000, 10_000, 2_000, 60_000);

    /** In order of their addresses; the parent is the last one's, so that the first proposes. */
    private static final List<Signer> SIGNERS =
            IntStream.rangeClosed(1, 4)
                    .mapToObj(i -> Signer.of(KeyPair.of(Bytes32.leftPad(Bytes.of(i)))))
                    .sorted(Comparator.comparing(Signer::address))
                    .toList();

    private static final ValidatorSet VALIDATORS =
            ValidatorSet.of(SIGNERS.stream().map(Signer::address).toList());
    private static final Block GENESIS = Blocks.genesis(VALIDATORS);

    private static HeightContext context(Timing timing) {
        return new HeightContext(
                1,
                HeaderForm.QBFT.hash(GENESIS.header()),
                SIGNERS.getLast().address(),
                PARENT_SECONDS,
                VALIDATORS,
                timing);
    }

    private final Qbft proposer = new Qbft(SIGNERS.getFirst());
    private final Qbft other = new Qbft(SIGNERS.get(1));

    private static Step at(Qbft qbft, Step before, long millis, boolean hasTransactions) {
        return qbft.apply(before.state(), new Input.BlockTimer(millis, hasTransactions));
    }

    @Test
    void theBlockTimerIsSetToTheParentsTimeAndThePeriod() {
        Step begun = proposer.start(context(TIMING), List.of());
        assertThat(begun.outputs()).containsExactly(new Output.StartBlockTimer(1_001_000));
        // A clock that was set back is no reason to begin early.
        assertThat(at(proposer, begun, 1_000_400, true).outputs())
                .containsExactly(new Output.StartBlockTimer(1_001_000));
        assertThat(at(proposer, begun, 1_001_000, true).outputs())
                .containsExactly(
                        new Output.StartRoundTimer(0, 2_000),
                        new Output.RoundStarted(0, SIGNERS.getFirst().address()),
                        new Output.RequestBlock(0));
        Step elsewhere = other.start(context(TIMING), List.of());
        assertThat(at(other, elsewhere, 1_001_000, true).outputs())
                .containsExactly(
                        new Output.StartRoundTimer(0, 2_000),
                        new Output.RoundStarted(0, SIGNERS.getFirst().address()));
    }

    @Test
    void anEmptyBlockIsPutOffAndTransactionsAreLookedForEachPeriod() {
        Step begun = proposer.start(context(TIMING), List.of());
        Step looked = at(proposer, begun, 1_001_000, false);
        assertThat(looked.outputs()).containsExactly(new Output.StartBlockTimer(1_002_000));
        assertThat(looked.state().round()).isEqualTo(QbftState.NO_ROUND);
        assertThat(at(proposer, looked, 1_009_500, false).outputs())
                .containsExactly(new Output.StartBlockTimer(1_010_000));
        assertThat(at(proposer, looked, 1_002_300, true).outputs())
                .contains(new Output.RequestBlock(0));
        assertThat(at(proposer, looked, 1_010_000, false).outputs())
                .contains(new Output.RequestBlock(0));
    }

    @Test
    void aPeriodOfNothingDoesNotSpin() {
        Timing noPeriod = new Timing(0, 10_000, 2_000, 60_000);
        Step begun = proposer.start(context(noPeriod), List.of());
        assertThat(at(proposer, begun, 1_000_000, false).outputs())
                .containsExactly(new Output.StartBlockTimer(1_000_001));
    }

    @Test
    void whoeverWaitsForTransactionsJoinsWhenTheProposalComes() {
        Step waiting = at(other, other.start(context(TIMING), List.of()), 1_001_000, false);
        Block block =
                Blocks.honest(
                        GENESIS.header(),
                        new Selection.ByVotes(VoteTally.of(VALIDATORS), false),
                        SIGNERS.getFirst().address(),
                        0,
                        1_002,
                        0);
        Message proposal =
                new Message.Proposal(
                        Signed.sign(new Payload.Proposal(1, 0, block, false), SIGNERS.getFirst()),
                        List.of(),
                        List.of());
        Step asked = other.apply(waiting.state(), new Input.Received(proposal));
        Candidate candidate = Candidate.of(block);
        assertThat(asked.outputs()).containsExactly(new Output.RequestCheck(candidate));
        Hash hash = candidate.blockHash();
        Step joined = other.apply(asked.state(), new Input.BlockChecked(hash, Input.Opinion.VALID));
        assertThat(joined.state().round()).isZero();
        assertThat(joined.outputs()).contains(new Output.StartRoundTimer(0, 2_000));
        assertThat(joined.state().prepared()).containsExactly(SIGNERS.get(1).address());
    }

    @Test
    void aProposerThatIsDownIsReplacedWhereOthersSeeATransaction() {
        Step begun = at(other, other.start(context(TIMING), List.of()), 1_001_000, true);
        Step next = other.apply(begun.state(), new Input.RoundTimer(0));
        assertThat(next.state().round()).isEqualTo(1);
        assertThat(next.outputs())
                .contains(
                        new Output.StartRoundTimer(1, 4_000),
                        new Output.RoundStarted(1, SIGNERS.get(1).address()));
    }

    @Test
    void timeOutsDoubleUpToTheirLimitAndRoundsEndAtTheLast() {
        assertThat(timeouts(TIMING, 0, 1, 2, 3, 4, 5, 6, 63, 1000))
                .containsExactly(
                        2_000L, 4_000L, 8_000L, 16_000L, 32_000L, 60_000L, 60_000L, 60_000L,
                        60_000L);
        // The longest that a genesis file may ask for.
        long longest = 1000L << 31;
        assertThat(timeouts(new Timing(1_000, 0, longest, longest), 0, 20, 1000))
                .containsExactly(longest, longest, longest);
        Step step = at(other, other.start(context(TIMING), List.of()), 1_001_000, true);
        for (long round = 0; round < Justification.ROUND_MAX; round++) {
            step = other.apply(step.state(), new Input.RoundTimer(round));
        }
        assertThat(step.state().round()).isEqualTo(1000);
        Step last = other.apply(step.state(), new Input.RoundTimer(1000));
        assertThat(last.state().round()).isEqualTo(1000);
        // It asks for the last round again, and for the next never.
        assertThat(last.outputs()).first().isEqualTo(new Output.StartRoundTimer(1000, 60_000));
        assertThat(last.outputs()).filteredOn(Output.Broadcast.class::isInstance).isNotEmpty();
    }

    private static List<Long> timeouts(Timing timing, long... rounds) {
        return Arrays.stream(rounds).mapToObj(timing::timeoutMillis).toList();
    }
}
