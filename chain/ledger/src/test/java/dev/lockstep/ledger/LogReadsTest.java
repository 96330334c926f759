package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.ledger.LogAnswer.Found;
import dev.lockstep.ledger.LogAnswer.TooMany;
import dev.lockstep.types.Address;
import java.util.List;
import java.util.Set;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two contracts, each of which logs its call data as topics: the first word, then the second. */
class LogReadsTest {
    /** LOG2 of two words of call data, no bytes. */
    private static final Bytes LOGGER = Bytes.fromHexString("0x6020355f355f5fa200");

    private static final Bytes32 ONE = UInt256.valueOf(1).toBytes();
    private static final Bytes32 TWO = UInt256.valueOf(2).toBytes();

    private final TestChain chain = TestChain.create();
    private final Ledger ledger = chain.ledger;
    private final Address first = Address.created(TestChain.ALICE.address(), 0);
    private final Address second = Address.created(TestChain.BOB.address(), 0);

    @BeforeEach
    void mineSomeLogs() {
        chain.mine(
                TestChain.ALICE.create(0, TestChain.deploying(LOGGER), 200_000),
                TestChain.BOB.create(0, TestChain.deploying(LOGGER), 200_000));
        chain.mine(log(TestChain.ALICE, 1, first, ONE, TWO));
        chain.mine();
        chain.mine(
                log(TestChain.ALICE, 2, first, TWO, ONE), log(TestChain.BOB, 1, second, ONE, ONE));
        chain.mine(log(TestChain.BOB, 2, second, TWO, TWO));
    }

    private static dev.lockstep.types.SignedTransaction log(
            Wallet from, long nonce, Address to, Bytes32 topic0, Bytes32 topic1) {
        return from.call(nonce, to, 0, Bytes.concatenate(topic0, topic1), 100_000);
    }

    private List<String> places(LogFilter filter) {
        LogAnswer answer = ledger.logs(filter);
        assertThat(answer).isInstanceOf(Found.class);
        return ((Found) answer)
                .logs().stream()
                        .map(log -> log.blockNumber() + "/" + log.transactionIndex())
                        .toList();
    }

    private static LogFilter filter(Set<Address> addresses, List<Set<Bytes32>> topics) {
        return new LogFilter(0, 100, addresses, topics);
    }

    @Test
    void withoutCriteriaAllLogsOfTheRangeAreFoundInOrder() {
        assertThat(places(LogFilter.all(0, Long.MAX_VALUE)))
                .containsExactly("2/0", "4/0", "4/1", "5/0");
        assertThat(places(LogFilter.all(3, 4))).containsExactly("4/0", "4/1");
        assertThat(places(LogFilter.all(6, 9))).isEmpty();
        assertThat(places(LogFilter.all(4, 2))).isEmpty();
    }

    @Test
    void oneOfTheAddressesEmittedIt() {
        assertThat(places(filter(Set.of(second), List.of()))).containsExactly("4/1", "5/0");
        assertThat(places(filter(Set.of(first, second), List.of()))).hasSize(4);
        assertThat(places(filter(Set.of(Address.ofNumber(1)), List.of()))).isEmpty();
    }

    @Test
    void topicsAreMatchedByPlace() {
        assertThat(places(filter(Set.of(), List.of(Set.of(ONE))))).containsExactly("2/0", "4/1");
        assertThat(places(filter(Set.of(), List.of(Set.of(), Set.of(ONE)))))
                .containsExactly("4/0", "4/1");
        assertThat(places(filter(Set.of(), List.of(Set.of(ONE, TWO), Set.of(TWO)))))
                .containsExactly("2/0", "5/0");
        assertThat(places(filter(Set.of(first), List.of(Set.of(TWO))))).containsExactly("4/0");
        assertThat(places(filter(Set.of(), List.of(Set.of(), Set.of(), Set.of())))).isEmpty();
    }

    private LogAnswer limited(long range, int blocks, int logs, int window) {
        BlockStore blockStore = new BlockStore(chain.store);
        LogReads reads =
                new LogReads(
                        new ChainReads(chain.genesis.spec(), blockStore),
                        new LogIndex(chain.store),
                        new LogReads.Limits(range, blocks, logs, window));
        return reads.find(LogFilter.all(0, 100), 5);
    }

    @Test
    void anAnswerOverALimitSaysWhatFits() {
        assertThat(limited(5, 9, 9, 9))
                .isEqualTo(
                        new TooMany(
                                4, "the answer is over the limit of 5 blocks; blocks 0 to 4 fit"));
        assertThat(limited(6, 9, 3, 9))
                .isEqualTo(
                        new TooMany(
                                4, "the answer is over the limit of 3 logs; blocks 0 to 4 fit"));
        assertThat(limited(6, 2, 9, 9))
                .isEqualTo(
                        new TooMany(
                                4,
                                "the answer is over the limit of 2 blocks to search; blocks 0 to 4 fit"));
    }

    @Test
    void windowsDoNotChangeTheAnswer() {
        for (int window = 1; window <= 7; window++) {
            assertThat(limited(6, 3, 4, window))
                    .as("a window of %d blocks", window)
                    .isEqualTo(ledger.logs(LogFilter.all(0, 100)));
        }
    }
}
