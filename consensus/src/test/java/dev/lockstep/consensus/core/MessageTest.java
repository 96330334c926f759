package dev.lockstep.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.Signature;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class MessageTest {
    private static final Signer SIGNER = Signer.of(KeyPair.of(Keccak.hash(Bytes.of(1)).bytes()));
    private static final Hash DIGEST = Hash.of(Bytes.repeat((byte) 0x11, 32));

    private static final Bytes NOTHING = Bytes.of(0xc0);
    private static final Bytes NULL = Bytes.of(0x80);

    private static Block block(long round) {
        BlockHeader.Builder header = new BlockHeader.Builder();
        header.number = 5;
        header.extraData =
                new QbftExtraData(Bytes32.ZERO, List.of(SIGNER.address()), null, round, List.of())
                        .encode();
        return new Block(header.build(), List.of(), List.of(), List.of());
    }

    static List<Message> samples() {
        Signed<Payload.Prepare> prepare = Signed.sign(new Payload.Prepare(5, 1, DIGEST), SIGNER);
        Candidate candidate = Candidate.of(block(1));
        Signed<Payload.RoundChange> bare = Signed.sign(new Payload.RoundChange(5, 2, null), SIGNER);
        Signed<Payload.RoundChange> prepared =
                Signed.sign(
                        new Payload.RoundChange(5, 2, new Payload.Prepared(1, candidate.digest())),
                        SIGNER);
        return List.of(
                new Message.Proposal(
                        Signed.sign(new Payload.Proposal(5, 2, block(2), false), SIGNER),
                        List.of(bare, prepared),
                        List.of(prepare)),
                new Message.Proposal(
                        Signed.sign(new Payload.Proposal(5, 0, block(0), true), SIGNER),
                        List.of(),
                        List.of()),
                new Message.Prepare(prepare),
                new Message.Commit(
                        Signed.sign(new Payload.Commit(5, 1, DIGEST, SIGNER.sign(DIGEST)), SIGNER)),
                new Message.RoundChange(bare, null, List.of()),
                new Message.RoundChange(prepared, block(1), List.of(prepare)));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void whatIsWrittenIsRead(Message message) {
        Bytes encoded = message.encode();
        assertThat(Message.decode(message.code(), encoded, 4)).isEqualTo(message);
        assertThat(Message.decode(message.code(), encoded, 4).encode()).isEqualTo(encoded);
    }

    @Test
    void whatIsSignedIsTheCodeAndThePayload() {
        // Preimages and digests worked out by hand from the wire format of istanbul/100.
        assertThat(new Payload.Prepare(5, 1, DIGEST).signingHash())
                .isEqualTo(
                        Keccak.hash(
                                Bytes.concatenate(
                                        Bytes.fromHexString("0xe513e30501a0"), DIGEST.bytes())))
                .hasToString("0x25e40339ef360e76e08779360c58cf38323cd1682a66b1f6c89ff02373e7b880");
        assertThat(new Payload.RoundChange(5, 1, null).signingHash())
                .isEqualTo(Keccak.hash(Bytes.fromHexString("0xc515c30501c0")))
                .hasToString("0xc7af11b3c7fe4e0e50160b7d7f35d261f03fdde49c9b40677c21180f1f0b9e87");
    }

    /** A list of encoded items, by hand. */
    private static Bytes byHand(Bytes... items) {
        Bytes body = Bytes.concatenate(items);
        if (body.size() < 56) return Bytes.concatenate(Bytes.of(0xc0 + body.size()), body);
        Bytes size = Bytes.minimalBytes(body.size());
        return Bytes.concatenate(Bytes.of(0xf7 + size.size()), size, body);
    }

    private static Bytes signed(Bytes payload, int code) {
        Hash digest = Keccak.hash(byHand(Bytes.of(code), payload));
        return byHand(payload, Bytes.concatenate(Bytes.of(0xb8, 65), SIGNER.sign(digest).bytes()));
    }

    @Test
    void proposalsOfBothFormsAreByteForByteThoseOfTheWire() {
        Bytes block = block(0).encode();
        Bytes header = Bytes.concatenate(Bytes.of(5), NULL, block);
        Bytes present = byHand(signed(byHand(header, NULL), 0x12), byHand(NOTHING, NOTHING));
        Bytes older = byHand(signed(byHand(header), 0x12), byHand(NOTHING, NOTHING));
        for (boolean isLegacy : new boolean[] {false, true}) {
            Message.Proposal proposal =
                    new Message.Proposal(
                            Signed.sign(new Payload.Proposal(5, 0, block(0), isLegacy), SIGNER),
                            List.of(),
                            List.of());
            Bytes wire = isLegacy ? older : present;
            assertThat(proposal.encode()).isEqualTo(wire);
            assertThat(Message.decode(0x12, wire, 4)).isEqualTo(proposal);
        }
        // A signature is over the form in which its author wrote.
        Bytes mixed =
                byHand(
                        byHand(
                                byHand(header),
                                Bytes.concatenate(
                                        Bytes.of(0xb8, 65),
                                        Signed.sign(
                                                        new Payload.Proposal(5, 0, block(0), false),
                                                        SIGNER)
                                                .signature()
                                                .bytes())),
                        byHand(NOTHING, NOTHING));
        assertThat(Message.decode(0x12, mixed, 4).author()).isNotEqualTo(SIGNER.address());
    }

    @Test
    void roundChangesOfBothFormsAreByteForByteThoseOfTheWire() {
        Bytes digest = Bytes.concatenate(Bytes.of(0xa0), Candidate.of(block(1)).digest().bytes());
        Bytes bare = signed(byHand(Bytes.of(5), Bytes.of(2), NOTHING), 0x15);
        Bytes named = signed(byHand(Bytes.of(5), Bytes.of(2), byHand(Bytes.of(1), digest)), 0x15);
        Bytes prepare =
                signed(
                        byHand(
                                Bytes.of(5),
                                Bytes.of(1),
                                Bytes.concatenate(Bytes.of(0xa0), DIGEST.bytes())),
                        0x13);
        Bytes block = block(1).encode();
        Message unprepared = samples().get(4);
        Message prepared = samples().get(5);
        assertThat(unprepared.encode()).isEqualTo(byHand(bare, NOTHING, NULL, NOTHING));
        assertThat(prepared.encode()).isEqualTo(byHand(named, block, NULL, byHand(prepare)));
        assertThat(Message.decode(0x15, byHand(bare, NOTHING, NOTHING), 4)).isEqualTo(unprepared);
        assertThat(Message.decode(0x15, byHand(named, block, byHand(prepare)), 4))
                .isEqualTo(prepared);
    }

    @Test
    void aBlockAccessListIsRefusedUntilAForkHasOne() {
        Bytes list = byHand(Bytes.of(1));
        Bytes bare = signed(byHand(Bytes.of(5), Bytes.of(2), NOTHING), 0x15);
        for (Bytes items :
                List.of(
                        byHand(bare, NOTHING, Bytes.of(1), NOTHING),
                        byHand(bare, NOTHING, list, NOTHING))) {
            assertThatThrownBy(() -> Message.decode(0x15, items, 4))
                    .isInstanceOf(RlpException.class);
        }
        Bytes payload = byHand(Bytes.of(5), NULL, block(0).encode(), list);
        assertThatThrownBy(
                        () ->
                                Message.decode(
                                        0x12,
                                        byHand(signed(payload, 0x12), byHand(NOTHING, NOTHING)),
                                        4))
                .isInstanceOf(RlpException.class)
                .hasMessageContaining("a block access list; no fork up to Osaka has one");
    }

    @Test
    void aSignatureWithHighSIsRefused() {
        Signature low = samples().get(2).signed().signature();
        Signature high =
                new Signature(1 - low.yParity(), low.r(), Secp256k1.ORDER.subtract(low.s()));
        Bytes encoded =
                new Message.Prepare(
                                new Signed<>(
                                        new Payload.Prepare(5, 1, DIGEST), high, SIGNER.address()))
                        .encode();
        assertThatThrownBy(() -> Message.decode(Payload.PREPARE, encoded, 4))
                .isInstanceOf(RlpException.class)
                .hasMessageContaining("over n/2");
    }

    @Test
    void moreVotesThanValidatorsAreRefusedBeforeTheirKeysAreRecovered() {
        Message many = samples().getFirst();
        assertThatThrownBy(() -> Message.decode(Payload.PROPOSAL, many.encode(), 1))
                .isInstanceOf(RlpException.class)
                .hasMessageContaining("more than 1 items");
    }

    @Test
    void theDigestDependsOnTheRoundAndTheBlockHashDoesNot() {
        Candidate first = Candidate.of(block(0));
        Candidate later = first.inRound(7);
        assertThat(later.round()).isEqualTo(7);
        assertThat(later.digest()).isNotEqualTo(first.digest());
        assertThat(later.blockHash()).isEqualTo(first.blockHash());
        assertThat(later.inRound(0)).isEqualTo(first);
        assertThat(Candidate.of(first.sealed(List.of(SIGNER.sign(first.digest()).bytes()))))
                .extracting(Candidate::digest)
                .isEqualTo(first.digest());
    }

    @Test
    void brokenBytesAreRefusedAndNothingElseHappens() {
        long seed = 20261121;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 3000; i++) {
            Message message = samples().get(random.nextInt(samples().size()));
            byte[] bytes = message.encode().toArrayUnsafe().clone();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                Message read = Message.decode(message.code(), Bytes.wrap(bytes), 4);
                assertThat(read.encode())
                        .as("seed %d, run %d", seed, i)
                        .isEqualTo(Bytes.wrap(bytes));
            } catch (RlpException refused) {
                assertThat(refused).hasMessageNotContaining("null");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void aLogEntryIsReadAsItWasWritten(Message message) {
        LogEntry said = new LogEntry.Said(message);
        assertThat(LogEntry.decode(said.encode())).isEqualTo(said);
        LogEntry locked =
                new LogEntry.Locked(new PreparedCertificate(Candidate.of(block(1)), List.of()));
        assertThat(LogEntry.decode(locked.encode())).isEqualTo(locked);
    }
}
