package dev.lockstep.network;

import dev.lockstep.types.Hash;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Live nodes by their distance: 256 buckets of 16, those seen last at the end. No network has more
 * than a part of a bucket, so that whoever owns one cannot hide the others.
 *
 * @source devp2p, Node Discovery Protocol v4, "Kademlia Table"
 */
final class V4Table {
    static final int BUCKET_MAX = 16;

    private static final int BUCKETS = 256;
    private static final int OF_NET_MAX = 2;

    /** Of one address of a private network, where a machine may well run several nodes. */
    private static final int OF_PRIVATE_MAX = 8;

    private final Hash own;
    private final List<List<V4Contact>> buckets =
            IntStream.range(0, BUCKETS).<List<V4Contact>>mapToObj(_ -> new ArrayList<>(0)).toList();

    /**
     * @param own the hash from which distances are measured
     */
    V4Table(Hash own) {
        this.own = own;
    }

    static Bytes distance(Hash one, Hash other) {
        return one.bytes().xor(other.bytes());
    }

    private List<V4Contact> bucket(V4Contact contact) {
        int bits = distance(own, contact.node.key()).bitLength();
        return buckets.get(Math.max(0, bits - 1));
    }

    /**
     * Takes a contact that was just seen to the end of its bucket.
     *
     * @return null, or where the bucket is full, who has to leave if it is not live
     */
    @Nullable V4Contact add(V4Contact contact) {
        List<V4Contact> bucket = bucket(contact);
        boolean isNew = !bucket.remove(contact);
        if (isNew) {
            boolean isPrivate = V4Addresses.isPrivate(contact.node.address());
            Bytes net = contact.net();
            long ofNet = bucket.stream().filter(other -> other.net().equals(net)).count();
            if (ofNet >= (isPrivate ? OF_PRIVATE_MAX : OF_NET_MAX)) return null;
            if (bucket.size() == BUCKET_MAX) return bucket.getFirst();
        }
        bucket.add(contact);
        return null;
    }

    void remove(V4Contact contact) {
        bucket(contact).remove(contact);
    }

    Stream<V4Contact> contacts() {
        return buckets.stream().flatMap(List::stream);
    }

    int size() {
        return buckets.stream().mapToInt(List::size).sum();
    }

    Stream<V4Node> closest(Hash target) {
        return contacts()
                .map(contact -> contact.node)
                .sorted(Comparator.comparing(node -> distance(target, node.key())));
    }

    /** Who was not heard of for longest. */
    @Nullable V4Contact quietest() {
        return contacts()
                .min(Comparator.comparingLong(contact -> contact.provenMillis))
                .orElse(null);
    }
}
