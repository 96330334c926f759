package dev.lockstep.node.reference;

import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.ledger.Genesis;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.Verdict;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.StateDiff;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of one test. A ledger holds one chain and has no way back, since its blocks are final;
 * where a test goes on from an older block, a new ledger takes the blocks up to there once more.
 * Which branch is the chain is decided here: the last block since Paris, and before it the first
 * one with the most total difficulty.
 */
final class Branches {
    private final Network network;
    private final BlockHeader genesis;
    private final StateDiff alloc;
    private final TransactionExecutor executor;
    private final Map<Hash, Accepted> accepted = new HashMap<>();
    private ChainSpec spec;
    private Ledger ledger;
    private Hash head;

    Branches(Network network, BlockHeader genesis, StateDiff alloc, TransactionExecutor executor) {
        this.network = network;
        this.genesis = genesis;
        this.alloc = alloc;
        this.executor = executor;
        this.head = genesis.plainHash();
        Block block0 =
                new Block(
                        genesis,
                        List.of(),
                        List.of(),
                        genesis.withdrawalsRoot() == null ? null : List.of());
        accepted.put(head, new Accepted(block0, genesis.difficulty()));
        this.spec = specAfter(genesis);
        this.ledger = open(spec);
    }

    /**
     * A block that was found valid.
     *
     * @param totalDifficulty of it and all before it
     */
    private record Accepted(Block block, UInt256 totalDifficulty) {}

    private Ledger open(ChainSpec spec) {
        return Ledger.open(
                new Genesis(spec, genesis, alloc), new MemoryStore(), executor, List.of());
    }

    /** Takes a block where it is valid; else says why it is not. */
    @Nullable String add(Block block) {
        Accepted parent = accepted.get(block.header().parentHash());
        if (parent != null) moveTo(parent.block.header());
        String refusal = addToLedger(block);
        if (refusal != null || parent == null) return refusal;
        BlockHeader header = block.header();
        UInt256 total = parent.totalDifficulty.add(header.difficulty());
        accepted.put(header.plainHash(), new Accepted(block, total));
        boolean isMerged = header.difficulty().isZero();
        UInt256 most = Objects.requireNonNull(accepted.get(head)).totalDifficulty;
        if (isMerged || total.compareTo(most) > 0) head = header.plainHash();
        return null;
    }

    private @Nullable String addToLedger(Block block) {
        return switch (ledger.check(block)) {
            case Verdict.Valid(var prepared) -> {
                ledger.commit(prepared, block);
                yield null;
            }
            case Verdict.Invalid(var fault, var message) -> fault + ": " + message;
            case Verdict.Undecided(var reason) -> "UNKNOWN_PARENT: " + reason;
        };
    }

    /** Makes {@code header} the head of the ledger. */
    private void moveTo(BlockHeader header) {
        ChainSpec next = specAfter(header);
        if (next.equals(spec) && ledger.headHash().equals(header.plainHash())) return;
        Deque<Block> way = new ArrayDeque<>();
        for (BlockHeader at = header; at.number() > 0; ) {
            way.push(at(at.plainHash()).block);
            at = at(at.parentHash()).block.header();
        }
        spec = next;
        ledger = open(spec);
        for (Block block : way) {
            String refusal = addToLedger(block);
            if (refusal != null) throw new LocalFault("a valid block is valid no more: " + refusal);
        }
    }

    private Accepted at(Hash hash) {
        return Objects.requireNonNull(accepted.get(hash));
    }

    /** Proof of work ends behind the first block whose total difficulty is the terminal one. */
    private ChainSpec specAfter(BlockHeader header) {
        UInt256 terminal = network.terminalTotalDifficulty();
        if (terminal == null) return network.spec();
        BlockHeader last = null;
        for (BlockHeader at = header;
                at(at.plainHash()).totalDifficulty.compareTo(terminal) >= 0;
                at = at(at.parentHash()).block.header()) {
            last = at;
        }
        return last == null ? network.spec() : network.mergedAt(last.number() + 1);
    }

    Hash headHash() {
        return head;
    }

    /** The chain that ends with {@link #headHash}. */
    Ledger chain() {
        moveTo(at(head).block.header());
        return ledger;
    }
}
