package dev.lockstep.network;

import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;

/**
 * How a node introduces itself on a new link.
 *
 * @param protocolVersion of the base protocol; from 5 on messages are compressed
 * @param clientId name and version of its software
 * @param listenPort 0 where it does not listen; not to be relied on
 * @param id its public key, 64 bytes
 * @source devp2p, RLPx, "Hello"; EIP-706
 */
public record Hello(
        int protocolVersion, String clientId, List<Offer> offers, int listenPort, Bytes id) {
    static final int VERSION = 5;

    /** Where a message may be compressed. */
    static final int COMPRESSION_VERSION = 5;

    /** Enough for any number of capabilities that means something. */
    static final int BYTES_MAX = 2048;

    private static final int OFFERS_MAX = 100;
    private static final int CLIENT_ID_CHARS_MAX = 256;

    /** A capability that a node offers, which this one may not know. */
    public record Offer(String name, int version) {
        @Override
        public String toString() {
            return name + "/" + version;
        }
    }

    public Hello {
        offers = List.copyOf(offers);
    }

    Bytes encode() {
        return Rlp.list(
                hello ->
                        hello.number(protocolVersion)
                                .bytes(utf8(clientId))
                                .each(
                                        offers,
                                        (list, offer) ->
                                                list.nested(
                                                        pair ->
                                                                pair.bytes(utf8(offer.name))
                                                                        .number(offer.version)))
                                .number(listenPort)
                                .bytes(id));
    }

    /**
     * More items than this version knows may follow.
     *
     * @fails RlpException
     */
    static Hello decode(Bytes encoded) {
        return RlpReader.of(encoded)
                .nested(
                        in -> {
                            int version = (int) Math.min(in.positive(), Integer.MAX_VALUE);
                            String clientId = printable(in.bytes());
                            List<Offer> offers = in.each(OFFERS_MAX, Hello::offer);
                            int port = (int) Math.min(in.positive(), Integer.MAX_VALUE);
                            Bytes id = in.bytes(Enode.ID_BYTES);
                            while (in.hasMore()) in.raw();
                            return new Hello(version, clientId, offers, port, id);
                        });
    }

    private static Offer offer(RlpReader in) {
        return in.nested(
                pair -> {
                    String name = printable(pair.bytes());
                    return new Offer(name, (int) Math.min(pair.positive(), Integer.MAX_VALUE));
                });
    }

    private static Bytes utf8(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Others write it into our log, so nothing that moves a cursor. */
    private static String printable(Bytes bytes) {
        String text = new String(bytes.toArray(), StandardCharsets.UTF_8);
        String cut = text.substring(0, Math.min(text.length(), CLIENT_ID_CHARS_MAX));
        return cut.replaceAll("[^\\x20-\\x7e]", "?");
    }
}
