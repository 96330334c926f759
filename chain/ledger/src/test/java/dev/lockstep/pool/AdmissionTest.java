package dev.lockstep.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.ledger.TestChain;
import dev.lockstep.ledger.Wallet;
import dev.lockstep.pool.AddResult.Reason;
import dev.lockstep.pool.AddResult.Rejected;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobTransaction;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Signature;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import java.math.BigInteger;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final Wallet ALICE = TestChain.ALICE;
    private static final Address TO = TestChain.BOB.address();
    private static final UInt256 ETHER = UInt256.valueOf(10).pow(UInt256.valueOf(18));

    private static final PoolLimits LIMITS = new PoolLimits(10, 1 << 20, 1_000, 4, 8, Wallet.GWEI);

    private static final Admission.Chain CHAIN =
            new Admission.Chain(
                    TxPool.withoutBaseFee(TestChain.create().ledger.pendingContext(2_000)),
                    LIMITS,
                    10);

    private static Admission.Sender sender(long nonce, UInt256 balance, int pooledCount) {
        return new Admission.Sender(nonce, balance, pooledCount, BigInteger.ZERO, null);
    }

    private static Admission.Sender replacing(SignedTransaction old) {
        return new Admission.Sender(0, ETHER, 0, BigInteger.ZERO, old.transaction());
    }

    private static @Nullable Rejected check(SignedTransaction tx) {
        return Admission.check(tx, CHAIN, sender(0, ETHER, 0));
    }

    private static void expect(@Nullable Rejected rejected, Reason reason, String says) {
        assertThat(rejected).isNotNull();
        assertThat(rejected.reason()).isEqualTo(reason);
        assertThat(rejected.message()).contains(says);
    }

    @Test
    void anOrdinaryTransferIsTaken() {
        assertThat(check(ALICE.transfer(0, TO, 1))).isNull();
    }

    @Test
    void blobTransactionsAreNot() {
        Transaction blob =
                new BlobTransaction(
                        Wallet.CHAIN_ID,
                        0,
                        Wallet.GWEI,
                        Wallet.GWEI,
                        21_000,
                        TO,
                        UInt256.ZERO,
                        Bytes.EMPTY,
                        List.of(),
                        UInt256.ONE,
                        List.of(Hash.ZERO),
                        Wallet.UNSIGNED);
        expect(check(ALICE.sign(blob)), Reason.TYPE_NOT_POOLED, "type 3");
    }

    @Test
    void aHighSIsNot() {
        Transaction tx = ALICE.transfer(0, TO, 1).transaction();
        Signature low = tx.signature();
        Signature high =
                new Signature(
                        1 - low.yParity(),
                        low.r(),
                        dev.lockstep.crypto.Secp256k1.ORDER.subtract(low.s()));
        SignedTransaction signed = SignedTransaction.recover(tx.withSignature(high));
        assertThat(signed).isNotNull();
        assertThat(signed.sender()).isEqualTo(ALICE.address());
        expect(check(signed), Reason.SIGNATURE_NOT_LOW, "upper half");
    }

    @Test
    void anotherChainsIsNot() {
        Transaction tx =
                new dev.lockstep.types.LegacyTransaction(
                        UInt256.valueOf(5),
                        0,
                        Wallet.GWEI,
                        21_000,
                        TO,
                        UInt256.ZERO,
                        Bytes.EMPTY,
                        Wallet.UNSIGNED);
        expect(check(ALICE.sign(tx)), Reason.WRONG_CHAIN, "1337");
    }

    @Test
    void gasMustSufficeAndFit() {
        expect(check(ALICE.call(0, TO, 0, Bytes.EMPTY, 20_999)), Reason.INTRINSIC_GAS, "20999");
        expect(
                check(ALICE.call(0, TO, 0, Bytes.EMPTY, (1 << 24) + 1)),
                Reason.GAS_LIMIT,
                "16777216");
        expect(
                check(ALICE.call(0, TO, 0, Bytes.EMPTY, TestChain.GAS_LIMIT + 1)),
                Reason.GAS_LIMIT,
                "30000000");
    }

    @Test
    void theFeeHasAMinimumAndTheTipIsUnderIt() {
        expect(check(ALICE.priced(0, 0, 0)), Reason.FEE_TOO_LOW, "at least 1000000000");
        expect(check(ALICE.priced(0, 3, 2)), Reason.PRIORITY_FEE_OVER_FEE, "3000000000");
    }

    @Test
    void theSizeIsBounded() {
        expect(
                check(ALICE.call(0, TO, 0, Bytes.wrap(new byte[1_000]), 100_000)),
                Reason.TOO_LARGE,
                "at most 1000");
    }

    @Test
    void theNonceIsNeitherUsedNorFarAhead() {
        expect(
                Admission.check(ALICE.transfer(2, TO, 1), CHAIN, sender(3, ETHER, 0)),
                Reason.NONCE_TOO_LOW,
                "it is 2, the account's next is 3");
        assertThat(Admission.check(ALICE.transfer(11, TO, 1), CHAIN, sender(3, ETHER, 0))).isNull();
        expect(
                Admission.check(ALICE.transfer(12, TO, 1), CHAIN, sender(3, ETHER, 0)),
                Reason.NONCE_TOO_HIGH,
                "at most 8 more");
    }

    @Test
    void aSenderHasALimit() {
        expect(
                Admission.check(ALICE.transfer(0, TO, 1), CHAIN, sender(0, ETHER, 4)),
                Reason.SENDER_LIMIT,
                "at most 4");
    }

    @Test
    void fundsCoverAllThatThePoolHolds() {
        SignedTransaction tx = ALICE.transfer(0, TO, 7);
        UInt256 cost = UInt256.valueOf(21_000L * 10_000_000_000L + 7);
        assertThat(Admission.check(tx, CHAIN, sender(0, cost, 0))).isNull();
        expect(
                Admission.check(tx, CHAIN, sender(0, cost.subtract(1), 0)),
                Reason.INSUFFICIENT_FUNDS,
                "210000000000006 wei");
        Admission.Sender other = new Admission.Sender(0, cost, 1, BigInteger.ONE, null);
        expect(Admission.check(tx, CHAIN, other), Reason.INSUFFICIENT_FUNDS, "1 other");
    }

    @Test
    void aReplacementPaysATenthMoreOfBothFees() {
        SignedTransaction old = ALICE.priced(0, 10, 20);
        assertThat(Admission.check(ALICE.priced(0, 11, 22), CHAIN, replacing(old))).isNull();
        expect(
                Admission.check(ALICE.priced(0, 10, 22), CHAIN, replacing(old)),
                Reason.REPLACEMENT_UNDERPRICED,
                "10 % more");
        expect(
                Admission.check(ALICE.priced(0, 11, 21), CHAIN, replacing(old)),
                Reason.REPLACEMENT_UNDERPRICED,
                "10 % more");
    }

    @Test
    void aReplacementOnAChainWithoutFeesMayPayTheSame() {
        Admission.Chain free = new Admission.Chain(CHAIN.next(), LIMITS, 0);
        SignedTransaction old = ALICE.priced(0, 10, 20);
        assertThat(
                        Admission.check(
                                ALICE.transfer(0, TO, 9),
                                free,
                                replacing(ALICE.transfer(0, TO, 1))))
                .isNull();
        expect(
                Admission.check(ALICE.priced(0, 9, 20), free, replacing(old)),
                Reason.REPLACEMENT_UNDERPRICED,
                "0 % more");
    }
}
