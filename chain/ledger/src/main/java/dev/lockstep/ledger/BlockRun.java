package dev.lockstep.ledger;

import static dev.lockstep.ledger.BlockFault.BLOB_GAS;
import static dev.lockstep.ledger.BlockFault.SYSTEM_CALL;
import static dev.lockstep.ledger.BlockFault.TRANSACTION_GAS_LIMIT;
import static dev.lockstep.ledger.BlockFault.TRANSACTION_REFUSED;

import dev.lockstep.evm.BlockContext;
import dev.lockstep.evm.ModelCall;
import dev.lockstep.evm.SystemCallOutcome;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.evm.TransactionOutcome;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.ledger.Verdict.Invalid;
import dev.lockstep.state.OverlayView;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Bloom;
import dev.lockstep.types.CallRecord;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Receipt;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateView;
import dev.lockstep.types.Transaction;
import dev.lockstep.types.Withdrawal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * One block being executed, transaction by transaction, over a state that it only reads: the
 * protocol's calls, the transactions, the withdrawals, the requests. Pure.
 */
final class BlockRun {
    private static final Address BEACON_ROOTS =
            Address.fromHex("0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02");
    private static final Address HISTORY =
            Address.fromHex("0x0000F90827F1C53a10cb7A02335B175320002935");
    private static final Bytes DEPOSIT_TYPE = Bytes.of(0x00);
    private static final Bytes WITHDRAWAL_TYPE = Bytes.of(0x01);
    private static final Bytes CONSOLIDATION_TYPE = Bytes.of(0x02);
    private static final UInt256 WEI_PER_GWEI = UInt256.valueOf(1_000_000_000L);

    private final ChainSpec spec;
    private final TransactionExecutor executor;
    private final BlockContext context;
    private final OverlayView overlay;
    private final Function<StateDiff, Hash> stateRoot;
    private final List<SignedTransaction> transactions = new ArrayList<>();
    private final List<Receipt> receipts = new ArrayList<>();
    private final List<CallRecord> callRecords = new ArrayList<>();
    private final List<Bytes> requests = new ArrayList<>();
    private long gasUsed;
    private int blobCount;

    /**
     * @param stateRoot of the parent's state with a diff, for the receipts before Byzantium
     */
    BlockRun(
            ChainSpec spec,
            TransactionExecutor executor,
            BlockContext context,
            StateView parentState,
            Function<StateDiff, Hash> stateRoot) {
        this.spec = spec;
        this.executor = executor;
        this.context = context;
        this.overlay = new OverlayView(parentState);
        this.stateRoot = stateRoot;
    }

    /**
     * What comes before the first transaction: the protocol's calls. They fail silently, also where
     * no contract is.
     *
     * @source EIP-4788, EIP-2935
     */
    void begin(BlockHeader header) {
        if (ProofOfWork.isDaoBlock(spec, header.number())) moveDaoEther();
        if (spec.systemContracts() == null) return;
        if (header.parentBeaconBlockRoot() != null) {
            systemCall(BEACON_ROOTS, header.parentBeaconBlockRoot().bytes());
        }
        if (context.fork().isAtLeast(Fork.PRAGUE)) {
            systemCall(HISTORY, header.parentHash().bytes());
        }
    }

    /** The same for a transaction as a block holds it. */
    @Nullable Invalid add(Transaction tx) {
        SignedTransaction signed = SignedTransaction.recover(tx);
        if (signed != null) return add(signed);
        return new Invalid(
                BlockFault.TRANSACTION_SIGNATURE,
                "the signature of transaction " + transactions.size() + " recovers to nobody");
    }

    /** Runs the next transaction; where it does not fit or is refused, nothing has happened. */
    @Nullable Invalid add(SignedTransaction tx) {
        Invalid overflow = overflow(tx);
        if (overflow != null) return overflow;
        return switch (execute(tx, Tracer.NONE)) {
            case Refused(var refusal, String message) ->
                    new Invalid(
                            TRANSACTION_REFUSED,
                            place(tx) + " is refused: " + refusal + ": " + message);
            case Executed executed -> {
                settle(tx, executed);
                yield null;
            }
        };
    }

    /** What the next transaction would do; nothing of it is kept. */
    TransactionOutcome execute(SignedTransaction tx, Tracer tracer) {
        return executor.execute(overlay, context, tx, tracer);
    }

    private @Nullable Invalid overflow(SignedTransaction tx) {
        long gasLimit = tx.transaction().gasLimit();
        if (Long.compareUnsigned(gasLimit, gasLeft()) > 0) {
            return new Invalid(
                    TRANSACTION_GAS_LIMIT,
                    place(tx)
                            + " has a gas limit of "
                            + Long.toUnsignedString(gasLimit)
                            + ", the block has "
                            + gasLeft()
                            + " left");
        }
        int blobsAfter = blobCount + tx.transaction().blobHashes().size();
        int blobsMax = context.blobs().maxPerBlock();
        if (blobsAfter > blobsMax) {
            return new Invalid(
                    BLOB_GAS,
                    place(tx)
                            + " makes "
                            + blobsAfter
                            + " blobs in the block, at most "
                            + blobsMax
                            + " are allowed");
        }
        return null;
    }

    private String place(SignedTransaction tx) {
        return "transaction " + transactions.size() + " (" + tx.hash() + ")";
    }

    private void settle(SignedTransaction tx, Executed executed) {
        overlay.apply(executed.diff());
        gasUsed += executed.gasUsed();
        blobCount += tx.transaction().blobHashes().size();
        int callIndex = 0;
        for (ModelCall call : executed.modelCalls()) {
            callRecords.add(
                    new CallRecord(
                            transactions.size(),
                            callIndex++,
                            call.caller(),
                            call.model(),
                            call.inputHash(),
                            call.outputHash(),
                            call.gas()));
        }
        transactions.add(tx);
        receipts.add(receipt(tx.transaction().type(), executed));
    }

    private Receipt receipt(int type, Executed executed) {
        if (context.fork().isAtLeast(Fork.BYZANTIUM)) {
            return Receipt.of(type, executed.succeeded(), gasUsed, executed.logs());
        }
        Hash root = stateRoot.apply(overlay.diff());
        return new Receipt(type, root.bytes(), gasUsed, Bloom.of(executed.logs()), executed.logs());
    }

    /** What follows the last transaction. */
    @Nullable Invalid end(List<BlockHeader> ommers, @Nullable List<Withdrawal> withdrawals) {
        if (ProofOfWork.holds(spec, context.number(), context.timestamp())) reward(ommers);
        UInt256 reward = spec.payout(context.number()).rewardWei();
        // An account is not made for nothing.
        if (!reward.isZero()) credit(context.coinbase(), reward);
        if (withdrawals != null) withdrawals.forEach(this::withdraw);
        ChainSpec.SystemContracts contracts = spec.systemContracts();
        if (contracts == null || !context.fork().isAtLeast(Fork.PRAGUE)) return null;
        Invalid fault = deposits(contracts.deposits());
        if (fault == null) {
            fault = request(contracts.withdrawals(), WITHDRAWAL_TYPE, contracts.areRequired());
        }
        return fault != null
                ? fault
                : request(contracts.consolidations(), CONSOLIDATION_TYPE, contracts.areRequired());
    }

    private void reward(List<BlockHeader> ommers) {
        Fork fork = context.fork();
        credit(context.coinbase(), ProofOfWork.reward(fork, ommers.size()));
        for (BlockHeader ommer : ommers) {
            long depth = context.number() - ommer.number();
            credit(ommer.coinbase(), ProofOfWork.ommerReward(fork, depth));
        }
    }

    /**
     * @source EIP-4895
     */
    private void withdraw(Withdrawal withdrawal) {
        if (withdrawal.amountGwei() == 0) return;
        UInt256 amount =
                UInt256.fromBytes(Bytes.minimalBytes(withdrawal.amountGwei()))
                        .multiply(WEI_PER_GWEI);
        credit(withdrawal.address(), amount);
    }

    private void credit(Address address, UInt256 amount) {
        setBalance(address, account(address).balance().add(amount));
    }

    private Account account(Address address) {
        return Objects.requireNonNullElse(overlay.account(address), Account.EMPTY);
    }

    private void setBalance(Address address, UInt256 balance) {
        Account account = account(address);
        var fields = new StateDiff.Fields(account.nonce(), balance, account.codeHash());
        var change = new StateDiff.AccountChange(fields, false, Collections.emptySortedMap());
        var accounts = new TreeMap<Address, StateDiff.AccountChange>();
        accounts.put(address, change);
        overlay.apply(new StateDiff(accounts, Collections.emptySortedMap()));
    }

    /**
     * @source EIP-6110
     */
    private @Nullable Invalid deposits(@Nullable Address contract) {
        if (contract == null) return null;
        Deposits deposits = new Deposits(contract);
        for (Receipt receipt : receipts) {
            Invalid fault = deposits.add(receipt);
            if (fault != null) return fault;
        }
        addRequest(DEPOSIT_TYPE, deposits.encode());
        return null;
    }

    /**
     * @source EIP-7002, EIP-7251
     */
    private @Nullable Invalid request(Address contract, Bytes type, boolean isRequired) {
        SystemCallOutcome outcome = systemCall(contract, Bytes.EMPTY);
        return switch (outcome.status()) {
            case SUCCEEDED -> {
                addRequest(type, Objects.requireNonNull(outcome.output()));
                yield null;
            }
            case FAILED ->
                    new Invalid(
                            SYSTEM_CALL,
                            "the request contract " + contract + " failed; it must succeed");
            case NO_CODE ->
                    isRequired
                            ? new Invalid(
                                    SYSTEM_CALL,
                                    "the request contract "
                                            + contract
                                            + " has no code; it must be there")
                            : null;
        };
    }

    private void addRequest(Bytes type, Bytes data) {
        if (!data.isEmpty()) requests.add(Bytes.concatenate(type, data));
    }

    /**
     * @source EIP-779
     */
    private void moveDaoEther() {
        for (Address from : ProofOfWork.daoAccounts()) {
            if (overlay.account(from) == null) continue;
            credit(ProofOfWork.daoRefunds(), account(from).balance());
            setBalance(from, UInt256.ZERO);
        }
    }

    private SystemCallOutcome systemCall(Address target, Bytes input) {
        SystemCallOutcome outcome = executor.systemCall(overlay, context, target, input);
        overlay.apply(outcome.diff());
        return outcome;
    }

    long gasLeft() {
        return context.gasLimit() - gasUsed;
    }

    UInt256 baseFee() {
        return context.baseFee();
    }

    /** The state after what has run so far. */
    StateView state() {
        return overlay;
    }

    Execution result() {
        return new Execution(
                List.copyOf(transactions),
                List.copyOf(receipts),
                List.copyOf(callRecords),
                gasUsed,
                blobCount * BlobSchedule.GAS_PER_BLOB,
                List.copyOf(requests),
                overlay.diff());
    }
}
