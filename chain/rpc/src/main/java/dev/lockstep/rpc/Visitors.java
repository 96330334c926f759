package dev.lockstep.rpc;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may talk to a server, by the Host and Origin headers of HTTP. Programs may say what they like
 * there; a web page cannot, and it is web pages that this keeps away from a node on the visitor's
 * machine.
 */
final class Visitors {
    private static final String ALL = "*";

    /** A page cannot have its name lead here where the name is an address already. */
    private static final Pattern IP_ADDRESS = Pattern.compile("\\[.*]|\\d+\\.\\d+\\.\\d+\\.\\d+");

    private static final Pattern PORT = Pattern.compile(":\\d+$");

    private final List<String> hosts;
    private final List<String> origins;

    Visitors(RpcConfig config) {
        this.hosts = lowerCased(config.hostAllowlist());
        this.origins = lowerCased(config.corsOrigins());
    }

    private static List<String> lowerCased(List<String> names) {
        return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    }

    /**
     * Why this visitor is not served, or null.
     *
     * @param authority the Host header: name and perhaps port
     * @param origin of the web page that asks, null for programs
     */
    @Nullable String refusal(@Nullable String authority, @Nullable String origin) {
        if (!isHostAllowed(authority)) return "Host not authorized.";
        if (origin == null || origins.contains(ALL)) return null;
        return origins.contains(origin.toLowerCase(Locale.ROOT)) ? null : "Origin not authorized.";
    }

    private boolean isHostAllowed(@Nullable String authority) {
        if (hosts.contains(ALL)) return true;
        if (authority == null) return false;
        String name = PORT.matcher(authority).replaceFirst("").toLowerCase(Locale.ROOT);
        return IP_ADDRESS.matcher(name).matches() || hosts.contains(name);
    }
}
