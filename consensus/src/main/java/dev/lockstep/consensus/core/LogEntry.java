package dev.lockstep.consensus.core;

import dev.lockstep.types.Block;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpReader;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;

/**
 * What a validator must not forget over a restart, or it might contradict itself: what it said, and
 * what it saw prepared.
 *
 * @source EEA QBFT specification, section 5.2: a validator's state outlives a crash
 */
public sealed interface LogEntry {
    long height();

    Bytes encode();

    /** I said this. */
    record Said(Message message) implements LogEntry {
        @Override
        public long height() {
            return message.height();
        }

        @Override
        public Bytes encode() {
            return Rlp.list(list -> list.number(message.code()).raw(message.encode()));
        }
    }

    /** A quorum prepared this block: I must name it in every round change from now on. */
    record Locked(PreparedCertificate certificate) implements LogEntry {
        @Override
        public long height() {
            return certificate.candidate().block().header().number();
        }

        @Override
        public Bytes encode() {
            return Rlp.list(
                    list ->
                            list.number(0)
                                    .raw(certificate.candidate().block().encode())
                                    .each(certificate.prepares(), (out, s) -> s.write(out)));
        }
    }

    /**
     * @fails RlpException
     */
    static LogEntry decode(Bytes encoded) {
        return RlpReader.list(
                encoded,
                list -> {
                    long code = list.number();
                    if (code != 0) {
                        if (code > Payload.ROUND_CHANGE) throw list.refuse("entry code " + code);
                        return new Said(Message.decode((int) code, list.raw(), Integer.MAX_VALUE));
                    }
                    Block block = Block.read(list);
                    List<Signed<Payload.Prepare>> prepares =
                            list.each(
                                    Integer.MAX_VALUE,
                                    in -> Signed.read(in, Payload.Prepare::read));
                    return new Locked(new PreparedCertificate(Candidate.of(block), prepares));
                });
    }
}
