package dev.lockstep.genesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.SignedTransaction;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class PresetsTest {
    private static final Address VALIDATOR = Address.ofNumber(77);
    private static final Hash ONE = new Hash(Bytes32.repeat((byte) 1));
    private static final Hash TWO = new Hash(Bytes32.repeat((byte) 2));

    @Test
    void aDevChainStartsAtOsakaWithItsModelsAndAccounts() {
        GenesisFile file = Presets.dev(VALIDATOR, List.of(TWO, ONE));
        assertThat(file.unsupported()).isEmpty();
        assertThat(file.spec().chainId()).isEqualTo(UInt256.valueOf(1337));
        assertThat(file.spec().rules(file.header()).fork()).isEqualTo(Fork.OSAKA);
        assertThat(file.spec().inference().models()).containsExactly(ONE, TWO);
        assertThat(file.qbft().validators()).containsExactly(VALIDATOR);
        assertThat(file.qbft().at(0).blockPeriodSeconds()).isZero();
        assertThat(file.header().mixHash()).isEqualTo(QbftExtraData.MIX_HASH);
        assertThat(file.header().difficulty()).isEqualTo(UInt256.ONE);
        for (var account : DevAccounts.all()) {
            assertThat(
                            file.alloc()
                                    .accounts()
                                    .get(account.address())
                                    .after()
                                    .balance()
                                    .toDecimalString())
                    .isEqualTo("10000000000000000000000");
        }
        assertThat(file.alloc().accounts()).hasSize(10 + 5 + 1);
        assertThat(file.alloc().accounts().get(Address.ofNumber(0x0a01)).after().nonce())
                .isEqualTo(1);
    }

    @Test
    void itIsStableAndRoundTrips() {
        GenesisFile file = Presets.dev(VALIDATOR, List.of(ONE));
        assertThat(Presets.dev(VALIDATOR, List.of(ONE))).isEqualTo(file);
        assertThat(GenesisFile.read(file.toJson())).isEqualTo(file);
        assertThat(Presets.dev(VALIDATOR, List.of(TWO)).hash())
                .as("models are no part of block 0's header, but of the file")
                .isEqualTo(file.hash());
        assertThat(Presets.dev(Address.ofNumber(78), List.of(ONE)).hash())
                .isNotEqualTo(file.hash());
    }

    @Test
    void aNetworkHasItsValidatorsInOrder() {
        GenesisFile file =
                Presets.network(
                        new Presets.Network(
                                List.of(Address.ofNumber(9), VALIDATOR, Address.ofNumber(3)),
                                new TreeMap<>(),
                                List.of(),
                                5,
                                2));
        assertThat(file.qbft().validators())
                .containsExactly(Address.ofNumber(3), Address.ofNumber(9), VALIDATOR);
        assertThat(file.qbft().requestTimeoutSeconds()).isEqualTo(4);
        assertThatThrownBy(
                        () ->
                                Presets.network(
                                        new Presets.Network(
                                                List.of(), new TreeMap<>(), List.of(), 5, 2)))
                .hasMessage("a network needs at least one validator");
    }

    @Test
    void eachKeyOfTheWellKnownAccountsGivesItsAddress() {
        TreeSet<Address> distinct = new TreeSet<>();
        for (var account : DevAccounts.all()) {
            assertThat(account.keys().address()).isEqualTo(account.address());
            distinct.add(account.address());
        }
        assertThat(distinct).hasSize(10);
    }

    /** The codes stand in the state before public test chains, at the same addresses. */
    @Test
    void systemContractsAreThoseOfPublicTestChains() {
        JsonNode alloc =
                GenesisTexts.json(
                                GenesisTexts.text(
                                        GenesisTexts.fixture(
                                                "ethereum/rpc-compat/tests/genesis.json")))
                        .get("alloc");
        int compared = 0;
        for (SystemContract contract : SystemContract.ALL) {
            JsonNode other = alloc.get(contract.address().bytes().toUnprefixedHexString());
            if (other == null) continue;
            assertThat(contract.code().toHexString()).isEqualTo(other.get("code").asString());
            compared++;
        }
        assertThat(compared).isEqualTo(4);
    }

    /** The transaction by which it comes to any chain: its address and its code follow from it. */
    @Test
    void theDeploymentContractIsWhatItsOwnTransactionMakes() {
        SignedTransaction deployment =
                SignedTransaction.decode(
                        Bytes.fromHexString(
                                "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe"
                                        + "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                                        + "e03601600081602082378035828234f58015156039578182fd5b808252505050"
                                        + "6014600cf31ba022222222222222222222222222222222222222222222222222"
                                        + "22222222222222a0222222222222222222222222222222222222222222222222"
                                        + "2222222222222222"));
        SystemContract contract = SystemContract.ALL.getLast();
        assertThat(Address.created(deployment.sender(), 0)).isEqualTo(contract.address());
        // Its first 14 bytes copy the rest of it into place.
        assertThat(deployment.transaction().data().slice(14)).isEqualTo(contract.code());
    }
}
