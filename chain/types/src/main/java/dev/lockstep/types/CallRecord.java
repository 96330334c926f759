package dev.lockstep.types;

import org.apache.tuweni.bytes.Bytes;

/**
 * That a model was executed: M(input) = output, asked by {@code caller}, in this place of the
 * block.
 *
 * @param txIndex the transaction's place in its block
 * @param callIndex the call's place among the transaction's model calls, in order of execution
 * @param model the model's id
 * @param inputHash keccak256 of the raw input tensors
 * @param outputHash keccak256 of the raw output tensors
 * @param gas charged, equal to the quote
 * @source protocol, section 6
 */
public record CallRecord(
        int txIndex,
        int callIndex,
        Address caller,
        Hash model,
        Hash inputHash,
        Hash outputHash,
        long gas) {
    public Bytes encode() {
        return Rlp.list(
                item ->
                        item.number(txIndex)
                                .number(callIndex)
                                .address(caller)
                                .hash(model)
                                .hash(inputHash)
                                .hash(outputHash)
                                .number(gas));
    }

    /**
     * @fails RlpException
     */
    public static CallRecord decode(Bytes encoded) {
        return RlpReader.list(
                encoded,
                item ->
                        new CallRecord(
                                index(item),
                                index(item),
                                item.address(),
                                item.hash(),
                                item.hash(),
                                item.hash(),
                                item.positive()));
    }

    private static int index(RlpReader item) {
        long index = item.positive();
        if (index > Integer.MAX_VALUE)
            throw item.refuse("an index of " + index + ", at most 2^31-1");
        return (int) index;
    }
}
