package dev.lockstep.node;

import dev.lockstep.consensus.core.CommitSeals;
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

/** What a dishonest validator would make of an honest block. */
public final class Lie {
    private Lie() {}

    /**
     * The block with another answer of its first model call: the record says so, the inference root
     * follows from it, and the validators seal it anew. Nothing else is wrong with it.
     */
    public static Block aboutAnswer(
            Block honest, List<CallRecord> records, List<KeyPair> validators) {
        CallRecord first = records.getFirst();
        List<CallRecord> lying = new ArrayList<>(records);
        lying.set(0, withOutput(first, Keccak.hash(first.outputHash().bytes())));
        BlockHeader.Builder draft = honest.header().toBuilder();
        draft.extraData =
                QbftExtraData.decode(draft.extraData)
                        .withVanity(InferenceRoot.of(lying).bytes())
                        .encode();
        BlockHeader header = draft.build();
        BlockHeader sealed =
                CommitSeals.attach(
                        header,
                        validators.stream().map(key -> CommitSeals.sign(header, key)).toList());
        return new Block(sealed, honest.body());
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
