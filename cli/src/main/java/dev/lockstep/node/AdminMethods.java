package dev.lockstep.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.network.Capability;
import dev.lockstep.network.Enode;
import dev.lockstep.network.Hello;
import dev.lockstep.network.Network;
import dev.lockstep.network.Peer;
import dev.lockstep.rpc.Json;
import dev.lockstep.rpc.Param;
import dev.lockstep.rpc.Params;
import dev.lockstep.rpc.RpcError;
import dev.lockstep.rpc.RpcException;
import dev.lockstep.rpc.RpcMethod;
import dev.lockstep.types.Hash;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a node with peers tells of them, and the rows by which its owner changes them. */
final class AdminMethods {
    private static final Set<String> LEVELS =
            Set.of("OFF", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL");
    private static final int LOGGERS_MAX = 100;

    private final Ledger ledger;
    private final Supplier<@Nullable Consensus> consensus;

    private AdminMethods(Ledger ledger, Supplier<@Nullable Consensus> consensus) {
        this.ledger = ledger;
        this.consensus = consensus;
    }

    /**
     * @param consensus null where this node meets nobody, and before it does
     */
    static List<RpcMethod> rows(Ledger ledger, Supplier<@Nullable Consensus> consensus) {
        AdminMethods methods = new AdminMethods(ledger, consensus);
        return List.of(
                new RpcMethod("net_listening", _ -> Json.flag(methods.network() != null)),
                new RpcMethod("net_peerCount", _ -> Json.quantity(methods.peerCount())),
                new RpcMethod("net_enode", _ -> Json.text(methods.needed().enode().toString())),
                new RpcMethod("admin_nodeInfo", _ -> methods.nodeInfo()),
                new RpcMethod("admin_peers", _ -> methods.peers()),
                new RpcMethod("admin_addPeer", methods::add),
                new RpcMethod("admin_removePeer", methods::remove),
                new RpcMethod("admin_changeLogLevel", AdminMethods::changeLogLevel));
    }

    private @Nullable Network network() {
        Consensus running = consensus.get();
        return running == null ? null : running.network();
    }

    private Network needed() {
        Network network = network();
        if (network == null) {
            throw new RpcException(
                    RpcError.Kind.SERVER, "this node is not linked to others: p2p is not enabled");
        }
        return network;
    }

    private long peerCount() {
        Network network = network();
        return network == null ? 0 : network.peers().size();
    }

    private JsonNode nodeInfo() {
        Enode enode = needed().enode();
        ObjectNode info = Json.object();
        info.set("enode", Json.text(enode.toString()));
        Consensus running = Objects.requireNonNull(consensus.get());
        String enr = running.enr();
        if (enr != null) info.set("enr", Json.text(enr));
        info.set("listenAddr", Json.text(shown(enode.host(), enode.tcpPort())));
        info.set("ip", Json.text(enode.host()));
        info.set("name", Json.text(Version.CLIENT));
        info.set("id", Json.text(enode.id().toUnprefixedHexString()));
        ObjectNode ports = Json.object();
        ports.put("discovery", enode.udpPort());
        ports.put("listener", enode.tcpPort());
        info.set("ports", ports);
        ObjectNode eth = Json.object();
        ObjectNode config = Json.object();
        config.put("chainId", ledger.spec().chainId().toBigInteger());
        eth.set("config", config);
        eth.put("difficulty", ledger.head().number() + 1);
        eth.set("genesis", Json.hash(ledger.hash(0)));
        eth.set("head", Json.hash(ledger.headHash()));
        eth.put("network", running.networkId().toBigInteger());
        ObjectNode protocols = Json.object();
        protocols.set("eth", eth);
        info.set("protocols", protocols);
        return info;
    }

    private static String shown(String host, int port) {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    private static String shown(InetSocketAddress address) {
        return shown(address.getAddress().getHostAddress(), address.getPort());
    }

    private JsonNode peers() {
        ArrayNode peers = Json.array();
        for (Peer peer : needed().peers()) peers.add(describe(peer));
        return peers;
    }

    private JsonNode describe(Peer peer) {
        Hello hello = peer.hello();
        ObjectNode json = Json.object();
        json.set("version", Json.quantity(hello.protocolVersion()));
        json.set("name", Json.text(hello.clientId()));
        ArrayNode caps = Json.array();
        hello.offers().forEach(offer -> caps.add(offer.toString()));
        json.set("caps", caps);
        ObjectNode network = Json.object();
        network.set("localAddress", Json.text(shown(peer.localAddress())));
        network.set("remoteAddress", Json.text(shown(peer.address())));
        network.put("inbound", peer.isInbound());
        network.put("static", peer.isKept());
        json.set("network", network);
        json.set("port", Json.quantity(hello.listenPort()));
        json.set("id", Json.text(peer.id().toHexString()));
        ObjectNode protocols = Json.object();
        Capability eth = peer.shared("eth");
        Consensus running = consensus.get();
        Remote remote = running == null ? null : running.remote(peer);
        if (eth != null) {
            ObjectNode shared = Json.object();
            shared.put("version", eth.version());
            long number = remote == null ? -1 : remote.headNumber;
            // The peer's chain as far as it is known here, on which a block has a difficulty of 1.
            shared.set("difficulty", Json.quantity(Math.max(0, number) + 1));
            Hash head = number < 0 ? null : ledger.hash(number);
            shared.set("head", Json.hash(head));
            protocols.set("eth", shared);
        }
        json.set("protocols", protocols);
        int port = peer.isInbound() ? hello.listenPort() : peer.address().getPort();
        String host = peer.address().getAddress().getHostAddress();
        json.set("enode", Json.text(new Enode(peer.id(), host, port, port).toString()));
        return json;
    }

    private static Enode enode(Params params) {
        Param url = params.at(0, "enode");
        try {
            return Enode.parse(url.text());
        } catch (IllegalArgumentException noEnode) {
            throw url.refuse("enode://<128 hex digits>@<host>:<port>");
        }
    }

    private JsonNode add(Params params) {
        return Json.flag(needed().keep(enode(params)));
    }

    private JsonNode remove(Params params) {
        return Json.flag(needed().drop(enode(params).id()));
    }

    /** A level, and the loggers that get it: all where none is named. */
    private static JsonNode changeLogLevel(Params params) {
        Param level = params.at(0, "level");
        String name = level.text().toUpperCase(Locale.ROOT);
        if (!LEVELS.contains(name))
            throw level.refuse("one of " + LEVELS.stream().sorted().toList());
        Param loggers = params.at(1, "loggers");
        List<String> names =
                loggers.isAbsent()
                        ? List.of(org.slf4j.Logger.ROOT_LOGGER_NAME)
                        : loggers.items(LOGGERS_MAX).stream().map(Param::text).toList();
        for (String each : names) {
            if (LoggerFactory.getLogger(each) instanceof Logger logger) {
                logger.setLevel(Level.toLevel(name));
            }
        }
        return Json.text("Success");
    }
}
