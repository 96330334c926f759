package dev.lockstep.types;

import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * Type 0.
 *
 * @param chainId null without replay protection
 * @source Yellow Paper, section 4.2; EIP-155
 */
public record LegacyTransaction(
        @Nullable UInt256 chainId,
        long nonce,
        UInt256 gasPrice,
        long gasLimit,
        @Nullable Address to,
        UInt256 value,
        Bytes data,
        Signature signature)
        implements Transaction {

    /** v of an EIP-155 signature for chain 0 and parity 0. */
    private static final int V_PROTECTED = 35;

    private static final int V_UNPROTECTED = 27;

    /** The largest chain id whose v fits 256 bits. */
    private static final UInt256 CHAIN_ID_MAX =
            UInt256.MAX_VALUE.subtract(V_PROTECTED + 1).shiftRight(1);

    @Override
    public int type() {
        return 0;
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
    public LegacyTransaction withSignature(Signature other) {
        return new LegacyTransaction(chainId, nonce, gasPrice, gasLimit, to, value, data, other);
    }

    @Override
    public Bytes encode() {
        return Rlp.list(
                list -> {
                    writeBody(list);
                    list.number(v()).number(signature.r()).number(signature.s());
                });
    }

    @Override
    public Bytes signingPayload() {
        UInt256 chain = chainId;
        return Rlp.list(
                list -> {
                    writeBody(list);
                    if (chain != null) list.number(chain).number(0).number(0);
                });
    }

    /** The signature's first value: 27 or 28, or 35 + 2 · chainId + parity. */
    public UInt256 v() {
        UInt256 base =
                chainId == null
                        ? UInt256.valueOf(V_UNPROTECTED)
                        : chainId.shiftLeft(1).add(V_PROTECTED);
        return base.add(signature.yParity());
    }

    private void writeBody(Rlp list) {
        list.number(nonce).number(gasPrice).number(gasLimit);
        list.bytes(Transaction.encodeTo(to)).number(value).bytes(data);
    }

    static LegacyTransaction read(RlpReader in) {
        long nonce = in.number();
        UInt256 gasPrice = in.number256();
        long gasLimit = in.number();
        Address to = Transaction.readTo(in);
        UInt256 value = in.number256();
        Bytes data = in.bytes();
        UInt256 v = in.number256();
        if (!v.fitsLong() || v.toLong() >= V_PROTECTED || v.toLong() < 0) {
            UInt256 rest = v.subtract(V_PROTECTED);
            UInt256 chainId = rest.shiftRight(1);
            if (chainId.compareTo(CHAIN_ID_MAX) > 0)
                throw in.refuse("v is too large: " + v.toHexString());
            int yParity = rest.get(31) & 1;
            return new LegacyTransaction(
                    chainId,
                    nonce,
                    gasPrice,
                    gasLimit,
                    to,
                    value,
                    data,
                    new Signature(yParity, in.number256(), in.number256()));
        }
        long parity = v.toLong() - V_UNPROTECTED;
        if (parity != 0 && parity != 1) {
            throw in.refuse("v is " + v.toLong() + "; 27, 28 or at least 35 are allowed");
        }
        return new LegacyTransaction(
                null,
                nonce,
                gasPrice,
                gasLimit,
                to,
                value,
                data,
                new Signature((int) parity, in.number256(), in.number256()));
    }
}
