package dev.lockstep.rpc;

import dev.lockstep.evm.CallOutcome;
import dev.lockstep.evm.CallRequest;
import dev.lockstep.evm.HaltReason;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.ledger.AccountOverride;
import dev.lockstep.ledger.GasEstimate;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.rpc.RpcError.Kind;
import dev.lockstep.types.Address;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Calls that nobody signed: eth_call, eth_estimateGas, eth_createAccessList. */
final class Calls {
    private static final int ACCESS_LIST_ROUNDS = 10;

    private final Ledger ledger;
    private final Blocks blocks;
    private final long gasMax;

    Calls(Ledger ledger, RpcLimits limits) {
        this.ledger = ledger;
        this.blocks = new Blocks(ledger);
        this.gasMax = limits.callGasMax();
    }

    List<RpcMethod> rows() {
        return List.of(
                new RpcMethod("eth_call", this::call),
                new RpcMethod("eth_estimateGas", this::estimateGas),
                new RpcMethod("eth_createAccessList", this::createAccessList));
    }

    private JsonNode call(Params params) {
        long number = block(params);
        refuseBlockOverrides(params.at(3, "blockOverrides"));
        CallOutcome outcome =
                ledger.call(number, request(params, number), Tracer.NONE, overrides(params));
        if (outcome instanceof CallOutcome.Succeeded succeeded) {
            return Json.data(succeeded.output());
        }
        throw new RpcException(failure(outcome));
    }

    /** The block that a call stands on. */
    long block(Params params) {
        return blocks.require(params.at(1, "block"));
    }

    static void refuseBlockOverrides(Param overrides) {
        if (overrides.isAbsent() || overrides.members(100).isEmpty()) return;
        throw overrides.refuse("nothing: a block's fields cannot be overridden here");
    }

    private static Map<Address, AccountOverride> overrides(Params params) {
        return CallObject.overrides(params.at(2, "stateOverrides"));
    }

    CallRequest request(Params params, long number) {
        return CallObject.read(
                params.at(0, "call"),
                ledger.spec().chainId(),
                blocks.header(number).baseFeeOrZero(),
                gasMax);
    }

    private JsonNode estimateGas(Params params) {
        long number = block(params);
        CallRequest request = withoutPrice(request(params, number));
        return switch (ledger.estimateGas(number, request, overrides(params))) {
            case GasEstimate.Enough enough -> Json.quantity(enough.gasLimit());
            case GasEstimate.Fails fails -> throw new RpcException(failure(fails));
        };
    }

    /** Wallets estimate before there is money to pay with; so nobody has to pay here. */
    private static CallRequest withoutPrice(CallRequest request) {
        return new CallRequest(
                request.from(),
                request.to(),
                request.gasLimit(),
                UInt256.ZERO,
                request.value(),
                request.input(),
                request.accessList(),
                request.authorizations());
    }

    private static RpcError failure(GasEstimate.Fails fails) {
        if (fails.outcome() instanceof CallOutcome.Halted halted
                && halted.reason() == HaltReason.OUT_OF_GAS) {
            return new RpcError(
                    Kind.SERVER, "gas required exceeds allowance (" + fails.gasLimit() + ")");
        }
        return failure(fails.outcome());
    }

    private static RpcError failure(CallOutcome outcome) {
        return switch (outcome) {
            case CallOutcome.Succeeded _ -> throw new IllegalArgumentException("it succeeded");
            case CallOutcome.Reverted reverted -> Reverts.error(reverted.data());
            case CallOutcome.Halted halted -> new RpcError(Kind.SERVER, phrase(halted.reason()));
            case Refused refused -> Rejections.of(refused);
        };
    }

    /** The words that tools know, or the reason's name as words. */
    static String phrase(HaltReason reason) {
        return switch (reason) {
            case OUT_OF_GAS -> "out of gas";
            case UNDEFINED_INSTRUCTION -> "invalid opcode";
            case INVALID_JUMP -> "invalid jump destination";
            case WRITE_IN_STATIC_CALL -> "write protection";
            case ADDRESS_COLLISION -> "contract address collision";
            default -> reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        };
    }

    /**
     * Runs the call with the list that it made the last time, until that stays the same: a slot
     * that is warm can change where the call goes.
     */
    private JsonNode createAccessList(Params params) {
        long number = block(params);
        Map<Address, AccountOverride> overrides = overrides(params);
        CallRequest request = request(params, number);
        for (int round = 0; ; round++) {
            AccessListTracer tracer = new AccessListTracer(request);
            CallOutcome outcome = ledger.call(number, request, tracer, overrides);
            boolean isStable = tracer.accessList().equals(request.accessList());
            if (isStable || round == ACCESS_LIST_ROUNDS) return accessList(request, outcome);
            request = tracer.withAccessList(request);
        }
    }

    private static JsonNode accessList(CallRequest request, CallOutcome outcome) {
        ObjectNode json = Json.object();
        json.set("accessList", Json.accessList(request.accessList()));
        switch (outcome) {
            case CallOutcome.Succeeded succeeded ->
                    json.set("gasUsed", Json.quantity(succeeded.gasUsed()));
            case CallOutcome.Reverted reverted -> {
                json.set("gasUsed", Json.quantity(reverted.gasUsed()));
                json.put("error", Reverts.error(reverted.data()).message());
            }
            case CallOutcome.Halted halted -> {
                json.set("gasUsed", Json.quantity(halted.gasUsed()));
                json.put("error", phrase(halted.reason()));
            }
            case Refused refused -> throw new RpcException(Rejections.of(refused));
        }
        return json;
    }
}
