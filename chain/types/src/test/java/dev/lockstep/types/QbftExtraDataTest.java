package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.Keccak;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class QbftExtraDataTest {
    private static final String VANITY =
            "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
    private static final String ONE = "0000000000000000000000000000000000000001";
    private static final String TWO = "0000000000000000000000000000000000000002";
    private static final String HEAD = "a0" + VANITY + "ea94" + ONE + "94" + TWO + "d794" + ONE;

    /** The published example: two validators, a vote to add, round 0xfedcba, two seals. */
    private static final QbftExtraData EXAMPLE =
            new QbftExtraData(
                    Bytes32.fromHexString(VANITY),
                    List.of(Address.fromHex(ONE), Address.fromHex(TWO)),
                    new QbftExtraData.Vote(Address.fromHex(ONE), true),
                    0xfedcba,
                    List.of(seal(1, 10, 0), seal(10, 1, 0)));

    private static Bytes seal(long r, long s, int parity) {
        return new Signature(parity, UInt256.valueOf(r), UInt256.valueOf(s)).bytes();
    }

    @Test
    void thePublishedVectorEncodesAndDecodesByteForByte() {
        JsonNode file = Fixtures.json(Fixtures.path("ethereum/qbft/extradata-vectors.json"));
        Bytes published =
                Bytes.fromHexString(file.get("vectors").get(0).get("extraDataRlp").asString());
        assertThat(EXAMPLE.encode()).isEqualTo(published);
        assertThat(QbftExtraData.decode(published)).isEqualTo(EXAMPLE);
    }

    @Test
    void theThreeFormsDifferInSealsAndRoundOnly() {
        String seals = "f886b841%064x%064x00b841%064x%064x00".formatted(1, 10, 10, 1);
        assertThat(EXAMPLE.encode())
                .isEqualTo(Bytes.fromHexString("f8f0" + HEAD + "81ff83fedcba" + seals));
        QbftExtraData forSeals = EXAMPLE.withSeals(List.of());
        assertThat(forSeals.encode())
                .isEqualTo(Bytes.fromHexString("f869" + HEAD + "81ff83fedcbac0"));
        assertThat(forSeals.withRound(0).encode())
                .isEqualTo(Bytes.fromHexString("f866" + HEAD + "81ff80c0"));
    }

    @Test
    void genesisFormsAreThoseOfTheOperatorsTool() {
        String zeros = "00".repeat(32);
        List<Address> four =
                List.of(
                        Address.ofNumber(1),
                        Address.ofNumber(2),
                        Address.ofNumber(3),
                        Address.ofNumber(4));
        Bytes encoded = new QbftExtraData(Bytes32.ZERO, four, null, 0, List.of()).encode();
        assertThat(encoded.toUnprefixedHexString())
                .startsWith("f87aa0" + zeros + "f85494")
                .endsWith("04c080c0");
        assertThat(QbftExtraData.decode(encoded).validators()).isEqualTo(four);
        assertThat(
                        new QbftExtraData(
                                        Bytes32.ZERO,
                                        List.of(Address.ofNumber(7)),
                                        null,
                                        0,
                                        List.of())
                                .encode()
                                .toUnprefixedHexString())
                .isEqualTo("f83aa0" + zeros + "d594" + "00".repeat(19) + "07c080c0");
        assertThat(
                        new QbftExtraData(Bytes32.ZERO, List.of(), null, 0, List.of())
                                .encode()
                                .toUnprefixedHexString())
                .isEqualTo("e5a0" + zeros + "c0c080c0");
    }

    @Test
    void aVoteToDropIsAnEmptyStringAndOtherVotesAreRefused() {
        QbftExtraData drop =
                new QbftExtraData(
                        Bytes32.ZERO,
                        List.of(),
                        new QbftExtraData.Vote(Address.fromHex(ONE), false),
                        0,
                        List.of());
        assertThat(drop.encode().toUnprefixedHexString()).contains("d694" + ONE + "80");
        assertThat(QbftExtraData.decode(drop.encode())).isEqualTo(drop);
        Bytes odd =
                Rlp.list(
                        list ->
                                list.bytes(Bytes32.ZERO)
                                        .nested(none -> {})
                                        .nested(v -> v.address(Address.ZERO).number(1))
                                        .number(0)
                                        .nested(none -> {}));
        assertThatThrownBy(() -> QbftExtraData.decode(odd))
                .isInstanceOf(RlpException.class)
                .hasMessageContaining("a vote of 0x01; 0xff adds, empty drops");
    }

    @Test
    void sealsAndTheRoundOfTheSealsAreNotPartOfTheBlockHash() {
        BlockHeader header = header(7, EXAMPLE);
        Hash hash = HeaderForm.QBFT.hash(header);
        assertThat(HeaderForm.QBFT.hash(header(7, EXAMPLE.withSeals(List.of())))).isEqualTo(hash);
        assertThat(HeaderForm.QBFT.hash(header(7, EXAMPLE.withRound(3)))).isEqualTo(hash);
        assertThat(hash)
                .isEqualTo(
                        Keccak.hash(header(7, EXAMPLE.withSeals(List.of()).withRound(0)).encode()));
        assertThat(HeaderForm.QBFT.hash(header(7, EXAMPLE.withVanity(Bytes32.ZERO))))
                .isNotEqualTo(hash);
    }

    @Test
    void theCommitSealHashKeepsTheRound() {
        Hash sealed = QbftExtraData.commitSealHash(header(7, EXAMPLE));
        assertThat(sealed)
                .isEqualTo(Keccak.hash(header(7, EXAMPLE.withSeals(List.of())).encode()))
                .isNotEqualTo(QbftExtraData.commitSealHash(header(7, EXAMPLE.withRound(1))));
    }

    @Test
    void theGenesisBlockIsHashedAsItStandsWhateverItsExtraData() {
        BlockHeader genesis = header(0, EXAMPLE);
        assertThat(HeaderForm.QBFT.hash(genesis)).isEqualTo(genesis.plainHash());
        BlockHeader.Builder b = genesis.toBuilder();
        b.extraData = Bytes.of(1, 2, 3);
        assertThat(HeaderForm.QBFT.hash(b.build())).isEqualTo(b.build().plainHash());
        b.number = 1;
        assertThatThrownBy(() -> HeaderForm.QBFT.hash(b.build())).isInstanceOf(RlpException.class);
    }

    private static BlockHeader header(long number, QbftExtraData extraData) {
        BlockHeader.Builder b = new BlockHeader.Builder();
        b.number = number;
        b.difficulty = UInt256.ONE;
        b.extraData = extraData.encode();
        return b.build();
    }
}
