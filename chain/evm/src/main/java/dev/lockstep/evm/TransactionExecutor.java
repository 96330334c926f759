package dev.lockstep.evm;

import dev.lockstep.types.Address;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateView;
import org.apache.tuweni.bytes.Bytes;

/** Runs one transaction: validate, prepare, execute, settle. Pure, and usable from any thread. */
public final class TransactionExecutor {
    private final Precompiles precompiles;

    public TransactionExecutor(Precompiles precompiles) {
        this.precompiles = precompiles;
    }

    /**
     * @fails LocalFault where this machine is broken; says nothing about the transaction
     */
    public TransactionOutcome execute(
            StateView state, BlockContext block, SignedTransaction tx, Tracer tracer) {
        return TransactionRules.check(tx.transaction(), block)
                .orElseThrow(() -> new LocalFault("execution is not built yet"));
    }

    /**
     * A call without nonce, signature, fee or sender-code checks; the sender must hold the value.
     */
    public CallOutcome call(
            StateView state, BlockContext block, CallRequest request, Tracer tracer) {
        if (precompiles.rows().isEmpty()) return new CallOutcome.Reverted(Bytes.EMPTY, 0);
        throw new LocalFault("execution is not built yet");
    }

    /**
     * A call by 0xff…fe with 30 million gas, outside of the block's gas.
     *
     * @source EIP-4788, EIP-2935, EIP-7002, EIP-7251
     */
    public SystemCallOutcome systemCall(
            StateView state, BlockContext block, Address target, Bytes input) {
        if (state.account(target) != null) throw new LocalFault("execution is not built yet");
        return new SystemCallOutcome(SystemCallOutcome.Status.NO_CODE, null, StateDiff.EMPTY);
    }
}
