package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.Hash;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.junit.jupiter.api.Test;

class V4TableTest {
    private final V4Table table = new V4Table(new Hash(Bytes32.ZERO));

    /** With the key that the number is, in the bucket of its highest bit. */
    private static V4Contact contact(int key, int... ip) {
        byte[] bytes = new byte[4];
        for (int i = 0; i < 4; i++) bytes[i] = (byte) ip[i];
        try {
            Hash hash = new Hash(Bytes32.leftPad(Bytes.ofUnsignedInt(key)));
            Bytes id = Bytes.concatenate(hash.bytes(), hash.bytes());
            return new V4Contact(
                    new V4Node(id, hash, InetAddress.getByAddress(bytes), 30303, 30303), 0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aFullBucketNamesWhoWasNotSeenForLongest() {
        List<V4Contact> all =
                IntStream.range(0, 16).mapToObj(i -> contact(1024 + i, 50, i, 0, 1)).toList();
        for (V4Contact one : all) assertThat(table.add(one)).isNull();
        V4Contact late = contact(1024 + 16, 50, 16, 0, 1);
        assertThat(table.add(late)).isSameAs(all.get(0));
        assertThat(table.add(all.get(0))).isNull();
        assertThat(table.add(late)).isSameAs(all.get(1));
        table.remove(all.get(1));
        assertThat(table.add(late)).isNull();
        assertThat(table.contacts()).contains(late, all.get(0)).doesNotContain(all.get(1));
        assertThat(table.add(contact(2048, 50, 17, 0, 1))).as("another bucket").isNull();
        assertThat(table.size()).isEqualTo(17);
    }

    @Test
    void noNetworkFillsABucket() {
        for (int i = 0; i < 16; i++) {
            assertThat(table.add(contact(1024 + i, 50, 1, 1, i))).isNull();
            assertThat(table.add(contact(2048 + i, 192, 168, 1, 1))).isNull();
            assertThat(table.add(contact(4096 + i, 192, 168, 1, i))).isNull();
        }
        assertThat(table.size()).isEqualTo(2 + 8 + 16);
    }

    @Test
    void theClosestComeFirst() {
        for (int key : new int[] {7, 1, 12, 3, 200}) table.add(contact(key, 50, key, 0, 1));
        Hash target = new Hash(Bytes32.leftPad(Bytes.of(3)));
        assertThat(table.closest(target).map(node -> node.key().bytes().get(31) & 0xff))
                .containsExactly(3, 1, 7, 12, 200);
    }
}
