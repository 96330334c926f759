package dev.lockstep.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Hash;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The public trie tests, each in every file. */
class TrieFixtureTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "trietest",
                "trietest_secureTrie",
                "trieanyorder",
                "trieanyorder_secureTrie",
                "hex_encoded_securetrie_test"
            })
    void rootsAreThoseOfThePublicTests(String name) {
        String fixtures = System.getenv("LOCKSTEP_FIXTURES");
        if (fixtures == null)
            System.out.println(
                    "SKIPPED: LOCKSTEP_FIXTURES is not set, so the public trie tests are not run");
        assumeTrue(fixtures != null, "LOCKSTEP_FIXTURES is not set");
        JsonNode tests =
                JsonMapper.shared().readTree(Path.of(fixtures, "ethereum/trie", name + ".json"));
        boolean isSecure = name.toLowerCase(java.util.Locale.ROOT).contains("secure");
        int count = 0;
        for (Map.Entry<String, JsonNode> test : tests.properties()) {
            assertThat(root(test.getValue().get("in"), isSecure))
                    .as("%s of %s", test.getKey(), name)
                    .isEqualTo(Hash.fromHex(test.getValue().get("root").asString()));
            count++;
        }
        System.out.println("trie/" + name + ": " + count + " passed of " + count);
        assertThat(count).isPositive();
    }

    private static Hash root(JsonNode in, boolean isSecure) {
        MerkleTrie trie = new MerkleTrie();
        if (in.isArray()) {
            for (JsonNode pair : in) put(trie, isSecure, pair.get(0).asString(), pair.get(1));
        } else {
            for (Map.Entry<String, JsonNode> pair : in.properties())
                put(trie, isSecure, pair.getKey(), pair.getValue());
        }
        assertThat(trie.changes().root()).isEqualTo(trie.root());
        return trie.root();
    }

    private static void put(MerkleTrie trie, boolean isSecure, String key, JsonNode value) {
        Bytes path = isSecure ? Keccak.hash(bytes(key)).bytes() : bytes(key);
        if (value.isNull()) trie.remove(path);
        else trie.put(path, bytes(value.asString()));
    }

    private static Bytes bytes(String text) {
        return text.startsWith("0x")
                ? Bytes.fromHexString(text)
                : Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
