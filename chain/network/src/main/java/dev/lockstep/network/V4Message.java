package dev.lockstep.network;

import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What packets of discovery v4 say. Elements that a later version adds to a list are passed over,
 * and so is what follows the list.
 *
 * @source devp2p, Node Discovery Protocol v4; EIP-8; EIP-868
 */
sealed interface V4Message {
    /** For a record that its node did not number. */
    long NO_RECORD = 0;

    int type();

    /** Unix time in seconds after which it is not valid, unsigned. */
    long expiration();

    void writeItems(Rlp out);

    /**
     * Where a node says that it or another is.
     *
     * @param ip 4 or 16 bytes, or none
     * @param udpPort 0 to 65535, as the other
     * @param tcpPort 0 where it does not say
     */
    record Endpoint(Bytes ip, int udpPort, int tcpPort) {
        static Endpoint of(InetAddress address, int udpPort, int tcpPort) {
            return new Endpoint(Bytes.wrap(address.getAddress()), udpPort, tcpPort);
        }

        void write(Rlp out) {
            out.nested(list -> writeItems(list));
        }

        void writeItems(Rlp out) {
            out.bytes(ip).number(udpPort).number(tcpPort);
        }

        static Endpoint read(RlpReader in) {
            return in.nested(
                    list -> {
                        Bytes ip = list.bytes();
                        int udpPort = port(list);
                        int tcpPort = list.hasMore() ? port(list) : 0;
                        skipRest(list);
                        return new Endpoint(ip, udpPort, tcpPort);
                    });
        }
    }

    /**
     * @param from where the sender says that it is
     * @param to where it sends to
     * @param recordNumber of the sender's record, {@link #NO_RECORD} where it says none
     */
    record Ping(Endpoint from, Endpoint to, long expiration, long recordNumber)
            implements V4Message {
        static final int VERSION = 4;

        @Override
        public int type() {
            return 1;
        }

        @Override
        public void writeItems(Rlp out) {
            out.number(VERSION);
            from.write(out);
            to.write(out);
            out.number(expiration).number(recordNumber);
        }

        private static Ping read(RlpReader in) {
            in.number();
            return new Ping(Endpoint.read(in), Endpoint.read(in), in.number(), numberOfRecord(in));
        }
    }

    /**
     * @param to where the ping came from
     * @param pingHash of the packet that is answered
     */
    record Pong(Endpoint to, Hash pingHash, long expiration, long recordNumber)
            implements V4Message {
        @Override
        public int type() {
            return 2;
        }

        @Override
        public void writeItems(Rlp out) {
            to.write(out);
            out.hash(pingHash).number(expiration).number(recordNumber);
        }

        private static Pong read(RlpReader in) {
            return new Pong(Endpoint.read(in), in.hash(), in.number(), numberOfRecord(in));
        }
    }

    /**
     * @param target 64 bytes, near to whose hash nodes are wanted
     */
    record FindNode(Bytes target, long expiration) implements V4Message {
        @Override
        public int type() {
            return 3;
        }

        @Override
        public void writeItems(Rlp out) {
            out.bytes(target).number(expiration);
        }

        private static FindNode read(RlpReader in) {
            return new FindNode(in.bytes(Enode.ID_BYTES), in.number());
        }
    }

    /** Nodes whose address is none are left out. */
    record Neighbors(List<V4Node> nodes, long expiration) implements V4Message {
        /** As many as surely fit, with addresses of 16 bytes. */
        static final int NODES_MAX = 12;

        public Neighbors {
            nodes = List.copyOf(nodes);
        }

        @Override
        public int type() {
            return 4;
        }

        @Override
        public void writeItems(Rlp out) {
            out.each(nodes, Neighbors::write).number(expiration);
        }

        private static void write(Rlp out, V4Node node) {
            Endpoint place = Endpoint.of(node.address(), node.udpPort(), node.tcpPort());
            out.nested(
                    list -> {
                        place.writeItems(list);
                        list.bytes(node.id());
                    });
        }

        private static Neighbors read(RlpReader in) {
            List<V4Node> nodes = new ArrayList<>();
            in.nested(
                    list -> {
                        while (list.hasMore()) {
                            V4Node node = list.nested(Neighbors::node);
                            if (node != null) nodes.add(node);
                        }
                        return nodes;
                    });
            return new Neighbors(nodes, in.number());
        }

        private static @Nullable V4Node node(RlpReader in) {
            Bytes ip = in.bytes();
            int udpPort = port(in);
            int tcpPort = port(in);
            Bytes id = in.bytes(Enode.ID_BYTES);
            skipRest(in);
            try {
                InetAddress address = InetAddress.getByAddress(ip.toArray());
                return V4Node.of(id, new InetSocketAddress(address, udpPort), tcpPort);
            } catch (UnknownHostException noAddress) {
                return null;
            }
        }
    }

    /** Asks for the node's record. */
    record RecordRequest(long expiration) implements V4Message {
        @Override
        public int type() {
            return 5;
        }

        @Override
        public void writeItems(Rlp out) {
            out.number(expiration);
        }

        private static RecordRequest read(RlpReader in) {
            return new RecordRequest(in.number());
        }
    }

    /**
     * @param requestHash of the packet that is answered
     * @param record as RLP
     */
    record RecordResponse(Hash requestHash, Bytes record) implements V4Message {
        @Override
        public int type() {
            return 6;
        }

        /** It is an answer to one packet, whose time is over soon enough. */
        @Override
        public long expiration() {
            return -1;
        }

        @Override
        public void writeItems(Rlp out) {
            out.hash(requestHash).raw(record);
        }

        private static RecordResponse read(RlpReader in) {
            return new RecordResponse(in.hash(), in.raw());
        }
    }

    /**
     * @return null for a type that there is not
     * @fails RlpException where {@code data} does not begin with what the type has
     */
    static @Nullable V4Message read(int type, Bytes data) {
        RlpReader in = RlpReader.of(data);
        return switch (type) {
            case 1 -> in.nested(list -> first(list, Ping.read(list)));
            case 2 -> in.nested(list -> first(list, Pong.read(list)));
            case 3 -> in.nested(list -> first(list, FindNode.read(list)));
            case 4 -> in.nested(list -> first(list, Neighbors.read(list)));
            case 5 -> in.nested(list -> first(list, RecordRequest.read(list)));
            case 6 -> in.nested(list -> first(list, RecordResponse.read(list)));
            default -> null;
        };
    }

    private static V4Message first(RlpReader list, V4Message message) {
        skipRest(list);
        return message;
    }

    private static void skipRest(RlpReader list) {
        while (list.hasMore()) list.raw();
    }

    private static int port(RlpReader in) {
        long port = in.number();
        if (Long.compareUnsigned(port, V4Node.PORT_MAX) > 0) {
            throw in.refuse("a port is 0 to 65535, not " + Long.toUnsignedString(port));
        }
        return (int) port;
    }

    /** The next element, where it is one: who knows no records may have put another there. */
    private static long numberOfRecord(RlpReader in) {
        if (!in.hasMore() || in.nextIsList()) return NO_RECORD;
        Bytes number = in.bytes();
        return number.size() > 8 ? NO_RECORD : number.toLong();
    }
}
