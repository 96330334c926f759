package dev.lockstep.rpc;

import dev.lockstep.evm.TransactionOutcome;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.TransactionLocation;
import dev.lockstep.types.Hash;
import dev.lockstep.types.SignedTransaction;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Runs committed transactions again and shows what they did. */
final class Traces {
    private final Ledger ledger;

    Traces(Ledger ledger) {
        this.ledger = ledger;
    }

    List<RpcMethod> rows() {
        return List.of(new RpcMethod("debug_traceTransaction", this::traceTransaction));
    }

    private JsonNode traceTransaction(Params params) {
        Hash hash = params.at(0, "transactionHash").hash();
        CallTracer tracer = tracer(params.at(1, "options"));
        TransactionLocation location = ledger.find(hash);
        if (location == null) {
            throw new RpcException(
                    RpcError.Kind.NOT_FOUND, "transaction " + hash + " is in no block");
        }
        TransactionOutcome outcome = ledger.replay(location, tracer);
        ObjectNode tree = tracer.tree();
        if (tree == null || !(outcome instanceof TransactionOutcome.Executed executed)) {
            throw new IllegalStateException("a committed transaction did not run: " + outcome);
        }
        SignedTransaction tx =
                Objects.requireNonNull(ledger.transactions(location.number()))
                        .get(location.index());
        // The frame knows nothing of intrinsic gas and refunds; the transaction does.
        tree.set("gas", Json.quantity(tx.transaction().gasLimit()));
        tree.set("gasUsed", Json.quantity(executed.gasUsed()));
        return tree;
    }

    private static CallTracer tracer(Param options) {
        String expected = "\"callTracer\", the only tracer that this node has";
        if (options.isAbsent()) {
            throw options.refuse("an object with tracer " + expected);
        }
        Param name = options.member("tracer");
        if (name.isAbsent() || !name.text().equals("callTracer")) throw name.refuse(expected);
        Param config = options.member("tracerConfig");
        return new CallTracer(!config.isAbsent() && config.member("onlyTopCall").flag(false));
    }
}
