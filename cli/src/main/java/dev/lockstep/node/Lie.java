package dev.lockstep.node;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.CallRecord;
import dev.lockstep.types.Hash;
import dev.lockstep.types.InferenceRoot;
import dev.lockstep.types.QbftExtraData;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.MutableBytes;

/** What a dishonest validator would make of an honest block. */
public final class Lie {
    private Lie() {}

    /**
     * The block with one byte of its first model call's answer altered: the record says so, the
     * inference root follows from it, and the validator seals it anew. Nothing else is wrong with
     * it.
     *
     * @param output the honest answer
     */
    public static Block aboutAnswer(
            Block honest, List<CallRecord> records, Bytes output, KeyPair validator) {
        CallRecord first = records.getFirst();
        if (!Keccak.hash(output).equals(first.outputHash())) {
            throw new IllegalArgumentException(
                    "that is not the answer of the block's first model call");
        }
        MutableBytes altered = output.mutableCopy();
        altered.set(0, (byte) (altered.get(0) ^ 1));
        List<CallRecord> lying = new ArrayList<>(records);
        lying.set(0, withOutput(first, Keccak.hash(altered)));
        BlockHeader.Builder header = honest.header().toBuilder();
        header.extraData =
                QbftExtraData.decode(header.extraData)
                        .withVanity(InferenceRoot.of(lying).bytes())
                        .encode();
        Block block =
                new Block(
                        header.build(),
                        honest.transactions(),
                        honest.ommers(),
                        honest.withdrawals());
        return Sealer.sealed(block, validator);
    }

    private static CallRecord withOutput(CallRecord record, Hash outputHash) {
        return new CallRecord(
                record.txIndex(),
                record.callIndex(),
                record.caller(),
                record.model(),
                record.inputHash(),
                outputHash,
                record.gas());
    }
}
