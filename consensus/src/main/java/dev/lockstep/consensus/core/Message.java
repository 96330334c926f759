package dev.lockstep.consensus.core;

import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.RlpReader;
import java.util.List;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What travels between validators: a signed statement and what justifies it.
 *
 * @source EEA QBFT specification, section 5.4; istanbul/100
 */
public sealed interface Message {
    Signed<? extends Payload> signed();

    Bytes encode();

    default int code() {
        return signed().payload().code();
    }

    default long height() {
        return signed().payload().height();
    }

    default long round() {
        return signed().payload().round();
    }

    default Address author() {
        return signed().author();
    }

    /**
     * @param roundChanges a quorum of them from round 1 on, without their blocks
     * @param prepares that the block was prepared in the highest round that any of those names
     */
    record Proposal(
            Signed<Payload.Proposal> signed,
            List<Signed<Payload.RoundChange>> roundChanges,
            List<Signed<Payload.Prepare>> prepares)
            implements Message {
        public Proposal {
            roundChanges = List.copyOf(roundChanges);
            prepares = List.copyOf(prepares);
        }

        @Override
        public Bytes encode() {
            return Rlp.list(
                    list -> {
                        signed.write(list);
                        list.nested(
                                both ->
                                        both.each(roundChanges, (out, s) -> s.write(out))
                                                .each(prepares, (out, s) -> s.write(out)));
                    });
        }
    }

    record Prepare(Signed<Payload.Prepare> signed) implements Message {
        @Override
        public Bytes encode() {
            return signed.encode();
        }
    }

    record Commit(Signed<Payload.Commit> signed) implements Message {
        @Override
        public Bytes encode() {
            return signed.encode();
        }
    }

    /**
     * @param block the one that was prepared, as proposed in that round; null where none was
     * @param prepares the quorum that prepared it
     */
    record RoundChange(
            Signed<Payload.RoundChange> signed,
            @Nullable Block block,
            List<Signed<Payload.Prepare>> prepares)
            implements Message {
        public RoundChange {
            prepares = List.copyOf(prepares);
        }

        @Override
        public Bytes encode() {
            Block last = block;
            return Rlp.list(
                    list -> {
                        signed.write(list);
                        if (last == null) list.nested(_ -> {});
                        else list.raw(last.encode());
                        list.bytes(Bytes.EMPTY).each(prepares, (out, s) -> s.write(out));
                    });
        }
    }

    /**
     * Reads both the present form and the one before Besu 26.1, which had no place for block access
     * lists.
     *
     * @param validatorsMax how many votes may justify it: nobody shall make us recover more keys
     * @cost a recovery a signature
     * @fails RlpException
     */
    static Message decode(int code, Bytes encoded, int validatorsMax) {
        return switch (code) {
            case Payload.PROPOSAL ->
                    RlpReader.list(encoded, list -> readProposal(list, validatorsMax));
            case Payload.PREPARE -> new Prepare(alone(encoded, Payload.Prepare::read));
            case Payload.COMMIT -> new Commit(alone(encoded, Payload.Commit::read));
            case Payload.ROUND_CHANGE ->
                    RlpReader.list(encoded, list -> readRoundChange(list, validatorsMax));
            default ->
                    throw new RlpException(
                            "message code " + code + " of istanbul/100; 18 to 21 are allowed");
        };
    }

    private static <P extends Payload> Signed<P> alone(
            Bytes encoded, Function<RlpReader, P> payload) {
        RlpReader reader = RlpReader.of(encoded);
        Signed<P> signed = Signed.read(reader, payload);
        reader.end();
        return signed;
    }

    private static Proposal readProposal(RlpReader list, int validatorsMax) {
        Signed<Payload.Proposal> signed = Signed.read(list, Payload.Proposal::read);
        return list.nested(
                both ->
                        new Proposal(
                                signed,
                                both.each(
                                        validatorsMax,
                                        in -> Signed.read(in, Payload.RoundChange::read)),
                                both.each(
                                        validatorsMax,
                                        in -> Signed.read(in, Payload.Prepare::read))));
    }

    private static RoundChange readRoundChange(RlpReader list, int validatorsMax) {
        Signed<Payload.RoundChange> signed = Signed.read(list, Payload.RoundChange::read);
        Bytes encodedBlock = list.raw();
        Block block =
                encodedBlock.size() == 1 ? noBlock(encodedBlock, list) : Block.decode(encodedBlock);
        // A list here is the prepares of the older form; the newer has an empty string first.
        if (list.hasMore() && !list.nextIsList()) Payload.readNoAccessList(list);
        return new RoundChange(
                signed,
                block,
                list.each(validatorsMax, in -> Signed.read(in, Payload.Prepare::read)));
    }

    private static @Nullable Block noBlock(Bytes encoded, RlpReader list) {
        if (encoded.get(0) != (byte) 0xc0) throw list.refuse("neither a block nor an empty list");
        return null;
    }
}
