package dev.lockstep.cli;

import dev.lockstep.rpc.RpcConfig;
import dev.lockstep.rpc.RpcLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** Where and for whom the JSON-RPC listens. */
final class RpcOptions {
    private static final long GAS_CAP_MIN = 21_000;
    private static final long GAS_CAP_MAX = 1_000_000_000_000L;

    @Option(
            names = "--rpc-http-enabled",
            arity = "0..1",
            fallbackValue = "true",
            defaultValue = "true",
            paramLabel = "true",
            description = "Serve the JSON-RPC, as a node always does; Besu has to be told.")
    private boolean isEnabled = true;

    @Option(
            names = "--host-allowlist",
            paramLabel = "HOST",
            split = ",",
            description =
                    "Names by which it may be called besides its own and this machine's; * for all.")
    private List<String> hostAllowlist = List.of();

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
            description =
                    "Web pages that may call it; * or all stands for every one, none is the default.")
    private List<String> corsOrigins = List.of();

    @Option(
            names = "--rpc-http-api",
            paramLabel = "API",
            split = ",",
            description =
                    "Namespaces of the methods that it serves (default:"
                            + " ETH,NET,WEB3,TXPOOL,DEBUG,QBFT,LOCKSTEP); ADMIN changes peers and"
                            + " logging.")
    private List<String> apis = RpcConfig.APIS;

    @Option(
            names = "--rpc-gas-cap",
            paramLabel = "GAS",
            description =
                    "Gas that eth_call and eth_estimateGas may use, and what a call has that names none (default: ${DEFAULT-VALUE}).")
    private long gasCap = RpcLimits.DEFAULT.callGasMax();

    RpcConfig config() {
        if (port < 0 || port > 65535) {
            throw new CommandFailure("--rpc-http-port is " + port + "; 0 to 65535 are allowed");
        }
        if (gasCap < GAS_CAP_MIN || gasCap > GAS_CAP_MAX) {
            throw new CommandFailure(
                    "--rpc-gas-cap is "
                            + gasCap
                            + "; "
                            + GAS_CAP_MIN
                            + " to "
                            + GAS_CAP_MAX
                            + " are allowed");
        }
        if (!isEnabled) {
            throw new CommandFailure(
                    "--rpc-http-enabled is false; only true is allowed, to 127.0.0.1 by default");
        }
        List<String> known = new ArrayList<>(RpcConfig.APIS);
        known.add("ADMIN");
        for (String api : apis) {
            if (!known.contains(api.toUpperCase(Locale.ROOT))) {
                throw new CommandFailure(
                        "--rpc-http-api has " + api + "; allowed are " + String.join(",", known));
            }
        }
        RpcConfig local = RpcConfig.local(port);
        List<String> hosts = new ArrayList<>(local.hostAllowlist());
        hosts.add(host);
        hosts.addAll(all(hostAllowlist));
        return new RpcConfig(
                host, port, all(corsOrigins), hosts, local.limits().withCallGasMax(gasCap), apis);
    }

    /** Besu's words for everybody and nobody. */
    private static List<String> all(List<String> names) {
        if (names.equals(List.of("none"))) return List.of();
        return names.stream().map(name -> name.equalsIgnoreCase("all") ? "*" : name).toList();
    }
}
