package dev.lockstep.types;

/** How a chain turns a header into its block's hash. */
public enum HeaderForm {
    /** keccak256 of the header as it stands. */
    PLAIN,
    /**
     * The same, with the extra data in round 0 and without seals; verbatim for the genesis block.
     */
    QBFT;

    /**
     * @fails RlpException where a QBFT header's extra data does not decode
     */
    public Hash hash(BlockHeader header) {
        return switch (this) {
            case PLAIN -> header.plainHash();
            case QBFT ->
                    header.number() == 0 ? header.plainHash() : QbftExtraData.blockHash(header);
        };
    }
}
