package dev.lockstep.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.QbftExtraData.Vote;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VoteTalliesTest {
    private static final Address A = Address.ofNumber(1);
    private static final Address B = Address.ofNumber(2);
    private static final Address C = Address.ofNumber(3);
    private static final Address X = Address.ofNumber(9);

    private final List<BlockHeader> chain = new ArrayList<>();
    private long headersRead;

    private VoteTallies tallies(long epochLength, TreeMap<Long, ValidatorSet> overrides) {
        return new VoteTallies(
                epochLength,
                overrides,
                number -> {
                    headersRead++;
                    return number < chain.size() ? chain.get((int) number) : null;
                });
    }

    private VoteTallies tallies(long epochLength) {
        return tallies(epochLength, new TreeMap<>());
    }

    private BlockHeader block(Address proposer, @Nullable Vote vote, List<Address> validators) {
        BlockHeader.Builder header = new BlockHeader.Builder();
        header.number = chain.size();
        if (!chain.isEmpty()) header.parentHash = HeaderForm.QBFT.hash(chain.getLast());
        header.coinbase = proposer;
        header.extraData = new QbftExtraData(Bytes32.ZERO, validators, vote, 0, List.of()).encode();
        BlockHeader built = header.build();
        chain.add(built);
        return built;
    }

    private BlockHeader genesis(Address... validators) {
        return block(Address.ZERO, null, List.of(validators));
    }

    /** The next block, as the chain's rules want it. */
    private BlockHeader next(VoteTallies tallies, Address proposer, @Nullable Vote vote) {
        return block(proposer, vote, tallies.after(chain.getLast()).validators().addresses());
    }

    private static List<Address> validators(VoteTally tally) {
        return tally.validators().addresses();
    }

    @Test
    void whatIsCarriedInABlockHoldsFromTheNextOn() {
        VoteTallies tallies = tallies(100);
        genesis(A, B, C);
        next(tallies, A, new Vote(X, true));
        BlockHeader second = next(tallies, B, new Vote(X, true));
        assertThat(QbftExtraData.decode(second.extraData()).validators()).containsExactly(A, B, C);
        assertThat(validators(tallies.after(chain.get(1)))).containsExactly(A, B, C);
        assertThat(validators(tallies.after(second))).containsExactly(A, B, C, X);
    }

    @Test
    void anEpochBlockForgetsVotesAndItsOwnDoesNotCount() {
        VoteTallies tallies = tallies(3);
        genesis(A, B, C);
        next(tallies, A, null);
        next(tallies, A, new Vote(X, true));
        next(tallies, B, new Vote(X, true));
        assertThat(tallies.isEpochBlock(3)).isTrue();
        assertThat(tallies.after(chain.get(3)))
                .isEqualTo(VoteTally.of(ValidatorSet.of(List.of(A, B, C))));
        next(tallies, B, new Vote(X, true));
        assertThat(validators(tallies.after(chain.get(4)))).containsExactly(A, B, C);
        next(tallies, C, new Vote(X, true));
        assertThat(validators(tallies.after(chain.get(5)))).containsExactly(A, B, C, X);
        // The change outlives the epoch.
        next(tallies, C, null);
        assertThat(validators(tallies.after(chain.get(6)))).containsExactly(A, B, C, X);
        assertThat(validators(tallies(3).after(chain.get(6)))).containsExactly(A, B, C, X);
    }

    @Test
    void aRestartFindsTheSameTallyFromTheHeadersOfTheEpoch() {
        long seed = 20261121;
        SplittableRandom random = new SplittableRandom(seed);
        for (int run = 0; run < 20; run++) {
            chain.clear();
            int epochLength = 1 + random.nextInt(40);
            VoteTallies running = tallies(epochLength);
            genesis(A, B, C);
            for (int i = 0; i < 150; i++) {
                List<Address> validators = validators(running.after(chain.getLast()));
                Vote vote =
                        new Vote(Address.ofNumber(1 + random.nextInt(6)), random.nextInt(3) > 0);
                next(
                        running,
                        validators.get(random.nextInt(validators.size())),
                        random.nextBoolean() ? vote : null);
                headersRead = 0;
                assertThat(tallies(epochLength).after(chain.getLast()))
                        .as("seed %d, run %d, block %d", seed, run, i)
                        .isEqualTo(running.after(chain.getLast()));
                assertThat(headersRead).isLessThan(epochLength);
            }
        }
    }

    @Test
    void theTalliesOfTheLatestBlocksAreKept() {
        VoteTallies tallies = tallies(1000);
        genesis(A, B, C);
        for (int i = 0; i < 300; i++) next(tallies, A, null);
        headersRead = 0;
        tallies.after(chain.getLast());
        tallies.after(chain.get(250));
        assertThat(headersRead).isZero();
        VoteTallies restarted = tallies(1000);
        restarted.after(chain.getLast());
        assertThat(headersRead).isEqualTo(300);
        restarted.after(chain.get(200));
        assertThat(headersRead).isEqualTo(300);
    }

    @Test
    void anOverrideHoldsForItsBlockWhateverWasVotedForBefore() {
        TreeMap<Long, ValidatorSet> overrides = new TreeMap<>();
        overrides.put(3L, ValidatorSet.of(List.of(B, X)));
        VoteTallies tallies = tallies(100, overrides);
        genesis(A, B, C);
        next(tallies, A, new Vote(C, false));
        next(tallies, B, null);
        assertThat(validators(tallies.after(chain.get(1)))).containsExactly(A, B, C);
        assertThat(tallies.after(chain.get(2))).isEqualTo(VoteTally.of(overrides.get(3L)));
        next(tallies, B, new Vote(A, true));
        next(tallies, X, new Vote(A, true));
        assertThat(validators(tallies.after(chain.getLast()))).containsExactly(A, B, X);
        assertThat(validators(tallies(100, overrides).after(chain.getLast())))
                .containsExactly(A, B, X);
    }

    @Test
    void theVoteOfTheBlockBeforeAnOverrideIsCountedAfterIt() {
        // As Besu does: the override replaces what was counted up to that block, not its own vote.
        TreeMap<Long, ValidatorSet> overrides = new TreeMap<>();
        overrides.put(2L, ValidatorSet.of(List.of(B, C)));
        VoteTallies tallies = tallies(100, overrides);
        genesis(A, B, C);
        next(tallies, C, new Vote(X, true));
        assertThat(validators(tallies.after(chain.get(1)))).containsExactly(B, C);
        next(tallies, B, new Vote(X, true));
        assertThat(validators(tallies.after(chain.get(2)))).containsExactly(B, C, X);
    }

    @Test
    void aMissingHeaderIsThisMachinesFault() {
        genesis(A, B, C);
        block(A, null, List.of(A, B, C));
        BlockHeader last = block(A, null, List.of(A, B, C));
        VoteTallies blind = new VoteTallies(100, Collections.emptySortedMap(), _ -> null);
        assertThatThrownBy(() -> blind.after(last))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("block 1 is missing");
    }
}
