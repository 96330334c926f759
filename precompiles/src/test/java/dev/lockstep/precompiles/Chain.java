package dev.lockstep.precompiles;

import dev.lockstep.evm.BlockContext;
import dev.lockstep.evm.CallOutcome;
import dev.lockstep.evm.CallRequest;
import dev.lockstep.evm.Precompiles;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.evm.TransactionOutcome;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LegacyTransaction;
import dev.lockstep.types.Signature;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateView;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;

/** One block without fees whose state is the sum of what ran in it; one sender. */
public final class Chain {
    static final Address SENDER = Address.ofNumber(0x5e4de4);

    private static final BlockContext BLOCK =
            new BlockContext(
                    Fork.OSAKA,
                    UInt256.ONE,
                    1,
                    1,
                    100_000_000,
                    Address.ZERO,
                    UInt256.ZERO,
                    UInt256.ZERO,
                    Bytes32.ZERO,
                    UInt256.ONE,
                    BlobSchedule.PRAGUE,
                    ChainSpec.TRANSACTION_GAS_LIMIT_MAX,
                    null,
                    _ -> Hash.ZERO);

    private final TransactionExecutor executor;
    private StateDiff state = StateDiff.EMPTY;
    private long nonce;

    public Chain(Precompiles precompiles) {
        executor = new TransactionExecutor(precompiles);
    }

    /** The file that {@code compile.js} wrote. */
    static Bytes artifact(String contract, String key) {
        try (InputStream file =
                Chain.class.getResourceAsStream("/contracts/" + contract + ".json")) {
            return Bytes.fromHexString(new ObjectMapper().readTree(file).get(key).asString());
        } catch (IOException missing) {
            throw new AssertionError(missing);
        }
    }

    Address deploy(String contract, Bytes arguments) {
        Bytes code = Bytes.concatenate(artifact(contract, "bytecode"), arguments);
        Address created = send(null, code).created();
        if (created == null) throw new AssertionError(contract + " does not deploy");
        return created;
    }

    /** Puts code at an address, as a genesis or a test tool does. */
    public void etch(Address address, Bytes code) {
        Hash hash = dev.lockstep.crypto.Keccak.hash(code);
        var fields = new StateDiff.Fields(1, UInt256.ZERO, hash);
        var change =
                new StateDiff.AccountChange(fields, false, java.util.Collections.emptySortedMap());
        state =
                state.then(
                        new StateDiff(
                                new java.util.TreeMap<>(java.util.Map.of(address, change)),
                                new java.util.TreeMap<>(java.util.Map.of(hash, code))));
    }

    public TransactionOutcome.Executed send(@Nullable Address to, Bytes data) {
        var transaction =
                new LegacyTransaction(
                        UInt256.ONE,
                        nonce,
                        UInt256.ZERO,
                        ChainSpec.TRANSACTION_GAS_LIMIT_MAX,
                        to,
                        UInt256.ZERO,
                        data,
                        new Signature(0, UInt256.ONE, UInt256.ONE));
        var signed = SignedTransaction.of(transaction, SENDER);
        var outcome = executor.execute(view(), BLOCK, signed, Tracer.NONE);
        if (!(outcome instanceof TransactionOutcome.Executed executed)) {
            throw new AssertionError(outcome);
        }
        state = state.then(executed.diff());
        nonce++;
        return executed;
    }

    CallOutcome call(Address to, Bytes data, long gasLimit) {
        var request =
                new CallRequest(
                        SENDER,
                        to,
                        gasLimit,
                        UInt256.ZERO,
                        UInt256.ZERO,
                        data,
                        List.of(),
                        List.of());
        return executor.call(view(), BLOCK, request, Tracer.NONE);
    }

    private StateView view() {
        StateDiff now = state;
        return new StateView() {
            @Override
            public @Nullable Account account(Address address) {
                var change = now.accounts().get(address);
                StateDiff.Fields fields = change == null ? null : change.after();
                return fields == null
                        ? null
                        : new Account(
                                fields.nonce(),
                                fields.balance(),
                                fields.codeHash(),
                                Hash.EMPTY_TRIE);
            }

            @Override
            public Bytes code(Hash codeHash) {
                return codeHash.equals(Hash.EMPTY) ? Bytes.EMPTY : now.codes().get(codeHash);
            }

            @Override
            public UInt256 storage(Address address, UInt256 slot) {
                var change = now.accounts().get(address);
                return change == null
                        ? UInt256.ZERO
                        : change.slots().getOrDefault(slot, UInt256.ZERO);
            }
        };
    }
}
