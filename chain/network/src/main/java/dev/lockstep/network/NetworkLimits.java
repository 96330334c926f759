package dev.lockstep.network;

/**
 * How long others may take and how many may come; sizes of messages are those of {@link Link} and
 * {@link Peer}.
 *
 * @param handshakeMillis in which a connection must have become a link
 * @param confirmMillis in which a peer must have shown that it is on the same chain
 * @param messageMillis in which a message must have come whole, or have been taken
 * @param pendingMax connections that others began and that are no links yet: one more pushes the
 *     oldest out
 * @param pendingOfAddressMax of them from one address
 * @param unconfirmedMax links of those who did not say yet which chain they are on, likewise
 * @param largeMessagesMax in work at once, of all peers but those that are kept
 */
record NetworkLimits(
        long handshakeMillis,
        long confirmMillis,
        long messageMillis,
        int pendingMax,
        int pendingOfAddressMax,
        int unconfirmedMax,
        int largeMessagesMax) {
    static final NetworkLimits DEFAULT = new NetworkLimits(5_000, 10_000, 20_000, 64, 16, 32, 4);

    NetworkLimits withMillis(long millis) {
        return new NetworkLimits(
                millis,
                millis,
                millis,
                pendingMax,
                pendingOfAddressMax,
                unconfirmedMax,
                largeMessagesMax);
    }
}
