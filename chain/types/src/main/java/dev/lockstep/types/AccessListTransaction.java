package dev.lockstep.types;

import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * Type 1: a gas price and an access list.
 *
 * @source EIP-2930
 */
public record AccessListTransaction(
        UInt256 chainId,
        long nonce,
        UInt256 gasPrice,
        long gasLimit,
        @Nullable Address to,
        UInt256 value,
        Bytes data,
        List<AccessListEntry> accessList,
        Signature signature)
        implements Transaction {
    static final int TYPE = 1;

    public AccessListTransaction {
        accessList = List.copyOf(accessList);
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public UInt256 maxFeePerGas() {
        return gasPrice;
    }

    @Override
    public UInt256 maxPriorityFeePerGas() {
        return gasPrice;
    }

    @Override
    public AccessListTransaction withSignature(Signature other) {
        return new AccessListTransaction(
                chainId, nonce, gasPrice, gasLimit, to, value, data, accessList, other);
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
                    list.number(chainId).number(nonce).number(gasPrice).number(gasLimit);
                    list.bytes(Transaction.encodeTo(to)).number(value).bytes(data);
                    AccessListEntry.writeAll(list, accessList);
                    if (signed) Transaction.writeSignature(list, signature);
                });
    }

    static AccessListTransaction read(RlpReader in) {
        return new AccessListTransaction(
                in.number256(),
                in.number(),
                in.number256(),
                in.number(),
                Transaction.readTo(in),
                in.number256(),
                in.bytes(),
                AccessListEntry.readAll(in),
                Transaction.readSignature(in));
    }
}
