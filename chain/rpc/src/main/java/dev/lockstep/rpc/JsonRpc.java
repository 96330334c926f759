package dev.lockstep.rpc;

import dev.lockstep.rpc.RpcError.Kind;
import java.io.ByteArrayOutputStream;
import java.lang.System.Logger.Level;
import java.util.Collection;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The protocol without a transport: request bytes in, answer bytes out.
 *
 * @source JSON-RPC 2.0
 */
public final class JsonRpc {
    private static final System.Logger LOG = System.getLogger(JsonRpc.class.getName());
    private static final int LOGGED_CHARS = 500;
    private static final int ID_CHARS_MAX = 256;

    private final RpcMethods methods;
    private final RpcLimits limits;

    public JsonRpc(RpcMethods methods, RpcLimits limits) {
        this.methods = methods;
        this.limits = limits;
    }

    /**
     * What to send back.
     *
     * @param isWellFormed whether the request was a request at all, whatever became of it
     * @param body null where nothing is to be sent: all requests were notifications
     */
    public record Answer(boolean isWellFormed, @Nullable Bytes body) {}

    /** The same protocol with more methods, as a connection that can be subscribed to has them. */
    JsonRpc with(Collection<RpcMethod> more) {
        return new JsonRpc(methods.with(more), limits);
    }

    /** Answers a request or a batch of them. Never fails. */
    public Answer answer(byte[] request) {
        return switch (read(request)) {
            case Request.Refused(var answer) -> answer;
            case Request.Parsed parsed -> answer(parsed);
        };
    }

    /** What came. */
    sealed interface Request {
        record Refused(Answer answer) implements Request {}

        record Parsed(JsonNode root) implements Request {}
    }

    Request read(byte[] request) {
        JsonNode root;
        try {
            root = Json.parse(request);
        } catch (StreamConstraintsException e) {
            // The library's own words name its classes.
            String limits = "nested over " + Json.DEPTH_MAX + " deep, or a number or name too long";
            return refused(Kind.PARSE, "JSON " + limits + place(e));
        } catch (JacksonException e) {
            return refused(Kind.PARSE, "not JSON: " + e.getOriginalMessage() + place(e));
        }
        if (root.isMissingNode()) return refused(Kind.PARSE, "not JSON: nothing was sent");
        if (!root.isArray() && !root.isObject()) {
            return refused(Kind.INVALID_REQUEST, "a request is a JSON object or an array of them");
        }
        return new Request.Parsed(root);
    }

    private static Request refused(Kind kind, String message) {
        return new Request.Refused(malformed(kind, message));
    }

    /** Whether the answer surely takes little time. */
    boolean isPrompt(Request.Parsed request) {
        JsonNode name = request.root.isObject() ? request.root.get("method") : null;
        RpcMethod method =
                name == null || !name.isString() ? null : methods.find(name.stringValue());
        return method != null && method.isPrompt();
    }

    Answer answer(Request.Parsed request) {
        if (request.root.isArray()) return answerBatch(request.root);
        ObjectNode response = answerOne(request.root);
        boolean isWellFormed = response == null || !isInvalidRequest(response);
        return new Answer(isWellFormed, response == null ? null : Bytes.wrap(bounded(response)));
    }

    private Answer answerBatch(JsonNode batch) {
        if (batch.isEmpty()) return malformed(Kind.INVALID_REQUEST, "the batch is empty");
        if (batch.size() > limits.batchSizeMax()) {
            return malformed(
                    Kind.LIMIT_EXCEEDED,
                    "a batch of "
                            + batch.size()
                            + " requests, at most "
                            + limits.batchSizeMax()
                            + " are allowed");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (JsonNode request : batch) {
            ObjectNode response =
                    out.size() > limits.responseBytesMax()
                            ? refuse(idOf(request), tooLarge())
                            : answerOne(request);
            if (response == null) continue;
            out.write(out.size() == 0 ? '[' : ',');
            out.writeBytes(bounded(response));
        }
        if (out.size() == 0) return new Answer(true, null);
        out.write(']');
        return new Answer(true, Bytes.wrap(out.toByteArray()));
    }

    /** The response, or null to a notification. */
    private @Nullable ObjectNode answerOne(JsonNode request) {
        JsonNode id = idOf(request);
        String fault = faultOf(request);
        if (fault != null) return refuse(id, new RpcError(Kind.INVALID_REQUEST, fault));
        ObjectNode response = run(id, request.get("method").stringValue(), request.get("params"));
        return request.has("id") ? response : null;
    }

    private static @Nullable String faultOf(JsonNode request) {
        if (!request.isObject()) return "a request is a JSON object";
        JsonNode version = request.get("jsonrpc");
        if (version == null || !version.isString() || !version.stringValue().equals("2.0")) {
            return "jsonrpc is " + (version == null ? "missing" : version) + ", expected \"2.0\"";
        }
        JsonNode method = request.get("method");
        if (method == null || !method.isString()) {
            return "method is " + (method == null ? "missing" : method) + ", expected a string";
        }
        if (request.has("id") && idOf(request).isNull() && !request.get("id").isNull()) {
            return "id is neither a string of at most " + ID_CHARS_MAX + " characters nor a number";
        }
        return null;
    }

    /** The request's id to be echoed, null where it has none that can be. */
    private static JsonNode idOf(JsonNode request) {
        JsonNode id = request.isObject() ? request.get("id") : null;
        if (id == null || !(id.isString() || id.isNumber())) return Json.none();
        return id.asString().length() > ID_CHARS_MAX ? Json.none() : id;
    }

    private ObjectNode run(JsonNode id, String name, @Nullable JsonNode params) {
        RpcMethod method = methods.find(name);
        if (method == null) return refuse(id, unknown(name));
        try {
            JsonNode result = method.handler().answer(Params.of(params));
            ObjectNode response = envelope(id);
            response.set("result", result);
            return response;
        } catch (RpcException e) {
            return refuse(id, e.error());
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, () -> name + " failed; its parameters: " + shown(params), e);
            return refuse(
                    id,
                    new RpcError(Kind.INTERNAL, "internal error; the log of the node has details"));
        }
    }

    private RpcError unknown(String name) {
        String shown = name.length() > 80 ? name.substring(0, 80) + "…" : name;
        return methods.isDisabled(name)
                ? new RpcError(
                        Kind.METHOD_NOT_ENABLED, "the method " + shown + " is not enabled here")
                : new RpcError(
                        Kind.METHOD_NOT_FOUND, "the method " + shown + " does not exist here");
    }

    private byte[] bounded(ObjectNode response) {
        byte[] body = Json.bytes(response);
        if (body.length <= limits.responseBytesMax()) return body;
        return Json.bytes(refuse(response.get("id"), tooLarge()));
    }

    private RpcError tooLarge() {
        return new RpcError(
                Kind.LIMIT_EXCEEDED,
                "the answer is larger than " + limits.responseBytesMax() + " bytes; ask for less");
    }

    private static Answer malformed(Kind kind, String message) {
        return new Answer(false, error(kind, message));
    }

    private static boolean isInvalidRequest(ObjectNode response) {
        JsonNode error = response.get("error");
        return error != null && error.get("code").intValue() == Kind.INVALID_REQUEST.code();
    }

    /** The bytes of an error that belongs to no request in particular. */
    static Bytes error(Kind kind, String message) {
        return Bytes.wrap(Json.bytes(refuse(Json.none(), new RpcError(kind, message))));
    }

    private static ObjectNode refuse(JsonNode id, RpcError error) {
        ObjectNode body = Json.object().put("code", error.kind().code());
        body.put("message", error.message());
        if (error.data() != null) body.set("data", error.data());
        ObjectNode response = envelope(id);
        response.set("error", body);
        return response;
    }

    private static ObjectNode envelope(JsonNode id) {
        ObjectNode response = Json.object().put("jsonrpc", "2.0");
        response.set("id", id);
        return response;
    }

    private static String shown(@Nullable JsonNode params) {
        String text = String.valueOf(params);
        return text.length() > LOGGED_CHARS ? text.substring(0, LOGGED_CHARS) + "…" : text;
    }

    private static String place(JacksonException e) {
        TokenStreamLocation at = e.getLocation();
        return at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
    }
}
