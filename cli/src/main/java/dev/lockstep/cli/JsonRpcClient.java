package dev.lockstep.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Talks to a node as any Ethereum client does. */
final class JsonRpcClient implements AutoCloseable {
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final JsonMapper json = JsonMapper.shared();
    private final AtomicLong nextId = new AtomicLong();
    private final URI url;

    JsonRpcClient(String url) {
        this.url = URI.create(url);
    }

    /** The result of one call. @fails CommandFailure with the node's own message */
    JsonNode call(String method, Object... params) throws IOException {
        ObjectNode request = json.createObjectNode();
        request.put("jsonrpc", "2.0").put("id", nextId.incrementAndGet()).put("method", method);
        ArrayNode list = request.putArray("params");
        for (Object param : params) list.addPOJO(param);
        HttpRequest post =
                HttpRequest.newBuilder(url)
                        .header("content-type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(json.writeValueAsString(request)))
                        .build();
        JsonNode answer = json.readTree(send(post));
        JsonNode error = answer.get("error");
        if (error != null) {
            throw new CommandFailure(method + " failed: " + error.path("message").asString());
        }
        return answer.path("result");
    }

    UInt256 quantity(String method, Object... params) throws IOException {
        return UInt256.fromHexString(call(method, params).asString());
    }

    Bytes bytes(String method, Object... params) throws IOException {
        return Bytes.fromHexString(call(method, params).asString());
    }

    private String send(HttpRequest post) throws IOException {
        try {
            return http.send(post, HttpResponse.BodyHandlers.ofString()).body();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + url, stopping);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
