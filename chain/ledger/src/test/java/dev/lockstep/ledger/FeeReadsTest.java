package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;

class FeeReadsTest {
    private final TestChain chain = TestChain.create();
    private final Ledger ledger = chain.ledger;

    private static UInt256 gwei(long count) {
        return Wallet.GWEI.multiply(UInt256.valueOf(count));
    }

    @Test
    void historyHasOneMoreBaseFeeThanBlocks() {
        chain.mine();
        PreparedBlock last = chain.mine(TestChain.ALICE.priced(0, 2, 10));
        FeeHistory history = ledger.feeHistory(2, 2, List.of());
        assertThat(history.oldest()).isEqualTo(1);
        assertThat(history.baseFees())
                .containsExactly(
                        UInt256.valueOf(875_000_000),
                        last.block().header().baseFeeOrZero(),
                        ledger.pendingContext(5_000).baseFee());
        assertThat(history.blobBaseFees()).hasSize(3).containsOnly(UInt256.ONE);
        assertThat(history.fills())
                .extracting(FeeHistory.Fill::gasUsed)
                .containsExactly(0L, 21_000L);
        assertThat(history.rewards()).isEmpty();
    }

    @Test
    void rewardsAreTheTipsAtPartsOfTheGasUsed() {
        chain.mine(
                TestChain.ALICE.priced(0, 3, 10),
                TestChain.BOB.priced(0, 1, 10),
                TestChain.CAROL.priced(0, 2, 10));
        FeeHistory history = ledger.feeHistory(1, 1, List.of(0, 3_333, 5_000, 10_000));
        assertThat(history.rewards()).containsExactly(List.of(gwei(1), gwei(1), gwei(2), gwei(3)));
    }

    @Test
    void emptyBlocksHaveNoRewardsAndOldBlocksEndAtGenesis() {
        chain.mine();
        FeeHistory history = ledger.feeHistory(50, 99, List.of(5_000));
        assertThat(history.oldest()).isZero();
        assertThat(history.rewards()).containsExactly(List.of(UInt256.ZERO), List.of(UInt256.ZERO));
    }

    @Test
    void theSuggestedTipIsOneThatMostPaidLately() {
        assertThat(ledger.suggestedTip()).isEqualTo(UInt256.ZERO);
        chain.mine(
                TestChain.ALICE.priced(0, 3, 10),
                TestChain.BOB.priced(0, 1, 10),
                TestChain.CAROL.priced(0, 2, 10));
        assertThat(ledger.suggestedTip()).isEqualTo(gwei(2));
    }
}
