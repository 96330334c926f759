package dev.lockstep.rpc;

import dev.lockstep.evm.HaltReason;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The calls of a run as a tree, in the form that explorers know as {@code callTracer}. Model calls
 * are calls to their precompile.
 */
final class CallTracer implements Trace {
    private final boolean isTopOnly;
    private final Deque<ObjectNode> open = new ArrayDeque<>();
    private @Nullable ObjectNode top;

    CallTracer(boolean isTopOnly) {
        this.isTopOnly = isTopOnly;
    }

    @Override
    public JsonNode answer(Run run) {
        if (top == null) throw new IllegalStateException("nothing ran");
        top.set("gas", Json.quantity(run.gasLimit()));
        top.set("gasUsed", Json.quantity(run.gasUsed()));
        return top;
    }

    @Override
    public void onFrameEnter(FrameEntry frame) {
        if (isTopOnly && frame.depth() > 0) return;
        ObjectNode json = Json.object().put("type", frame.kind().name());
        boolean isBorrowed =
                frame.kind() == FrameKind.DELEGATECALL || frame.kind() == FrameKind.CALLCODE;
        json.set("from", Json.address(isBorrowed ? frame.self() : frame.caller()));
        json.set("to", Json.address(isBorrowed ? frame.codeAddress() : frame.self()));
        if (frame.kind() != FrameKind.STATICCALL) json.set("value", Json.quantity(frame.value()));
        json.set("gas", Json.quantity(frame.gas()));
        json.set("input", Json.data(frame.input()));
        ObjectNode parent = open.peek();
        if (parent == null) top = json;
        else if (parent.get("calls") instanceof ArrayNode calls) calls.add(json);
        else parent.putArray("calls").add(json);
        open.push(json);
    }

    @Override
    public void onFrameExit(FrameExit exit) {
        if (isTopOnly && exit.depth() > 0) return;
        ObjectNode json = open.pop();
        json.set("gasUsed", Json.quantity(exit.gasUsed()));
        Bytes output = exit.output();
        HaltReason halt = exit.halt();
        if (halt != null) {
            json.put("error", Calls.phrase(halt));
            return;
        }
        if (!output.isEmpty()) json.set("output", Json.data(output));
        if (exit.succeeded()) return;
        json.put("error", "execution reverted");
        String reason = Reverts.reason(output);
        if (!reason.isEmpty()) json.put("revertReason", reason);
    }
}
