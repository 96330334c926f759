package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * The public basic tests. Left out are {@code blockgenesistest}, whose headers have 13 fields as
 * they did before Frontier, and {@code crypto}, which is of the network's handshake.
 */
class BasicFixtureTest {
    private static JsonNode file(String name) {
        return Fixtures.json(Fixtures.path("ethereum/basic/" + name + ".json"));
    }

    private static Bytes hex(JsonNode value) {
        return Bytes.fromHexString(value.asString());
    }

    private static void passed(String name, int count) {
        System.out.println("basic/" + name + ": " + count + " passed of " + count);
        assertThat(count).isPositive();
    }

    /**
     * The file's signatures are left out: they are of no digest of the empty string that is known.
     */
    @Test
    void keysOfSeedsHaveTheirAddresses() {
        int count = 0;
        for (JsonNode test : file("keyaddrtest")) {
            Bytes seed = Bytes.wrap(test.get("seed").asString().getBytes(StandardCharsets.UTF_8));
            Bytes key = hex(test.get("key"));
            Address address = Address.of(hex(test.get("addr")));
            assertThat(Keccak.hash(seed).bytes()).isEqualTo(key);
            assertThat(KeyPair.of(Bytes32.wrap(key)).address()).isEqualTo(address);
            count++;
        }
        passed("keyaddrtest", count);
    }

    @Test
    void transactionsAreReadWithTheirFieldsAndSenders() {
        int count = 0;
        for (JsonNode test : file("txtest")) {
            Bytes encoded = hex(test.get("signed"));
            Transaction tx = Transaction.decode(encoded);
            assertThat(tx.encode()).isEqualTo(encoded);
            assertThat(tx.nonce()).isEqualTo(test.get("nonce").asLong());
            assertThat(tx.gasLimit()).isEqualTo(test.get("startgas").asLong());
            assertThat(tx.value()).isEqualTo(UInt256.valueOf(test.get("value").asLong()));
            assertThat(tx.data()).isEqualTo(hex(test.get("data")));
            Bytes to = hex(test.get("to"));
            assertThat(tx.to()).isEqualTo(to.isEmpty() ? null : Address.of(to));
            SignedTransaction signed = Objects.requireNonNull(SignedTransaction.recover(tx));
            KeyPair keys = KeyPair.of(Bytes32.wrap(hex(test.get("key"))));
            assertThat(signed.sender()).isEqualTo(keys.address());
            count++;
        }
        passed("txtest", count);
    }

    @Test
    void theFirstBlockHasItsHash() {
        JsonNode test = file("genesishashestest");
        BlockHeader header = Block.decode(hex(test.get("genesis_rlp_hex"))).header();
        assertThat(header.stateRoot().bytes()).isEqualTo(hex(test.get("genesis_state_root")));
        assertThat(header.plainHash().bytes()).isEqualTo(hex(test.get("genesis_hash")));
        passed("genesishashestest", 1);
    }
}
