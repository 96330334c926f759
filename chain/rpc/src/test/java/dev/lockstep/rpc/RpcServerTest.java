package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RpcServerTest {
    private static final String ONE = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"test_one\"}";
    private static final String ONE_ANSWER = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"}";

    private final CountDownLatch gate = new CountDownLatch(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private RpcMethods methods;
    private RpcServer server;

    @BeforeEach
    void start() throws Exception {
        methods =
                RpcMethods.of(
                        List.of(
                                new RpcMethod("test_one", params -> Json.quantity(1)),
                                new RpcMethod("test_wait", params -> waitForGate())));
        server = RpcServer.start(config(0), methods, null);
    }

    /** From here on by a server that waits a short time only. */
    private void becomeImpatient() throws Exception {
        server.close();
        server = RpcServer.start(config(0, 300), methods, null);
    }

    private tools.jackson.databind.JsonNode waitForGate() {
        try {
            return Json.flag(gate.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static RpcConfig config(int port) {
        return config(port, 20_000);
    }

    private static RpcConfig config(int port, long timeoutMillis) {
        RpcLimits limits = new RpcLimits(1000, 1000, 10, 2, 50, timeoutMillis, 1, 1, 1000, 10);
        return new RpcConfig(
                "127.0.0.1",
                port,
                List.of("https://app.example"),
                List.of("localhost"),
                limits,
                RpcConfig.APIS);
    }

    @AfterEach
    void stop() {
        gate.countDown();
        server.close();
        client.shutdownNow();
    }

    private HttpRequest.Builder to(String host, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + host + ":" + server.port() + path));
    }

    private HttpResponse<String> post(String body) throws Exception {
        return client.send(
                to("127.0.0.1", "/").POST(BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    @Test
    void answersOverHttpToAClientThatOffersHttp2() throws Exception {
        HttpResponse<String> response = post(ONE);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(ONE_ANSWER);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
    }

    @Test
    void answersManyRequestsOverOneConnection() throws Exception {
        for (int i = 0; i < 50; i++) assertThat(post(ONE).body()).isEqualTo(ONE_ANSWER);
    }

    @Test
    void says400ToWhatIsNoRequest() throws Exception {
        assertThat(post("{").statusCode()).isEqualTo(400);
        assertThat(post("").statusCode()).isEqualTo(400);
        assertThat(post("{").body()).contains("-32700");
        assertThat(post("[]").statusCode()).isEqualTo(400);
    }

    @Test
    void answersNothingToANotification() throws Exception {
        HttpResponse<String> response = post("{\"jsonrpc\":\"2.0\",\"method\":\"test_one\"}");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
    }

    @Test
    void refusesAnOverlongRequest() throws Exception {
        HttpResponse<String> response = post(" ".repeat(1001));
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(response.body()).contains("the request is larger than 1000 bytes");
        HttpRequest chunked =
                to("127.0.0.1", "/")
                        .POST(
                                BodyPublishers.fromPublisher(
                                        BodyPublishers.ofByteArray(new byte[100_000])))
                        .build();
        assertThat(client.send(chunked, BodyHandlers.ofString()).statusCode()).isEqualTo(413);
        assertThat(post(ONE).body()).isEqualTo(ONE_ANSWER);
    }

    @Test
    void answersWithATimeoutWhereWorkTakesTooLong() throws Exception {
        becomeImpatient();
        HttpResponse<String> response =
                post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"test_wait\"}");
        assertThat(response.statusCode()).isEqualTo(504);
        assertThat(response.body()).contains("no answer within 300 ms");
    }

    @Test
    void turnsRequestsAwayWhileTooManyAreBeingWorkedOn() throws Exception {
        becomeImpatient();
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            HttpRequest request =
                    to("127.0.0.1", "/")
                            .POST(BodyPublishers.ofString(ONE.replace("test_one", "test_wait")))
                            .build();
            waiting.add(client.sendAsync(request, BodyHandlers.ofString()));
        }
        for (CompletableFuture<HttpResponse<String>> one : waiting) {
            assertThat(one.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(504);
        }
        HttpResponse<String> refused = post(ONE);
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("-32005", "working on 2 requests");
        gate.countDown();
        HttpResponse<String> later = refused;
        for (int i = 0; i < 20 && later.statusCode() != 200; i++) later = post(ONE);
        assertThat(later.body()).isEqualTo(ONE_ANSWER);
    }

    @Test
    void keepsOutWebPagesThatAreNotNamed() throws Exception {
        HttpRequest.Builder request = to("127.0.0.1", "/").POST(BodyPublishers.ofString(ONE));
        HttpResponse<String> other =
                client.send(
                        request.copy().header("Origin", "https://evil.example").build(),
                        BodyHandlers.ofString());
        assertThat(other.statusCode()).isEqualTo(403);
        assertThat(other.headers().firstValue("access-control-allow-origin")).isEmpty();
        HttpResponse<String> named =
                client.send(
                        request.copy().header("Origin", "https://app.example").build(),
                        BodyHandlers.ofString());
        assertThat(named.statusCode()).isEqualTo(200);
        assertThat(named.headers().firstValue("access-control-allow-origin"))
                .contains("https://app.example");
    }

    @Test
    void answersAPreflight() throws Exception {
        HttpResponse<String> response =
                client.send(
                        to("127.0.0.1", "/")
                                .method("OPTIONS", BodyPublishers.noBody())
                                .header("Origin", "https://app.example")
                                .header("Access-Control-Request-Method", "POST")
                                .build(),
                        BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(response.headers().firstValue("access-control-allow-methods"))
                .contains("POST, OPTIONS");
    }

    @Test
    void keepsOutHostsThatAreNotNamed() throws Exception {
        assertThat(raw("Host: evil.example:8545")).startsWith("HTTP/1.1 403").contains("Host not");
        assertThat(raw("Host: LOCALHOST:8545")).startsWith("HTTP/1.1 200").contains("0x1");
        assertThat(raw("Host: 10.1.2.3")).startsWith("HTTP/1.1 200").contains("0x1");
    }

    private String raw(String hostHeader) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(5000);
            OutputStream out = socket.getOutputStream();
            String head =
                    "POST / HTTP/1.1\r\n%s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s";
            out.write(
                    head.formatted(hostHeader, ONE.length(), ONE)
                            .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void tellsABrowserWhatThisIs() throws Exception {
        HttpResponse<String> response =
                client.send(to("127.0.0.1", "/").GET().build(), BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("JSON-RPC");
        HttpResponse<String> alive =
                client.send(to("127.0.0.1", "/liveness").GET().build(), BodyHandlers.ofString());
        assertThat(alive.body()).isEqualTo("{\"status\":\"UP\"}");
    }

    @Test
    void namesThePortThatIsInUse() {
        int taken = server.port();
        assertThatThrownBy(() -> RpcServer.start(config(taken), RpcMethods.of(List.of()), null))
                .isInstanceOf(RpcServer.CannotListen.class)
                .hasMessageContaining("127.0.0.1:" + taken)
                .hasMessageContaining("in use");
    }

    @Test
    void namesAHostThatIsNotKnown() {
        RpcConfig config =
                new RpcConfig(
                        "no.such.invalid",
                        0,
                        List.of(),
                        List.of(),
                        RpcLimits.DEFAULT,
                        RpcConfig.APIS);
        assertThatThrownBy(() -> RpcServer.start(config, RpcMethods.of(List.of()), null))
                .isInstanceOf(RpcServer.CannotListen.class)
                .hasMessageContaining("no.such.invalid");
    }

    @Test
    void freesThePortWhenClosed() throws Exception {
        int port = server.port();
        server.close();
        server = RpcServer.start(config(port), RpcMethods.of(List.of()), null);
        assertThat(server.port()).isEqualTo(port);
    }

    private static final class Inbox implements WebSocket.Listener {
        final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        final StringBuilder partial = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                messages.add(partial.toString());
                partial.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            messages.add("closed " + status);
            return null;
        }
    }

    private WebSocket connect(Inbox inbox) {
        return client.newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + "/"), inbox)
                .join();
    }

    @Test
    void answersOverWebSocket() throws Exception {
        Inbox inbox = new Inbox();
        WebSocket socket = connect(inbox);
        socket.sendText(ONE.substring(0, 10), false).join();
        socket.sendText(ONE.substring(10), true).join();
        assertThat(inbox.messages.poll(5, TimeUnit.SECONDS)).isEqualTo(ONE_ANSWER);
        socket.sendText("{", true).join();
        assertThat(inbox.messages.poll(5, TimeUnit.SECONDS)).contains("-32700");
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        assertThat(inbox.messages.poll(5, TimeUnit.SECONDS)).startsWith("closed");
    }

    @Test
    void closesAWebSocketThatSendsTooMuch() throws Exception {
        Inbox inbox = new Inbox();
        WebSocket socket = connect(inbox);
        for (int i = 0; i < 3; i++) socket.sendText(" ".repeat(500), false).join();
        assertThat(inbox.messages.poll(5, TimeUnit.SECONDS)).isEqualTo("closed 1009");
    }

    @Test
    void keepsOutWebPagesFromWebSocketsToo() {
        assertThatThrownBy(
                        () ->
                                client.newWebSocketBuilder()
                                        .header("Origin", "https://evil.example")
                                        .buildAsync(
                                                URI.create("ws://127.0.0.1:" + server.port() + "/"),
                                                new Inbox())
                                        .join())
                .hasMessageContaining("Handshake");
    }
}
