package dev.lockstep.pool;

import dev.lockstep.evm.BlockContext;
import dev.lockstep.evm.Refusal;
import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.evm.TransactionRules;
import dev.lockstep.pool.AddResult.Reason;
import dev.lockstep.pool.AddResult.Rejected;
import dev.lockstep.types.BlobTransaction;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** Whether a transaction may wait in the pool: pure rules, one a method. */
final class Admission {
    private static final BigInteger HUNDRED = BigInteger.valueOf(100);

    private static final List<Rule> RULES =
            List.of(
                    Admission::type,
                    Admission::size,
                    Admission::form,
                    Admission::fee,
                    Admission::nonceNotUsed,
                    Admission::nonceNear,
                    Admission::senderLimit,
                    Admission::replacement,
                    Admission::funds);

    private Admission() {}

    private interface Rule {
        @Nullable Rejected check(SignedTransaction tx, Chain chain, Sender sender);
    }

    /**
     * What the chain and the pool ask of everyone.
     *
     * @param next the next block, with a base fee of zero: a transaction may wait for a lower one
     * @param replacementPercent by how much the fees of a replacement must be over the old ones
     */
    record Chain(BlockContext next, PoolLimits limits, int replacementPercent) {}

    /**
     * What is known of the sender.
     *
     * @param nonce of the account at the head
     * @param balance of the account at the head
     * @param pooledCount its transactions in the pool, less the one to be replaced
     * @param pooledCost the most that those may cost
     * @param sameNonce the transaction to be replaced, or null
     */
    record Sender(
            long nonce,
            UInt256 balance,
            int pooledCount,
            BigInteger pooledCost,
            @Nullable Transaction sameNonce) {}

    /** Why it may not, or null where it may. */
    static @Nullable Rejected check(SignedTransaction tx, Chain chain, Sender sender) {
        for (Rule rule : RULES) {
            Rejected rejected = rule.check(tx, chain, sender);
            if (rejected != null) return rejected;
        }
        return null;
    }

    private static @Nullable Rejected type(SignedTransaction tx, Chain chain, Sender sender) {
        if (!(tx.transaction() instanceof BlobTransaction)) return null;
        return new Rejected(
                Reason.TYPE_NOT_POOLED,
                "transaction type 3 (blobs) is not taken; types 0, 1, 2 and 4 are");
    }

    private static @Nullable Rejected size(SignedTransaction tx, Chain chain, Sender sender) {
        int size = tx.encoded().size();
        int sizeMax = chain.limits.transactionSizeBytesMax();
        if (size <= sizeMax) return null;
        return new Rejected(
                Reason.TOO_LARGE, "the transaction has " + size + " bytes, at most " + sizeMax);
    }

    /** What makes a transaction impossible in every block of this kind. */
    private static @Nullable Rejected form(SignedTransaction tx, Chain chain, Sender sender) {
        if (!tx.transaction().signature().isLowS()) {
            return new Rejected(
                    Reason.SIGNATURE_NOT_LOW,
                    "the signature's s is in the upper half of the group order");
        }
        Optional<Refused> refused = TransactionRules.check(tx.transaction(), chain.next);
        return refused.map(r -> new Rejected(reason(r.refusal()), r.message())).orElse(null);
    }

    private static Reason reason(Refusal refusal) {
        return switch (refusal) {
            case TYPE_NOT_ALLOWED -> Reason.TYPE_NOT_ALLOWED;
            case WRONG_CHAIN -> Reason.WRONG_CHAIN;
            case SIGNATURE_NOT_LOW -> Reason.SIGNATURE_NOT_LOW;
            case INTRINSIC_GAS, FLOOR_GAS -> Reason.INTRINSIC_GAS;
            case BLOCK_GAS_LIMIT, TRANSACTION_GAS_LIMIT -> Reason.GAS_LIMIT;
            case FEE_UNDER_BASE_FEE -> Reason.FEE_TOO_LOW;
            case PRIORITY_FEE_OVER_FEE -> Reason.PRIORITY_FEE_OVER_FEE;
            case INIT_CODE_TOO_LARGE -> Reason.INIT_CODE_TOO_LARGE;
            case NONCE_TOO_LOW -> Reason.NONCE_TOO_LOW;
            case NONCE_TOO_HIGH, NONCE_AT_MAX -> Reason.NONCE_TOO_HIGH;
            case INSUFFICIENT_FUNDS -> Reason.INSUFFICIENT_FUNDS;
            case SENDER_HAS_CODE,
                    BLOB_FEE_TOO_LOW,
                    NO_BLOBS,
                    TOO_MANY_BLOBS,
                    BLOB_HASH_VERSION,
                    CREATION_NOT_ALLOWED,
                    NO_AUTHORIZATIONS ->
                    Reason.INVALID;
        };
    }

    private static @Nullable Rejected fee(SignedTransaction tx, Chain chain, Sender sender) {
        UInt256 fee = tx.transaction().maxFeePerGas();
        UInt256 feeMin = chain.limits.feeMin();
        if (fee.compareTo(feeMin) >= 0) return null;
        return new Rejected(
                Reason.FEE_TOO_LOW,
                "the fee per gas is "
                        + fee.toDecimalString()
                        + " wei, at least "
                        + feeMin.toDecimalString()
                        + " are asked for");
    }

    private static @Nullable Rejected nonceNotUsed(
            SignedTransaction tx, Chain chain, Sender sender) {
        long nonce = tx.transaction().nonce();
        if (Long.compareUnsigned(nonce, sender.nonce) >= 0) return null;
        return new Rejected(
                Reason.NONCE_TOO_LOW,
                "nonce too low: it is "
                        + Long.toUnsignedString(nonce)
                        + ", the account's next is "
                        + Long.toUnsignedString(sender.nonce));
    }

    private static @Nullable Rejected nonceNear(SignedTransaction tx, Chain chain, Sender sender) {
        long nonce = tx.transaction().nonce();
        if (Long.compareUnsigned(nonce - sender.nonce, chain.limits.nonceGapMax()) <= 0) {
            return null;
        }
        return new Rejected(
                Reason.NONCE_TOO_HIGH,
                "nonce too high: it is "
                        + Long.toUnsignedString(nonce)
                        + ", the account's next is "
                        + Long.toUnsignedString(sender.nonce)
                        + " and at most "
                        + chain.limits.nonceGapMax()
                        + " more are taken");
    }

    private static @Nullable Rejected senderLimit(
            SignedTransaction tx, Chain chain, Sender sender) {
        if (sender.pooledCount < chain.limits.perSenderMax()) return null;
        return new Rejected(
                Reason.SENDER_LIMIT,
                tx.sender()
                        + " has "
                        + sender.pooledCount
                        + " transactions in the pool, at most "
                        + chain.limits.perSenderMax()
                        + " are held");
    }

    private static @Nullable Rejected replacement(
            SignedTransaction tx, Chain chain, Sender sender) {
        Transaction old = sender.sameNonce;
        if (old == null) return null;
        UInt256 fee = tx.transaction().maxFeePerGas();
        UInt256 tip = tx.transaction().maxPriorityFeePerGas();
        if (isRaised(fee, old.maxFeePerGas(), chain.replacementPercent)
                && isRaised(tip, old.maxPriorityFeePerGas(), chain.replacementPercent)) {
            return null;
        }
        return new Rejected(
                Reason.REPLACEMENT_UNDERPRICED,
                "replacement underpriced: fee "
                        + fee.toDecimalString()
                        + " and tip "
                        + tip.toDecimalString()
                        + " wei against "
                        + old.maxFeePerGas().toDecimalString()
                        + " and "
                        + old.maxPriorityFeePerGas().toDecimalString()
                        + "; "
                        + chain.replacementPercent
                        + " % more is needed");
    }

    private static boolean isRaised(UInt256 fee, UInt256 old, int percent) {
        BigInteger least =
                old.toUnsignedBigInteger().multiply(HUNDRED.add(BigInteger.valueOf(percent)));
        return fee.toUnsignedBigInteger().multiply(HUNDRED).compareTo(least) >= 0;
    }

    private static @Nullable Rejected funds(SignedTransaction tx, Chain chain, Sender sender) {
        BigInteger cost = TransactionRules.cost(tx.transaction());
        BigInteger balance = sender.balance.toUnsignedBigInteger();
        if (cost.add(sender.pooledCost).compareTo(balance) <= 0) return null;
        return new Rejected(
                Reason.INSUFFICIENT_FUNDS,
                "insufficient funds: "
                        + tx.sender()
                        + " has "
                        + balance
                        + " wei, this costs up to "
                        + cost
                        + " and its "
                        + sender.pooledCount
                        + " other pooled ones "
                        + sender.pooledCost);
    }
}
