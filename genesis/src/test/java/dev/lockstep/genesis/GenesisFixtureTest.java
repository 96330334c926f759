package dev.lockstep.genesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.Fork;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.QbftExtraData;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Genesis files of other projects, against the hashes that those published. */
class GenesisFixtureTest {
    private static final String BESU = "ethereum/qbft/besu/";

    private static GenesisFile besu(String name) {
        String text = GenesisTexts.text(GenesisTexts.fixture(BESU + name));
        return GenesisFile.read(text.replace("%extraData%", GenesisTexts.EXTRA_DATA));
    }

    @ParameterizedTest
    @CsvSource({
        "genesis/qbft.json, 4, BERLIN, 1",
        "genesis/qbft-london.json, 4, BERLIN, 1",
        "genesis/qbft-emptyextradata.json, 2017, BYZANTIUM, 0",
        "migration-ibft1/qbft-migration.json, 1337, FRONTIER, 0"
    })
    void besusQbftFilesAreRead(String name, long chainId, Fork fork, int validators) {
        GenesisFile file = besu(name);
        assertThat(file.spec().chainId()).isEqualTo(UInt256.valueOf(chainId));
        assertThat(file.spec().headerForm()).isEqualTo(HeaderForm.QBFT);
        assertThat(file.spec().rules(file.header()).fork()).isEqualTo(fork);
        assertThat(file.qbft()).isNotNull();
        assertThat(file.qbft().validators()).hasSize(validators);
        assertThat(file.header().mixHash()).isEqualTo(QbftExtraData.MIX_HASH);
        assertThat(file.hash()).isEqualTo(file.header().plainHash());
        assertThat(GenesisFile.read(file.toJson())).isEqualTo(file);
    }

    /** These come without a config, which the project that wrote them adds in code. */
    @ParameterizedTest
    @CsvSource({
        "genesis/genesis_validator_contract.json, false",
        "genesis/genesis_migrating_validator_contract.json, false",
        "genesis/genesis_validator_contract_london.json, true",
        "genesis/genesis_validator_contract_shanghai.json, true"
    })
    void besusContractFilesAreRead(String name, boolean hasBaseFee) {
        GenesisFile file = besu(name);
        assertThat(file.qbft()).isNull();
        assertThat(file.header().baseFee() != null).isEqualTo(hasBaseFee);
        assertThat(file.alloc().accounts()).containsKey(Address.ofNumber(0x8888));
        assertThat(file.alloc().accounts().get(Address.ofNumber(0x8888)).slots())
                .hasSizeGreaterThan(1);
        assertThat(QbftExtraData.decode(file.header().extraData()).encode())
                .isEqualTo(file.header().extraData());
    }

    @Test
    void whatOfThemThisNodeCannotDoIsSaid() {
        assertThat(besu("genesis/qbft.json").unsupported()).isEmpty();
        assertThat(besu("genesis/genesis_validator_contract_shanghai.json").unsupported())
                .isEmpty();
        assertThat(besu("genesis/qbft-emptyextradata.json").unsupported())
                .contains("extraData: names no validators, so nobody can make a block");
        assertThat(besu("migration-ibft1/qbft-migration.json").unsupported())
                .contains(
                        "config.qbft.startblock: a chain that began with another consensus; there is"
                                + " only QBFT here, from block 0 on");
    }

    @Test
    void anOperatorsFileHoldsAGenesisThatLacksItsExtraData() {
        JsonNode operator =
                GenesisTexts.json(
                        GenesisTexts.text(
                                GenesisTexts.fixture(
                                        BESU + "operator/config_import_keys_qbft.json")));
        ObjectNode genesis = (ObjectNode) operator.get("genesis");
        assertThatThrownBy(() -> GenesisFile.read(genesis.toString()))
                .isInstanceOf(GenesisException.class)
                .hasMessageStartingWith("extraData: found nothing; allowed is QBFT's [vanity,");
        genesis.put("extraData", GenesisTexts.EXTRA_DATA);
        GenesisFile file = GenesisFile.read(genesis.toString());
        assertThat(file.qbft().at(0).blockPeriodSeconds()).isEqualTo(2);
        assertThat(file.qbft().requestTimeoutSeconds()).isEqualTo(10);
        assertThat(file.unsupported()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"test1", "test2", "test3"})
    void theBasicGenesisTestsGiveTheirBlock(String name) {
        JsonNode tests =
                GenesisTexts.json(
                        GenesisTexts.text(
                                GenesisTexts.fixture("ethereum/genesis/basic_genesis_tests.json")));
        ObjectNode genesis = (ObjectNode) tests.get(name);
        for (JsonNode account : genesis.get("alloc")) {
            ObjectNode fields = (ObjectNode) account;
            if (fields.has("wei")) fields.set("balance", fields.remove("wei"));
        }
        // An empty hex number, which other readers take for zero.
        if (genesis.get("timestamp").asString().equals("0x")) genesis.put("timestamp", "0x0");
        Block published = Block.decode(Bytes.fromHexString(genesis.remove("result").asString()));
        GenesisFile file = GenesisFile.read(genesis.toString());
        assertThat(file.header()).isEqualTo(published.header());
        assertThat(file.hash()).isEqualTo(published.header().plainHash());
        System.out.println("genesis/basic_genesis_tests, " + name + ": 1 passed of 1");
    }

    /** Answers of other nodes to a question for block 0 of files that stand beside them. */
    @ParameterizedTest
    @CsvSource({
        "engine/besu/engine/osaka/, test-cases/01_get_genesis_block_info.json",
        "engine/besu/engine/prague/, test-cases/00_get_genesis_block_info.json",
        "engine/besu/eth/getBlockBy/, test-cases/05_get_genesis_block.json"
    })
    void otherNodesStateTheSameFirstBlock(String folder, String answer) {
        GenesisFile file =
                GenesisFile.read(GenesisTexts.fixture("ethereum/" + folder + "genesis.json"));
        JsonNode result =
                GenesisTexts.json(
                                GenesisTexts.text(
                                        GenesisTexts.fixture("ethereum/" + folder + answer)))
                        .get("response")
                        .get("result");
        assertThat(file.header().stateRoot().toString())
                .isEqualTo(result.get("stateRoot").asString());
        assertThat(file.hash().toString()).isEqualTo(result.get("hash").asString());
    }

    /** The first block of the chain says what its parent's hash is. */
    @Test
    void thePublicTestChainStandsOnItsGenesis() throws Exception {
        GenesisFile file =
                GenesisFile.read(GenesisTexts.fixture("ethereum/rpc-compat/tests/genesis.json"));
        Bytes chain =
                Bytes.wrap(
                        java.nio.file.Files.readAllBytes(
                                GenesisTexts.fixture("ethereum/rpc-compat/tests/chain.rlp")));
        Block first = Block.read(dev.lockstep.types.RlpReader.of(chain));
        assertThat(first.header().number()).isEqualTo(1);
        assertThat(file.hash()).isEqualTo(first.header().parentHash());
        var schedule = file.spec().schedule();
        assertThat(schedule.at(0, 0).fork()).isEqualTo(Fork.HOMESTEAD);
        assertThat(schedule.at(26, 260).fork()).isEqualTo(Fork.BERLIN);
        assertThat(schedule.at(36, 360).fork()).isEqualTo(Fork.PARIS);
        assertThat(schedule.at(39, 390).fork()).isEqualTo(Fork.SHANGHAI);
        assertThat(schedule.at(48, 480).fork()).isEqualTo(Fork.OSAKA);
        assertThat(schedule.at(48, 480).blobs().maxPerBlock()).isEqualTo(9);
        assertThat(schedule.at(51, 510).blobs().maxPerBlock()).isEqualTo(15);
        assertThat(schedule.at(54, 540).blobs().maxPerBlock()).isEqualTo(21);
    }
}
