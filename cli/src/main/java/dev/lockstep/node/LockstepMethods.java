package dev.lockstep.node;

import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.TransactionLocation;
import dev.lockstep.precompiles.inference.ActiveModel;
import dev.lockstep.precompiles.inference.ModelCatalog;
import dev.lockstep.rpc.Json;
import dev.lockstep.rpc.Param;
import dev.lockstep.rpc.Params;
import dev.lockstep.rpc.RpcError;
import dev.lockstep.rpc.RpcException;
import dev.lockstep.rpc.RpcMethod;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.CallRecord;
import dev.lockstep.types.Hash;
import dev.lockstep.types.InferenceRoot;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rows that a chain with model calls adds to the RPC.
 *
 * @source protocol, section 8
 */
final class LockstepMethods {
    /** Blocks that one request may range over. */
    private static final long RANGE_BLOCKS_MAX = 5_000;

    /** Records that one request may be given. */
    private static final int RECORDS_MAX = 10_000;

    private final Ledger ledger;
    private final ModelCatalog catalog;
    private final Chain chain;

    private LockstepMethods(Chain chain, ModelCatalog catalog) {
        this.chain = chain;
        this.ledger = chain.ledger();
        this.catalog = catalog;
    }

    /** None on a chain without model calls. */
    static List<RpcMethod> rows(Chain chain) {
        ModelCatalog catalog = chain.catalog();
        if (catalog == null) return List.of();
        LockstepMethods methods = new LockstepMethods(chain, catalog);
        return List.of(
                new RpcMethod("lockstep_models", _ -> methods.models()),
                new RpcMethod(
                        "lockstep_getModel", params -> methods.describe(methods.model(params))),
                new RpcMethod(
                        "lockstep_quote", params -> Json.quantity(methods.model(params).gas())),
                new RpcMethod("lockstep_infer", methods::infer),
                new RpcMethod("lockstep_getInferences", methods::inferences));
    }

    private ActiveModel model(Params params) {
        Hash id = params.at(0, "model").hash();
        ActiveModel model = catalog.find(id);
        if (model == null)
            throw refusal(
                    "model "
                            + id
                            + " is not active on this chain; lockstep_models lists those that are");
        return model;
    }

    private JsonNode models() {
        ArrayNode all = Json.array();
        for (ActiveModel model : catalog.models()) all.add(describe(model));
        return all;
    }

    private JsonNode describe(ActiveModel active) {
        ObjectNode json = Json.object();
        json.set("id", Json.hash(active.id()));
        json.set("name", Json.text(chain.nameOf(active.id())));
        json.set("gas", Json.quantity(active.gas()));
        json.set("macs", Json.quantity(active.model().cost().macs()));
        json.set("sizeBytes", Json.quantity(active.model().sizeBytes()));
        json.set("inputs", tensors(active.model().inputs()));
        json.set("outputs", tensors(active.model().outputs()));
        return json;
    }

    private static ArrayNode tensors(List<dev.lockstep.inference.TensorSpec> specs) {
        ArrayNode all = Json.array();
        for (var spec : specs) {
            ObjectNode json = Json.object();
            json.set("type", Json.text(spec.dtype().toString()));
            ArrayNode shape = json.putArray("shape");
            for (int axis = 0; axis < spec.shape().rank(); axis++)
                shape.add(spec.shape().dim(axis));
            json.put("multiplier", spec.quantization().multiplier());
            json.put("shift", spec.quantization().shift());
            json.put("zeroPoint", spec.quantization().zeroPoint());
            all.add(json);
        }
        return all;
    }

    /** Runs a model on raw input; free, and the same bits as on chain. */
    private JsonNode infer(Params params) {
        ActiveModel model = model(params);
        return switch (model.infer(params.at(1, "input").data())) {
            case ActiveModel.Answered(var output) -> Json.data(output);
            case ActiveModel.NotAnInput(var reason) -> throw refusal(reason);
        };
    }

    private JsonNode inferences(Params params) {
        Param filter = params.at(0, "filter");
        Param transaction = filter.member("transactionHash");
        if (!transaction.isAbsent()) return ofTransaction(transaction.hash());
        long head = ledger.head().number();
        long from = block(filter.member("fromBlock"), head);
        long to = block(filter.member("toBlock"), head);
        if (from > to || to > head || to - from >= RANGE_BLOCKS_MAX) {
            throw refusal(
                    "blocks "
                            + from
                            + " to "
                            + to
                            + " were asked for; the chain has 0 to "
                            + head
                            + ", and at most "
                            + RANGE_BLOCKS_MAX
                            + " blocks are given at once");
        }
        Param model = filter.member("model");
        Param caller = filter.member("caller");
        ArrayNode found = Json.array();
        for (long number = from; number <= to; number++) {
            for (CallRecord record : records(number)) {
                if (!model.isAbsent() && !record.model().equals(model.hash())) continue;
                if (!caller.isAbsent() && !record.caller().equals(caller.address())) continue;
                if (found.size() == RECORDS_MAX) {
                    throw refusal(
                            "more than "
                                    + RECORDS_MAX
                                    + " records; ask for fewer blocks than "
                                    + from
                                    + " to "
                                    + to);
                }
                found.add(json(number, record));
            }
        }
        return found;
    }

    private static long block(Param number, long head) {
        return number.isAbsent() || number.text().equals("latest") ? head : number.quantity();
    }

    private ArrayNode ofTransaction(Hash hash) {
        ArrayNode found = Json.array();
        TransactionLocation location = ledger.find(hash);
        if (location == null) return found;
        for (CallRecord record : records(location.number())) {
            if (record.txIndex() == location.index()) found.add(json(location.number(), record));
        }
        return found;
    }

    private List<CallRecord> records(long number) {
        return Objects.requireNonNull(ledger.callRecords(number));
    }

    private ObjectNode json(long number, CallRecord record) {
        BlockHeader header = Objects.requireNonNull(ledger.header(number));
        ObjectNode json = Json.object();
        json.set("blockNumber", Json.quantity(number));
        json.set("blockHash", Json.hash(ledger.hash(header)));
        json.set(
                "transactionHash",
                Json.hash(
                        Objects.requireNonNull(ledger.transactions(number))
                                .get(record.txIndex())
                                .hash()));
        json.set("transactionIndex", Json.quantity(record.txIndex()));
        json.set("callIndex", Json.quantity(record.callIndex()));
        json.set("caller", Json.address(record.caller()));
        json.set("model", Json.hash(record.model()));
        json.set("inputHash", Json.hash(record.inputHash()));
        json.set("outputHash", Json.hash(record.outputHash()));
        json.set("gas", Json.quantity(record.gas()));
        json.set("inferenceRoot", Json.hash(InferenceRoot.of(records(number))));
        return json;
    }

    private static RpcException refusal(String message) {
        return new RpcException(RpcError.Kind.INVALID_PARAMS, message);
    }
}
