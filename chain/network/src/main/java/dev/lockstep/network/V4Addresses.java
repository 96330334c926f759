package dev.lockstep.network;

import java.net.InetAddress;
import org.apache.tuweni.bytes.Bytes;

/** What an address is good for when nodes tell each other of it. */
final class V4Addresses {
    private static final int IPV4_BYTES = 4;
    private static final Bytes BROADCAST = Bytes.of(255, 255, 255, 255);

    private V4Addresses() {}

    /**
     * Whether a node at {@code teller} can know that one is at {@code told}: what is within a
     * machine or a local network is not told from outside of it.
     */
    static boolean isCredible(InetAddress told, InetAddress teller) {
        if (told.isAnyLocalAddress() || told.isMulticastAddress()) return false;
        if (Bytes.wrap(told.getAddress()).equals(BROADCAST)) return false;
        if (told.isLoopbackAddress()) return teller.isLoopbackAddress();
        return !isPrivate(told) || isPrivate(teller);
    }

    static boolean isPrivate(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean isUniqueLocal = bytes.length > IPV4_BYTES && (bytes[0] & 0xfe) == 0xfc;
        return isUniqueLocal
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress();
    }

    /**
     * What one owner may have all of: a /24 of IPv4, a /64 of IPv6; of a private network one
     * address.
     */
    static Bytes net(InetAddress address) {
        Bytes bytes = Bytes.wrap(address.getAddress());
        if (isPrivate(address)) return bytes;
        return bytes.slice(0, bytes.size() == IPV4_BYTES ? 3 : 8);
    }
}
