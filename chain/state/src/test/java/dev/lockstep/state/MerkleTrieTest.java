package dev.lockstep.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.Rlp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MerkleTrieTest {
    @Test
    void anEmptyTrieHasTheEmptyRoot() {
        assertThat(new MerkleTrie().root()).isEqualTo(Hash.EMPTY_TRIE);
        assertThat(new MerkleTrie().changes().root()).isEqualTo(Hash.EMPTY_TRIE);
    }

    /**
     * The trie kept by path through many rounds equals, after each, the naive one of all pairs; and
     * its stored nodes are those of one built afresh, none left over; whether changes come one by
     * one or together, few or enough for threads, with or without a cache.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aStoredTrieEqualsTheNaiveOneAfterEveryRound(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TreeMap<Bytes, Bytes> pairs = new TreeMap<>(Keys.ORDER);
        TreeMap<Bytes, Bytes> stored = new TreeMap<>(Keys.ORDER);
        Hash root = Hash.EMPTY_TRIE;
        BranchCache branches = seed % 2 == 0 ? BranchCache.NONE : new BranchCache();
        for (int round = 0; round < 60; round++) {
            MerkleTrie trie = new MerkleTrie(root, stored::get, branches);
            int changes = 1 + random.nextInt(round % 20 == 11 ? 300 : 12);
            Map<Bytes, Bytes> together = new HashMap<>();
            for (int i = 0; i < changes; i++) {
                Bytes key = key(random, seed);
                // Reading in between must not disturb what is written.
                if (!together.containsKey(key)) {
                    assertThat(trie.get(key)).isEqualTo(pairs.get(key));
                }
                boolean deletes = random.nextInt(5) < 2;
                Bytes value = deletes ? Bytes.EMPTY : randomBytes(random, 1 + random.nextInt(50));
                if (round % 2 == 0) trie.put(key, value);
                else together.put(key, value);
                if (deletes) pairs.remove(key);
                else pairs.put(key, value);
            }
            trie.putAll(together);
            trie.prove(key(random, seed));
            MerkleTrie.Changes result = trie.changes();
            root = result.root();
            write(result, stored);
            assertThat(root)
                    .as("root, seed %d, round %d", seed, round)
                    .isEqualTo(NaiveTrie.rootOf(pairs));
            MerkleTrie fresh = new MerkleTrie();
            pairs.forEach(fresh::put);
            assertThat(stored)
                    .as("stored nodes, seed %d, round %d", seed, round)
                    .isEqualTo(withoutGone(fresh.changes().nodes()));
            MerkleTrie reread = new MerkleTrie(root, stored::get);
            pairs.forEach((key, value) -> assertThat(reread.get(key)).isEqualTo(value));
        }
        MerkleTrie emptied = new MerkleTrie(root, stored::get);
        pairs.keySet().forEach(emptied::remove);
        MerkleTrie.Changes last = emptied.changes();
        write(last, stored);
        assertThat(last.root()).isEqualTo(Hash.EMPTY_TRIE);
        assertThat(stored).as("left over, seed %d", seed).isEmpty();
    }

    private static void write(MerkleTrie.Changes changes, Map<Bytes, Bytes> stored) {
        changes.nodes()
                .forEach(
                        (path, node) -> {
                            if (node.isEmpty()) stored.remove(path);
                            else stored.put(path, node);
                        });
    }

    @Test
    void onlyNodesOnChangedPathsAreReadAndWritten() {
        TreeMap<Bytes, Bytes> stored = new TreeMap<>(Keys.ORDER);
        MerkleTrie trie = new MerkleTrie();
        for (int i = 0; i < 2000; i++) {
            trie.put(Keccak.hash(Bytes.ofUnsignedInt(i)).bytes(), Bytes.repeat((byte) 1, 40));
        }
        MerkleTrie.Changes all = trie.changes();
        write(all, stored);
        int[] reads = new int[1];
        MerkleTrie again =
                new MerkleTrie(
                        all.root(),
                        path -> {
                            reads[0]++;
                            return stored.get(path);
                        });
        again.put(Keccak.hash(Bytes.ofUnsignedInt(7)).bytes(), Bytes.of(9));
        assertThat(again.changes().nodes()).hasSizeLessThan(8);
        assertThat(reads[0]).isLessThan(8);
    }

    @Test
    void aProofLeadsFromTheRootToTheValueOrToItsAbsence() {
        for (long seed = 11; seed < 15; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            MerkleTrie trie = new MerkleTrie();
            TreeMap<Bytes, Bytes> pairs = new TreeMap<>(Keys.ORDER);
            for (int i = 0; i < 100; i++) {
                Bytes key = i % 2 == 0 ? key(random, seed) : randomBytes(random, 32);
                Bytes value = randomBytes(random, 1 + random.nextInt(40));
                pairs.put(key, value);
                trie.put(key, value);
            }
            for (int i = 0; i < 100; i++) pairs.putIfAbsent(key(random, seed + 1), Bytes.EMPTY);
            MerkleTrie.Changes changes = trie.changes();
            MerkleTrie stored = new MerkleTrie(changes.root(), changes.nodes()::get);
            for (Map.Entry<Bytes, Bytes> pair : pairs.entrySet()) {
                Bytes key = pair.getKey();
                Bytes value = ProofReader.value(changes.root(), stored.prove(key), key);
                assertThat(value == null ? Bytes.EMPTY : value)
                        .as("seed %d, key %s", seed, key)
                        .isEqualTo(pair.getValue());
                assertThat(trie.prove(key)).isEqualTo(stored.prove(key));
            }
        }
    }

    @Test
    void aLostOrAlteredNodeIsALocalFault() {
        TreeMap<Bytes, Bytes> stored = new TreeMap<>(Keys.ORDER);
        MerkleTrie trie = new MerkleTrie();
        for (int i = 0; i < 40; i++) {
            trie.put(Keccak.hash(Bytes.of(i)).bytes(), Bytes.repeat((byte) 1, 40));
        }
        MerkleTrie.Changes changes = trie.changes();
        stored.putAll(changes.nodes());
        Bytes key = Keccak.hash(Bytes.of(3)).bytes();
        Bytes path = Bytes.of(key.get(0) >> 4 & 15);
        Bytes good = stored.remove(path);
        MerkleTrie lacking = new MerkleTrie(changes.root(), stored::get);
        assertThatThrownBy(() -> lacking.get(key))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("missing");
        stored.put(path, Bytes.concatenate(good, Bytes.of(0)));
        MerkleTrie altered = new MerkleTrie(changes.root(), stored::get);
        assertThatThrownBy(() -> altered.put(key, Bytes.of(1)))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("damaged");
        MerkleTrie together = new MerkleTrie(changes.root(), stored::get);
        Map<Bytes, Bytes> many = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            many.put(Keccak.hash(Bytes.ofUnsignedInt(i)).bytes(), key);
        }
        assertThatThrownBy(() -> together.putAll(many))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("the trie node at path");
    }

    /** As many as would overflow a stack, did each take a frame of it. */
    @Test
    void manyPairsBelowOneExtensionArePutTogether() {
        TreeMap<Bytes, Bytes> pairs = new TreeMap<>(Keys.ORDER);
        MerkleTrie trie = new MerkleTrie();
        for (int i = 0; i < 30_000; i++) {
            // All but the last begin alike.
            Bytes key = Bytes.concatenate(Bytes.ofUnsignedInt(i / 29_999), Bytes.ofUnsignedInt(i));
            pairs.put(key, Bytes.ofUnsignedInt(i + 1));
            if (i < 2) trie.put(key, Bytes.of(1));
        }
        trie.putAll(pairs);
        assertThat(trie.root()).isEqualTo(MerkleTrie.rootOf(pairs));
        pairs.replaceAll((_, _) -> Bytes.EMPTY);
        trie.putAll(pairs);
        assertThat(trie.root()).isEqualTo(Hash.EMPTY_TRIE);
        trie.putAll(pairs);
        assertThat(trie.root()).isEqualTo(Hash.EMPTY_TRIE);
    }

    @Test
    void aCachedBranchIsNotReadAgain() {
        BranchCache branches = new BranchCache();
        MerkleTrie trie = new MerkleTrie(Hash.EMPTY_TRIE, _ -> null, branches);
        for (int i = 0; i < 2_000; i++) {
            trie.put(Keccak.hash(Bytes.ofUnsignedInt(i)).bytes(), Bytes.repeat((byte) 1, 40));
        }
        MerkleTrie.Changes changes = trie.changes();
        int[] reads = new int[1];
        MerkleTrie again =
                new MerkleTrie(
                        changes.root(),
                        path -> {
                            reads[0]++;
                            return changes.nodes().get(path);
                        },
                        branches);
        assertThat(again.get(Keccak.hash(Bytes.ofUnsignedInt(7)).bytes())).isNotNull();
        assertThat(reads[0]).as("only the leaf").isEqualTo(1);
    }

    @Test
    void plainBranchesAreReadAsTheWholeDecoderReadsThem() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 2_000; i++) {
            TrieNode[] children = new TrieNode[TrieNode.BRANCHES];
            for (int at = 0; at < children.length; at++) {
                children[at] =
                        random.nextInt(3) == 0
                                ? TrieNode.EMPTY
                                : TrieNode.Stored.of(Hash.of(randomBytes(random, 32)));
            }
            Bytes value = random.nextInt(4) == 0 ? randomBytes(random, 9) : null;
            Bytes encoded = TrieNode.encode(new TrieNode.Branch(children, value));
            Bytes expected =
                    Rlp.list(
                            list -> {
                                for (TrieNode child : children) list.raw(TrieNode.reference(child));
                                list.bytes(value == null ? Bytes.EMPTY : value);
                            });
            assertThat(encoded).isEqualTo(expected);
            assertThat(TrieNode.encode(TrieNode.decode(encoded))).isEqualTo(expected);
        }
    }

    @Test
    void bytesThatAreNoNodeAreALocalFault() {
        for (String hex :
                new String[] {
                    "0x", "0x80", "0xc0", "0xc100", "0xc28080", "0xc3208080", "0xc20002"
                }) {
            Bytes encoded = Bytes.fromHexString(hex);
            assertThatThrownBy(() -> TrieNode.decode(encoded))
                    .as(hex)
                    .isInstanceOf(LocalFault.class);
        }
    }

    @Test
    void aListRootIsThatOfItsIndexedTrie() {
        SplittableRandom random = new SplittableRandom(21);
        List<Bytes> items = new ArrayList<>();
        TreeMap<Bytes, Bytes> pairs = new TreeMap<>(Keys.ORDER);
        for (int i = 0; i < 300; i++) {
            assertThat(MerkleTrie.rootOfList(items))
                    .as("%d items", i)
                    .isEqualTo(NaiveTrie.rootOf(pairs));
            Bytes item = randomBytes(random, 1 + random.nextInt(60));
            items.add(item);
            Bytes key =
                    i == 0
                            ? Bytes.of(0x80)
                            : i < 128
                                    ? Bytes.of(i)
                                    : i < 256 ? Bytes.of(0x81, i) : Bytes.of(0x82, i >> 8, i & 255);
            pairs.put(key, item);
        }
    }

    private static Map<Bytes, Bytes> withoutGone(Map<Bytes, Bytes> nodes) {
        TreeMap<Bytes, Bytes> there = new TreeMap<>(Keys.ORDER);
        there.putAll(nodes);
        there.values().removeIf(Bytes::isEmpty);
        return there;
    }

    /**
     * Short keys for odd seeds, so that keys are prefixes of keys; 32 bytes with shared beginnings
     * for even ones.
     */
    private static Bytes key(SplittableRandom random, long seed) {
        if (seed % 2 == 1) {
            byte[] key = new byte[1 + random.nextInt(3)];
            for (int i = 0; i < key.length; i++) key[i] = (byte) (random.nextInt(256) & 0x13);
            return Bytes.wrap(key);
        }
        Bytes tail = randomBytes(random, 2);
        return Bytes.concatenate(Bytes.wrap(new byte[30]), tail.and(Bytes.fromHexString("0x3113")));
    }

    private static Bytes randomBytes(SplittableRandom random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        if (bytes[0] == 0) bytes[0] = 1;
        return Bytes.wrap(bytes);
    }
}
