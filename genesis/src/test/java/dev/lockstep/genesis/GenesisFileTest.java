package dev.lockstep.genesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.Address;
import dev.lockstep.types.ChainSpec.Payout;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.QbftExtraData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenesisFileTest {
    private static final Address RICH =
            Address.fromHex("0xfe3b557e8fb62b89f4916b721be55ceb828dbd73");

    @Test
    void aSmallFileBecomesAChain() {
        GenesisFile file = GenesisFile.read(GenesisTexts.SMALL);
        assertThat(file.unsupported()).isEmpty();
        assertThat(file.qbft())
                .isEqualTo(
                        new QbftConfig(
                                4,
                                30_000,
                                List.of(
                                        Address.fromHex(
                                                "0xeac51e3fe1afc9894f0dfeab8ceb471899b932df")),
                                new TreeMap<>(
                                        Map.of(
                                                0L,
                                                new QbftConfig.Settings(
                                                        2,
                                                        0,
                                                        null,
                                                        new Payout(UInt256.ZERO, null)))),
                                new TreeMap<>()));
        assertThat(file.spec().rules(file.header()).fork()).isEqualTo(Fork.OSAKA);
        assertThat(file.spec().inference().models())
                .containsExactly(new Hash(Bytes32.repeat((byte) 0x11)));
        assertThat(file.spec().inference().gasScalePermille()).isEqualTo(1000);
        assertThat(file.spec().transactionGasLimitMax()).isEqualTo(1L << 24);
        var rich = file.alloc().accounts().get(RICH).after();
        assertThat(rich.balance()).isEqualTo(UInt256.valueOf(90_000).multiply(ether()));
        assertThat(file.header().baseFee()).isEqualTo(UInt256.valueOf(1_000_000_000));
        assertThat(file.header().withdrawalsRoot()).isEqualTo(Hash.EMPTY_TRIE);
        assertThat(file.header().parentBeaconBlockRoot()).isEqualTo(Hash.ZERO);
        assertThat(file.header().requestsHash().toString()).startsWith("0xe3b0c44298fc1c14");
        assertThat(file.hash()).isEqualTo(file.header().plainHash());
    }

    private static UInt256 ether() {
        return UInt256.valueOf(1_000_000_000_000_000_000L);
    }

    @Test
    void namesAreReadWithoutCaseAndUnknownOnesAreTolerated() {
        GenesisFile file = GenesisFile.read(GenesisTexts.SMALL);
        GenesisFile other =
                GenesisFile.read(
                        GenesisTexts.SMALL
                                .replace("\"chainId\"", "\"CHAINID\"")
                                .replace("\"gasLimit\"", "\"gaslimit\"")
                                .replace("blockperiodseconds", "blockPeriodSeconds")
                                .replace("\"nonce\": \"0x0\"", "\"colour\": {}, \"Nonce\": \"0x0\"")
                                .replace("\"londonBlock\"", "\"mystery\": 5, \"londonblock\""));
        assertThat(other.hash()).isEqualTo(file.hash());
        assertThat(other.spec()).isEqualTo(file.spec());
        assertThat(other.qbft()).isEqualTo(file.qbft());
    }

    @Test
    void numbersAreHexDecimalOrJson() {
        for (String chainId : List.of("\"0x7e1\"", "\"2017\"", "2017", "\"0X7E1\"")) {
            assertThat(
                            GenesisFile.read(spoil("\"chainId\": 2017", "\"chainId\": " + chainId))
                                    .spec()
                                    .chainId())
                    .isEqualTo(UInt256.valueOf(2017));
        }
    }

    @Test
    void writtenAndReadAgainItIsTheSame() {
        GenesisFile file = GenesisFile.read(GenesisTexts.SMALL);
        GenesisFile again = GenesisFile.read(file.toJson());
        assertThat(again).isEqualTo(file);
        assertThat(again.toJson())
                .isEqualTo(file.toJson())
                .endsWith("}\n")
                .contains("\n  \"alloc\"");
    }

    @Test
    void aChainWithoutFeesBeginsWithTheBaseFeeOfLondonUnlessTheFileSaysOtherwise() {
        String free = spoil("\"londonBlock\": 0", "\"zeroBaseFee\": true, \"londonBlock\": 0");
        GenesisFile file = GenesisFile.read(free);
        assertThat(file.spec().zeroBaseFee()).isTrue();
        assertThat(file.header().baseFee()).isEqualTo(UInt256.valueOf(1_000_000_000));
        GenesisFile said =
                GenesisFile.read(
                        free.replace(
                                "\"nonce\": \"0x0\"",
                                "\"nonce\": \"0x0\", \"baseFeePerGas\": \"0x7\""));
        assertThat(said.header().baseFee()).isEqualTo(UInt256.valueOf(7));
    }

    @Test
    void theGasCapOfATransactionIsTheFilesOwn() {
        String file = spoil("\"epochlength\": 30000", "\"pertxgaslimit\": %s");
        assertThat(GenesisFile.read(file.formatted("0")).spec().transactionGasLimitMax()).isZero();
        assertThat(GenesisFile.read(file.formatted("50000000")).spec().transactionGasLimitMax())
                .isEqualTo(50_000_000);
        assertThatThrownBy(() -> GenesisFile.read(file.formatted("60000001")))
                .hasMessageContaining("config.qbft.pertxgaslimit")
                .hasMessageContaining("from 0 to 60000000");
    }

    /** Each row spoils one place of the small file; the message must name it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"chainId\": 2017 | \"chainId\": -1 | config.chainId: found -1; allowed is a whole number from 0 to 2^256-1",
                "\"chainId\": 2017 | \"chainId\": 1.5 | config.chainId: found 1.5",
                "\"chainId\": 2017 | \"chainId\": \"x\" | config.chainId: found \"x\"",
                "\"chainId\": 2017 | \"chainId\": 1, \"chainId\": 2 | genesis: not JSON at line 3",
                "\"chainId\": 2017 | \"chainId\": 1, \"chainID\": 2 | config.chainID: given twice, also as chainId",
                "\"londonBlock\": 0 | \"londonBlock\": 0, \"berlinBlock\": 5 | config.londonBlock: found 0; allowed is at least 5, since config.berlinBlock comes before it",
                "\"londonBlock\": 0 | \"londonBlock\": 7 | config: OSAKA holds from block 0 on, but LONDON only from block 7",
                "\"londonBlock\": 0 | \"petersburgBlock\": 0, \"constantinopleFixBlock\": 1 | config.constantinopleFixBlock: found 1; allowed is 0, as config.petersburgBlock says",
                "\"pragueTime\": 0 | \"pragueTime\": 9 | config.osakaTime: found 0; allowed is at least 9, since config.pragueTime comes before it",
                "\"osakaTime\": 0 | \"amsterdamTime\": 0 | config.amsterdamTime: this fork is not supported; supported are homesteadBlock",
                "\"osakaTime\": 0 | \"daoForkBlock\": 9 | config.daoForkBlock: this fork is not supported",
                "\"osakaTime\": 0 | \"osakaTime\": 0, \"blobSchedule\": {\"osaka\": {\"target\": 9, \"max\": 6, \"baseFeeUpdateFraction\": 1}} | config.blobSchedule.osaka.target: found 9; allowed is at most 6, the max beside it",
                "\"osakaTime\": 0 | \"osakaTime\": 0, \"blobSchedule\": {\"osaka\": {\"target\": 9}} | config.blobSchedule.osaka: needed are target, max and baseFeeUpdateFraction",
                "\"osakaTime\": 0 | \"zeroBaseFee\": 7 | config.zeroBaseFee: found 7; allowed is true or false",
                "\"osakaTime\": 0, |  | config.lockstep: block 0 has the rules of PRAGUE; allowed is OSAKA",
                "\"qbft\": | \"qbfd\": | config.lockstep: needs config.qbft",
                "\"blockperiodseconds\": 2 | \"blockperiodseconds\": \"two\" | config.qbft.blockperiodseconds: found \"two\"",
                "\"requesttimeoutseconds\": 4 | \"requesttimeoutseconds\": 0 | config.qbft.requesttimeoutseconds: found 0; allowed is a number from 1 to 2147483648",
                "\"epochlength\": 30000 | \"epochlength\": 0 | config.qbft.epochlength: found 0",
                "\"scalePermille\": 1000 | \"scalePermile\": 1000 | config.lockstep.gas.scalePermile: unknown; allowed here are scalePermille",
                "\"scalePermille\": 1000 | \"scalePermille\": 0 | config.lockstep.gas.scalePermille: found 0; allowed is a number from 1 to 1000000",
                "\"gas\": | \"price\": | config.lockstep.price: unknown; allowed here are gas, models",
                "[\"0x1111 | [\"0x11 | config.lockstep.models[0]: found \"0x11",
                "\"models\": [ | \"models\": [\"0x1111111111111111111111111111111111111111111111111111111111111111\", | config.lockstep.models: 0x1111111111111111111111111111111111111111111111111111111111111111 is given twice",
                "\"gasLimit\": \"0x3938700\", |  | gasLimit: missing; needed is a number from 0 to 2^63-1",
                "\"gasLimit\": \"0x3938700\" | \"gasLimit\": \"0x8000000000000000\" | gasLimit: found \"0x8000000000000000\"; allowed is a whole number from 0 to 2^63-1",
                "\"nonce\": \"0x0\" | \"nonce\": \"0x10000000000000000\" | nonce: found \"0x10000000000000000\"; allowed is digits in hex, 0x or not, from 0 to 2^64-1",
                "\"mixHash\": \"0x63 | \"mixHash\": \"0x | mixHash: found \"0x746",
                "\"coinbase\": \"0x00 | \"coinbase\": \"0x | coinbase: found",
                "\"extraData\": \"0xf8 | \"extraData\": \"0x | extraData: found \"0x3aa0000",
                "\"extraData\": \"0xf | \"extraData\": \"0x | extraData: found \"0x83aa0",
                "\"code\": \"0x60006000fd\" | \"code\": \"0x60006000fe\" | alloc.0x0000000000000000000000000000000000000a01: found another account; allowed is nonce 1, code 0x60006000fd and no storage",
                "\"nonce\": \"0x1\", | \"nonce\": \"0x2\", | alloc.0x0000000000000000000000000000000000000a01: found another account",
                "000a01\" | 000a11\" | alloc.0x0000000000000000000000000000000000000a01: found nothing; allowed is nonce 1",
                "\"0x60006000fd\" | \"0x60006000f\" | alloc.0x0000000000000000000000000000000000000a01.code: found \"0x60006000f\"; allowed is whole bytes in hex",
                "\"fe3b557e | \"fe3b557 | alloc.fe3b5578fb62b89f4916b721be55ceb828dbd73: found this name; allowed is an address",
                "\"balance\": \"90000000000000000000000\" | \"balance\": \"1e18\" | alloc.fe3b557e8fb62b89f4916b721be55ceb828dbd73.balance: found \"1e18\"",
                "\"balance\": | \"storage\": {\"0x01\": \"0x2\", \"0x1\": \"0x2\"}, \"balance\": | storage.0x1: this slot is given twice",
                "\"balance\": | \"storage\": {\"0x01\": 2}, \"balance\": | alloc.fe3b557e8fb62b89f4916b721be55ceb828dbd73.storage.0x01: found 2; allowed is up to 32 bytes in hex",
                "{ \"balance\": \"90000000000000000000000\" } | 5 | alloc.fe3b557e8fb62b89f4916b721be55ceb828dbd73: found 5; allowed is a JSON object",
                "\"fe3b557e8fb | \"0xFE3B557e8fb62b89f4916b721be55ceb828dbd73\": {}, \"fe3b557e8fb | is given twice"
            })
    void aSpoiltFileIsRefusedByPlaceValueAndAllowed(String place, String bad, String message) {
        String file = spoil(place, bad == null ? "" : bad);
        assertThatThrownBy(() -> GenesisFile.read(file))
                .isInstanceOf(GenesisException.class)
                .hasMessageContaining(message);
    }

    private static String spoil(String place, String bad) {
        assertThat(GenesisTexts.SMALL).contains(place);
        return GenesisTexts.SMALL.replace(place, bad);
    }

    @Test
    void validatorsOutOfOrderAreRefused() {
        String extraData =
                new QbftExtraData(
                                Bytes32.ZERO,
                                List.of(Address.ofNumber(2), Address.ofNumber(1)),
                                null,
                                0,
                                List.of())
                        .encode()
                        .toHexString();
        assertThatThrownBy(() -> GenesisFile.read(spoil(GenesisTexts.EXTRA_DATA, extraData)))
                .hasMessageContaining("validators in ascending order, each once");
    }

    @Test
    void whatIsNoJsonOrNoObjectIsRefused() {
        assertThatThrownBy(() -> GenesisFile.read("{ \"config\": "))
                .isInstanceOf(GenesisException.class)
                .hasMessageStartingWith("genesis: not JSON at line 1");
        assertThatThrownBy(() -> GenesisFile.read("[]"))
                .hasMessage("genesis: found []; allowed is a JSON object");
        assertThatThrownBy(() -> GenesisFile.read("")).isInstanceOf(GenesisException.class);
        assertThatThrownBy(() -> GenesisFile.read("{} {}")).isInstanceOf(GenesisException.class);
    }

    @Test
    void filesAreReadAndMissingOnesNamed(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("genesis.json");
        assertThatThrownBy(() -> GenesisFile.read(file))
                .isInstanceOf(GenesisException.class)
                .hasMessageContaining("genesis.json: cannot be read (NoSuchFileException)");
        Files.writeString(file, GenesisTexts.SMALL);
        assertThat(GenesisFile.read(file)).isEqualTo(GenesisFile.read(GenesisTexts.SMALL));
        Files.write(file, new byte[] {(byte) 0xff, 0, 1, 2});
        assertThatThrownBy(() -> GenesisFile.read(file)).isInstanceOf(GenesisException.class);
    }
}
