package dev.lockstep.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Hash;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
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
        JsonNode tests = file("trie/" + name);
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

    private static JsonNode file(String name) {
        String fixtures = System.getenv("LOCKSTEP_FIXTURES");
        if (fixtures == null)
            System.out.println("SKIPPED: LOCKSTEP_FIXTURES is not set, so " + name + " is not run");
        assumeTrue(fixtures != null, "LOCKSTEP_FIXTURES is not set");
        return JsonMapper.shared().readTree(Path.of(fixtures, "ethereum", name + ".json"));
    }

    /** The store has keys in their order, upwards; nothing here asks for the one before. */
    @Test
    void aScanFindsTheNextKeyAsThePublicTestHasIt() {
        int count = 0;
        for (JsonNode test : file("trie/trietestnextprev")) {
            WriteBatch batch = new WriteBatch();
            for (JsonNode key : test.get("in")) {
                batch.put(Column.META, bytes(key.asString()), Bytes.of(1));
            }
            try (MemoryStore store = new MemoryStore()) {
                store.write(batch);
                for (JsonNode probe : test.get("tests")) {
                    Bytes[] next = {Bytes.EMPTY};
                    store.scan(
                            Column.META,
                            Bytes.concatenate(bytes(probe.get(0).asString()), Bytes.of(0)),
                            Bytes.of(0xff),
                            (key, _) -> {
                                next[0] = key;
                                return false;
                            });
                    assertThat(next[0])
                            .as("after %s", probe.get(0))
                            .isEqualTo(bytes(probe.get(2).asString()));
                    count++;
                }
            }
        }
        System.out.println("trie/trietestnextprev, next: " + count + " passed of " + count);
        assertThat(count).isPositive();
    }

    @Test
    void pathsAreWrittenAsThePublicTestOfTheHexPrefixHasThem() {
        int count = 0;
        for (JsonNode test : file("basic/hexencodetest")) {
            byte[] nibbles = new byte[test.get("seq").size()];
            for (int i = 0; i < nibbles.length; i++) {
                nibbles[i] = (byte) test.get("seq").get(i).asInt();
            }
            boolean isLeaf = test.get("term").asBoolean();
            Bytes expected = Bytes.fromHexString(test.get("out").asString());
            assertThat(Nibbles.compact(nibbles, isLeaf)).isEqualTo(expected);
            assertThat(Nibbles.fromCompact(expected)).isEqualTo(nibbles);
            assertThat(Nibbles.isLeaf(expected)).isEqualTo(isLeaf);
            count++;
        }
        System.out.println("basic/hexencodetest: " + count + " passed of " + count);
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
