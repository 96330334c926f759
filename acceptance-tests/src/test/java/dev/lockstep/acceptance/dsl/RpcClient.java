package dev.lockstep.acceptance.dsl;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON-RPC to any node, without a client's opinions. */
public final class RpcClient implements AutoCloseable {
    /** A tree of calls is as deep as calls may be. */
    private static final JsonMapper JSON =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(10_000)
                                                    .build())
                                    .build())
                    .build();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI url;

    public RpcClient(String url) {
        this.url = URI.create(url);
    }

    /** One request. */
    public record Request(String method, List<?> params) {
        private ObjectNode json(int id) {
            ObjectNode json = JSON.createObjectNode();
            json.put("jsonrpc", "2.0").put("id", id).put("method", method);
            return json.set("params", JSON.valueToTree(params));
        }
    }

    /** The result; an answer with an error is an exception with all of its text. */
    public JsonNode call(String method, Object... params) throws IOException {
        JsonNode answer = answer(new Request(method, List.of(params)));
        if (answer.has("error")) throw new IOException(method + ": " + answer.get("error"));
        return answer.get("result");
    }

    /** The whole answer, with result or error. */
    public JsonNode answer(Request request) throws IOException {
        return JSON.readTree(post(JSON.writeValueAsBytes(request.json(1))));
    }

    /** The answers to several requests in one, in their order. */
    public List<JsonNode> batch(List<Request> requests) throws IOException {
        ArrayNode array = JSON.createArrayNode();
        for (Request request : requests) array.add(request.json(array.size()));
        JsonNode answers = JSON.readTree(post(JSON.writeValueAsBytes(array)));
        if (!answers.isArray() || answers.size() != requests.size()) {
            throw new IOException(requests.size() + " requests were answered by " + answers);
        }
        List<JsonNode> ordered = new ArrayList<>(answers.values());
        ordered.sort((one, other) -> one.get("id").asInt() - other.get("id").asInt());
        return ordered;
    }

    private byte[] post(byte[] body) throws IOException {
        HttpRequest request =
                HttpRequest.newBuilder(url)
                        .header("content-type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
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
