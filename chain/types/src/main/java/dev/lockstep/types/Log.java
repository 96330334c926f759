package dev.lockstep.types;

import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;

/**
 * What a contract told the outside.
 *
 * @param topics at most four
 */
public record Log(Address address, List<Bytes32> topics, Bytes data) {
    public Log {
        topics = List.copyOf(topics);
    }

    void write(Rlp out) {
        out.nested(log -> log.address(address).each(topics, Rlp::bytes).bytes(data));
    }

    static Log read(RlpReader in) {
        return in.nested(
                log ->
                        new Log(
                                log.address(),
                                log.each(4, topic -> Bytes32.wrap(topic.bytes(32))),
                                log.bytes()));
    }

    /** keccak256 preimage of a list of logs, as state tests compare it. */
    public static Bytes encodeAll(List<Log> logs) {
        return Rlp.list(list -> logs.forEach(log -> log.write(list)));
    }
}
