package dev.lockstep.cli;

import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.network.Discovery;
import dev.lockstep.network.Enode;
import dev.lockstep.node.P2pConfig;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** How a node meets others. */
final class P2pOptions {
    static final String STATIC_NODES = "static-nodes.json";

    private static final int PORT_MAX = 65_535;
    private static final Pattern WHOLE = Pattern.compile("[0-9]{1,78}");
    private static final String ALL = "0.0.0.0";

    @Option(
            names = "--p2p-enabled",
            arity = "0..1",
            fallbackValue = "true",
            paramLabel = "true|false",
            description =
                    "Link to other nodes (default: where the chain has several validators or"
                            + " other nodes are named).")
    private @Nullable Boolean isEnabled;

    @Option(
            names = "--p2p-host",
            paramLabel = "HOST",
            description =
                    "The address that other nodes are told (default: that of --p2p-interface where"
                            + " it is one, else the one at which they see this node).")
    private @Nullable String host;

    @Option(
            names = "--p2p-interface",
            paramLabel = "HOST",
            description =
                    "The address to listen on for other nodes (default: 0.0.0.0, all; --p2p-host"
                            + " where that is of this machine alone).")
    private @Nullable String listenHost;

    @Option(
            names = "--p2p-port",
            paramLabel = "PORT",
            defaultValue = "30303",
            description = "The port for it (default: ${DEFAULT-VALUE}); 0 for any.")
    private int port;

    @Option(
            names = "--max-peers",
            paramLabel = "N",
            defaultValue = "25",
            description =
                    "How many other nodes may link to this one, besides those named here (default:"
                            + " ${DEFAULT-VALUE}).")
    private int peersMax;

    @Option(
            names = "--static-nodes-file",
            paramLabel = "FILE",
            description =
                    "A JSON array of enode URLs to keep links to (default: static-nodes.json in"
                            + " the chain's folder).")
    private @Nullable Path staticNodesFile;

    @Option(
            names = "--bootnodes",
            paramLabel = "URL",
            split = ",",
            description =
                    "Further nodes to keep links to, as enode or enr URLs; discovery begins with"
                            + " them (default: config.discovery.bootnodes of the genesis file).")
    private @Nullable List<String> bootnodes;

    @Option(
            names = "--network-id",
            paramLabel = "N",
            description = "That other nodes must have too (default: the chain id).")
    private @Nullable String networkId;

    @Option(
            names = "--discovery-enabled",
            arity = "0..1",
            fallbackValue = "true",
            paramLabel = "true|false",
            description =
                    "Look for further nodes of the chain, and be found, by discovery v4 and v5 on"
                            + " the UDP port of the same number (default: true).")
    private @Nullable Boolean isDiscovering;

    /**
     * @fails CommandFailure where an option has a value that is not allowed
     */
    void check() {
        if (port < 0 || port > PORT_MAX) {
            throw new CommandFailure("--p2p-port is " + port + "; 0 to 65535 are allowed");
        }
        if (peersMax < 0 || peersMax > 10_000) {
            throw new CommandFailure("--max-peers is " + peersMax + "; 0 to 10000 are allowed");
        }
        if (networkId != null) {
            var _ = number("--network-id", networkId);
        }
        if (bootnodes != null) {
            var _ = bootnodes("--bootnodes", bootnodes);
        }
    }

    /**
     * The nodes to keep links to. The bootnodes are those of the genesis file where the command
     * line names none.
     *
     * @fails CommandFailure where one is no node
     */
    List<Enode> nodes(Path dataPath, GenesisFile genesis) throws IOException {
        boolean isGiven = bootnodes != null;
        if (bootnodes == null) bootnodes = genesis.bootnodes();
        String where = isGiven ? "--bootnodes" : "config.discovery.bootnodes of the genesis file";
        List<Enode> nodes = bootnodes(where, bootnodes);
        Path file = staticNodesFile;
        if (file != null) nodes.addAll(read(GivenPath.file("--static-nodes-file", file)));
        else if (Files.exists(dataPath.resolve(STATIC_NODES)))
            nodes.addAll(read(dataPath.resolve(STATIC_NODES)));
        return nodes;
    }

    private static List<Enode> bootnodes(String where, List<String> urls) {
        List<Enode> nodes = new ArrayList<>();
        for (String url : urls) {
            boolean isRecord = url.startsWith("enr:");
            nodes.add(read(where, url, isRecord ? Discovery::parse : Enode::parse));
        }
        return nodes;
    }

    /**
     * @param isNeeded whether the chain goes on with others alone
     * @return null where this node is alone
     */
    @Nullable P2pConfig config(List<Enode> nodes, boolean isNeeded) {
        boolean isOn = isEnabled == null ? isNeeded || !nodes.isEmpty() : isEnabled;
        if (!isOn) return null;
        boolean isLooking = isDiscovering == null || isDiscovering;
        UInt256 id = networkId == null ? null : number("--network-id", networkId);
        List<String> urls = bootnodes == null ? List.of() : bootnodes;
        String all = host != null && isLoopback(host) ? host : ALL;
        String listen = listenHost == null ? all : listenHost;
        String told = host == null && !listen.equals(ALL) ? listen : host;
        return new P2pConfig(id, listen, told, port, peersMax, nodes, isLooking, urls);
    }

    private static UInt256 number(String option, String digits) {
        BigInteger value = WHOLE.matcher(digits).matches() ? new BigInteger(digits) : null;
        if (value == null || value.bitLength() > UInt256.SIZE * Byte.SIZE) {
            throw new CommandFailure(option + " is " + digits + "; 0 to 2^256-1 are allowed");
        }
        return UInt256.valueOf(value);
    }

    private static boolean isLoopback(String host) {
        return host.startsWith("127.") || host.equals("localhost") || host.equals("::1");
    }

    private static List<Enode> read(Path file) throws IOException {
        JsonNode urls;
        try {
            urls = new ObjectMapper().readTree(Files.readString(file));
        } catch (JacksonException malformed) {
            throw new CommandFailure(
                    file + " is no JSON: " + malformed.getOriginalMessage().replace('\n', ' '));
        }
        if (!urls.isArray()) {
            throw new CommandFailure(file + " holds no JSON array of enode URLs");
        }
        List<Enode> nodes = new ArrayList<>();
        for (JsonNode url : urls) nodes.add(read(file.toString(), url.asString(), Enode::parse));
        return nodes;
    }

    private static Enode read(String where, String url, Function<String, Enode> form) {
        try {
            return form.apply(url);
        } catch (IllegalArgumentException noNode) {
            throw new CommandFailure(where + ": " + noNode.getMessage(), noNode);
        }
    }
}
