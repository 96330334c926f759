package dev.lockstep.ledger;

import dev.lockstep.evm.BlockContext;
import dev.lockstep.evm.CallOutcome;
import dev.lockstep.evm.CallRequest;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.evm.TransactionOutcome;
import dev.lockstep.ledger.Verdict.Invalid;
import dev.lockstep.ledger.Verdict.Undecided;
import dev.lockstep.ledger.Verdict.Valid;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.PreparedState;
import dev.lockstep.state.StateProof;
import dev.lockstep.state.WorldState;
import dev.lockstep.state.WriteBatch;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.CallRecord;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.StateView;
import dev.lockstep.types.Transaction;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * The chain of one node. {@link #open}, {@link #build}, {@link #check} and {@link #commit} belong
 * to one thread; everything else may be called from any.
 */
public final class Ledger {
    private final ChainSpec spec;
    private final TransactionExecutor executor;
    private final List<BlockRule> consensusRules;
    private final KeyValueStore store;
    private final WorldState world;
    private final BlockStore blocks;
    private final BlockContexts contexts;
    private final ChainReads reads;
    private final LogReads logReads;
    private final FeeReads feeReads;
    private final Simulation simulation;
    private final Subscribers<HeadEvent> subscribers = new Subscribers<>();
    private volatile Head head;

    private Ledger(
            Genesis genesis,
            KeyValueStore store,
            TransactionExecutor executor,
            List<BlockRule> consensusRules) {
        this.spec = genesis.spec();
        this.executor = executor;
        this.consensusRules = List.copyOf(consensusRules);
        this.store = store;
        this.world = new WorldState(store);
        this.blocks = new BlockStore(store);
        this.contexts = new BlockContexts(spec, blocks);
        this.reads = new ChainReads(spec, blocks);
        this.logReads = new LogReads(reads, new LogIndex(store), LogReads.Limits.DEFAULT);
        this.feeReads = new FeeReads(spec, blocks);
        this.simulation = new Simulation(executor);
        this.head = openHead(genesis);
    }

    /**
     * Opens the chain in {@code store}; writes block 0 into an empty one.
     *
     * @param consensusRules further rules of a block, as the consensus has them
     * @fails LocalFault where the store holds another chain, or a state that is not its head's
     */
    public static Ledger open(
            Genesis genesis,
            KeyValueStore store,
            TransactionExecutor executor,
            List<BlockRule> consensusRules) {
        return new Ledger(genesis, store, executor, consensusRules);
    }

    private Head openHead(Genesis genesis) {
        Head stored = blocks.head();
        if (stored == null) {
            PreparedState state = world.prepare(genesis.alloc());
            genesis.requireStateRoot(state.root());
            write(PreparedBlock.of(genesis, state));
            return new Head(genesis.header(), genesis.hash());
        }
        genesis.requireHash(blocks.hash(0));
        if (!world.headRoot().equals(stored.header().stateRoot())) {
            throw new LocalFault(
                    "the database is damaged: block "
                            + stored.header().number()
                            + " has the state root "
                            + stored.header().stateRoot()
                            + ", the state has "
                            + world.headRoot()
                            + "; import the blocks again");
        }
        return stored;
    }

    // The spine: find the parent, validate, execute, compare; then store.

    /** Judges a block that someone else built; nothing is stored. */
    public Verdict check(Block block) {
        return check(block, consensusRules);
    }

    /** The same under other consensus rules, as for a proposal that has no seals yet. */
    public Verdict check(Block block, List<BlockRule> consensusRules) {
        return check(block, consensusRules, _ -> null);
    }

    /** The same where a transaction that somebody knows by its hash needs no recovery. */
    public Verdict check(Block block, Function<Hash, @Nullable SignedTransaction> known) {
        return check(block, consensusRules, known);
    }

    /** All of these. */
    public Verdict check(
            Block block,
            List<BlockRule> consensusRules,
            Function<Hash, @Nullable SignedTransaction> known) {
        Head parent = head;
        if (!block.header().parentHash().equals(parent.hash())) return notOnHead(block, parent);
        Invalid fault = validate(block, parent, consensusRules);
        return fault != null ? fault : execute(block, known);
    }

    private @Nullable Invalid validate(Block block, Head parent, List<BlockRule> consensusRules) {
        BlockHeader header = block.header();
        try {
            hash(header);
        } catch (RlpException malformed) {
            return new Invalid(BlockFault.EXTRA_DATA, "extra data: " + malformed.getMessage());
        }
        Invalid fault = BlockRules.beforeExecution(spec, block, parent.header(), parent.hash());
        if (fault == null && ProofOfWork.holds(spec, header.number(), header.timestamp())) {
            fault = ProofOfWork.checkOmmers(spec, blocks, block);
        }
        if (fault != null) return fault;
        for (BlockRule rule : consensusRules) {
            Optional<String> message = rule.check(header, parent.header());
            if (message.isPresent()) return new Invalid(BlockFault.CONSENSUS, message.get());
        }
        return null;
    }

    private Verdict execute(Block block, Function<Hash, @Nullable SignedTransaction> known) {
        BlockRun run =
                new BlockRun(
                        spec,
                        executor,
                        contexts.of(block.header()),
                        world.head(),
                        diff -> world.prepare(diff).root());
        run.begin(block.header());
        for (Transaction tx : block.transactions()) {
            SignedTransaction signed = known.apply(tx.hash());
            Invalid fault = signed == null ? run.add(tx) : run.add(signed);
            if (fault != null) return fault;
        }
        Invalid fault = run.end(block.ommers(), block.withdrawals());
        return fault != null ? fault : compare(block, run.result());
    }

    private Verdict compare(Block block, Execution execution) {
        PreparedState state = world.prepare(execution.diff());
        BlockHeader expected = HeaderDraft.complete(block.header(), execution, state.root(), spec);
        Invalid fault = BlockRules.afterExecution(block.header(), expected);
        if (fault != null) return fault;
        return new Valid(PreparedBlock.of(block, hash(block.header()), execution, state));
    }

    /**
     * Makes a checked or built block the head: one write batch, then the subscribers hear of it.
     *
     * @param sealed the prepared block, possibly with seals added to its header
     * @fails LocalFault where {@code sealed} has another hash, or the head has moved on
     */
    public void commit(PreparedBlock prepared, Block sealed) {
        Hash hash = hash(sealed.header());
        if (!hash.equals(prepared.hash())) {
            throw new LocalFault("block " + hash + " is not the prepared " + prepared.hash());
        }
        if (!sealed.header().parentHash().equals(head.hash())) {
            throw new LocalFault(
                    "block "
                            + hash
                            + " stands on "
                            + sealed.header().parentHash()
                            + ", but the head is "
                            + head.hash());
        }
        PreparedBlock last = prepared.sealedAs(sealed.header());
        write(last);
        head = new Head(sealed.header(), hash);
        subscribers.tell(last.event(spec.rules(sealed.header()).blobs()));
    }

    private void write(PreparedBlock prepared) {
        WriteBatch batch = new WriteBatch();
        world.stage(prepared.state(), prepared.block().header().number(), batch);
        BlockStore.stage(prepared, batch);
        store.write(batch);
    }

    /** No two final blocks have one parent, so a block that is not on the head is not judged. */
    private Undecided notOnHead(Block block, Head parent) {
        Hash parentHash = block.header().parentHash();
        Long number = blocks.number(parentHash);
        String place = number == null ? "is unknown" : "is block " + number;
        return new Undecided(
                "the parent "
                        + parentHash
                        + " of block "
                        + block.header().number()
                        + " "
                        + place
                        + "; the head is block "
                        + parent.header().number()
                        + ", "
                        + parent.hash());
    }

    /** Begins a block on the head. */
    public BlockBuilder open(BuildRequest request) {
        return new BlockBuilder(spec, executor, contexts, world, head, request);
    }

    /**
     * A block on the head; nothing is stored. Candidates that do not fit or are refused are left
     * out.
     *
     * @fails LocalFault where no block can be built at all
     */
    public PreparedBlock build(BuildRequest request, Iterator<SignedTransaction> candidates) {
        return open(request).fill(candidates).build();
    }

    /** Tells of every block that becomes the head, on the committing thread. */
    public Subscription onHead(Consumer<HeadEvent> consumer) {
        return subscribers.add(consumer);
    }

    // Queries.

    public ChainSpec spec() {
        return spec;
    }

    public BlockHeader head() {
        return head.header();
    }

    public Hash headHash() {
        return head.hash();
    }

    /** The block's hash under this chain's header form. */
    public Hash hash(BlockHeader header) {
        return spec.headerForm().hash(header);
    }

    /** The hash of a committed block, or null. */
    public @Nullable Hash hash(long number) {
        return blocks.hash(number);
    }

    /** The number of a committed block, or null. */
    public @Nullable Long number(Hash hash) {
        return blocks.number(hash);
    }

    public @Nullable BlockHeader header(long number) {
        return blocks.header(number);
    }

    public @Nullable BlockHeader header(Hash hash) {
        Long number = blocks.number(hash);
        return number == null ? null : blocks.header(number);
    }

    public @Nullable Block block(long number) {
        return blocks.block(number);
    }

    /** A block's transactions with their senders, or null where the block is unknown. */
    public @Nullable List<SignedTransaction> transactions(long number) {
        return reads.transactions(number);
    }

    /** A block's receipts, or null where the block is unknown. */
    public @Nullable List<ReceiptView> receipts(long number) {
        return reads.receipts(number);
    }

    /** A block's model calls in order of execution, or null where the block is unknown. */
    public @Nullable List<CallRecord> callRecords(long number) {
        return blocks.callRecords(number);
    }

    /** Where a transaction is in the chain, or null. */
    public @Nullable TransactionLocation find(Hash transaction) {
        return blocks.find(transaction);
    }

    public LogAnswer logs(LogFilter filter) {
        return logReads.find(filter, head.header().number());
    }

    /**
     * The state after a block; valid inside {@code use} only.
     *
     * @fails IllegalArgumentException where the block is unknown
     */
    public <T> T stateAt(long number, Function<StateView, T> use) {
        return world.read(number, use);
    }

    /** An account at the head; the empty account where there is none. */
    public Account headAccount(Address address) {
        return Objects.requireNonNullElse(world.head().account(address), Account.EMPTY);
    }

    /** What the block with this header gave to its execution. */
    public BlockContext contextOf(BlockHeader header) {
        return contexts.of(header);
    }

    /** What the next block gives, were it made at {@code timestamp}. @unit seconds since 1970 */
    public BlockContext pendingContext(long timestamp) {
        return contexts.after(head, timestamp);
    }

    /**
     * A call on the state after a block, as if it stood in that block.
     *
     * @fails IllegalArgumentException where the block is unknown
     */
    public CallOutcome call(
            long number,
            CallRequest request,
            Tracer tracer,
            Map<Address, AccountOverride> overrides) {
        BlockContext context = contexts.of(requireHeader(number));
        return stateAt(
                number, state -> simulation.call(state, context, request, tracer, overrides));
    }

    /**
     * How much gas a call on the state after a block needs.
     *
     * @param request its gas limit, where over 0, is the most that is tried
     * @fails IllegalArgumentException where the block is unknown
     */
    public GasEstimate estimateGas(
            long number, CallRequest request, Map<Address, AccountOverride> overrides) {
        BlockContext context = contexts.of(requireHeader(number));
        return stateAt(number, state -> simulation.estimateGas(state, context, request, overrides));
    }

    /**
     * Runs a committed transaction again, after those before it in its block, under a tracer.
     *
     * @fails IllegalArgumentException where there is no such transaction
     */
    public TransactionOutcome replay(TransactionLocation location, Tracer tracer) {
        BlockHeader header = requireHeader(location.number());
        List<SignedTransaction> txs = reads.transactions(location.number());
        if (txs == null || location.index() >= txs.size() || location.number() == 0) {
            throw new IllegalArgumentException("there is no transaction at " + location);
        }
        return stateAt(
                location.number() - 1,
                state -> {
                    // Nobody sees the receipts of this run.
                    BlockRun run =
                            new BlockRun(
                                    spec, executor, contexts.of(header), state, _ -> Hash.ZERO);
                    run.begin(header);
                    txs.subList(0, location.index()).forEach(run::add);
                    return run.execute(txs.get(location.index()), tracer);
                });
    }

    /** An account at the head with its proof and those of some of its slots. @source EIP-1186 */
    public StateProof prove(Address address, List<UInt256> slots) {
        return world.prove(address, slots);
    }

    private BlockHeader requireHeader(long number) {
        BlockHeader header = blocks.header(number);
        if (header == null) throw new IllegalArgumentException("there is no block " + number);
        return header;
    }

    /**
     * What gas cost in at most 1024 blocks up to {@code newest}.
     *
     * @param percentiles of each block's gas by tip, ascending, in hundredths of a percent
     */
    public FeeHistory feeHistory(int blockCount, long newest, List<Integer> percentiles) {
        return feeReads.history(blockCount, Math.min(newest, head.header().number()), percentiles);
    }

    /** A tip that sufficed for most lately; zero where nobody paid any. @unit wei */
    public UInt256 suggestedTip() {
        return feeReads.suggestedTip(head.header().number());
    }
}
