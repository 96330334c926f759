package dev.lockstep.consensus.core;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Block;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpReader;
import dev.lockstep.types.Signature;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What a validator says, as it signs it.
 *
 * @source EEA QBFT specification, section 5.4; message codes of istanbul/100
 */
public sealed interface Payload {
    int PROPOSAL = 0x12;
    int PREPARE = 0x13;
    int COMMIT = 0x14;
    int ROUND_CHANGE = 0x15;

    long height();

    long round();

    int code();

    /** The items of its list, height and round first. */
    void write(Rlp list);

    /** What is signed: keccak256(rlp([code, payload])). */
    default Hash signingHash() {
        return Keccak.hash(Rlp.list(list -> list.number(code()).nested(this::write)));
    }

    /**
     * This block, in this round.
     *
     * @param isLegacy written without the place for a block access list, as before Besu 26.1; part
     *     of what is signed
     */
    record Proposal(long height, long round, Block block, boolean isLegacy) implements Payload {
        @Override
        public int code() {
            return PROPOSAL;
        }

        @Override
        public void write(Rlp list) {
            list.number(height).number(round).raw(block.encode());
            if (!isLegacy) list.bytes(Bytes.EMPTY);
        }

        static Proposal read(RlpReader in) {
            long height = in.positive();
            long round = in.positive();
            Block block = Block.read(in);
            boolean isLegacy = !in.hasMore();
            if (!isLegacy) readNoAccessList(in);
            return new Proposal(height, round, block, isLegacy);
        }
    }

    /** I hold a valid block with this digest, proposed in this round. */
    record Prepare(long height, long round, Hash digest) implements Payload {
        @Override
        public int code() {
            return PREPARE;
        }

        @Override
        public void write(Rlp list) {
            list.number(height).number(round).hash(digest);
        }

        static Prepare read(RlpReader in) {
            return new Prepare(in.positive(), in.positive(), in.hash());
        }
    }

    /**
     * A quorum prepared this digest; my seal for it.
     *
     * @param seal over the digest, what goes into the final block
     */
    record Commit(long height, long round, Hash digest, Signature seal) implements Payload {
        @Override
        public int code() {
            return COMMIT;
        }

        @Override
        public void write(Rlp list) {
            list.number(height).number(round).hash(digest).bytes(seal.bytes());
        }

        static Commit read(RlpReader in) {
            return new Commit(
                    in.positive(),
                    in.positive(),
                    in.hash(),
                    Signature.of(in.bytes(Signature.SIZE_BYTES)));
        }
    }

    /**
     * I am in this round now, and this is what I saw prepared last.
     *
     * @param prepared null where nothing was
     */
    record RoundChange(long height, long round, @Nullable Prepared prepared) implements Payload {
        @Override
        public int code() {
            return ROUND_CHANGE;
        }

        @Override
        public void write(Rlp list) {
            Prepared last = prepared;
            list.number(height).number(round);
            list.nested(
                    p -> {
                        if (last != null) p.number(last.round).hash(last.digest);
                    });
        }

        static RoundChange read(RlpReader in) {
            return new RoundChange(in.positive(), in.positive(), in.nested(Prepared::read));
        }
    }

    /** The round in which a digest was prepared by a quorum. */
    record Prepared(long round, Hash digest) {
        private static @Nullable Prepared read(RlpReader in) {
            return in.hasMore() ? new Prepared(in.positive(), in.hash()) : null;
        }
    }

    /** The place of a block access list, which no fork up to Osaka has. */
    static void readNoAccessList(RlpReader in) {
        if (in.nextIsList() || !in.bytes().isEmpty()) {
            throw in.refuse("a block access list; no fork up to Osaka has one");
        }
    }
}
