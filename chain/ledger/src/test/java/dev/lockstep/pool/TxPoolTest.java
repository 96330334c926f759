package dev.lockstep.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.ledger.TestChain;
import dev.lockstep.ledger.Wallet;
import dev.lockstep.pool.AddResult.Accepted;
import dev.lockstep.pool.AddResult.Reason;
import dev.lockstep.pool.AddResult.Rejected;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import dev.lockstep.types.SignedTransaction;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;

class TxPoolTest {
    private static final Wallet ALICE = TestChain.ALICE;
    private static final Wallet BOB = TestChain.BOB;
    private static final Wallet CAROL = TestChain.CAROL;

    private final TestChain chain = TestChain.create();
    private final TxPool pool = new TxPool(PoolLimits.DEFAULT, chain.ledger);

    private void add(SignedTransaction... txs) {
        for (SignedTransaction tx : txs) {
            assertThat(pool.add(tx)).isInstanceOf(Accepted.class);
        }
    }

    private static void expectRejected(AddResult result, Reason reason) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        Rejected.class, r -> assertThat(r.reason()).isEqualTo(reason));
    }

    private List<SignedTransaction> best(long baseFeeGwei) {
        List<SignedTransaction> best = new ArrayList<>();
        UInt256 baseFee = Wallet.GWEI.multiply(UInt256.valueOf(baseFeeGwei));
        pool.best(baseFee).forEachRemaining(best::add);
        return best;
    }

    @Test
    void aTransactionIsTakenOnce() {
        SignedTransaction tx = ALICE.priced(0, 1, 10);
        assertThat(pool.add(tx)).isEqualTo(new Accepted(tx.hash(), null));
        expectRejected(pool.add(tx), Reason.ALREADY_KNOWN);
        assertThat(pool.find(tx.hash())).isEqualTo(tx);
        assertThat(pool.size()).isEqualTo(1);
    }

    /** The next block of block 0 has the rules of Berlin, that of block 1 those of London. */
    @Test
    void whatTheChainAsksIsAskedAgainAtEachHead() {
        TestChain changing = TestChain.changingTo(Fork.LONDON, 2);
        TxPool ofChanging = new TxPool(PoolLimits.DEFAULT, changing.ledger);
        SignedTransaction tx = ALICE.priced(0, 1, 10);
        expectRejected(ofChanging.add(tx), Reason.TYPE_NOT_ALLOWED);
        expectRejected(ofChanging.add(tx), Reason.TYPE_NOT_ALLOWED);
        changing.mine();
        assertThat(ofChanging.add(tx)).isInstanceOf(Accepted.class);
        assertThat(changing.mine(tx).block().header().baseFee()).isNotNull();
        assertThat(ofChanging.size()).isZero();
    }

    @Test
    void theBestTipComesFirstAndAmongEqualsTheEarliest() {
        SignedTransaction a = ALICE.priced(0, 1, 10);
        SignedTransaction b = BOB.priced(0, 2, 10);
        SignedTransaction c = CAROL.priced(0, 1, 10);
        add(c, a, b);
        assertThat(best(1)).containsExactly(b, c, a);
    }

    @Test
    void aSendersOwnComeInOrderOfNonces() {
        SignedTransaction a0 = ALICE.priced(0, 1, 10);
        SignedTransaction a1 = ALICE.priced(1, 9, 10);
        SignedTransaction b0 = BOB.priced(0, 5, 10);
        add(a1, b0, a0);
        assertThat(best(1)).containsExactly(b0, a0, a1);
    }

    @Test
    void theTipIsWhatTheBaseFeeLeaves() {
        SignedTransaction a = ALICE.priced(0, 9, 10);
        SignedTransaction b = BOB.priced(0, 3, 20);
        add(a, b);
        assertThat(best(1)).containsExactly(a, b);
        assertThat(best(8)).containsExactly(b, a);
        assertThat(best(11)).containsExactly(b);
    }

    @Test
    void gapsAreKeptUntilTheyAreFilled() {
        SignedTransaction first = ALICE.priced(0, 1, 10);
        SignedTransaction third = ALICE.priced(2, 1, 10);
        add(first, third);
        assertThat(best(1)).containsExactly(first);
        assertThat(pool.pendingNonce(ALICE.address())).isEqualTo(1);
        assertThat(pool.contents().queued().get(ALICE.address())).containsExactly(third);
        SignedTransaction second = ALICE.priced(1, 1, 10);
        add(second);
        assertThat(best(1)).containsExactly(first, second, third);
        assertThat(pool.pendingNonce(ALICE.address())).isEqualTo(3);
        assertThat(pool.contents().pending().get(ALICE.address())).hasSize(3);
        assertThat(pool.contents().queued()).isEmpty();
    }

    @Test
    void aReplacementTakesThePlace() {
        SignedTransaction old = ALICE.priced(0, 10, 20);
        SignedTransaction raised = ALICE.priced(0, 11, 22);
        add(old);
        expectRejected(pool.add(ALICE.priced(0, 10, 21)), Reason.REPLACEMENT_UNDERPRICED);
        assertThat(pool.add(raised)).isEqualTo(new Accepted(raised.hash(), old.hash()));
        assertThat(pool.find(old.hash())).isNull();
        assertThat(best(1)).containsExactly(raised);
    }

    @Test
    void aNewHeadDropsWhatItHoldsAndWhatItMadeImpossible() {
        SignedTransaction mined = ALICE.priced(0, 1, 10);
        SignedTransaction overtaken = BOB.priced(0, 1, 10);
        SignedTransaction waiting = BOB.priced(1, 1, 10);
        add(mined, overtaken, waiting, ALICE.priced(1, 1, 10));
        chain.mine(mined, BOB.priced(0, 5, 10));
        assertThat(best(1)).containsExactly(waiting, ALICE.priced(1, 1, 10));
        assertThat(pool.size()).isEqualTo(2);
        expectRejected(pool.add(overtaken), Reason.NONCE_TOO_LOW);
    }

    @Test
    void whatASenderCanNoLongerPayIsDropped() {
        Wallet poor = new Wallet(99);
        long cost = 21_000L * 10_000_000_000L;
        chain.mine(ALICE.transfer(0, poor.address(), 2 * cost + 10));
        SignedTransaction later = poor.priced(1, 1, 10);
        add(poor.priced(0, 1, 10), later);
        chain.mine(poor.transfer(0, BOB.address(), cost));
        assertThat(pool.find(later.hash())).isNull();
        assertThat(pool.size()).isZero();
    }

    @Test
    void aFullPoolKeepsTheBestAndNeverOpensAGap() {
        PoolLimits three = new PoolLimits(3, 1 << 20, 1_000, 10, 10, UInt256.ZERO);
        TxPool small = new TxPool(three, chain.ledger);
        SignedTransaction a0 = ALICE.priced(0, 1, 10);
        SignedTransaction a1 = ALICE.priced(1, 5, 10);
        SignedTransaction b0 = BOB.priced(0, 3, 10);
        List.of(a0, a1, b0).forEach(small::add);
        expectRejected(small.add(CAROL.priced(0, 2, 10)), Reason.POOL_FULL);
        assertThat(small.size()).isEqualTo(3);
        assertThat(small.add(CAROL.priced(0, 4, 10))).isInstanceOf(Accepted.class);
        assertThat(small.find(b0.hash())).isNull();
        assertThat(small.find(a0.hash())).isEqualTo(a0);
    }

    @Test
    void aFullPoolDropsWhatIsBehindAGapFirst() {
        PoolLimits two = new PoolLimits(2, 1 << 20, 1_000, 10, 10, UInt256.ZERO);
        TxPool small = new TxPool(two, chain.ledger);
        SignedTransaction gapped = ALICE.priced(1, 9, 10);
        small.add(gapped);
        small.add(BOB.priced(0, 1, 10));
        assertThat(small.add(CAROL.priced(0, 1, 10))).isInstanceOf(Accepted.class);
        assertThat(small.find(gapped.hash())).isNull();
    }

    @Test
    void bytesAreBoundedToo() {
        SignedTransaction tx = ALICE.priced(0, 1, 10);
        long size = tx.transaction().encode().size();
        PoolLimits limits = new PoolLimits(9, 2 * size, 1_000, 10, 10, UInt256.ZERO);
        TxPool small = new TxPool(limits, chain.ledger);
        small.add(tx);
        small.add(BOB.priced(0, 2, 10));
        small.add(CAROL.priced(0, 3, 10));
        assertThat(small.size()).isEqualTo(2);
        assertThat(small.find(tx.hash())).isNull();
    }

    @Test
    void listenersHearOfWhatIsTakenOnly() {
        List<SignedTransaction> heard = new ArrayList<>();
        var subscription = pool.onPending(heard::add);
        SignedTransaction tx = ALICE.priced(0, 1, 10);
        pool.add(tx);
        pool.add(tx);
        subscription.close();
        pool.add(ALICE.priced(1, 1, 10));
        assertThat(heard).containsExactly(tx);
    }

    @Test
    void aBlockBuiltFromThePoolEmptiesIt() {
        for (int nonce = 0; nonce < 20; nonce++) {
            add(ALICE.priced(nonce, 1, 10), BOB.priced(nonce, 2, 10));
        }
        SignedTransaction[] best = best(1).toArray(new SignedTransaction[0]);
        chain.mine(best);
        assertThat(best).hasSize(40);
        assertThat(pool.size()).isZero();
    }

    @Test
    void anUnknownSendersPendingNonceIsTheAccounts() {
        assertThat(pool.pendingNonce(Address.ofNumber(1))).isZero();
        chain.mine(ALICE.priced(0, 1, 10));
        assertThat(pool.pendingNonce(ALICE.address())).isEqualTo(1);
    }

    @Test
    void aClosedPoolNoLongerFollows() {
        SignedTransaction tx = ALICE.priced(0, 1, 10);
        add(tx);
        pool.close();
        chain.mine(tx);
        assertThat(pool.size()).isEqualTo(1);
    }
}
