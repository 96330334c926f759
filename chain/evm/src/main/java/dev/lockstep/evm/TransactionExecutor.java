package dev.lockstep.evm;

import dev.lockstep.evm.Frame.Exit;
import dev.lockstep.evm.Frame.Message;
import dev.lockstep.evm.Tracer.FrameKind;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.evm.World.Origin;
import dev.lockstep.types.AccessListEntry;
import dev.lockstep.types.Address;
import dev.lockstep.types.Authorization;
import dev.lockstep.types.Fork;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateView;
import dev.lockstep.types.Transaction;
import java.math.BigInteger;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** Runs one transaction: validate, prepare, execute, settle. Pure, and usable from any thread. */
public final class TransactionExecutor {
    private static final long CODE_CACHE_BYTES_MAX = 64L << 20;
    private static final long COMPILED_BYTES_MAX = 16L << 20;
    private static final long SYSTEM_CALL_GAS = 30_000_000;
    private static final Address SYSTEM_CALLER =
            Address.fromHex("0xfffffffffffffffffffffffffffffffffffffffe");

    /** What an authorization gives back where the account was there already. @source EIP-7702 */
    private static final long AUTHORIZATION_REFUND = 25_000 - 12_500;

    private final World.Machine machine;

    public TransactionExecutor(Precompiles precompiles) {
        this(precompiles, Engine.DEFAULT);
    }

    public TransactionExecutor(Precompiles precompiles, Engine engine) {
        this(precompiles, engine.interpreter());
    }

    TransactionExecutor(Precompiles precompiles, Interpreter interpreter) {
        this(precompiles, new CodeCache(CODE_CACHE_BYTES_MAX, COMPILED_BYTES_MAX), interpreter);
    }

    TransactionExecutor(Precompiles precompiles, CodeCache codes, Interpreter interpreter) {
        machine = new World.Machine(precompiles, codes, interpreter);
    }

    /**
     * @fails LocalFault where this machine is broken; says nothing about the transaction
     */
    public TransactionOutcome execute(
            StateView state, BlockContext block, SignedTransaction signed, Tracer tracer) {
        Transaction tx = signed.transaction();
        Refused refused = TransactionRules.check(tx, block).orElse(null);
        if (refused == null) refused = checkSender(state, block, signed);
        if (refused != null) return refused;

        UInt256 gasPrice = tx.effectiveGasPrice(block.baseFee());
        Origin origin = new Origin(signed.sender(), gasPrice, tx.blobHashes());
        World world = new World(machine, state, block, origin, tracer);
        buyGas(world, tx);
        Start start =
                new Start(
                        tx.to(),
                        tx.value(),
                        tx.data(),
                        tx.gasLimit() - TransactionRules.intrinsicGas(tx, block.fork()),
                        tx.accessList(),
                        tx.authorizations());
        Frame root = run(world, start);

        long gasUsed = gasUsed(world, root, tx.gasLimit(), tx.data());
        sellGas(world, tx.gasLimit() - gasUsed, gasUsed);
        boolean succeeded = root.exit == Exit.RETURNED;
        return new Executed(
                succeeded,
                gasUsed,
                world.journal.logs(),
                Bytes.wrap(root.output),
                succeeded && tx.isCreation() ? root.message.self() : null,
                root.haltReason,
                world.modelCalls,
                world.journal.diff());
    }

    /**
     * A call without nonce, signature, fee or sender-code checks; the sender must hold the value.
     */
    public CallOutcome call(
            StateView state, BlockContext block, CallRequest request, Tracer tracer) {
        Fork fork = block.fork();
        long intrinsic =
                TransactionRules.intrinsicGas(
                        request.to() == null,
                        request.input(),
                        request.accessList(),
                        request.authorizations().size(),
                        fork);
        long least = Math.max(intrinsic, TransactionRules.floorGas(request.input(), fork));
        if (request.gasLimit() < least) {
            return new Refused(
                    Refusal.INTRINSIC_GAS,
                    "the gas limit "
                            + request.gasLimit()
                            + " is under the "
                            + least
                            + " that the call costs at least");
        }
        Origin origin = new Origin(request.from(), request.gasPrice(), List.of());
        World world = new World(machine, state, block, origin, tracer);
        UInt256 balance = world.journal.balance(request.from());
        if (balance.compareTo(request.value()) < 0) {
            return insufficient(request.from(), balance, request.value().toBigInteger());
        }
        Start start =
                new Start(
                        request.to(),
                        request.value(),
                        request.input(),
                        request.gasLimit() - intrinsic,
                        request.accessList(),
                        request.authorizations());
        Frame root = run(world, start);
        long gasUsed = gasUsed(world, root, request.gasLimit(), request.input());
        return outcome(world, root, gasUsed);
    }

    /**
     * Code by itself, to measure or to look at: no intrinsic gas, no refund. The sender must hold
     * the value.
     */
    public CallOutcome message(
            StateView state, BlockContext block, CallRequest request, Tracer tracer) {
        Origin origin = new Origin(request.from(), request.gasPrice(), List.of());
        World world = new World(machine, state, block, origin, tracer);
        Start start =
                new Start(
                        request.to(),
                        request.value(),
                        request.input(),
                        request.gasLimit(),
                        request.accessList(),
                        request.authorizations());
        Frame root = run(world, start);
        return outcome(world, root, request.gasLimit() - root.gas);
    }

    private static CallOutcome outcome(World world, Frame root, long gasUsed) {
        HaltReason halt = root.haltReason;
        if (halt != null) return new CallOutcome.Halted(halt, gasUsed);
        Bytes output = Bytes.wrap(root.output);
        return root.exit == Exit.REVERTED
                ? new CallOutcome.Reverted(output, gasUsed)
                : new CallOutcome.Succeeded(
                        output, gasUsed, world.journal.logs(), world.modelCalls);
    }

    /**
     * A call by 0xff…fe with 30 million gas, outside of the block's gas.
     *
     * @source EIP-4788, EIP-2935, EIP-7002, EIP-7251
     */
    public SystemCallOutcome systemCall(
            StateView state, BlockContext block, Address target, Bytes input) {
        Origin origin = new Origin(SYSTEM_CALLER, UInt256.ZERO, List.of());
        World world = new World(machine, state, block, origin, Tracer.NONE);
        if (!world.journal.account(target).hasCode()) {
            return new SystemCallOutcome(SystemCallOutcome.Status.NO_CODE, null, StateDiff.EMPTY);
        }
        Message message =
                new Message(
                        FrameKind.CALL, SYSTEM_CALLER, target, target, UInt256.ZERO, input, false);
        Frame root = new Frame(world, null, message, world.runnableCode(target), SYSTEM_CALL_GAS);
        new Driver(world).run(root);
        return root.exit == Exit.RETURNED
                ? new SystemCallOutcome(
                        SystemCallOutcome.Status.SUCCEEDED,
                        Bytes.wrap(root.output),
                        world.journal.diff())
                : new SystemCallOutcome(SystemCallOutcome.Status.FAILED, null, StateDiff.EMPTY);
    }

    private static @Nullable Refused checkSender(
            StateView state, BlockContext block, SignedTransaction signed) {
        Transaction tx = signed.transaction();
        Address sender = signed.sender();
        Journal journal = new Journal(state, block.fork());
        JournalAccount account = journal.account(sender);
        if (account.nonce != tx.nonce()) {
            boolean isLow = Long.compareUnsigned(tx.nonce(), account.nonce) < 0;
            return new Refused(
                    isLow ? Refusal.NONCE_TOO_LOW : Refusal.NONCE_TOO_HIGH,
                    "the nonce is "
                            + Long.toUnsignedString(tx.nonce())
                            + ", the next of "
                            + sender
                            + " is "
                            + Long.toUnsignedString(account.nonce));
        }
        boolean mayDelegate = block.fork().isAtLeast(Fork.PRAGUE);
        if (account.hasCode() && !(mayDelegate && World.delegate(journal.code(sender)) != null)) {
            return new Refused(Refusal.SENDER_HAS_CODE, "the sender " + sender + " is a contract");
        }
        BigInteger needed = TransactionRules.cost(tx);
        return account.balance.toBigInteger().compareTo(needed) < 0
                ? insufficient(sender, account.balance, needed)
                : null;
    }

    private static Refused insufficient(Address sender, UInt256 balance, BigInteger needed) {
        return new Refused(
                Refusal.INSUFFICIENT_FUNDS,
                sender
                        + " has "
                        + TransactionRules.decimal(balance)
                        + " wei, "
                        + needed
                        + " are needed");
    }

    /** Takes the gas limit's price and the blobs' from the sender; what blobs cost is burnt. */
    private static void buyGas(World world, Transaction tx) {
        UInt256 gas = world.origin.gasPrice().multiply(tx.gasLimit());
        UInt256 blobGas = world.block.blobBaseFee().multiply(TransactionRules.blobGas(tx));
        world.journal.subtractBalance(world.origin.sender(), gas.add(blobGas));
    }

    /**
     * What a run begins with.
     *
     * @param gas less the intrinsic
     */
    private record Start(
            @Nullable Address to,
            UInt256 value,
            Bytes input,
            long gas,
            List<AccessListEntry> accessList,
            List<Authorization> authorizations) {}

    private static Frame run(World world, Start start) {
        Journal journal = world.journal;
        Address sender = world.origin.sender();
        long nonce = journal.nonce(sender);
        journal.incrementNonce(sender);
        warmUp(world, start.accessList);
        for (Authorization authorization : start.authorizations) authorize(world, authorization);
        Address to = start.to;
        Address self = to == null ? Address.created(sender, nonce) : to;
        journal.warm(self);
        Address delegate = to == null ? null : world.delegate(to);
        if (delegate != null) world.warm(delegate);
        Code code =
                to == null
                        ? new Code(start.input)
                        : world.runnableCode(delegate == null ? to : delegate);
        Message message =
                new Message(
                        to == null ? FrameKind.CREATE : FrameKind.CALL,
                        sender,
                        self,
                        self,
                        start.value,
                        to == null ? Bytes.EMPTY : start.input,
                        false);
        Frame root = new Frame(world, null, message, code, start.gas);
        new Driver(world).run(root);
        return root;
    }

    private static void warmUp(World world, List<AccessListEntry> accessList) {
        Journal journal = world.journal;
        journal.warm(world.origin.sender());
        if (world.fork.isAtLeast(Fork.SHANGHAI)) journal.warm(world.block.coinbase()); // EIP-3651
        for (AccessListEntry entry : accessList) {
            journal.warm(entry.address());
            for (Bytes32 key : entry.storageKeys()) {
                Word word = Word.of(UInt256.fromBytes(key));
                journal.warm(journal.slot(journal.account(entry.address()), word));
            }
        }
    }

    /** Sets the authority's code where the authorization holds; otherwise it is passed over. */
    private static void authorize(World world, Authorization authorization) {
        UInt256 chainId = authorization.chainId();
        if (!chainId.isZero() && !chainId.equals(world.block.chainId())) return;
        if (authorization.nonce() == -1L) return;
        Address authority = authorization.authority();
        if (authority == null) return;
        Journal journal = world.journal;
        journal.warm(authority);
        JournalAccount account = journal.account(authority);
        if (account.hasCode() && World.delegate(journal.code(authority)) == null) return;
        if (account.nonce != authorization.nonce()) return;
        if (account.exists) journal.addRefund(AUTHORIZATION_REFUND);
        Address target = authorization.address();
        journal.setCode(authority, target.isZero() ? Bytes.EMPTY : World.delegationTo(target));
        journal.incrementNonce(authority);
    }

    private static long gasUsed(World world, Frame root, long gasLimit, Bytes data) {
        long spent = gasLimit - root.gas;
        long refund = Math.min(world.journal.refund(), spent / world.gas.refundDivisor());
        return Math.max(spent - refund, TransactionRules.floorGas(data, world.fork));
    }

    /** Gives the sender what is left and the coinbase its part; the base fee is burnt. */
    private static void sellGas(World world, long gasLeft, long gasUsed) {
        UInt256 gasPrice = world.origin.gasPrice();
        UInt256 tip = gasPrice.subtract(world.block.baseFee());
        world.journal.addBalance(world.origin.sender(), gasPrice.multiply(gasLeft));
        world.journal.addBalance(world.block.coinbase(), tip.multiply(gasUsed));
    }
}
