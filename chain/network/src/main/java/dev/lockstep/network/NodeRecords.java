package dev.lockstep.network;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.crypto.SECP256K1;
import org.apache.tuweni.units.bigints.UInt64;
import org.bouncycastle.jce.ECNamedCurveTable;
import org.ethereum.beacon.discovery.crypto.DefaultSigner;
import org.ethereum.beacon.discovery.crypto.Signer;
import org.ethereum.beacon.discovery.schema.EnrField;
import org.ethereum.beacon.discovery.schema.IdentitySchema;
import org.ethereum.beacon.discovery.schema.NodeRecord;
import org.ethereum.beacon.discovery.schema.NodeRecordFactory;
import org.jspecify.annotations.Nullable;

/**
 * What nodes say of themselves, signed: where they are, and which chain they are on.
 *
 * @source EIP-778; EIP-2124 for the {@code eth} entry
 */
final class NodeRecords {
    private static final String FORK_ID = "eth";

    private NodeRecords() {}

    static Signer signer(Discovery.Config config) {
        return new DefaultSigner(SECP256K1.SecretKey.fromBytes(config.keys().secret()));
    }

    static NodeRecord own(Discovery.Config config, Signer signer) throws IOException {
        List<EnrField> fields = new ArrayList<>(identity(config.keys().publicKey()));
        if (config.advertisedHost() != null) {
            InetAddress address = InetAddress.getByName(config.advertisedHost());
            fields.addAll(place(address, config.port(), config.tcpPort()));
        }
        Bytes next = Bytes.minimalBytes(config.forkId().next());
        fields.add(new EnrField(FORK_ID, List.of(List.of(config.forkId().hash(), next))));
        NodeRecord record =
                NodeRecordFactory.DEFAULT.createFromValues(
                        UInt64.valueOf(System.currentTimeMillis()), fields);
        record.sign(signer);
        return record;
    }

    private static List<EnrField> identity(Bytes id) {
        return List.of(
                new EnrField(EnrField.ID, IdentitySchema.V4),
                new EnrField(EnrField.PKEY_SECP256K1, compressed(id)));
    }

    private static List<EnrField> place(InetAddress address, int udpPort, int tcpPort) {
        Bytes ip = Bytes.wrap(address.getAddress());
        boolean isV4 = ip.size() == 4;
        return List.of(
                new EnrField(isV4 ? EnrField.IP_V4 : EnrField.IP_V6, ip),
                new EnrField(isV4 ? EnrField.UDP : EnrField.UDP_V6, udpPort),
                new EnrField(isV4 ? EnrField.TCP : EnrField.TCP_V6, tcpPort));
    }

    /** From 64 bytes to 33, with which records name a key. */
    private static Bytes compressed(Bytes id) {
        byte[] point = Bytes.concatenate(Bytes.of(4), id).toArray();
        return Bytes.wrap(
                ECNamedCurveTable.getParameterSpec("secp256k1")
                        .getCurve()
                        .decodePoint(point)
                        .getEncoded(true));
    }

    private static Bytes uncompressed(Bytes key) {
        return Bytes.wrap(
                        ECNamedCurveTable.getParameterSpec("secp256k1")
                                .getCurve()
                                .decodePoint(key.toArray())
                                .getEncoded(false))
                .slice(1);
    }

    /** A node as its URL says it, enode or enr; none where its host has no address now. */
    static Optional<NodeRecord> of(String url) {
        if (url.startsWith("enr:")) return Optional.of(signed(url));
        Enode node = Enode.parse(url);
        try {
            List<EnrField> fields = new ArrayList<>(identity(node.id()));
            fields.addAll(
                    place(InetAddress.getByName(node.host()), node.udpPort(), node.tcpPort()));
            // Of the lowest number, so that the node's own record takes its place.
            return Optional.of(NodeRecordFactory.DEFAULT.createFromValues(UInt64.ZERO, fields));
        } catch (IOException unknown) {
            return Optional.empty();
        }
    }

    static NodeRecord signed(String url) {
        NodeRecord record;
        try {
            record = NodeRecordFactory.DEFAULT.fromEnr(url);
        } catch (RuntimeException malformed) {
            throw new IllegalArgumentException(
                    "`" + Enode.cut(url) + "` is no node record", malformed);
        }
        if (!record.isValid()) {
            throw new IllegalArgumentException(
                    "`" + Enode.cut(url) + "` has a signature that is not its key's");
        }
        return record;
    }

    static @Nullable Enode enode(NodeRecord record) {
        Optional<InetSocketAddress> tcp = record.getTcpAddress().or(record::getTcp6Address);
        Bytes id = id(record);
        if (tcp.isEmpty() || id == null) return null;
        int udpPort =
                record.getUdpAddress()
                        .or(record::getUdp6Address)
                        .map(InetSocketAddress::getPort)
                        .orElse(0);
        String host = tcp.get().getAddress().getHostAddress();
        return new Enode(id, host, tcp.get().getPort(), udpPort);
    }

    static @Nullable ForkId forkId(NodeRecord record) {
        if (!(record.get(FORK_ID) instanceof List<?> outer) || outer.isEmpty()) return null;
        if (!(outer.getFirst() instanceof List<?> inner) || inner.size() < 2) return null;
        if (!(inner.get(0) instanceof Bytes hash) || !(inner.get(1) instanceof Bytes next)) {
            return null;
        }
        return hash.size() == 4 && next.size() <= 8 ? new ForkId(hash, next.toLong()) : null;
    }

    /**
     * @param rlp of others
     * @return null where it is no record, or not signed by whom it names
     */
    static @Nullable NodeRecord read(Bytes rlp) {
        try {
            NodeRecord record = NodeRecordFactory.DEFAULT.fromBytes(rlp);
            return record.isValid() ? record : null;
        } catch (RuntimeException malformed) {
            // The library throws exceptions of many kinds at bytes that are no record.
            return null;
        }
    }

    /** The 64 bytes of the public key that a record names; null where it names none. */
    static @Nullable Bytes id(NodeRecord record) {
        return record.get(EnrField.PKEY_SECP256K1) instanceof Bytes key ? uncompressed(key) : null;
    }
}
