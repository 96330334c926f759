package dev.lockstep.types;

import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Type 4: sets the code of accounts that leave to.
 *
 * @source EIP-7702
 */
public record SetCodeTransaction(
        UInt256 chainId,
        long nonce,
        UInt256 maxPriorityFeePerGas,
        UInt256 maxFeePerGas,
        long gasLimit,
        Address to,
        UInt256 value,
        Bytes data,
        List<AccessListEntry> accessList,
        List<Authorization> authorizations,
        Signature signature)
        implements Transaction {
    static final int TYPE = 4;

    public SetCodeTransaction {
        accessList = List.copyOf(accessList);
        authorizations = List.copyOf(authorizations);
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public SetCodeTransaction withSignature(Signature other) {
        return new SetCodeTransaction(
                chainId,
                nonce,
                maxPriorityFeePerGas,
                maxFeePerGas,
                gasLimit,
                to,
                value,
                data,
                accessList,
                authorizations,
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
                    Authorization.writeAll(list, authorizations);
                    if (signed) Transaction.writeSignature(list, signature);
                });
    }

    static SetCodeTransaction read(RlpReader in) {
        return new SetCodeTransaction(
                in.number256(),
                in.number(),
                in.number256(),
                in.number256(),
                in.number(),
                in.address(),
                in.number256(),
                in.bytes(),
                AccessListEntry.readAll(in),
                Authorization.readAll(in),
                Transaction.readSignature(in));
    }
}
