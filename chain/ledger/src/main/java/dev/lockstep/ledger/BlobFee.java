package dev.lockstep.ledger;

import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec.Rules;
import dev.lockstep.types.Fork;
import java.math.BigInteger;
import java.util.Objects;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * The price of blob gas and the excess that it follows.
 *
 * @source EIP-4844, EIP-7918
 */
public final class BlobFee {
    private static final BigInteger GAS_PER_BLOB = BigInteger.valueOf(BlobSchedule.GAS_PER_BLOB);

    /** What carrying a blob costs in execution gas; its blob gas never costs less. */
    private static final BigInteger RESERVE_GAS_PER_BLOB = BigInteger.valueOf(1 << 13);

    /** e^178 is over 2^256: from there on the price is the greatest there is. */
    private static final long EXPONENT_MAX = 178;

    private BlobFee() {}

    /** The price of blob gas at this excess. @unit wei */
    public static UInt256 price(long excessBlobGas, BlobSchedule blobs) {
        if (excessBlobGas / blobs.baseFeeUpdateFraction() >= EXPONENT_MAX) return UInt256.MAX_VALUE;
        BigInteger price =
                exponential(
                        BigInteger.valueOf(excessBlobGas),
                        BigInteger.valueOf(blobs.baseFeeUpdateFraction()));
        if (price.bitLength() > 256) return UInt256.MAX_VALUE;
        return UInt256.fromBytes(Bytes.wrap(unsigned(price)));
    }

    /** floor(e^(numerator / denominator)), as the sum of its Taylor terms, each rounded down. */
    private static BigInteger exponential(BigInteger numerator, BigInteger denominator) {
        BigInteger sum = BigInteger.ZERO;
        BigInteger term = denominator;
        for (long i = 1; term.signum() > 0; i++) {
            sum = sum.add(term);
            term = term.multiply(numerator).divide(denominator.multiply(BigInteger.valueOf(i)));
        }
        return sum.divide(denominator);
    }

    private static byte[] unsigned(BigInteger value) {
        byte[] bytes = value.toByteArray();
        return bytes[0] == 0 ? java.util.Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }

    /** The excess of the block after {@code parent}, under that block's rules. @unit blob gas */
    public static long excessAfter(BlockHeader parent, Rules rules) {
        long excess = Objects.requireNonNullElse(parent.excessBlobGas(), 0L);
        long used = Objects.requireNonNullElse(parent.blobGasUsed(), 0L);
        BlobSchedule blobs = rules.blobs();
        long target = blobs.targetPerBlock() * BlobSchedule.GAS_PER_BLOB;
        if (excess + used < target) return 0;
        if (rules.fork().isAtLeast(Fork.OSAKA) && isUnderReserve(parent, excess, blobs)) {
            long headroom = blobs.maxPerBlock() - (long) blobs.targetPerBlock();
            return excess + used * headroom / blobs.maxPerBlock();
        }
        return excess + used - target;
    }

    private static boolean isUnderReserve(BlockHeader parent, long excess, BlobSchedule blobs) {
        BigInteger reserve =
                RESERVE_GAS_PER_BLOB.multiply(parent.baseFeeOrZero().toUnsignedBigInteger());
        BigInteger price = price(excess, blobs).toUnsignedBigInteger();
        return reserve.compareTo(GAS_PER_BLOB.multiply(price)) > 0;
    }
}
