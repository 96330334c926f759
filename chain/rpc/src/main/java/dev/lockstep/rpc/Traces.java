package dev.lockstep.rpc;

import dev.lockstep.evm.CallOutcome;
import dev.lockstep.evm.CallRequest;
import dev.lockstep.evm.TransactionOutcome;
import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.TransactionLocation;
import dev.lockstep.rpc.Trace.Run;
import dev.lockstep.types.Hash;
import dev.lockstep.types.SignedTransaction;
import java.util.List;
import java.util.Objects;
import org.apache.tuweni.bytes.Bytes;
import tools.jackson.databind.JsonNode;

/** Runs transactions again, or calls, and shows what they did. */
final class Traces {
    private final Ledger ledger;
    private final Calls calls;
    private final long traceBytesMax;

    Traces(Ledger ledger, Calls calls, RpcLimits limits) {
        this.ledger = ledger;
        this.calls = calls;
        // While the answer is written, the text is there twice.
        traceBytesMax = limits.responseBytesMax() / 2;
    }

    List<RpcMethod> rows() {
        return List.of(
                new RpcMethod("debug_traceTransaction", this::traceTransaction),
                new RpcMethod("debug_traceCall", this::traceCall));
    }

    private JsonNode traceTransaction(Params params) {
        Hash hash = params.at(0, "transactionHash").hash();
        Trace trace = trace(params.at(1, "options"));
        TransactionLocation location = ledger.find(hash);
        if (location == null) {
            throw new RpcException(
                    RpcError.Kind.NOT_FOUND, "transaction " + hash + " is in no block");
        }
        TransactionOutcome outcome = ledger.replay(location, trace);
        if (!(outcome instanceof TransactionOutcome.Executed executed)) {
            throw new IllegalStateException("a committed transaction did not run: " + outcome);
        }
        SignedTransaction tx =
                Objects.requireNonNull(ledger.transactions(location.number()))
                        .get(location.index());
        return trace.answer(
                new Run(
                        tx.transaction().gasLimit(),
                        executed.gasUsed(),
                        executed.succeeded(),
                        executed.output()));
    }

    private JsonNode traceCall(Params params) {
        Param options = params.at(2, "options");
        Trace trace = trace(options);
        long number = calls.block(params);
        CallRequest request = calls.request(params, number);
        if (!options.isAbsent()) Calls.refuseBlockOverrides(options.member("blockOverrides"));
        CallOutcome outcome =
                ledger.call(
                        number,
                        request,
                        trace,
                        CallObject.overrides(
                                options.isAbsent() ? options : options.member("stateOverrides")));
        long gasLimit = request.gasLimit();
        return trace.answer(
                switch (outcome) {
                    case CallOutcome.Succeeded succeeded ->
                            new Run(gasLimit, succeeded.gasUsed(), true, succeeded.output());
                    case CallOutcome.Reverted reverted ->
                            new Run(gasLimit, reverted.gasUsed(), false, reverted.data());
                    case CallOutcome.Halted halted ->
                            new Run(gasLimit, halted.gasUsed(), false, Bytes.EMPTY);
                    case Refused refused -> throw new RpcException(Rejections.of(refused));
                });
    }

    private Trace trace(Param options) {
        Param name = options.isAbsent() ? options : options.member("tracer");
        if (name.isAbsent()) {
            return new StructLogger(StructLogger.Options.read(options), traceBytesMax);
        }
        if (!name.text().equals("callTracer")) {
            throw name.refuse("\"callTracer\", or nothing for every instruction");
        }
        Param config = options.member("tracerConfig");
        return new CallTracer(!config.isAbsent() && config.member("onlyTopCall").flag(false));
    }
}
