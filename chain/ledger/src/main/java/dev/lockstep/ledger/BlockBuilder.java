package dev.lockstep.ledger;

import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.ledger.Verdict.Invalid;
import dev.lockstep.state.MerkleTrie;
import dev.lockstep.state.PreparedState;
import dev.lockstep.state.WorldState;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import java.util.Iterator;
import java.util.List;

/** Fills a block with candidates until its gas, its bytes or the candidates run out. */
final class BlockBuilder {
    /** A block with less gas left than a transfer needs is full. */
    private static final long GAS_LEFT_MIN = 21_000;

    /** More than a header with its validators and a quorum of seals takes. */
    private static final long HEADER_SIZE_BYTES_MAX = 1 << 20;

    /** More than RLP adds to a transaction. */
    private static final long ITEM_OVERHEAD_BYTES = 8;

    private final ChainSpec spec;
    private final TransactionExecutor executor;
    private final BlockContexts contexts;
    private final WorldState world;

    BlockBuilder(
            ChainSpec spec,
            TransactionExecutor executor,
            BlockContexts contexts,
            WorldState world) {
        this.spec = spec;
        this.executor = executor;
        this.contexts = contexts;
        this.world = world;
    }

    PreparedBlock build(Head parent, BuildRequest request, Iterator<SignedTransaction> candidates) {
        BlockHeader draft = draft(parent, request);
        BlockRun run =
                new BlockRun(
                        spec,
                        executor,
                        contexts.of(draft),
                        world.head(),
                        diff -> world.prepare(diff).root());
        run.begin(draft);
        fill(run, candidates);
        Invalid fault = run.end(List.of(), List.of());
        if (fault != null) throw new LocalFault("no block can be built: " + fault.message());
        return assemble(draft, run.result());
    }

    private BlockHeader draft(Head parent, BuildRequest request) {
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

    private static void fill(BlockRun run, Iterator<SignedTransaction> candidates) {
        long sizeBytes = HEADER_SIZE_BYTES_MAX;
        while (run.gasLeft() >= GAS_LEFT_MIN && candidates.hasNext()) {
            SignedTransaction tx = candidates.next();
            long sizeAfter = sizeBytes + tx.encoded().size() + ITEM_OVERHEAD_BYTES;
            if (sizeAfter > BlockRules.BLOCK_SIZE_BYTES_MAX) continue;
            if (run.add(tx) == null) sizeBytes = sizeAfter;
        }
    }

    private PreparedBlock assemble(BlockHeader draft, Execution execution) {
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
