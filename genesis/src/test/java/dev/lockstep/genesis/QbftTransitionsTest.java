package dev.lockstep.genesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.genesis.QbftConfig.Settings;
import dev.lockstep.types.Address;
import dev.lockstep.types.ChainSpec.Payout;
import java.util.List;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QbftTransitionsTest {
    private static final String A = "0x00000000000000000000000000000000000000aa";
    private static final String B = "0x00000000000000000000000000000000000000bb";
    private static final String C = "0x0000000000000000000000000000000000007777";
    private static final Address CONTRACT = Address.fromHex(C);
    private static final Payout NOTHING = new Payout(UInt256.ZERO, null);

    private static String withTransitions(String qbft, String array) {
        String text = GenesisTexts.SMALL;
        assertThat(text).contains("\"qbft\": {");
        return text.replace(
                "\"qbft\": {", "\"transitions\": { \"qbft\": " + array + " }, \"qbft\": {" + qbft);
    }

    private static QbftConfig read(String qbft, String array) {
        GenesisFile file = GenesisFile.read(withTransitions(qbft, array));
        assertThat(file.unsupported()).isEmpty();
        return file.qbft();
    }

    @Test
    void eachChangesWhatItNamesFromItsBlockOn() {
        QbftConfig qbft =
                read(
                        "",
                        """
                        [ { "block": 20, "emptyBlockPeriodSeconds": 60 },
                          { "Block": "0x5", "blockperiodseconds": 5 },
                          { "block": 30, "blockperiodseconds": 1, "emptyblockperiodseconds": 0 } ]
                        """);
        assertThat(qbft.at(0)).isEqualTo(new Settings(2, 0, null, NOTHING));
        assertThat(qbft.at(4)).isEqualTo(new Settings(2, 0, null, NOTHING));
        assertThat(qbft.at(5)).isEqualTo(new Settings(5, 0, null, NOTHING));
        assertThat(qbft.at(19)).isEqualTo(new Settings(5, 0, null, NOTHING));
        assertThat(qbft.at(20)).isEqualTo(new Settings(5, 60, null, NOTHING));
        assertThat(qbft.at(30)).isEqualTo(new Settings(1, 0, null, NOTHING));
        assertThat(qbft.at(Long.MAX_VALUE - 1)).isEqualTo(new Settings(1, 0, null, NOTHING));
        assertThat(qbft.overrides()).isEmpty();
    }

    @Test
    void validatorsAreOverriddenAndKeptByAContractAndByHeadersAgain() {
        QbftConfig qbft =
                read(
                        "",
                        """
                        [ { "block": 5, "validators": ["%s", "%s"] },
                          { "block": 10, "validatorselectionmode": "contract", "validatorcontractaddress": "%s" },
                          { "block": 15, "blockperiodseconds": 3 },
                          { "block": 20, "validatorselectionmode": "BlockHeader", "validators": ["%s"] } ]
                        """
                                .formatted(B, A, C, A));
        assertThat(qbft.overrides())
                .containsOnlyKeys(5L, 20L)
                .containsEntry(5L, List.of(Address.fromHex(A), Address.fromHex(B)))
                .containsEntry(20L, List.of(Address.fromHex(A)));
        assertThat(qbft.at(9).validatorContract()).isNull();
        assertThat(qbft.at(10).validatorContract()).isEqualTo(CONTRACT);
        assertThat(qbft.at(15)).isEqualTo(new Settings(3, 0, CONTRACT, NOTHING));
        assertThat(qbft.at(20)).isEqualTo(new Settings(3, 0, null, NOTHING));
    }

    @Test
    void aContractMayKeepTheValidatorsFromTheFirstBlockOn() {
        QbftConfig qbft = read("\"validatorcontractaddress\": \"" + C + "\",", "[]");
        assertThat(qbft.at(1).validatorContract()).isEqualTo(CONTRACT);
    }

    @Test
    void rewardsAndTheirBeneficiaryAreInTheChainsConstants() {
        GenesisFile file =
                GenesisFile.read(
                        withTransitions(
                                "\"blockreward\": \"5000000000000000\",",
                                """
                                [ { "block": 5, "miningbeneficiary": "%s" },
                                  { "block": 9, "blockreward": "0x10", "miningbeneficiary": "" } ]
                                """
                                        .formatted(A)));
        UInt256 first = UInt256.valueOf(5_000_000_000_000_000L);
        assertThat(file.unsupported()).isEmpty();
        assertThat(file.spec().payout(1)).isEqualTo(new Payout(first, null));
        assertThat(file.spec().payout(8)).isEqualTo(new Payout(first, Address.fromHex(A)));
        assertThat(file.spec().payout(9)).isEqualTo(new Payout(UInt256.valueOf(16), null));
    }

    @Test
    void blocksWithinASecondAreNotMadeWithoutAWord() {
        GenesisFile file =
                GenesisFile.read(withTransitions("\"xblockperiodmilliseconds\": 100,", "[]"));
        assertThat(file.unsupported())
                .containsExactly(
                        "config.qbft.xblockperiodmilliseconds: blocks within a second;"
                                + " blockperiodseconds is in whole ones");
    }

    @Test
    void whatATransitionAsksForAndThisNodeCannotDoIsListed() {
        GenesisFile file =
                GenesisFile.read(
                        withTransitions(
                                "",
                                "[ { \"block\": 9, \"pertxgaslimit\": 0,"
                                        + " \"xblockperiodmilliseconds\": 100 } ]"));
        assertThat(file.unsupported())
                .containsExactly(
                        "config.transitions.qbft[0].pertxgaslimit: another gas limit a transaction;"
                                + " config.qbft.pertxgaslimit sets one for the whole chain",
                        "config.transitions.qbft[0].xblockperiodmilliseconds: blocks within a"
                                + " second; blockperiodseconds is in whole ones");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | config.transitions.qbft: found {}; allowed is an array of JSON objects",
                "[5] | config.transitions.qbft[0]: found 5; allowed is a JSON object",
                "[{}] | config.transitions.qbft[0].block: missing",
                "[{\"block\": 0}] | config.transitions.qbft[0].block: found 0; allowed is a number from 1 to 999999999",
                "[{\"block\": 1700000000}] | config.transitions.qbft[0].block: found 1700000000; allowed is a number from 1 to 999999999",
                "[{\"block\": 7}, {\"block\": 7}] | config.transitions.qbft[1].block: found 7; allowed is one transition a block",
                "[{\"block\": 7, \"epochlength\": 5}] | config.transitions.qbft[0].epochlength: unknown; allowed here are block, blockperiodseconds",
                "[{\"block\": 7, \"blockperiodseconds\": 0}] | config.transitions.qbft[0].blockperiodseconds: found 0; allowed is a number from 1 to 2147483648",
                "[{\"block\": 7, \"emptyblockperiodseconds\": -1}] | config.transitions.qbft[0].emptyblockperiodseconds: found -1",
                "[{\"block\": 7, \"blockreward\": \"much\"}] | config.transitions.qbft[0].blockreward: found \"much\"; allowed is a whole number",
                "[{\"block\": 7, \"miningbeneficiary\": \"0xaa\"}] | config.transitions.qbft[0].miningbeneficiary: found \"0xaa\"; allowed is 20 bytes in hex",
                "[{\"block\": 7, \"validators\": []}] | config.transitions.qbft[0].validators: found []; allowed is at least one address, each once",
                "[{\"block\": 7, \"validators\": [\"0xaa\"]}] | config.transitions.qbft[0].validators[0]: found \"0xaa\"; allowed is 20 bytes in hex",
                "[{\"block\": 7, \"validators\": [\"0x00000000000000000000000000000000000000aa\", \"0x00000000000000000000000000000000000000AA\"]}] | allowed is at least one address, each once",
                "[{\"block\": 7, \"validatorselectionmode\": \"votes\"}] | config.transitions.qbft[0].validatorselectionmode: found \"votes\"; allowed is \"blockheader\" or \"contract\"",
                "[{\"block\": 7, \"validatorselectionmode\": 5}] | validatorselectionmode: found 5; allowed is a string",
                "[{\"block\": 7, \"validatorselectionmode\": \"contract\"}] | config.transitions.qbft[0].validatorcontractaddress: found nothing; allowed is an address",
                "[{\"block\": 7, \"validatorselectionmode\": \"blockheader\"}] | config.transitions.qbft[0].validators: found nothing; allowed is at least one address",
                "[{\"block\": 7, \"validatorcontractaddress\": \"0x00000000000000000000000000000000000000aa\"}] | allowed is it only beside validatorselectionmode",
                "[{\"block\": 7, \"validatorselectionmode\": \"contract\", \"validatorcontractaddress\": \"0xaa\"}] | validatorcontractaddress: found \"0xaa\"; allowed is 20 bytes in hex",
                "[{\"block\": 7, \"validatorselectionmode\": \"contract\", \"validatorcontractaddress\": \"0x00000000000000000000000000000000000000aa\"}, {\"block\": 8, \"validators\": [\"0x00000000000000000000000000000000000000aa\"]}] | config.transitions.qbft[1].validators: found"
            })
    void aBadTransitionIsRefusedByPlaceValueAndAllowed(String transitions, String message) {
        String file = withTransitions("", transitions);
        assertThatThrownBy(() -> GenesisFile.read(file))
                .isInstanceOf(GenesisException.class)
                .hasMessageContaining(message);
    }

    @Test
    void transitionsOutsideOfConfigAreRefused() {
        String file =
                GenesisTexts.SMALL.replace(
                        "\"nonce\": \"0x0\"", "\"transitions\": {}, \"nonce\": \"0x0\"");
        assertThatThrownBy(() -> GenesisFile.read(file))
                .hasMessage("transitions: found {}; allowed is it only inside config");
    }
}
