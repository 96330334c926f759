package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class BlockHeaderTest {
    /** Every eighth file suffices for all forks and keeps the test short. */
    private static final int STRIDE = 8;

    private static final List<String> FOLDERS =
            List.of("ethereum/blockchain/eest-v5.4.0", "ethereum/blockchain/ethereum-tests");

    @Test
    void realHeadersAndBlocksHashAndEncodeAsTheirChainsSay() {
        Set<String> networks = new TreeSet<>();
        int genesisBlocks = 0;
        int blocks = 0;
        for (String folder : FOLDERS) {
            List<Path> files = Fixtures.jsonBelow(Fixtures.path(folder));
            for (int i = 0; i < files.size(); i += STRIDE) {
                for (var test : Fixtures.json(files.get(i)).properties()) {
                    JsonNode value = test.getValue();
                    networks.add(value.get("network").asString());
                    expectBlock(
                            Bytes.fromHexString(value.get("genesisRLP").asString()),
                            value.get("genesisBlockHeader"),
                            test.getKey());
                    genesisBlocks++;
                    for (JsonNode block : value.get("blocks")) {
                        if (!block.has("blockHeader")) continue;
                        expectBlock(
                                Bytes.fromHexString(block.get("rlp").asString()),
                                block.get("blockHeader"),
                                test.getKey());
                        blocks++;
                    }
                }
            }
        }
        System.out.printf(
                "real blocks: %d of genesis and %d after it, networks %s%n",
                genesisBlocks, blocks, networks);
        assertThat(genesisBlocks).isGreaterThan(100);
        assertThat(blocks).isGreaterThan(100);
        assertThat(networks).contains("Osaka", "Prague", "Cancun");
    }

    private static void expectBlock(Bytes encoded, JsonNode header, String name) {
        Block block = Block.decode(encoded);
        assertThat(block.encode()).as(name).isEqualTo(encoded);
        BlockHeader decoded = block.header();
        assertThat(decoded.plainHash().toString())
                .as(name)
                .isEqualTo(header.get("hash").asString());
        assertThat(decoded.stateRoot().toString()).isEqualTo(header.get("stateRoot").asString());
        assertThat(decoded.coinbase().toString()).isEqualTo(header.get("coinbase").asString());
        assertThat(decoded.gasLimit()).isEqualTo(number(header, "gasLimit"));
        assertThat(decoded.timestamp()).isEqualTo(number(header, "timestamp"));
        assertThat(decoded.baseFee() != null).isEqualTo(header.has("baseFeePerGas"));
        assertThat(decoded.requestsHash() != null).isEqualTo(header.has("requestsHash"));
        assertThat(decoded.toBuilder().build()).isEqualTo(decoded);
    }

    private static long number(JsonNode header, String field) {
        return Long.parseUnsignedLong(header.get(field).asString().substring(2), 16);
    }

    @Test
    void eachForkAddsFieldsAndNoFieldStandsWithoutThoseBefore() {
        Block full = Samples.block(new Random(4), List.of());
        BlockHeader.Builder b = full.header().toBuilder();
        b.requestsHash = null;
        assertThat(BlockHeader.decode(b.build().encode())).isEqualTo(b.build());
        b.parentBeaconBlockRoot = null;
        b.excessBlobGas = null;
        b.blobGasUsed = null;
        assertThat(BlockHeader.decode(b.build().encode())).isEqualTo(b.build());
        b.withdrawalsRoot = null;
        b.baseFee = null;
        assertThat(BlockHeader.decode(b.build().encode())).isEqualTo(b.build());
        assertThat(b.build().baseFeeOrZero().isZero()).isTrue();
        b.withdrawalsRoot = Hash.ZERO;
        assertThatThrownBy(() -> b.build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("withdrawalsRoot without baseFee");
    }

    @Test
    void aFieldTooManyIsRefused() {
        Bytes encoded = Samples.block(new Random(5), List.of()).header().encode();
        Bytes inner = encoded.slice(3);
        Bytes longer = Rlp.list(list -> list.raw(inner).hash(Hash.ZERO));
        assertThatThrownBy(() -> BlockHeader.decode(longer))
                .isInstanceOf(RlpException.class)
                .hasMessageContaining("bytes too many");
    }
}
