package dev.lockstep.ledger;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.BlockContext;
import dev.lockstep.evm.CallOutcome;
import dev.lockstep.evm.CallRequest;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.state.OverlayView;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import dev.lockstep.types.StateDiff.Fields;
import dev.lockstep.types.StateView;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/** Calls that nobody signed, on a state that they do not change. */
final class Simulation {
    /** The callee of a call never sees the last 64th of its caller's gas. @source EIP-150 */
    private static final long CALL_GAS_DIVISOR = 64;

    /** An estimate is at most this part over the least that suffices. */
    private static final long TOLERANCE_DIVISOR = 64;

    private static final long GAS_MIN = 21_000;

    private final TransactionExecutor executor;

    Simulation(TransactionExecutor executor) {
        this.executor = executor;
    }

    CallOutcome call(
            StateView state,
            BlockContext context,
            CallRequest request,
            Tracer tracer,
            Map<Address, AccountOverride> overrides) {
        return executor.call(overlaid(state, overrides), context, request, tracer);
    }

    /**
     * Looks for a gas limit that suffices: the most there may be, then exactly what that used, then
     * by halves. Contracts that look at the gas they have are free to fail in between; the answer
     * is always one that was seen to succeed.
     */
    GasEstimate estimateGas(
            StateView state,
            BlockContext context,
            CallRequest request,
            Map<Address, AccountOverride> overrides) {
        StateView base = overlaid(state, overrides);
        long most = gasLimitMax(base, context, request);
        CallOutcome outcome = attempt(base, context, request, most);
        if (!(outcome instanceof CallOutcome.Succeeded succeeded)) {
            return new GasEstimate.Fails(outcome, most);
        }
        long used = succeeded.gasUsed();
        if (used <= most && suffices(base, context, request, used)) {
            return new GasEstimate.Enough(used);
        }
        long tooLittle = used;
        long enough = most;
        long likely = used + used / (CALL_GAS_DIVISOR - 1) + 1;
        if (likely < enough) {
            if (suffices(base, context, request, likely)) enough = likely;
            else tooLittle = likely;
        }
        while (enough - tooLittle > enough / TOLERANCE_DIVISOR) {
            long middle = tooLittle + (enough - tooLittle) / 2;
            if (suffices(base, context, request, middle)) enough = middle;
            else tooLittle = middle;
        }
        return new GasEstimate.Enough(enough);
    }

    /** The request's own limit, the block's, the transaction cap, and what the sender can pay. */
    private static long gasLimitMax(StateView state, BlockContext context, CallRequest request) {
        long most = context.gasLimit();
        if (request.gasLimit() > 0) most = Math.min(most, request.gasLimit());
        if (context.fork().isAtLeast(Fork.OSAKA) && context.transactionGasLimitMax() > 0) {
            most = Math.min(most, context.transactionGasLimitMax());
        }
        if (request.gasPrice().isZero()) return most;
        Account sender = state.account(request.from());
        UInt256 balance = sender == null ? UInt256.ZERO : sender.balance();
        if (balance.compareTo(request.value()) <= 0) return Math.min(most, GAS_MIN);
        UInt256 payable = balance.subtract(request.value()).divide(request.gasPrice());
        return payable.fitsLong() ? Math.min(most, payable.toLong()) : most;
    }

    private boolean suffices(
            StateView state, BlockContext context, CallRequest request, long gasLimit) {
        return attempt(state, context, request, gasLimit) instanceof CallOutcome.Succeeded;
    }

    private CallOutcome attempt(
            StateView state, BlockContext context, CallRequest request, long gasLimit) {
        CallRequest limited =
                new CallRequest(
                        request.from(),
                        request.to(),
                        gasLimit,
                        request.gasPrice(),
                        request.value(),
                        request.input(),
                        request.accessList(),
                        request.authorizations());
        return executor.call(state, context, limited, Tracer.NONE);
    }

    private static StateView overlaid(StateView state, Map<Address, AccountOverride> overrides) {
        if (overrides.isEmpty()) return state;
        SortedMap<Address, AccountChange> accounts = new TreeMap<>();
        SortedMap<Hash, Bytes> codes = new TreeMap<>();
        overrides.forEach(
                (address, override) -> {
                    Account before =
                            Objects.requireNonNullElse(state.account(address), Account.EMPTY);
                    accounts.put(address, change(before, override, codes));
                });
        OverlayView overlay = new OverlayView(state);
        overlay.apply(new StateDiff(accounts, codes));
        return overlay;
    }

    private static AccountChange change(
            Account before, AccountOverride override, SortedMap<Hash, Bytes> codes) {
        Hash codeHash = before.codeHash();
        Bytes code = override.code();
        if (code != null) {
            codeHash = Keccak.hash(code);
            if (!code.isEmpty()) codes.put(codeHash, code);
        }
        Fields fields =
                new Fields(
                        Objects.requireNonNullElse(override.nonce(), before.nonce()),
                        Objects.requireNonNullElse(override.balance(), before.balance()),
                        codeHash);
        return new AccountChange(fields, override.storageReplaced(), override.slots());
    }
}
