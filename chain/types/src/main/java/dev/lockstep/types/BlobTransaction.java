package dev.lockstep.types;

import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Type 3: carries hashes of blobs; decoded and executed, but never pooled.
 *
 * @source EIP-4844
 */
public record BlobTransaction(
        UInt256 chainId,
        long nonce,
        UInt256 maxPriorityFeePerGas,
        UInt256 maxFeePerGas,
        long gasLimit,
        Address to,
        UInt256 value,
        Bytes data,
        List<AccessListEntry> accessList,
        UInt256 maxFeePerBlobGas,
        List<Hash> blobHashes,
        Signature signature)
        implements Transaction {
    static final int TYPE = 3;
    private static final int BLOBS_MAX = 1 << 16;

    public BlobTransaction {
        accessList = List.copyOf(accessList);
        blobHashes = List.copyOf(blobHashes);
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public BlobTransaction withSignature(Signature other) {
        return new BlobTransaction(
                chainId,
                nonce,
                maxPriorityFeePerGas,
                maxFeePerGas,
                gasLimit,
                to,
                value,
                data,
                accessList,
                maxFeePerBlobGas,
                blobHashes,
                other);
    }

    @Override
    public Bytes encode() {
        return envelope(true);
    }

    @Override
    public Bytes signingPayload() {
        return envelope(false);
    }

    private Bytes envelope(boolean signed) {
        return Rlp.typed(
                TYPE,
                list -> {
                    list.number(chainId)
                            .number(nonce)
                            .number(maxPriorityFeePerGas)
                            .number(maxFeePerGas)
                            .number(gasLimit);
                    list.address(to).number(value).bytes(data);
                    AccessListEntry.writeAll(list, accessList);
                    list.number(maxFeePerBlobGas).each(blobHashes, Rlp::hash);
                    if (signed) Transaction.writeSignature(list, signature);
                });
    }

    static BlobTransaction read(RlpReader in) {
        return new BlobTransaction(
                in.number256(),
                in.number(),
                in.number256(),
                in.number256(),
                in.number(),
                in.address(),
                in.number256(),
                in.bytes(),
                AccessListEntry.readAll(in),
                in.number256(),
                in.each(BLOBS_MAX, RlpReader::hash),
                Transaction.readSignature(in));
    }
}
