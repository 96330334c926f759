package dev.lockstep.node;

import dev.lockstep.consensus.core.CommitSeals;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.evm.ModelCall;
import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.evm.Precompiles;
import dev.lockstep.rpc.RpcServer.CannotListen;
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

/** What a dishonest validator does, for the demo and tests: nothing that a command can ask for. */
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

    /**
     * A validator that has another answer of every model than the model's own, and proposes and
     * votes by it.
     */
    public static Node start(NodeConfig config) throws CannotListen {
        return Node.start(config, Lie::withOtherAnswers);
    }

    private static Precompiles withOtherAnswers(Precompiles honest) {
        return Precompiles.of(
                honest.rows().stream()
                        .map(
                                row ->
                                        new Precompiles.Row(
                                                row.address(),
                                                row.since(),
                                                row.name(),
                                                new Answers(row.body())))
                        .toList());
    }

    /** One bit of what a model answers is another. */
    private record Answers(Precompile honest) implements Precompile {
        @Override
        public long quote(Bytes input, PrecompileContext context) {
            return honest.quote(input, context);
        }

        @Override
        public PrecompileResult run(Bytes input, PrecompileContext context) {
            PrecompileResult result = honest.run(input, context);
            if (!(result instanceof PrecompileResult.Output(var bytes, var call)) || call == null) {
                return result;
            }
            MutableBytes altered = bytes.mutableCopy();
            int last = altered.size() - 1;
            altered.set(last, (byte) (altered.get(last) ^ 1));
            return new PrecompileResult.Output(
                    altered,
                    new ModelCall(
                            call.caller(),
                            call.model(),
                            call.inputHash(),
                            Keccak.hash(call.outputHash().bytes()),
                            call.gas()));
        }
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
