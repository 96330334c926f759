package dev.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.QbftExtraData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A node in a folder as Besu's operators prepare it, on a chain without model calls. */
class PlainChainTest {
    private static final long PATIENCE_MILLIS = 60_000;

    @TempDir Path folder;

    private static GenesisFile genesis(String config, KeyPair validator) {
        QbftExtraData extraData =
                new QbftExtraData(Bytes32.ZERO, List.of(validator.address()), null, 0, List.of());
        return GenesisFile.read(
                """
                {
                  "config": { "chainid": 1337, %s, "qbft": { "blockperiodseconds": 1 } },
                  "nonce": "0x0",
                  "timestamp": "0x5b3d92d7",
                  "extraData": "%s",
                  "gasLimit": "0x1fffffffffffff",
                  "difficulty": "0x1",
                  "mixHash": "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365",
                  "coinbase": "0x0000000000000000000000000000000000000000",
                  "alloc": { "fe3b557e8fb62b89f4916b721be55ceb828dbd73": { "balance": "1" } }
                }
                """
                        .formatted(config, extraData.encode().toHexString()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"berlinBlock\": 0, \"contractSizeLimit\": 2147483647 | | false",
                "\"londonBlock\": 0, \"zeroBaseFee\": true | 0 | false",
                "\"londonBlock\": 0, \"shanghaiTime\": 0, \"osakaTime\": 0 | 875000000 | true"
            })
    void aNodeMakesBlocksOnIt(String config, Long baseFee, boolean isOsaka) throws Exception {
        KeyPair key = DataFolder.newKey();
        Files.writeString(folder.resolve("key"), key.secret().toUnprefixedHexString());
        DataFolder joined = DataFolder.join(folder, genesis(config, key));
        assertThat(joined.key()).isEqualTo(key);
        try (Node node = LoneNode.start(joined, joined.key(), List.of())) {
            long until = System.currentTimeMillis() + PATIENCE_MILLIS;
            while (node.chain().ledger().head().number() < 2) {
                assertThat(System.currentTimeMillis()).as("patience").isLessThan(until);
                Thread.sleep(20);
            }
            BlockHeader first = node.chain().ledger().header(1);
            assertThat(first.baseFee())
                    .isEqualTo(baseFee == null ? null : UInt256.valueOf(baseFee));
            assertThat(first.requestsHash() != null).isEqualTo(isOsaka);
            assertThat(first.difficulty()).isEqualTo(UInt256.ONE);
            assertThat(first.mixHash()).isEqualTo(QbftExtraData.MIX_HASH);
            assertThat(first.gasLimit()).isEqualTo(0x1fffffffffffffL);
            assertThat(first.coinbase()).isEqualTo(key.address());
            QbftExtraData extraData = QbftExtraData.decode(first.extraData());
            assertThat(extraData.vanity()).isEqualTo(Bytes32.ZERO);
            assertThat(extraData.seals()).hasSize(1);
        }
        assertThat(DataFolder.join(folder, genesis(config, key)).key()).isEqualTo(key);
    }

    @Test
    void aFolderStaysItsChains() throws Exception {
        KeyPair key = DataFolder.newKey();
        DataFolder made = DataFolder.join(folder, genesis("\"berlinBlock\": 0", key));
        KeyPair own = made.key();
        assertThat(DataFolder.join(folder, genesis("\"BERLINBLOCK\": \"0x0\"", key)).key())
                .isEqualTo(own);
        for (String other :
                List.of("\"londonBlock\": 0", "\"berlinBlock\": 0, \"londonBlock\": 9")) {
            assertThatThrownBy(() -> DataFolder.join(folder, genesis(other, key)))
                    .isInstanceOf(LocalFault.class)
                    .hasMessageContaining("is the folder of another chain");
        }
    }
}
