package dev.lockstep.ledger;

import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.ledger.Verdict.Invalid;
import dev.lockstep.state.MerkleTrie;
import dev.lockstep.state.PreparedState;
import dev.lockstep.state.WorldState;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * A block on the head that is being filled; nothing is stored. Belongs to the thread that builds,
 * and is good for nothing once the head has moved on.
 */
public final class BlockBuilder {
    /** A block with less gas left than a transfer needs is full. */
    private static final long GAS_LEFT_MIN = 21_000;

    /** More than a header with its validators and a quorum of seals takes. */
    private static final long HEADER_SIZE_BYTES_MAX = 1 << 20;

    /** More than RLP adds to a transaction. */
    private static final long ITEM_OVERHEAD_BYTES = 8;

    private final ChainSpec spec;
    private final WorldState world;
    private final Head parent;
    private final BlockHeader draft;
    private final BlockRun run;
    private final Set<Hash> included = new HashSet<>();
    private long sizeBytes = HEADER_SIZE_BYTES_MAX;

    BlockBuilder(
            ChainSpec spec,
            TransactionExecutor executor,
            BlockContexts contexts,
            WorldState world,
            Head parent,
            BuildRequest request) {
        this.spec = spec;
        this.world = world;
        this.parent = parent;
        draft = draft(request);
        run =
                new BlockRun(
                        spec,
                        executor,
                        contexts.of(draft),
                        world.head(),
                        diff -> world.prepare(diff).root());
        run.begin(draft);
    }

    public boolean isEmpty() {
        return included.isEmpty();
    }

    public boolean isOn(Hash parent) {
        return this.parent.hash().equals(parent);
    }

    /** What a candidate pays at least. @unit wei per gas; zero where there is none yet */
    public UInt256 baseFee() {
        return run.baseFee();
    }

    /**
     * Runs candidates until the block's gas, its bytes or they run out. Those that do not fit or
     * are refused are left out, as are those that are in it already.
     */
    public BlockBuilder fill(Iterator<SignedTransaction> candidates) {
        while (run.gasLeft() >= GAS_LEFT_MIN && candidates.hasNext()) {
            SignedTransaction tx = candidates.next();
            long sizeAfter = sizeBytes + tx.encoded().size() + ITEM_OVERHEAD_BYTES;
            if (sizeAfter > BlockRules.BLOCK_SIZE_BYTES_MAX || included.contains(tx.hash())) {
                continue;
            }
            if (run.add(tx) == null) {
                included.add(tx.hash());
                sizeBytes = sizeAfter;
            }
        }
        return this;
    }

    /**
     * Ends it.
     *
     * @fails LocalFault where no block can be built at all
     */
    public PreparedBlock build() {
        Invalid fault = run.end(List.of(), List.of());
        if (fault != null) throw new LocalFault("no block can be built: " + fault.message());
        return assemble(run.result());
    }

    private BlockHeader draft(BuildRequest request) {
        BlockHeader.Builder draft =
                HeaderDraft.after(parent.header(), parent.hash(), request.timestamp(), spec);
        draft.coinbase = request.coinbase();
        draft.extraData = request.extraData();
        draft.mixHash = request.mixHash();
        draft.gasLimit =
                BlockRules.gasLimitTowards(
                        request.gasLimitTarget(),
                        parent.header(),
                        spec.schedule().at(draft.number, draft.timestamp).fork(),
                        spec);
        return draft.build();
    }

    private PreparedBlock assemble(Execution execution) {
        PreparedState state = world.prepare(execution.diff());
        List<Transaction> transactions =
                execution.transactions().stream().map(SignedTransaction::transaction).toList();
        BlockHeader.Builder header =
                HeaderDraft.complete(draft, execution, state.root(), spec).toBuilder();
        header.transactionsRoot =
                MerkleTrie.rootOfList(
                        execution.transactions().stream().map(SignedTransaction::encoded).toList());
        Block block =
                new Block(
                        header.build(),
                        transactions,
                        List.of(),
                        draft.withdrawalsRoot() == null ? null : List.of());
        return PreparedBlock.of(block, spec.headerForm().hash(block.header()), execution, state);
    }
}
