package dev.lockstep.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.consensus.core.HeaderFault.Rule;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.QbftExtraData;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QbftRulesTest {
    private static final long PERIOD_SECONDS = 2;
    private static final List<KeyPair> KEYS = keys(4);
    private static final KeyPair STRANGER = KeyPair.of(Bytes32.leftPad(Bytes.of(99)));
    private static final List<Address> VALIDATORS = KEYS.stream().map(KeyPair::address).toList();
    private static final BlockHeader PARENT = parent(VALIDATORS);
    private static final QbftRules RULES = rules(PERIOD_SECONDS, VALIDATORS);

    private static QbftRules rules(long periodSeconds, List<Address> validators) {
        VoteTally tally = VoteTally.of(new ValidatorSet(validators));
        return new QbftRules(periodSeconds, new Selection.ByVotes(tally, false));
    }

    private static List<KeyPair> keys(int count) {
        List<KeyPair> keys = new ArrayList<>();
        for (int i = 1; i <= count; i++) keys.add(KeyPair.of(Bytes32.leftPad(Bytes.of(i))));
        keys.sort((a, b) -> a.address().compareTo(b.address()));
        return keys;
    }

    private static BlockHeader parent(List<Address> validators) {
        BlockHeader.Builder b = new BlockHeader.Builder();
        b.number = 0;
        b.timestamp = 1_000;
        b.difficulty = UInt256.ONE;
        b.extraData = extraData(validators).encode();
        return b.build();
    }

    private static QbftExtraData extraData(List<Address> validators) {
        return new QbftExtraData(Bytes32.ZERO, validators, null, 0, List.of());
    }

    private static BlockHeader.Builder child() {
        BlockHeader.Builder b = new BlockHeader.Builder();
        b.number = 1;
        b.timestamp = 1_000 + PERIOD_SECONDS;
        b.difficulty = UInt256.ONE;
        b.coinbase = VALIDATORS.getFirst();
        b.mixHash = QbftExtraData.MIX_HASH;
        b.extraData = extraData(VALIDATORS).withVanity(Bytes32.repeat((byte) 7)).encode();
        return b;
    }

    private static BlockHeader sealed(BlockHeader header, List<KeyPair> signers) {
        return CommitSeals.attach(
                header, signers.stream().map(keys -> CommitSeals.sign(header, keys)).toList());
    }

    @Test
    void aHeaderSealedByAQuorumOrByAllIsFine() {
        BlockHeader header = child().build();
        assertThat(RULES.checkUnsealed(header, PARENT)).isEmpty();
        assertThat(RULES.check(sealed(header, KEYS.subList(0, 3)), PARENT)).isEmpty();
        assertThat(RULES.check(sealed(header, KEYS), PARENT)).isEmpty();
        assertThat(
                        RULES.check(
                                sealed(header, List.of(KEYS.get(3), KEYS.get(0), KEYS.get(2))),
                                PARENT))
                .isEmpty();
    }

    @Test
    void sealsOfARoundHoldInThatRoundOnly() {
        BlockHeader.Builder b = child();
        b.extraData = extraData(VALIDATORS).withRound(2).encode();
        BlockHeader sealed = sealed(b.build(), KEYS);
        assertThat(RULES.check(sealed, PARENT)).isEmpty();
        b.extraData = QbftExtraData.decode(sealed.extraData()).withRound(1).encode();
        assertThat(RULES.check(b.build(), PARENT).orElseThrow().rule()).isEqualTo(Rule.SEAL_SIGNER);
    }

    @Test
    void sealingKeepsTheBlockHash() {
        BlockHeader header = child().build();
        assertThat(HeaderForm.QBFT.hash(sealed(header, KEYS)))
                .isEqualTo(HeaderForm.QBFT.hash(header));
    }

    @Test
    void aSealIsBoundToTheWholeHeader() {
        BlockHeader sealed = sealed(child().build(), KEYS);
        BlockHeader.Builder forged = sealed.toBuilder();
        forged.stateRoot = Hash.ZERO;
        assertThat(RULES.check(forged.build(), PARENT).orElseThrow().rule())
                .isEqualTo(Rule.SEAL_SIGNER);
        BlockHeader.Builder otherRoot = sealed.toBuilder();
        otherRoot.extraData =
                QbftExtraData.decode(sealed.extraData()).withVanity(Bytes32.ZERO).encode();
        assertThat(RULES.check(otherRoot.build(), PARENT).orElseThrow().rule())
                .isEqualTo(Rule.SEAL_SIGNER);
    }

    private record Bad(
            Rule rule, String message, QbftRules rules, UnaryOperator<BlockHeader> spoil) {
        Bad(Rule rule, String message, UnaryOperator<BlockHeader> spoil) {
            this(rule, message, RULES, spoil);
        }

        @Override
        public String toString() {
            return rule + ": " + message;
        }
    }

    private static UnaryOperator<BlockHeader> with(Consumer<BlockHeader.Builder> edit) {
        return header -> {
            BlockHeader.Builder b = header.toBuilder();
            edit.accept(b);
            return b.build();
        };
    }

    private static UnaryOperator<BlockHeader> withExtra(UnaryOperator<QbftExtraData> edit) {
        return with(b -> b.extraData = edit.apply(QbftExtraData.decode(b.extraData)).encode());
    }

    private static UnaryOperator<BlockHeader> withVote(Address recipient, boolean add) {
        return withExtra(
                x ->
                        new QbftExtraData(
                                x.vanity(),
                                x.validators(),
                                new QbftExtraData.Vote(recipient, add),
                                x.round(),
                                x.seals()));
    }

    /** One bad header a rule, each made of a good one. */
    static Stream<Bad> badHeaders() {
        return Stream.of(
                new Bad(
                        Rule.EXTRA_DATA,
                        "extra data is not [vanity, validators, vote, round, seals]: RLP at byte 0",
                        with(b -> b.extraData = Bytes.of(1, 2, 3))),
                new Bad(Rule.MIX_HASH, "mix hash 0x00", with(b -> b.mixHash = Hash.ZERO)),
                new Bad(
                        Rule.DIFFICULTY,
                        "difficulty 2, always 1",
                        with(b -> b.difficulty = UInt256.valueOf(2))),
                new Bad(
                        Rule.NONCE,
                        "nonce 0x0000000000000001, always 0x0000000000000000",
                        with(b -> b.nonce = Bytes.fromHexString("0x0000000000000001"))),
                new Bad(
                        Rule.OMMERS,
                        "always that of no ommers",
                        with(b -> b.ommersHash = Hash.ZERO)),
                new Bad(
                        Rule.VOTE,
                        "a vote to drop "
                                + VALIDATORS.getFirst()
                                + ", the last validator; one has to stay",
                        rules(PERIOD_SECONDS, VALIDATORS.subList(0, 1)),
                        withVote(VALIDATORS.getFirst(), false)),
                new Bad(
                        Rule.VOTE,
                        "a vote to add "
                                + STRANGER.address()
                                + "; none is allowed where a contract keeps the validators",
                        new QbftRules(
                                PERIOD_SECONDS,
                                new Selection.ByContract(new ValidatorSet(VALIDATORS))),
                        withVote(STRANGER.address(), true)),
                new Bad(
                        Rule.VALIDATORS,
                        "], allowed are none, since a contract keeps them",
                        new QbftRules(
                                PERIOD_SECONDS,
                                new Selection.ByContract(new ValidatorSet(VALIDATORS))),
                        UnaryOperator.identity()),
                new Bad(
                        Rule.VALIDATORS,
                        "allowed are those that the votes so far give: [",
                        withExtra(x -> extraData(VALIDATORS.subList(0, 3)))),
                new Bad(
                        Rule.VALIDATORS,
                        "allowed are those that the votes so far give: [",
                        withExtra(x -> extraData(VALIDATORS.reversed()))),
                new Bad(
                        Rule.COINBASE,
                        "is none of the validators [",
                        with(b -> b.coinbase = STRANGER.address())),
                new Bad(
                        Rule.TIMESTAMP,
                        "timestamp 1001, at least 2 s after the parent's 1000 is allowed",
                        with(b -> b.timestamp = 1_001)),
                new Bad(
                        Rule.TIMESTAMP,
                        "timestamp 0, at least 2 s after",
                        with(b -> b.timestamp = 0)),
                new Bad(
                        Rule.SEAL_SIGNATURE,
                        "commit seal 1 recovers to nobody: 0x00",
                        withExtra(
                                x ->
                                        x.withSeals(
                                                List.of(
                                                        x.seals().get(0),
                                                        Bytes.wrap(new byte[65]),
                                                        x.seals().get(2))))),
                new Bad(
                        Rule.SEAL_SIGNATURE,
                        "commit seal 0 recovers to nobody",
                        withExtra(
                                x ->
                                        x.withSeals(
                                                List.of(
                                                        Bytes.concatenate(
                                                                x.seals().get(0).slice(0, 64),
                                                                Bytes.of(27)),
                                                        x.seals().get(1),
                                                        x.seals().get(2))))),
                new Bad(
                        Rule.SEAL_SIGNER,
                        "commit seal 3 is by "
                                + STRANGER.address()
                                + ", which is none of the 4 validators",
                        header ->
                                sealed(
                                        header,
                                        List.of(KEYS.get(0), KEYS.get(1), KEYS.get(2), STRANGER))),
                new Bad(
                        Rule.SEAL_DUPLICATE,
                        "commit seal 2 is a second one by " + VALIDATORS.get(0),
                        header -> sealed(header, List.of(KEYS.get(0), KEYS.get(1), KEYS.get(0)))),
                new Bad(
                        Rule.SEAL_QUORUM,
                        "2 commit seals, from 3 (quorum) to 4 (validators) are allowed",
                        header -> sealed(header, KEYS.subList(0, 2))),
                new Bad(
                        Rule.SEAL_QUORUM,
                        "5 commit seals, from 3 (quorum) to 4 (validators) are allowed",
                        withExtra(
                                x -> {
                                    List<Bytes> seals = new ArrayList<>(x.seals());
                                    seals.add(Bytes.wrap(new byte[65]));
                                    return x.withSeals(seals);
                                })));
    }

    @ParameterizedTest
    @MethodSource("badHeaders")
    void eachRuleRefusesItsBadHeader(Bad bad) {
        BlockHeader spoiled = bad.spoil.apply(sealed(child().build(), KEYS));
        HeaderFault fault = bad.rules.check(spoiled, PARENT).orElseThrow();
        assertThat(fault.rule()).isEqualTo(bad.rule);
        assertThat(fault.message()).contains(bad.message);
    }

    @Test
    void everyRuleHasABadHeader() {
        Set<Rule> covered = EnumSet.noneOf(Rule.class);
        badHeaders().forEach(bad -> covered.add(bad.rule));
        assertThat(covered).containsExactlyInAnyOrder(Rule.values());
    }

    @Test
    void whereAContractKeepsTheValidatorsTheHeaderNamesNobody() {
        QbftRules rules =
                new QbftRules(
                        PERIOD_SECONDS, new Selection.ByContract(new ValidatorSet(VALIDATORS)));
        BlockHeader.Builder b = child();
        b.extraData = extraData(List.of()).encode();
        assertThat(rules.check(sealed(b.build(), KEYS.subList(1, 4)), parent(List.of()))).isEmpty();
        b.coinbase = STRANGER.address();
        assertThat(rules.checkUnsealed(b.build(), PARENT).orElseThrow().rule())
                .isEqualTo(Rule.COINBASE);
    }

    @Test
    void anybodyMayBeVotedForAndSealsAreByTheValidatorsBeforeTheVote() {
        BlockHeader voting = withVote(KEYS.get(3).address(), false).apply(child().build());
        assertThat(RULES.check(sealed(voting, KEYS.subList(1, 4)), PARENT)).isEmpty();
        // Nobody counts a vote in an epoch block, so that it removes nobody.
        VoteTally alone = VoteTally.of(new ValidatorSet(VALIDATORS.subList(0, 1)));
        BlockHeader.Builder b = child();
        b.extraData = extraData(VALIDATORS.subList(0, 1)).encode();
        BlockHeader leaving = withVote(VALIDATORS.getFirst(), false).apply(b.build());
        assertThat(
                        new QbftRules(PERIOD_SECONDS, new Selection.ByVotes(alone, true))
                                .checkUnsealed(leaving, PARENT))
                .isEmpty();
    }

    @Test
    void aPeriodOfZeroLetsABlockFollowInTheSameSecond() {
        BlockHeader.Builder b = child();
        b.timestamp = PARENT.timestamp();
        BlockHeader header = sealed(b.build(), KEYS);
        assertThat(rules(0, VALIDATORS).check(header, PARENT)).isEmpty();
        b.timestamp = PARENT.timestamp() - 1;
        assertThat(rules(0, VALIDATORS).checkUnsealed(b.build(), PARENT).orElseThrow().rule())
                .isEqualTo(Rule.TIMESTAMP);
        assertThatThrownBy(() -> rules(-1, VALIDATORS))
                .hasMessageContaining("at least 0 is allowed");
    }
}
