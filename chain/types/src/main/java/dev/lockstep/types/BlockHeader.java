package dev.lockstep.types;

import dev.lockstep.crypto.Keccak;
import java.util.Objects;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * A block's header. The last six fields came with later forks; each implies those before it.
 *
 * @param gasLimit @unit gas
 * @param timestamp unsigned @unit seconds since 1970
 * @param extraData free bytes, or QBFT's structure ({@link QbftExtraData})
 * @param nonce 8 bytes
 * @param baseFee since London @unit wei
 * @param withdrawalsRoot since Shanghai
 * @param blobGasUsed since Cancun, as the two after it
 * @param requestsHash since Prague
 * @source Yellow Paper, section 4.3; EIP-1559, 4895, 4844, 4788, 7685
 */
public record BlockHeader(
        Hash parentHash,
        Hash ommersHash,
        Address coinbase,
        Hash stateRoot,
        Hash transactionsRoot,
        Hash receiptsRoot,
        Bloom bloom,
        UInt256 difficulty,
        long number,
        long gasLimit,
        long gasUsed,
        long timestamp,
        Bytes extraData,
        Hash mixHash,
        Bytes nonce,
        @Nullable UInt256 baseFee,
        @Nullable Hash withdrawalsRoot,
        @Nullable Long blobGasUsed,
        @Nullable Long excessBlobGas,
        @Nullable Hash parentBeaconBlockRoot,
        @Nullable Hash requestsHash) {

    private static final int NONCE_SIZE_BYTES = 8;

    public BlockHeader {
        // Otherwise the fields would move up in the encoding and mean something else.
        present("withdrawalsRoot", withdrawalsRoot, "baseFee", baseFee);
        present("blobGasUsed", blobGasUsed, "withdrawalsRoot", withdrawalsRoot);
        present("excessBlobGas", excessBlobGas, "blobGasUsed", blobGasUsed);
        present("parentBeaconBlockRoot", parentBeaconBlockRoot, "excessBlobGas", excessBlobGas);
        present("requestsHash", requestsHash, "parentBeaconBlockRoot", parentBeaconBlockRoot);
    }

    private static void present(
            String name, @Nullable Object field, String nameBefore, @Nullable Object before) {
        if (field != null && before == null) {
            throw new IllegalArgumentException(name + " without " + nameBefore);
        }
    }

    /**
     * keccak256 of the header as it stands. On a QBFT chain the block's hash is {@link
     * HeaderForm#hash}.
     */
    public Hash plainHash() {
        return Keccak.hash(encode());
    }

    public Bytes encode() {
        return Rlp.list(this::writeFields);
    }

    /** Into a list of headers. */
    public void write(Rlp out) {
        out.nested(this::writeFields);
    }

    private void writeFields(Rlp out) {
        out.hash(parentHash).hash(ommersHash).address(coinbase).hash(stateRoot);
        out.hash(transactionsRoot).hash(receiptsRoot).bytes(bloom.bytes()).number(difficulty);
        out.number(number).number(gasLimit).number(gasUsed).number(timestamp);
        out.bytes(extraData).hash(mixHash).bytes(nonce);
        if (baseFee != null) out.number(baseFee);
        if (withdrawalsRoot != null) out.hash(withdrawalsRoot);
        if (blobGasUsed != null) out.number(blobGasUsed);
        if (excessBlobGas != null) out.number(excessBlobGas);
        if (parentBeaconBlockRoot != null) out.hash(parentBeaconBlockRoot);
        if (requestsHash != null) out.hash(requestsHash);
    }

    /**
     * @fails RlpException
     */
    public static BlockHeader decode(Bytes encoded) {
        return RlpReader.list(encoded, BlockHeader::readFields);
    }

    /** One header of several. */
    public static BlockHeader read(RlpReader in) {
        return in.nested(BlockHeader::readFields);
    }

    private static BlockHeader readFields(RlpReader in) {
        Builder b = new Builder();
        b.parentHash = in.hash();
        b.ommersHash = in.hash();
        b.coinbase = in.address();
        b.stateRoot = in.hash();
        b.transactionsRoot = in.hash();
        b.receiptsRoot = in.hash();
        b.bloom = new Bloom(in.bytes(Bloom.SIZE_BYTES));
        b.difficulty = in.number256();
        b.number = in.positive();
        b.gasLimit = in.positive();
        b.gasUsed = in.positive();
        b.timestamp = in.number();
        b.extraData = in.bytes();
        b.mixHash = in.hash();
        b.nonce = in.bytes(NONCE_SIZE_BYTES);
        if (in.hasMore()) b.baseFee = in.number256();
        if (in.hasMore()) b.withdrawalsRoot = in.hash();
        if (in.hasMore()) b.blobGasUsed = in.positive();
        if (in.hasMore()) b.excessBlobGas = in.positive();
        if (in.hasMore()) b.parentBeaconBlockRoot = in.hash();
        if (in.hasMore()) b.requestsHash = in.hash();
        return b.build();
    }

    public Builder toBuilder() {
        Builder b = new Builder();
        b.parentHash = parentHash;
        b.ommersHash = ommersHash;
        b.coinbase = coinbase;
        b.stateRoot = stateRoot;
        b.transactionsRoot = transactionsRoot;
        b.receiptsRoot = receiptsRoot;
        b.bloom = bloom;
        b.difficulty = difficulty;
        b.number = number;
        b.gasLimit = gasLimit;
        b.gasUsed = gasUsed;
        b.timestamp = timestamp;
        b.extraData = extraData;
        b.mixHash = mixHash;
        b.nonce = nonce;
        b.baseFee = baseFee;
        b.withdrawalsRoot = withdrawalsRoot;
        b.blobGasUsed = blobGasUsed;
        b.excessBlobGas = excessBlobGas;
        b.parentBeaconBlockRoot = parentBeaconBlockRoot;
        b.requestsHash = requestsHash;
        return b;
    }

    /** Fields to be set one by one; starts as the header of an empty block of a new chain. */
    public static final class Builder {
        public Hash parentHash = Hash.ZERO;
        public Hash ommersHash = Hash.EMPTY_LIST;
        public Address coinbase = Address.ZERO;
        public Hash stateRoot = Hash.EMPTY_TRIE;
        public Hash transactionsRoot = Hash.EMPTY_TRIE;
        public Hash receiptsRoot = Hash.EMPTY_TRIE;
        public Bloom bloom = Bloom.EMPTY;
        public UInt256 difficulty = UInt256.ZERO;
        public long number;
        public long gasLimit;
        public long gasUsed;
        public long timestamp;
        public Bytes extraData = Bytes.EMPTY;
        public Hash mixHash = Hash.ZERO;
        public Bytes nonce = Bytes.wrap(new byte[NONCE_SIZE_BYTES]);
        public @Nullable UInt256 baseFee;
        public @Nullable Hash withdrawalsRoot;
        public @Nullable Long blobGasUsed;
        public @Nullable Long excessBlobGas;
        public @Nullable Hash parentBeaconBlockRoot;
        public @Nullable Hash requestsHash;

        public BlockHeader build() {
            return new BlockHeader(
                    parentHash,
                    ommersHash,
                    coinbase,
                    stateRoot,
                    transactionsRoot,
                    receiptsRoot,
                    bloom,
                    difficulty,
                    number,
                    gasLimit,
                    gasUsed,
                    timestamp,
                    extraData,
                    mixHash,
                    nonce,
                    baseFee,
                    withdrawalsRoot,
                    blobGasUsed,
                    excessBlobGas,
                    parentBeaconBlockRoot,
                    requestsHash);
        }
    }

    /** The base fee where the fork has one, zero before. @unit wei */
    public UInt256 baseFeeOrZero() {
        return Objects.requireNonNullElse(baseFee, UInt256.ZERO);
    }
}
