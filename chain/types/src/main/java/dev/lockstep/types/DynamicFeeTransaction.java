package dev.lockstep.types;

import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * Type 2: a fee cap and a tip cap.
 *
 * @source EIP-1559
 */
public record DynamicFeeTransaction(
        UInt256 chainId,
        long nonce,
        UInt256 maxPriorityFeePerGas,
        UInt256 maxFeePerGas,
        long gasLimit,
        @Nullable Address to,
        UInt256 value,
        Bytes data,
        List<AccessListEntry> accessList,
        Signature signature)
        implements Transaction {
    static final int TYPE = 2;

    public DynamicFeeTransaction {
        accessList = List.copyOf(accessList);
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public DynamicFeeTransaction withSignature(Signature other) {
        return new DynamicFeeTransaction(
                chainId,
                nonce,
                maxPriorityFeePerGas,
                maxFeePerGas,
                gasLimit,
                to,
                value,
                data,
                accessList,
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
                    list.bytes(Transaction.encodeTo(to)).number(value).bytes(data);
                    AccessListEntry.writeAll(list, accessList);
                    if (signed) Transaction.writeSignature(list, signature);
                });
    }

    static DynamicFeeTransaction read(RlpReader in) {
        return new DynamicFeeTransaction(
                in.number256(),
                in.number(),
                in.number256(),
                in.number256(),
                in.number(),
                Transaction.readTo(in),
                in.number256(),
                in.bytes(),
                AccessListEntry.readAll(in),
                Transaction.readSignature(in));
    }
}
