package dev.lockstep.inference.kernels;

/**
 * Where the factors of tiles stand: first by blocks of terms, which leave room in the nearest cache
 * for what they are multiplied with; then by tiles of rows; then by terms. So a pass over all rows
 * reads one stream from its beginning to its end.
 *
 * @param tall rows of a tile
 * @param rows all of them, in whole tiles
 * @param length terms of a row
 * @param block terms of a block; the last one may be shorter
 */
record Panels(int tall, int rows, int length, int block) {
    /** Bytes of the other operand that a block meets. */
    private static final int BLOCK_BYTES = 32 << 10;

    static Panels of(int tall, int rows, int length, int block) {
        return new Panels(tall, Math.ceilDiv(rows, tall) * tall, length, block);
    }

    /**
     * Terms of blocks that are about equal.
     *
     * @param unit terms that stay together
     * @param bytes that a unit meets
     */
    static int block(int length, int unit, int bytes) {
        int units = length / unit;
        int blocks = Math.ceilDiv(units, Math.max(1, BLOCK_BYTES / bytes));
        return Math.ceilDiv(units, blocks) * unit;
    }

    /** Elements of all panels. */
    int elements() {
        return Math.multiplyExact(rows, length);
    }

    /** Terms of the block that begins with term {@code k}. */
    int terms(int k) {
        return Math.min(block, length - k);
    }

    /** Where the first row of a tile has term {@code k}, the first one of a block. */
    int start(int row, int k) {
        return k * rows + row * terms(k);
    }

    /** Where a row has a term. */
    int at(int row, int k) {
        int first = k / block * block;
        int within = row % tall;
        return start(row - within, first) + (k - first) * tall + within;
    }
}
