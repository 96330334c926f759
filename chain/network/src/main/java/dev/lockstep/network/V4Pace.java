package dev.lockstep.network;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.tuweni.bytes.Bytes;

/** How many packets of discovery v4 are taken from a network, and how many signatures of all. */
final class V4Pace {
    static final int NETS_MAX = 1_024;
    static final int SIGNATURES_PER_SECOND = 200;
    static final int SIGNATURES_MAX = 400;

    private static final int PACKETS_PER_SECOND = 64;
    private static final int PACKETS_MAX = 256;

    private final LongSupplier clockMillis;
    private final Pace signatures;

    /** Whoever sent nothing for longest first. */
    private final Map<Bytes, Pace> nets = new LinkedHashMap<>();

    V4Pace(LongSupplier clockMillis) {
        this.clockMillis = clockMillis;
        signatures = new Pace(clockMillis, SIGNATURES_PER_SECOND, SIGNATURES_MAX);
    }

    boolean takesFrom(InetAddress address) {
        Bytes net = V4Addresses.net(address);
        Pace pace = nets.remove(net);
        if (pace == null) pace = new Pace(clockMillis, PACKETS_PER_SECOND, PACKETS_MAX);
        nets.put(net, pace);
        if (nets.size() > NETS_MAX) nets.remove(nets.keySet().iterator().next());
        return pace.takes();
    }

    boolean takesSignature() {
        return signatures.takes();
    }

    int size() {
        return nets.size();
    }
}
