package dev.lockstep.evm;

import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.types.AccessListEntry;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Transaction;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** The checks of a transaction that need no state: shared by the pool and the executor. */
public final class TransactionRules {
    /**
     * @source EIP-3860
     */
    public static final int INIT_CODE_BYTES_MAX = 2 * 24_576;

    private static final long TRANSACTION_GAS = 21_000;
    private static final long CREATION_GAS = 32_000;
    private static final long INIT_CODE_WORD_GAS = 2;
    private static final long ZERO_BYTE_GAS = 4;
    private static final long FLOOR_TOKEN_GAS = 10;
    private static final long ACCESS_ADDRESS_GAS = 2_400;
    private static final long ACCESS_SLOT_GAS = 1_900;
    private static final long AUTHORIZATION_GAS = 25_000;

    /** The fork in which each transaction type came. */
    private static final Fork[] TYPE_SINCE = {
        Fork.FRONTIER, Fork.BERLIN, Fork.LONDON, Fork.CANCUN, Fork.PRAGUE
    };

    /**
     * @source EIP-7594: what one transaction may carry is less than what a block may
     */
    private static final int BLOBS_PER_TRANSACTION_MAX = 6;

    /** The first byte of a blob's hash. @source EIP-4844 */
    private static final int BLOB_HASH_VERSION = 1;

    private TransactionRules() {}

    /**
     * Why this transaction cannot run in such a block whatever the state, or empty. The block's
     * fees and gas limits are looked at; its number, time and hashes are not.
     */
    public static Optional<Refused> check(Transaction tx, BlockContext block) {
        Refused refused = checkForm(tx, block);
        if (refused == null) refused = checkFees(tx, block);
        if (refused == null) refused = checkGas(tx, block);
        if (refused == null && tx.type() == 3) refused = checkBlobs(tx, block);
        return Optional.ofNullable(refused);
    }

    private static @Nullable Refused checkForm(Transaction tx, BlockContext block) {
        Fork fork = block.fork();
        if (!fork.isAtLeast(TYPE_SINCE[tx.type()])) {
            return new Refused(
                    Refusal.TYPE_NOT_ALLOWED,
                    "transaction type "
                            + tx.type()
                            + " came with "
                            + TYPE_SINCE[tx.type()]
                            + ", this block is at "
                            + fork);
        }
        UInt256 chainId = tx.chainId();
        if (chainId != null && !fork.isAtLeast(Fork.SPURIOUS_DRAGON)) {
            return new Refused(
                    Refusal.WRONG_CHAIN,
                    "the transaction is for chain "
                            + decimal(chainId)
                            + ", but transactions name their chain since "
                            + Fork.SPURIOUS_DRAGON
                            + " only, this block is at "
                            + fork);
        }
        if (chainId != null && !chainId.equals(block.chainId())) {
            return new Refused(
                    Refusal.WRONG_CHAIN,
                    "the transaction is for chain "
                            + decimal(chainId)
                            + ", this is chain "
                            + decimal(block.chainId()));
        }
        if (fork.isAtLeast(Fork.HOMESTEAD) && !tx.signature().isLowS()) {
            return new Refused(
                    Refusal.SIGNATURE_NOT_LOW,
                    "the signature's s is "
                            + tx.signature().s().toHexString()
                            + ", it must be in the lower half of the group order");
        }
        if (tx.nonce() == -1L) {
            return new Refused(
                    Refusal.NONCE_AT_MAX, "the nonce is 2^64-1, at most 2^64-2 is allowed");
        }
        if (tx.isCreation()
                && fork.isAtLeast(Fork.SHANGHAI)
                && tx.data().size() > INIT_CODE_BYTES_MAX) {
            return new Refused(
                    Refusal.INIT_CODE_TOO_LARGE,
                    "the init code has "
                            + tx.data().size()
                            + " bytes, at most "
                            + INIT_CODE_BYTES_MAX
                            + " are allowed");
        }
        if (tx.type() >= 3 && tx.isCreation()) {
            return new Refused(
                    Refusal.CREATION_NOT_ALLOWED,
                    "a transaction of type " + tx.type() + " must name a callee");
        }
        if (tx.type() == 4 && tx.authorizations().isEmpty()) {
            return new Refused(
                    Refusal.NO_AUTHORIZATIONS, "a transaction of type 4 must carry authorizations");
        }
        return null;
    }

    private static @Nullable Refused checkFees(Transaction tx, BlockContext block) {
        if (tx.maxPriorityFeePerGas().compareTo(tx.maxFeePerGas()) > 0) {
            return new Refused(
                    Refusal.PRIORITY_FEE_OVER_FEE,
                    "the priority fee "
                            + decimal(tx.maxPriorityFeePerGas())
                            + " is over the whole fee "
                            + decimal(tx.maxFeePerGas()));
        }
        if (tx.maxFeePerGas().compareTo(block.baseFee()) < 0) {
            return new Refused(
                    Refusal.FEE_UNDER_BASE_FEE,
                    "the fee "
                            + decimal(tx.maxFeePerGas())
                            + " is under the block's base fee "
                            + decimal(block.baseFee()));
        }
        BigInteger gasCost = gasCost(tx);
        if (gasCost.bitLength() > 256) {
            return new Refused(
                    Refusal.INSUFFICIENT_FUNDS,
                    gasCost + " wei are needed for gas, nobody has more than 2^256-1");
        }
        return null;
    }

    /** The most that a transaction may take from its sender; may be over 256 bits. @unit wei */
    public static BigInteger cost(Transaction tx) {
        BigInteger blobs =
                BigInteger.valueOf(blobGas(tx)).multiply(tx.maxFeePerBlobGas().toBigInteger());
        return gasCost(tx).add(blobs).add(tx.value().toBigInteger());
    }

    private static BigInteger gasCost(Transaction tx) {
        BigInteger gasLimit = Bytes.ofUnsignedLong(tx.gasLimit()).toUnsignedBigInteger();
        return gasLimit.multiply(tx.maxFeePerGas().toBigInteger());
    }

    static long blobGas(Transaction tx) {
        return tx.blobHashes().size() * BlobSchedule.GAS_PER_BLOB;
    }

    private static @Nullable Refused checkGas(Transaction tx, BlockContext block) {
        long gasLimit = tx.gasLimit();
        if (Long.compareUnsigned(gasLimit, block.gasLimit()) > 0) {
            return new Refused(
                    Refusal.BLOCK_GAS_LIMIT,
                    "the gas limit "
                            + Long.toUnsignedString(gasLimit)
                            + " is over the "
                            + block.gasLimit()
                            + " left in the block");
        }
        long cap = block.transactionGasLimitMax();
        if (block.fork().isAtLeast(Fork.OSAKA)
                && cap != 0
                && Long.compareUnsigned(gasLimit, cap) > 0) {
            return new Refused(
                    Refusal.TRANSACTION_GAS_LIMIT,
                    "the gas limit "
                            + Long.toUnsignedString(gasLimit)
                            + " is over the "
                            + cap
                            + " that one transaction may have");
        }
        long intrinsic = intrinsicGas(tx, block.fork());
        if (Long.compareUnsigned(gasLimit, intrinsic) < 0) {
            return new Refused(
                    Refusal.INTRINSIC_GAS,
                    "the gas limit "
                            + gasLimit
                            + " is under the "
                            + intrinsic
                            + " that the transaction costs at least");
        }
        long floor = floorGas(tx, block.fork());
        if (Long.compareUnsigned(gasLimit, floor) < 0) {
            return new Refused(
                    Refusal.FLOOR_GAS,
                    "the gas limit "
                            + gasLimit
                            + " is under the "
                            + floor
                            + " that its call data costs at least");
        }
        return null;
    }

    private static @Nullable Refused checkBlobs(Transaction tx, BlockContext block) {
        List<Hash> hashes = tx.blobHashes();
        if (hashes.isEmpty()) {
            return new Refused(Refusal.NO_BLOBS, "a transaction of type 3 must carry blobs");
        }
        int blobsMax = block.blobs().maxPerBlock();
        if (block.fork().isAtLeast(Fork.OSAKA)) {
            blobsMax = Math.min(blobsMax, BLOBS_PER_TRANSACTION_MAX);
        }
        if (hashes.size() > blobsMax) {
            return new Refused(
                    Refusal.TOO_MANY_BLOBS,
                    "the transaction carries "
                            + hashes.size()
                            + " blobs, at most "
                            + blobsMax
                            + " are allowed");
        }
        for (Hash hash : hashes) {
            if (hash.bytes().get(0) != BLOB_HASH_VERSION) {
                return new Refused(
                        Refusal.BLOB_HASH_VERSION,
                        "the blob hash "
                                + hash
                                + " is of version "
                                + hash.bytes().get(0)
                                + ", only 1 is allowed");
            }
        }
        if (tx.maxFeePerBlobGas().compareTo(block.blobBaseFee()) < 0) {
            return new Refused(
                    Refusal.BLOB_FEE_TOO_LOW,
                    "the blob fee "
                            + decimal(tx.maxFeePerBlobGas())
                            + " is under the block's blob base fee "
                            + decimal(block.blobBaseFee()));
        }
        return null;
    }

    /** Gas that the transaction costs before its first instruction. */
    public static long intrinsicGas(Transaction tx, Fork fork) {
        return intrinsicGas(
                tx.isCreation(), tx.data(), tx.accessList(), tx.authorizations().size(), fork);
    }

    static long intrinsicGas(
            boolean isCreation,
            Bytes data,
            List<AccessListEntry> accessList,
            int authorizations,
            Fork fork) {
        long zeros = zeroBytes(data);
        long nonZeroByteGas = fork.isAtLeast(Fork.ISTANBUL) ? 16 : 68;
        long gas = TRANSACTION_GAS + zeros * ZERO_BYTE_GAS + (data.size() - zeros) * nonZeroByteGas;
        if (isCreation && fork.isAtLeast(Fork.HOMESTEAD)) gas += CREATION_GAS;
        if (isCreation && fork.isAtLeast(Fork.SHANGHAI)) {
            gas += (data.size() + 31L) / 32 * INIT_CODE_WORD_GAS;
        }
        for (AccessListEntry entry : accessList) {
            gas += ACCESS_ADDRESS_GAS + entry.storageKeys().size() * ACCESS_SLOT_GAS;
        }
        return gas + authorizations * AUTHORIZATION_GAS;
    }

    /**
     * The least that a transaction with this much call data costs, 0 before Prague.
     *
     * @source EIP-7623
     */
    public static long floorGas(Transaction tx, Fork fork) {
        return floorGas(tx.data(), fork);
    }

    static long floorGas(Bytes data, Fork fork) {
        if (!fork.isAtLeast(Fork.PRAGUE)) return 0;
        long zeros = zeroBytes(data);
        long tokens = zeros + (data.size() - zeros) * 4;
        return TRANSACTION_GAS + tokens * FLOOR_TOKEN_GAS;
    }

    private static long zeroBytes(Bytes data) {
        long zeros = 0;
        for (int i = 0; i < data.size(); i++) {
            if (data.get(i) == 0) zeros++;
        }
        return zeros;
    }

    static String decimal(UInt256 value) {
        return value.toBigInteger().toString();
    }
}
