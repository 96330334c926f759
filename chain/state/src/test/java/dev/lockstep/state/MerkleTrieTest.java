package dev.lockstep.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Hash;
import dev.lockstep.types.RlpReader;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;
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
     * The trie kept by path through many rounds equals, after each, one built afresh; and so do its
     * stored nodes.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aStoredTrieEqualsOneBuiltAfreshAfterEveryRound(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TreeMap<Bytes, Bytes> pairs = new TreeMap<>(Keys.ORDER);
        TreeMap<Bytes, Bytes> stored = new TreeMap<>(Keys.ORDER);
        for (int round = 0; round < 60; round++) {
            MerkleTrie trie = new MerkleTrie(stored::get);
            int changes = 1 + random.nextInt(12);
            for (int i = 0; i < changes; i++) {
                Bytes key = key(random, seed);
                boolean deletes = random.nextInt(5) < 2;
                Bytes value = deletes ? Bytes.EMPTY : randomBytes(random, 1 + random.nextInt(50));
                trie.put(key, value);
                if (deletes) pairs.remove(key);
                else pairs.put(key, value);
            }
            MerkleTrie.Changes result = trie.changes();
            result.nodes()
                    .forEach(
                            (path, node) -> {
                                if (node.isEmpty()) stored.remove(path);
                                else stored.put(path, node);
                            });
            MerkleTrie fresh = new MerkleTrie();
            pairs.forEach(fresh::put);
            assertThat(result.root()).as("seed %d, round %d", seed, round).isEqualTo(fresh.root());
            assertThat(stored)
                    .as("stored nodes, seed %d, round %d", seed, round)
                    .isEqualTo(withoutGone(fresh.changes().nodes()));
            MerkleTrie reread = new MerkleTrie(stored::get);
            pairs.forEach((key, value) -> assertThat(reread.get(key)).isEqualTo(value));
        }
    }

    @Test
    void aProofLeadsFromTheRootToTheValueOrToItsAbsence() {
        SplittableRandom random = new SplittableRandom(11);
        MerkleTrie trie = new MerkleTrie();
        TreeMap<Bytes, Bytes> pairs = new TreeMap<>(Keys.ORDER);
        for (int i = 0; i < 300; i++) {
            Bytes key = Keccak.hash(Bytes.ofUnsignedInt(i)).bytes();
            Bytes value = randomBytes(random, 1 + random.nextInt(40));
            pairs.put(key, value);
            trie.put(key, value);
        }
        pairs.forEach(
                (key, value) ->
                        assertThat(follow(trie.root(), trie.prove(key), key)).isEqualTo(value));
        Bytes absent = Keccak.hash(Bytes.ofUnsignedInt(1_000_000)).bytes();
        assertThat(follow(trie.root(), trie.prove(absent), absent)).isNull();
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

    /** A verifier of its own: hash by hash, item by item. */
    private static @Nullable Bytes follow(Hash root, List<Bytes> proof, Bytes key) {
        String nibbles = key.toUnprefixedHexString();
        Bytes expected = root.bytes();
        int at = 0;
        for (int i = 0; i < proof.size(); i++) {
            Bytes node = proof.get(i);
            assertThat(Keccak.hash(node).bytes()).isEqualTo(expected);
            List<Bytes> items =
                    RlpReader.list(
                            node,
                            in -> {
                                java.util.ArrayList<Bytes> all = new java.util.ArrayList<>();
                                while (in.hasMore())
                                    all.add(in.nextIsList() ? in.raw() : in.bytes());
                                return all;
                            });
            if (items.size() == 17) {
                Bytes child = items.get(Character.digit(nibbles.charAt(at++), 16));
                if (child.isEmpty()) return null;
                expected = child;
                continue;
            }
            String compact = items.getFirst().toUnprefixedHexString();
            int flags = Character.digit(compact.charAt(0), 16);
            String path = compact.substring(flags % 2 == 1 ? 1 : 2);
            if (!nibbles.startsWith(path, at)) return null;
            at += path.length();
            if (flags >= 2) return items.get(1);
            expected = items.get(1);
        }
        throw new AssertionError("the proof ends before the key does");
    }
}
