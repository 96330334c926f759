package dev.lockstep.acceptance.fuzz;

import dev.lockstep.acceptance.dsl.Anvil;
import dev.lockstep.acceptance.dsl.RpcClient;
import dev.lockstep.acceptance.dsl.RpcClient.Request;
import dev.lockstep.acceptance.fuzz.Case.Contents;
import dev.lockstep.acceptance.fuzz.Outcome.Kind;
import dev.lockstep.types.AccessListEntry;
import dev.lockstep.types.Address;
import dev.lockstep.types.Authorization;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Log;
import dev.lockstep.types.SetCodeTransaction;
import dev.lockstep.types.Transaction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;

/**
 * The EVM inside of anvil, asked by {@code debug_traceCall} with the case's state and block as
 * overrides: one answer of the call tracer has result, gas and logs, one of the prestate tracer
 * what changed.
 */
final class AnvilEvm implements AutoCloseable {
    private final Anvil anvil;
    private final RpcClient rpc;

    AnvilEvm() throws IOException, InterruptedException {
        anvil = Anvil.start();
        rpc = new RpcClient(anvil.url());
    }

    List<Outcome> outcomes(List<Case> cases) throws IOException {
        List<Request> requests = new ArrayList<>();
        for (Case example : cases) {
            requests.add(
                    trace(
                            example,
                            Map.of(
                                    "tracer",
                                    "callTracer",
                                    "tracerConfig",
                                    Map.of("withLog", true))));
            requests.add(
                    trace(
                            example,
                            Map.of(
                                    "tracer",
                                    "prestateTracer",
                                    "tracerConfig",
                                    Map.of("diffMode", true))));
        }
        List<JsonNode> answers = rpc.batch(requests);
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            outcomes.add(outcome(cases.get(i), answers.get(2 * i), answers.get(2 * i + 1)));
        }
        return outcomes;
    }

    List<TraceStep> steps(Case example) throws IOException {
        JsonNode answer = rpc.answer(trace(example, Map.of("disableStorage", true)));
        List<TraceStep> steps = new ArrayList<>();
        boolean isCreationOfNothing = false;
        for (JsonNode log : answer.path("result").path("structLogs").values()) {
            // Where the init code is empty, revm still steps into it, by a STOP that is nowhere.
            boolean isNowhere = isCreationOfNothing && log.get("pc").intValue() == 0;
            isCreationOfNothing = isCreationOfNothing(log);
            if (isNowhere) continue;
            List<UInt256> stack = new ArrayList<>();
            for (JsonNode word : log.get("stack").values()) stack.add(word(word));
            steps.add(
                    new TraceStep(
                            log.get("depth").intValue(),
                            log.get("pc").intValue(),
                            log.get("gas").longValue(),
                            stack));
        }
        return steps;
    }

    private static boolean isCreationOfNothing(JsonNode log) {
        int words = log.get("stack").size();
        boolean isCreation = log.path("op").asString("").startsWith("CREATE") && words >= 3;
        return isCreation && word(log.get("stack").get(words - 3)).isZero();
    }

    private static Request trace(Case example, Map<String, ?> options) {
        Map<String, Object> all = new LinkedHashMap<>(options);
        all.put("stateOverrides", overrides(example.state()));
        all.put("blockOverrides", block());
        return new Request("debug_traceCall", List.of(call(example.transaction()), "latest", all));
    }

    private static Map<String, Object> block() {
        return Map.of(
                "number", "0x0",
                "time", hex(LocalEvm.TIMESTAMP),
                "gasLimit", hex(LocalEvm.BLOCK_GAS_LIMIT),
                "feeRecipient", LocalEvm.COINBASE.toString(),
                "prevRandao", LocalEvm.PREV_RANDAO.toHexString(),
                "baseFeePerGas", hex(Generator.BASE_FEE));
    }

    private static Map<String, Object> overrides(SortedMap<Address, Contents> state) {
        Map<String, Object> overrides = new LinkedHashMap<>();
        state.forEach(
                (address, contents) -> {
                    Map<String, Object> account = new LinkedHashMap<>();
                    account.put("nonce", hex(contents.nonce()));
                    account.put("balance", hex(contents.balance()));
                    account.put("code", contents.code().toHexString());
                    if (!contents.slots().isEmpty()) {
                        Map<String, String> slots = new LinkedHashMap<>();
                        contents.slots()
                                .forEach((slot, value) -> slots.put(padded(slot), padded(value)));
                        account.put("stateDiff", slots);
                    }
                    overrides.put(address.toString(), account);
                });
        return overrides;
    }

    private static Map<String, Object> call(Transaction tx) {
        Map<String, Object> call = new LinkedHashMap<>();
        call.put("type", hex(tx.type()));
        call.put("from", Case.SENDER.toString());
        if (tx.to() != null) call.put("to", tx.to().toString());
        call.put("nonce", hex(tx.nonce()));
        call.put("gas", hex(tx.gasLimit()));
        call.put("value", hex(tx.value()));
        call.put("input", tx.data().toHexString());
        if (tx instanceof DynamicFeeTransaction || tx instanceof SetCodeTransaction) {
            call.put("maxFeePerGas", hex(tx.maxFeePerGas()));
            call.put("maxPriorityFeePerGas", hex(tx.maxPriorityFeePerGas()));
        } else {
            call.put("gasPrice", hex(tx.maxFeePerGas()));
        }
        if (tx.type() > 0) call.put("accessList", accessList(tx.accessList()));
        if (tx instanceof SetCodeTransaction) {
            call.put(
                    "authorizationList",
                    tx.authorizations().stream().map(AnvilEvm::authorization).toList());
        }
        return call;
    }

    private static List<?> accessList(List<AccessListEntry> entries) {
        return entries.stream()
                .map(
                        entry ->
                                Map.of(
                                        "address",
                                        entry.address().toString(),
                                        "storageKeys",
                                        entry.storageKeys().stream()
                                                .map(Bytes::toHexString)
                                                .toList()))
                .toList();
    }

    private static Map<String, Object> authorization(Authorization a) {
        return Map.of(
                "chainId", hex(a.chainId()),
                "address", a.address().toString(),
                "nonce", hex(a.nonce()),
                "yParity", hex(a.yParity()),
                "r", hex(a.r()),
                "s", hex(a.s()));
    }

    private static String hex(long number) {
        return "0x" + Long.toHexString(number);
    }

    private static String hex(UInt256 number) {
        return number.toQuantityHexString();
    }

    private static String padded(UInt256 word) {
        return word.toBytes().toHexString();
    }

    private static UInt256 word(JsonNode text) {
        return UInt256.fromHexString(text.stringValue());
    }

    private static Outcome outcome(Case example, JsonNode call, JsonNode changes)
            throws IOException {
        if (call.has("error") && changes.has("error")) return Outcome.REFUSED;
        JsonNode frame = call.path("result");
        JsonNode diff = changes.path("result");
        if (!frame.has("gasUsed") || !diff.has("post")) {
            throw new IOException("anvil answers " + call + " and " + changes);
        }
        String error = frame.path("error").asString("");
        Kind kind =
                error.isEmpty()
                        ? Kind.SUCCEEDED
                        : error.equals("execution reverted") ? Kind.REVERTED : Kind.HALTED;
        Bytes output =
                kind == Kind.HALTED
                        ? Bytes.EMPTY
                        : Bytes.fromHexString(frame.path("output").asString("0x"));
        TreeMap<Long, Log> logs = new TreeMap<>();
        if (kind == Kind.SUCCEEDED) collectLogs(frame, logs);
        return new Outcome(
                kind,
                word(frame.get("gasUsed")).toLong(),
                output,
                List.copyOf(logs.values()),
                after(example.state(), diff));
    }

    private static void collectLogs(JsonNode frame, SortedMap<Long, Log> logs) {
        if (frame.has("error")) return;
        for (JsonNode log : frame.path("logs").values()) {
            List<Bytes32> topics = new ArrayList<>();
            for (JsonNode topic : log.get("topics").values()) {
                topics.add(Bytes32.fromHexString(topic.stringValue()));
            }
            logs.put(
                    word(log.get("index")).toLong(),
                    new Log(
                            Address.fromHex(log.get("address").stringValue()),
                            topics,
                            Bytes.fromHexString(log.path("data").asString("0x"))));
        }
        for (JsonNode call : frame.path("calls").values()) collectLogs(call, logs);
    }

    /** The state before with what the diff says is otherwise. */
    private static SortedMap<Address, Contents> after(
            SortedMap<Address, Contents> before, JsonNode diff) {
        SortedMap<Address, Contents> after = new TreeMap<>(before);
        for (Map.Entry<String, JsonNode> entry : diff.get("pre").properties()) {
            Address address = Address.fromHex(entry.getKey());
            JsonNode post = diff.get("post").get(entry.getKey());
            after.put(
                    address,
                    post == null
                            ? Contents.NONE
                            : changed(
                                    before.getOrDefault(address, Contents.NONE),
                                    entry.getValue(),
                                    post));
        }
        for (Map.Entry<String, JsonNode> entry : diff.get("post").properties()) {
            if (diff.get("pre").has(entry.getKey())) continue;
            Address address = Address.fromHex(entry.getKey());
            Contents was = before.getOrDefault(address, Contents.NONE);
            after.put(address, changed(was, diff.path("nothing"), entry.getValue()));
        }
        after.values().removeIf(Contents::isEmpty);
        return after;
    }

    private static Contents changed(Contents before, JsonNode pre, JsonNode post) {
        SortedMap<UInt256, UInt256> slots = new TreeMap<>(before.slots());
        for (String slot : pre.path("storage").propertyNames()) {
            slots.remove(UInt256.fromHexString(slot));
        }
        for (Map.Entry<String, JsonNode> slot : post.path("storage").properties()) {
            slots.put(UInt256.fromHexString(slot.getKey()), word(slot.getValue()));
        }
        slots.values().removeIf(UInt256::isZero);
        return new Contents(
                post.has("nonce") ? post.get("nonce").longValue() : before.nonce(),
                post.has("balance") ? word(post.get("balance")) : before.balance(),
                post.has("code")
                        ? Bytes.fromHexString(post.get("code").stringValue())
                        : before.code(),
                slots);
    }

    @Override
    public void close() {
        rpc.close();
        anvil.close();
    }
}
