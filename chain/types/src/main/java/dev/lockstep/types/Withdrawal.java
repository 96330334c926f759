package dev.lockstep.types;

/**
 * Ether from the consensus layer. Always none on a Lockstep chain, but part of a block's form.
 *
 * @param amountGwei @unit gwei
 * @source EIP-4895
 */
public record Withdrawal(long index, long validatorIndex, Address address, long amountGwei) {
    void write(Rlp out) {
        out.raw(encode());
    }

    public org.apache.tuweni.bytes.Bytes encode() {
        return Rlp.list(
                item ->
                        item.number(index)
                                .number(validatorIndex)
                                .address(address)
                                .number(amountGwei));
    }

    static Withdrawal read(RlpReader in) {
        return in.nested(
                item ->
                        new Withdrawal(
                                item.number(), item.number(), item.address(), item.number()));
    }
}
