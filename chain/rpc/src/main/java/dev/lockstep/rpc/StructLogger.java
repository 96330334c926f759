package dev.lockstep.rpc;

import dev.lockstep.evm.HaltReason;
import dev.lockstep.types.Address;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/**
 * Every instruction of a run: the answer where no tracer is named.
 *
 * @source execution-apis, schemas/opcode-tracer; known as geth's struct logger
 */
final class StructLogger implements Trace {
    private static final int SLOAD = 0x54;
    private static final int SSTORE = 0x55;

    /** What an entry takes besides its text. */
    private static final int ENTRY_BYTES = 80;

    /**
     * What an entry has.
     *
     * @param limit how many entries at most, 0 for as many as there are
     */
    record Options(
            boolean hasStack,
            boolean hasMemory,
            boolean hasStorage,
            boolean hasReturnData,
            long limit) {
        static Options read(Param options) {
            if (options.isAbsent()) return new Options(true, false, true, false, 0);
            Param limit = options.member("limit");
            return new Options(
                    !options.member("disableStack").flag(false),
                    options.member("enableMemory").flag(false),
                    !options.member("disableStorage").flag(false),
                    options.member("enableReturnData").flag(false),
                    limit.isAbsent() ? 0 : limit.count(Long.MAX_VALUE));
        }
    }

    private final Options options;
    private final long bytesMax;

    /** As text, which takes a fraction of what nodes would. */
    private final ArrayNode entries = Json.array();

    /** What was read and written of each account's storage, whatever was undone since. */
    private final Map<Address, SortedMap<UInt256, UInt256>> slots = new HashMap<>();

    private long bytes;

    /** The entry of the instruction that was announced last, as long as there may be more of it. */
    private @Nullable ObjectNode last;

    private long gasBefore;

    /** What the last instruction reads, if it is an SLOAD. */
    private @Nullable UInt256 slotRead;

    /**
     * @param bytesMax of memory for the entries; beyond it there is no answer
     */
    StructLogger(Options options, long bytesMax) {
        this.options = options;
        this.bytesMax = bytesMax;
    }

    @Override
    public void onFrameEnter(FrameEntry frame) {
        finish();
    }

    private void finish() {
        if (last == null) return;
        String text = last.toString();
        bytes += text.length() + ENTRY_BYTES;
        entries.addRawValue(new RawValue(text));
        last = null;
    }

    @Override
    public void onStep(Step step) {
        if (last != null && slotRead != null) {
            // The word that was read is on the stack now.
            last.set("storage", storage(step.self(), slotRead, step.stackWord(0)));
        }
        slotRead = null;
        finish();
        if (isFull()) return;
        last = Json.object();
        gasBefore = step.gas();
        last.put("pc", step.pc());
        last.put("op", step.name());
        last.put("gas", gasBefore);
        last.put("gasCost", 0);
        last.put("depth", step.depth() + 1);
        last.put("refund", step.refund());
        if (options.hasStack) last.set("stack", stack(step));
        if (options.hasMemory) last.set("memory", memory(step.memory()));
        if (options.hasReturnData) last.set("returnData", Json.data(step.returnData()));
        if (!options.hasStorage) return;
        if (step.opcode() == SSTORE && step.stackSize() > 1) {
            last.set("storage", storage(step.self(), step.stackWord(0), step.stackWord(1)));
        }
        if (step.opcode() == SLOAD && step.stackSize() > 0) slotRead = step.stackWord(0);
    }

    private boolean isFull() {
        return bytes > bytesMax || (options.limit > 0 && entries.size() >= options.limit);
    }

    private static ArrayNode stack(Step step) {
        ArrayNode stack = Json.array();
        for (int i = step.stackSize() - 1; i >= 0; i--) {
            stack.add(Json.quantity(step.stackWord(i)));
        }
        return stack;
    }

    private static ArrayNode memory(Bytes memory) {
        ArrayNode words = Json.array();
        for (int at = 0; at < memory.size(); at += 32) words.add(Json.data(memory.slice(at, 32)));
        return words;
    }

    /** All slots that the account was seen with. */
    private ObjectNode storage(Address account, UInt256 slot, UInt256 value) {
        SortedMap<UInt256, UInt256> seen =
                slots.computeIfAbsent(account, address -> new TreeMap<>());
        seen.put(slot, value);
        ObjectNode storage = Json.object();
        seen.forEach((key, word) -> storage.set(key.toHexString(), Json.data(word.toBytes())));
        return storage;
    }

    @Override
    public void onStepEnd(long gasLeft) {
        if (last != null) last.put("gasCost", gasBefore - gasLeft);
    }

    @Override
    public void onFrameExit(FrameExit exit) {
        HaltReason halt = exit.halt();
        if (last != null && halt != null) {
            last.put("gasCost", gasBefore);
            last.put("error", Calls.phrase(halt));
        }
        finish();
    }

    @Override
    public JsonNode answer(Run run) {
        if (bytes > bytesMax) {
            throw new RpcException(
                    RpcError.Kind.LIMIT_EXCEEDED,
                    "the trace takes over "
                            + bytesMax
                            + " bytes; set limit or disableStack, or leave out enableMemory");
        }
        ObjectNode answer = Json.object();
        answer.put("gas", run.gasUsed());
        answer.put("failed", !run.succeeded());
        answer.set("returnValue", Json.data(run.output()));
        answer.set("structLogs", entries);
        return answer;
    }
}
