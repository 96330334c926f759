package dev.lockstep.evm;

import dev.lockstep.types.Log;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;

/** LOG0 to LOG4. */
final class LogOps {
    private static final long BYTE_GAS = 8;

    private LogOps() {}

    static Instruction.Body log(int topicCount) {
        return (f, s, sp, gas) -> {
            if (f.message.isStatic()) return f.halt(HaltReason.WRITE_IN_STATIC_CALL);
            long offset = U256.clamped(s, sp);
            long size = U256.clamped(s, sp - U256.LIMBS);
            long left = f.expandMemory(offset, size, gas);
            if (left >= 0) left -= size * BYTE_GAS;
            if (left < 0) return left;
            List<Bytes32> topics = new ArrayList<>(topicCount);
            for (int i = 0; i < topicCount; i++) {
                topics.add(U256.toBytes32(s, sp - (2 + i) * U256.LIMBS));
            }
            Bytes data = Bytes.wrap(f.copyOfMemory(offset, size));
            f.world.journal.log(new Log(f.message.self(), topics, data));
            return left;
        };
    }
}
