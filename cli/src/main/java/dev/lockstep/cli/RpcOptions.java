package dev.lockstep.cli;

import dev.lockstep.rpc.RpcConfig;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Where and for whom the JSON-RPC listens. */
final class RpcOptions {
    @Option(
            names = "--rpc-http-host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description = "Where the JSON-RPC listens (default: ${DEFAULT-VALUE}).")
    private String host = "127.0.0.1";

    @Option(
            names = "--rpc-http-port",
            paramLabel = "PORT",
            defaultValue = "8545",
            description = "Its port; 0 lets the system choose one (default: ${DEFAULT-VALUE}).")
    private int port = 8545;

    @Option(
            names = "--rpc-http-cors-origins",
            paramLabel = "ORIGIN",
            split = ",",
            description = "Web pages that may call it, or * for all; none by default.")
    private List<String> corsOrigins = List.of();

    RpcConfig config() {
        if (port < 0 || port > 65535) {
            throw new CommandFailure("--rpc-http-port is " + port + "; 0 to 65535 are allowed");
        }
        RpcConfig local = RpcConfig.local(port);
        List<String> hosts = new ArrayList<>(local.hostAllowlist());
        hosts.add(host);
        return new RpcConfig(host, port, corsOrigins, hosts, local.limits());
    }
}
