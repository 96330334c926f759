package dev.lockstep.rpc;

import java.util.List;

/**
 * Where and for whom a server listens.
 *
 * @param host name or address of the interface
 * @param port 0 for any that is free
 * @param corsOrigins origins of web pages that may ask, "*" for all, empty for none
 * @param hostAllowlist names that the Host header may have, "*" for all: keeps out web pages that
 *     rebind their name to this machine
 * @param apis namespaces of the methods that are served, in any case of letters
 */
public record RpcConfig(
        String host,
        int port,
        List<String> corsOrigins,
        List<String> hostAllowlist,
        RpcLimits limits,
        List<String> apis) {

    public static final int PORT = 8545;

    /** All but those that change the node itself. */
    public static final List<String> APIS =
            List.of("ETH", "NET", "WEB3", "TXPOOL", "DEBUG", "QBFT", "LOCKSTEP");

    public RpcConfig {
        corsOrigins = List.copyOf(corsOrigins);
        hostAllowlist = List.copyOf(hostAllowlist);
        apis = List.copyOf(apis);
    }

    /** For this machine alone. */
    public static RpcConfig local(int port) {
        return new RpcConfig(
                "127.0.0.1",
                port,
                List.of(),
                List.of("localhost", "127.0.0.1", "[::1]"),
                RpcLimits.DEFAULT,
                APIS);
    }
}
