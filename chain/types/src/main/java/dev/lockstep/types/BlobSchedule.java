package dev.lockstep.types;

/**
 * How many blobs a block may carry and how their price follows. The price is the integer
 * exponential of the excess.
 *
 * @param targetPerBlock blobs at which the price stays
 * @param maxPerBlock blobs at most
 * @param baseFeeUpdateFraction how slowly the price moves
 * @source EIP-4844, EIP-7840, EIP-7892
 */
public record BlobSchedule(int targetPerBlock, int maxPerBlock, long baseFeeUpdateFraction) {
    public static final long GAS_PER_BLOB = 1 << 17;
    public static final BlobSchedule CANCUN = new BlobSchedule(3, 6, 3_338_477);
    public static final BlobSchedule PRAGUE = new BlobSchedule(6, 9, 5_007_716);
}
