package dev.lockstep.genesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.Address;
import dev.lockstep.types.ChainSpec.SystemContracts;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.QbftExtraData;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files in the forms that Besu's operators write: a node starts on each as it is, and block 0 is
 * what Besu makes of it.
 *
 * @source Besu 26.8: GenesisConfig, GenesisState, MainnetProtocolSpecs, as facts
 */
class BesuFilesTest {
    private static final String OPERATOR =
            """
            {
              "config": {
                "chainid": 1337,
                %s
                "qbft": {
                  "epochlength": 30000,
                  "blockperiodseconds": 5,
                  "requesttimeoutseconds": 10
                }
              },
              "nonce": "0x0",
              "timestamp": "0x5b3d92d7",
              "extraData": "%s",
              "gasLimit": "0x1fffffffffffff",
              "difficulty": "0x1",
              "mixHash": "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365",
              "coinbase": "0x0000000000000000000000000000000000000000",
              "alloc": {
                "fe3b557e8fb62b89f4916b721be55ceb828dbd73": {
                  "privateKey": "8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63",
                  "comment": "private key and this comment are ignored",
                  "balance": "0xad78ebc5ac6200000"
                },
                "627306090abaB3A6e1400e9345bC60c78a8BEf57": { "balance": "90000000000000000000000" },
                "0x0000000000000000000000000000000000008888": {
                  "comment": "a contract", "balance": "0", "code": "0x60016000", "storage": { "0x00": "0x01", "01": "02" }
                }
              }
            }
            """;

    private static GenesisFile file(String config) {
        return GenesisFile.read(
                OPERATOR.formatted(config.isEmpty() ? "" : config + ",", GenesisTexts.EXTRA_DATA));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"berlinBlock\": 0 | BERLIN",
                "\"londonBlock\": 0 | LONDON",
                "\"constantinoplefixblock\": 0, \"contractSizeLimit\": 2147483647 | PETERSBURG",
                "\"berlinBlock\": 0, \"contractSizeLimit\": 64000, \"evmStackSize\": 1024 | BERLIN",
                "\"homesteadBlock\": 0, \"eip150Block\": 0, \"eip150Hash\": \"0x00\", \"eip155Block\": 0, \"eip158Block\": 0, \"byzantiumBlock\": 0, \"constantinopleBlock\": 0, \"petersburgBlock\": 0, \"istanbulBlock\": 0, \"muirglacierblock\": 0, \"berlinBlock\": 0, \"londonBlock\": 0, \"arrowGlacierBlock\": 0, \"grayGlacierBlock\": 0, \"isQuorum\": true, \"maxCodeSizeConfig\": [{\"block\": 0, \"size\": 64}], \"txnSizeLimit\": 64 | LONDON",
                "\"londonBlock\": 0, \"parisBlock\": 0, \"shanghaiBlock\": 0, \"cancunBlock\": 0, \"daoForkBlock\": 0 | LONDON",
                "\"londonBlock\": 0, \"zeroBaseFee\": true, \"ecCurve\": \"secp256k1\", \"discovery\": {} | LONDON",
                "\"londonBlock\": 0, \"fixedBaseFee\": false | LONDON",
                "\"londonBlock\": 0, \"shanghaiTime\": 0 | SHANGHAI",
                "\"londonBlock\": 0, \"shanghaiTime\": 0, \"cancunTime\": 0, \"pragueTime\": 0, \"osakaTime\": 0, \"bpo1Time\": 0, \"bpo2Time\": 0, \"blobSchedule\": {\"cancun\": {\"target\": 3, \"max\": 6, \"baseFeeUpdateFraction\": 3338477}, \"osaka\": {\"target\": 6, \"max\": 9, \"baseFeeUpdateFraction\": 5007716}} | OSAKA",
                "\"londonBlock\": 0, \"shanghaiTime\": 4102444800 | LONDON"
            })
    void eachFormIsReadAndANodeMayStartOnIt(String config, Fork fork) {
        GenesisFile file = file(config);
        assertThat(file.unsupported()).isEmpty();
        assertThat(file.spec().rules(file.header()).fork()).isEqualTo(fork);
        assertThat(file.spec().inference()).isNull();
        assertThat(file.header().mixHash()).isEqualTo(QbftExtraData.MIX_HASH);
        assertThat(file.alloc().accounts()).hasSize(3);
        assertThat(file.alloc().accounts().get(Address.ofNumber(0x8888)).slots()).hasSize(2);
    }

    @Test
    void bootnodesAreThoseOfTheFileAndDnsIsDoneWithout() {
        assertThat(file("").bootnodes()).isEmpty();
        assertThat(file("").ignored()).isEmpty();
        GenesisFile file =
                file(
                        "\"discovery\": {\"bootnodes\": [\"enode://1\", \"enode://2\"], \"dns\": \"enrtree://x\"}");
        assertThat(file.bootnodes()).containsExactly("enode://1", "enode://2");
        assertThat(file.ignored())
                .containsExactly(
                        "config.discovery.dns of the genesis file: nodes are not looked for by DNS");
        assertThat(file.unsupported()).isEmpty();
        assertThatThrownBy(() -> file("\"discovery\": {\"bootnodes\": [5]}"))
                .isInstanceOf(GenesisException.class)
                .hasMessageContaining("config.discovery.bootnodes[0]");
        assertThatThrownBy(() -> file("\"discovery\": {\"bootnodes\": \"x\"}"))
                .isInstanceOf(GenesisException.class)
                .hasMessageContaining("an array of strings");
    }

    /** London by name gives block 0 a base fee of 1 gwei, on a chain without fees too. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"londonBlock\": 0 | 1000000000",
                "\"londonBlock\": 0, \"zeroBaseFee\": true | 1000000000",
                "\"berlinBlock\": 0, \"londonBlock\": 5 | ",
                "\"shanghaiTime\": 0, \"zeroBaseFee\": true | "
            })
    void theBaseFeeOfBlock0FollowsFromLondonsNameAlone(String config, Long baseFee) {
        GenesisFile file = file(config);
        assertThat(file.header().baseFee())
                .isEqualTo(baseFee == null ? null : UInt256.valueOf(baseFee));
        // A header ends where a field is missing.
        if (baseFee == null) assertThat(file.header().withdrawalsRoot()).isNull();
    }

    @Test
    void aForkAtGenesisAddsItsFieldsToBlock0() {
        GenesisFile file = file("\"londonBlock\": 0, \"pragueTime\": 1");
        assertThat(file.header().withdrawalsRoot()).isEqualTo(Hash.EMPTY_TRIE);
        assertThat(file.header().blobGasUsed()).isZero();
        assertThat(file.header().excessBlobGas()).isZero();
        assertThat(file.header().parentBeaconBlockRoot()).isEqualTo(Hash.ZERO);
        assertThat(file.header().requestsHash().toString()).startsWith("0xe3b0c442");
    }

    @Test
    void theLimitOfCodeIsTheFiles() {
        assertThat(file("\"berlinBlock\": 0").spec().codeBytesMax()).isNull();
        assertThat(file("\"contractSizeLimit\": 64000").spec().codeBytesMax()).isEqualTo(64_000);
    }

    /** Blocks call nothing on their own but where the file names all three contracts. */
    @Test
    void systemContractsAreCalledWhereAllAreNamed() {
        String forks = "\"londonBlock\": 0, \"pragueTime\": 0";
        String deposits = ", \"depositContractAddress\": \"0x%040x\"".formatted(1);
        String others =
                ", \"withdrawalRequestContractAddress\": \"0x%040x\", \"consolidationRequestContractAddress\": \"0x%040x\""
                        .formatted(2, 3);
        assertThat(file(forks).spec().systemContracts()).isNull();
        assertThat(file(forks + deposits).spec().systemContracts()).isNull();
        assertThat(file(forks + deposits + others).spec().systemContracts())
                .isEqualTo(
                        new SystemContracts(
                                Address.ofNumber(1),
                                Address.ofNumber(2),
                                Address.ofNumber(3),
                                true));
        assertThat(GenesisFile.read(GenesisTexts.SMALL).spec().systemContracts())
                .isEqualTo(SystemContracts.of(null).whereDeployed());
    }

    /** Besu reads these digits in hex whatever stands before them. */
    @Test
    void nonceAndDifficultyAreHexAlsoWithout0x() {
        String text = OPERATOR.formatted("\"berlinBlock\": 0,", GenesisTexts.EXTRA_DATA);
        GenesisFile file =
                GenesisFile.read(
                        text.replace("\"nonce\": \"0x0\"", "\"nonce\": \"10\"")
                                .replace("\"difficulty\": \"0x1\"", "\"difficulty\": 10")
                                .replace("\"balance\": \"0\"", "\"nonce\": \"10\""));
        assertThat(file.header().nonce().toLong()).isEqualTo(16);
        assertThat(file.header().difficulty()).isEqualTo(UInt256.valueOf(16));
        assertThat(file.alloc().accounts().get(Address.ofNumber(0x8888)).after().nonce())
                .isEqualTo(16);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"evmStackSize\": 2048 | config.evmStackSize: another stack size than 1024",
                "\"fixedBaseFee\": true | config.fixedBaseFee: a base fee that each node sets",
                "\"ecCurve\": \"secp256r1\" | config.ecCurve: another curve than secp256k1",
                "\"ibft2\": {} | config.ibft2: another consensus than QBFT",
                "\"clique\": {} | config.clique: another consensus than QBFT",
                "\"ethash\": {} | config.ethash: another consensus than QBFT"
            })
    void whatThisNodeCannotDoIsNamed(String config, String message) {
        assertThat(file(config).unsupported()).containsExactly(message);
    }
}
