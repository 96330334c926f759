package dev.lockstep.rpc;

import io.helidon.common.socket.SocketOptions;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.websocket.WsConfig;
import io.helidon.webserver.websocket.WsRouting;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON-RPC over HTTP and, at the same port, over WebSocket. Each connection has a virtual thread.
 */
public final class RpcServer implements AutoCloseable {
    /** How long a connection may send nothing; also a slow sender's time between two reads. */
    private static final Duration IDLE = Duration.ofMinutes(2);

    private static final Duration STOP = Duration.ofSeconds(2);

    private final RpcConfig config;
    private final Visitors visitors;
    private final JsonRpc rpc;
    private final BoundedRpc bounded;
    private final Function<Readiness.Limits, Readiness> readiness;
    private final WebServer server;

    private RpcServer(
            RpcConfig config,
            RpcMethods methods,
            @Nullable Subscriptions subscriptions,
            Function<Readiness.Limits, Readiness> readiness)
            throws CannotListen {
        this.config = config;
        this.readiness = readiness;
        this.visitors = new Visitors(config);
        this.rpc = new JsonRpc(methods, config.limits());
        this.bounded = new BoundedRpc(config.limits());
        HttpRouting.Builder http =
                HttpRouting.builder()
                        .addFilter(RpcServer::closeAsAsked)
                        .post("/", this::post)
                        .options("/", this::preflight)
                        .get("/", this::greet)
                        .get("/liveness", this::liveness)
                        .get("/readiness", this::readiness);
        WsRouting.Builder sockets =
                WsRouting.builder()
                        .endpoint(
                                "/",
                                () ->
                                        new RpcSocket(
                                                rpc,
                                                bounded,
                                                visitors,
                                                config,
                                                subscriptions,
                                                RpcSocket.PING_MILLIS));
        this.server =
                WebServer.builder()
                        .address(addressOf(config.host()))
                        .port(config.port())
                        .shutdownHook(false)
                        .shutdownGracePeriod(STOP)
                        .maxTcpConnections(config.limits().connectionsMax())
                        .idleConnectionTimeout(IDLE)
                        .connectionOptions(SocketOptions.builder().readTimeout(IDLE).build())
                        .addProtocol(
                                // The routes are exact, and nothing is logged.
                                Http1Config.builder()
                                        .validatePath(false)
                                        .receiveLog(false)
                                        .sendLog(false)
                                        .build())
                        .addProtocol(
                                WsConfig.builder()
                                        .maxFrameLength(config.limits().requestBytesMax())
                                        .build())
                        .routing(http)
                        .addRouting(sockets)
                        .build();
    }

    /**
     * Listens until closed.
     *
     * @param subscriptions what WebSocket clients may subscribe to, or null for nothing
     * @fails CannotListen where the port is taken or the host is not of this machine
     */
    public static RpcServer start(
            RpcConfig config, RpcMethods methods, @Nullable Subscriptions subscriptions)
            throws CannotListen {
        return start(config, methods, subscriptions, _ -> new Readiness(List.of()));
    }

    /**
     * The same.
     *
     * @param readiness what is said to those who ask whether this node is fit to be sent work
     */
    public static RpcServer start(
            RpcConfig config,
            RpcMethods methods,
            @Nullable Subscriptions subscriptions,
            Function<Readiness.Limits, Readiness> readiness)
            throws CannotListen {
        probe(config);
        RpcServer server = new RpcServer(config, methods, subscriptions, readiness);
        server.server.start();
        if (server.server.isRunning()) return server;
        throw new CannotListen(place(config) + ": the port is in use", null);
    }

    /** Nobody can be served at this host and port. The message says why and what to do. */
    public static final class CannotListen extends Exception {
        CannotListen(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Tries the port first, since the web server tells of a failure only in its log. */
    private static void probe(RpcConfig config) throws CannotListen {
        if (config.port() == 0) return;
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(addressOf(config.host()), config.port()));
        } catch (BindException e) {
            throw new CannotListen(
                    place(config)
                            + ": "
                            + e.getMessage()
                            + "; choose another port, or end the program that holds this one",
                    e);
        } catch (IOException e) {
            throw new CannotListen(place(config) + ": " + e.getMessage(), e);
        }
    }

    private static String place(RpcConfig config) {
        return "JSON-RPC cannot listen at " + config.host() + ":" + config.port();
    }

    private static InetAddress addressOf(String host) throws CannotListen {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new CannotListen(
                    "JSON-RPC cannot listen at " + host + ": no such host is known", e);
        }
    }

    /** The port listened at; the one that was found free where the configured one is 0. */
    public int port() {
        return server.port();
    }

    /** Stops taking requests, lets those being answered finish for two seconds. */
    @Override
    public void close() {
        server.stop();
    }

    /** Helidon up to 4.5.3 promises to close the connection and does not (helidon#12324). */
    private static void closeAsAsked(
            FilterChain chain, RoutingRequest request, RoutingResponse response) {
        chain.proceed();
        if (request.headers().contains(HeaderValues.CONNECTION_CLOSE)) {
            throw new CloseConnectionException("the client asked for it");
        }
    }

    private void post(ServerRequest request, ServerResponse response) {
        if (!admit(request, response)) return;
        byte[] body = read(request);
        if (body == null) {
            String message =
                    "the request is larger than " + config.limits().requestBytesMax() + " bytes";
            response.header(HeaderNames.CONNECTION, "close");
            send(response, 413, JsonRpc.error(RpcError.Kind.LIMIT_EXCEEDED, message));
            // What is left of the request is not worth reading.
            throw new CloseConnectionException(message);
        }
        BoundedRpc.Reply reply = bounded.answer(rpc, body);
        send(response, reply.status(), reply.body());
    }

    /** The body, or null where it is larger than allowed. */
    private byte @Nullable [] read(ServerRequest request) {
        int max = config.limits().requestBytesMax();
        // Not by contentLength(), which looks for a mapper each time; the server has checked it.
        String length = request.headers().first(HeaderNames.CONTENT_LENGTH).orElse("0");
        if (Long.parseLong(length) > max) return null;
        if (!request.content().hasEntity()) return new byte[0];
        try (InputStream in = request.content().inputStream()) {
            byte[] body = in.readNBytes(max + 1);
            return body.length > max ? null : body;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether this request may be answered; if not, it has been refused. */
    private boolean admit(ServerRequest request, ServerResponse response) {
        String origin = request.headers().first(HeaderNames.ORIGIN).orElse(null);
        String refusal = visitors.refusal(request.authority(), origin);
        if (refusal != null) {
            response.status(403);
            response.header(HeaderNames.CONTENT_TYPE, "application/json");
            response.send(Json.bytes(Json.object().put("message", refusal)));
            return false;
        }
        if (origin != null) {
            response.header(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            response.header(HeaderNames.VARY, "Origin");
        }
        return true;
    }

    private void preflight(ServerRequest request, ServerResponse response) {
        if (!admit(request, response)) return;
        response.header(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS");
        response.header(HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Authorization");
        response.header(HeaderNames.ACCESS_CONTROL_MAX_AGE, "600");
        response.status(204).send();
    }

    /** For those who open the address in a browser. */
    private void greet(ServerRequest request, ServerResponse response) {
        if (!admit(request, response)) return;
        response.header(HeaderNames.CONTENT_TYPE, "text/plain");
        response.send("This is a JSON-RPC server: POST a request here.\n");
    }

    private void liveness(ServerRequest request, ServerResponse response) {
        if (!admit(request, response)) return;
        send(response, 200, Bytes.wrap(Json.bytes(Json.object().put("status", "UP"))));
    }

    /** Besu's parameters: minPeers and maxBlocksBehind. */
    private void readiness(ServerRequest request, ServerResponse response) {
        if (!admit(request, response)) return;
        Readiness found;
        try {
            found =
                    readiness.apply(
                            new Readiness.Limits(
                                    count(request, "minPeers"), count(request, "maxBlocksBehind")));
        } catch (NumberFormatException notANumber) {
            ObjectNode refusal = Json.object();
            refusal.put("message", "minPeers and maxBlocksBehind are whole numbers from 0 on");
            send(response, 400, Bytes.wrap(Json.bytes(refusal)));
            return;
        }
        send(response, found.isReady() ? 200 : 503, Bytes.wrap(Json.bytes(found.json())));
    }

    /**
     * @fails NumberFormatException where it is no count
     */
    private static @Nullable Long count(ServerRequest request, String name) {
        String text = request.query().first(name).orElse(null);
        return text == null ? null : Long.valueOf(Integer.parseUnsignedInt(text));
    }

    private static void send(ServerResponse response, int status, @Nullable Bytes body) {
        response.status(status);
        if (body == null) {
            response.send();
            return;
        }
        response.header(HeaderNames.CONTENT_TYPE, "application/json");
        response.send(body.toArrayUnsafe());
    }
}
