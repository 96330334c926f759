package dev.lockstep.types;

import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.jspecify.annotations.Nullable;

/**
 * What a QBFT header carries in its extra data.
 *
 * @param vanity 32 bytes; on a Lockstep chain the block's inference root
 * @param validators ascending; empty in contract mode
 * @param vote the proposer's vote, or null
 * @param round in which the block was agreed
 * @param seals commit seals r‖s‖parity, 65 bytes each
 * @source EEA QBFT specification, section 5.3
 */
public record QbftExtraData(
        Bytes32 vanity,
        List<Address> validators,
        @Nullable Vote vote,
        long round,
        List<Bytes> seals) {
    /** "ctical byzantine fault tolerance": what every QBFT header has as its mix hash. */
    public static final Hash MIX_HASH =
            Hash.fromHex("0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365");

    private static final int VALIDATORS_MAX = 10_000;
    private static final Bytes ADD = Bytes.of(0xff);

    public QbftExtraData {
        validators = List.copyOf(validators);
        seals = List.copyOf(seals);
    }

    /** For or against a validator. */
    public record Vote(Address recipient, boolean add) {}

    public Bytes encode() {
        Vote cast = vote;
        return Rlp.list(
                list -> {
                    list.bytes(vanity).each(validators, Rlp::address);
                    list.nested(
                            v -> {
                                if (cast != null) {
                                    v.address(cast.recipient).bytes(cast.add ? ADD : Bytes.EMPTY);
                                }
                            });
                    list.number(round).each(seals, Rlp::bytes);
                });
    }

    /**
     * @fails RlpException
     */
    public static QbftExtraData decode(Bytes extraData) {
        return RlpReader.list(
                extraData,
                list ->
                        new QbftExtraData(
                                Bytes32.wrap(list.bytes(32)),
                                list.each(VALIDATORS_MAX, RlpReader::address),
                                list.nested(QbftExtraData::readVote),
                                list.positive(),
                                list.each(
                                        VALIDATORS_MAX, seal -> seal.bytes(Signature.SIZE_BYTES))));
    }

    private static @Nullable Vote readVote(RlpReader in) {
        if (!in.hasMore()) return null;
        Address recipient = in.address();
        Bytes kind = in.bytes();
        if (!kind.isEmpty() && !kind.equals(ADD)) {
            throw in.refuse("a vote of " + kind + "; 0xff adds, empty drops");
        }
        return new Vote(recipient, !kind.isEmpty());
    }

    public QbftExtraData withVanity(Bytes32 other) {
        return new QbftExtraData(other, validators, vote, round, seals);
    }

    public QbftExtraData withSeals(List<Bytes> others) {
        return new QbftExtraData(vanity, validators, vote, round, others);
    }

    public QbftExtraData withRound(long other) {
        return new QbftExtraData(vanity, validators, vote, other, seals);
    }

    /** What each validator signs: the header with its round and without seals. */
    public static Hash commitSealHash(BlockHeader header) {
        return hashWith(header, decode(header.extraData()).withSeals(List.of()));
    }

    /** The block's hash on a QBFT chain: the header in round 0 and without seals. */
    static Hash blockHash(BlockHeader header) {
        return hashWith(header, decode(header.extraData()).withSeals(List.of()).withRound(0));
    }

    private static Hash hashWith(BlockHeader header, QbftExtraData extraData) {
        BlockHeader.Builder builder = header.toBuilder();
        builder.extraData = extraData.encode();
        return builder.build().plainHash();
    }
}
