package dev.lockstep.network;

/**
 * A protocol that nodes may speak on a link, in one version.
 *
 * @param messages how many message ids it takes
 * @source devp2p, RLPx, "Message ID-based Multiplexing"
 */
public record Capability(String name, int version, int messages) {
    @Override
    public String toString() {
        return name + "/" + version;
    }
}
