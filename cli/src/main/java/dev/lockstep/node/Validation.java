package dev.lockstep.node;

import dev.lockstep.consensus.core.Candidate;
import dev.lockstep.consensus.core.HeightContext;
import dev.lockstep.consensus.core.Input.Opinion;
import dev.lockstep.consensus.engine.Application;
import dev.lockstep.genesis.QbftConfig;
import dev.lockstep.ledger.BlockBuilder;
import dev.lockstep.ledger.BlockRule;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.PreparedBlock;
import dev.lockstep.ledger.Verdict;
import dev.lockstep.pool.TxPool;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import java.time.Clock;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chain as consensus sees it. All work on the ledger is done on the chain thread; a block that
 * was built or checked is kept ready, so that it is not executed again when it becomes final.
 */
final class Validation implements Application {
    private static final Logger LOG = LoggerFactory.getLogger(Validation.class);

    /** Blocks of one height that are kept ready: one for each of a few proposers. */
    private static final int PREPARED_MAX = 8;

    /** Where the doubling of time-outs from round to round ends, among nodes of this kind. */
    private static final long REQUEST_TIMEOUT_MILLIS_MAX = 60_000;

    /** How far a proposer's clock may be ahead of ours. */
    private static final long AHEAD_SECONDS_MAX = 1;

    private final Ledger ledger;
    private final InferenceMemo memo;
    private final QbftConfig qbft;
    private final TxPool pool;
    private final Address self;
    private final Executor chainThread;
    private final Clock clock;
    private final Validators validators;
    private final List<BlockRule> proposalRules;

    /** By block hash; of the chain thread. */
    private final Map<Hash, Ready> prepared = new LinkedHashMap<>();

    /** Which of this height's blocks are this node's own; of the chain thread. */
    private final Set<Hash> built = new HashSet<>();

    /** This node's next block, where it has been begun; of the chain thread. */
    private @Nullable BlockBuilder open;

    /** Told how long each block took. */
    private volatile Consumer<BlockTiming> timings = _ -> {};

    /**
     * A block that was executed.
     *
     * @param proposedNanos when the proposal came, of the running clock
     */
    private record Ready(
            PreparedBlock block, long proposedNanos, long executionNanos, long inferenceNanos) {}

    /** When work on a block begins. */
    private record Start(long nanos, long inferenceNanos) {}

    Validation(Chain chain, TxPool pool, Address self, Executor chainThread, Clock clock) {
        ledger = chain.ledger();
        memo = chain.memo();
        validators = Objects.requireNonNull(chain.validators());
        qbft = Objects.requireNonNull(chain.genesis().qbft());
        this.pool = pool;
        this.self = self;
        this.chainThread = chainThread;
        this.clock = clock;
        proposalRules = List.of(validators::checkUnsealed);
    }

    @Override
    public Next next() {
        BlockHeader parent = ledger.head();
        long height = parent.number() + 1;
        return switch (validators.after(parent)) {
            case Validators.Unknown(var reason) -> new Next.Stuck(height, reason);
            case Validators.Known(var rules) ->
                    new Next.Ready(
                            new HeightContext(
                                    height,
                                    ledger.hash(parent),
                                    parent.coinbase(),
                                    parent.timestamp(),
                                    rules.selection().validators(),
                                    timing(height)));
        };
    }

    private HeightContext.Timing timing(long height) {
        QbftConfig.Settings settings = qbft.at(height);
        long requestTimeoutMillis = 1000 * qbft.requestTimeoutSeconds();
        return new HeightContext.Timing(
                1000 * validators.periodSeconds(height),
                1000 * settings.emptyBlockPeriodSeconds(),
                requestTimeoutMillis,
                requestTimeoutMillisMax(requestTimeoutMillis));
    }

    /**
     * None on a plain chain: Besu's validators double theirs without end and do not follow f+1
     * others into a later round, so that one which is further on has to give them the time.
     */
    private long requestTimeoutMillisMax(long requestTimeoutMillis) {
        return ledger.spec().inference() == null
                ? Long.MAX_VALUE
                : Math.max(REQUEST_TIMEOUT_MILLIS_MAX, requestTimeoutMillis);
    }

    @Override
    public boolean hasTransactions() {
        long timestamp = Math.max(ledger.head().timestamp() + 1, clock.instant().getEpochSecond());
        return pool.best(ledger.pendingContext(timestamp).baseFee()).hasNext();
    }

    @Override
    public void open(HeightContext context) {
        chainThread.execute(
                () -> {
                    BlockHeader parent = ledger.head();
                    if (parent.number() + 1 != context.height()) return;
                    if (!(validators.after(parent) instanceof Validators.Known(var rules))) return;
                    BlockBuilder begun =
                            filled(ledger.open(validators.draft(rules, parent, 0, self, clock)));
                    // An empty block may have to wait, and would be of a time long gone.
                    if (!begun.isEmpty()) open = begun;
                });
    }

    private BlockBuilder filled(BlockBuilder block) {
        return block.fill(pool.best(block.baseFee()));
    }

    @Override
    public void build(HeightContext context, long round, Consumer<Block> reply) {
        chainThread.execute(
                () -> {
                    BlockHeader parent = ledger.head();
                    if (parent.number() + 1 != context.height()) return;
                    if (!(validators.after(parent) instanceof Validators.Known(var rules))) return;
                    Start start = start();
                    BlockBuilder begun = round == 0 ? open : null;
                    open = null;
                    if (begun == null || !begun.isOn(ledger.headHash())) {
                        begun = ledger.open(validators.draft(rules, parent, round, self, clock));
                    }
                    PreparedBlock block = filled(begun).build();
                    keep(block, start);
                    built.add(block.hash());
                    reply.accept(block.block());
                });
    }

    @Override
    public void check(HeightContext context, Candidate candidate, Consumer<Opinion> reply) {
        chainThread.execute(() -> reply.accept(opinion(candidate)));
    }

    private Opinion opinion(Candidate candidate) {
        Block block = candidate.block();
        long number = block.header().number();
        long latest = clock.instant().getEpochSecond() + AHEAD_SECONDS_MAX;
        if (block.header().timestamp() > latest) {
            LOG.warn(
                    "Proposed block {} is of {}, which is {} s ahead of this clock; it gets no vote",
                    number,
                    block.header().timestamp(),
                    block.header().timestamp() - latest + AHEAD_SECONDS_MAX);
            return Opinion.UNDECIDED;
        }
        if (prepared.containsKey(candidate.blockHash())) return Opinion.VALID;
        Start start = start();
        try {
            return switch (ledger.check(block, proposalRules, pool::find)) {
                case Verdict.Valid(var ready) -> {
                    keep(ready, start);
                    yield Opinion.VALID;
                }
                case Verdict.Invalid(var fault, var message) -> {
                    LOG.warn(
                            "Proposed block {} of {} is not valid: {}: {}",
                            number,
                            block.header().coinbase(),
                            fault,
                            message);
                    yield Opinion.INVALID;
                }
                case Verdict.Undecided(var reason) -> {
                    LOG.debug("Proposed block {} cannot be judged: {}", number, reason);
                    yield Opinion.UNDECIDED;
                }
            };
        } catch (LocalFault fault) {
            LOG.error(
                    "This machine cannot execute proposed block {}, so it does not vote: {}",
                    number,
                    fault.getMessage());
            return Opinion.UNDECIDED;
        }
    }

    @Override
    public void commit(Block block) {
        chainThread.execute(
                () -> {
                    String refusal = importFinal(block);
                    if (refusal != null) {
                        LOG.warn(
                                "Block {}, which has a quorum, was not taken: {}",
                                block.header().number(),
                                refusal);
                    }
                });
    }

    /**
     * Stores a final block on the head, executing it first where that was not done yet; says why
     * not, or null. On the chain thread.
     */
    @Nullable String importFinal(Block block) {
        return importFinal(block, true);
    }

    /**
     * @param isTold whether the log has a line of it; many at once have one together
     */
    @Nullable String importFinal(Block block, boolean isTold) {
        BlockHeader head = ledger.head();
        if (block.header().number() <= head.number()) return null;
        Ready ready = prepared.get(ledger.hash(block.header()));
        if (ready != null) {
            // Its seals are not part of its hash.
            Optional<String> fault = validators.check(block.header(), head);
            if (fault.isPresent()) return fault.get();
        } else {
            Start start = start();
            switch (ledger.check(block, pool::find)) {
                case Verdict.Valid(var checked) -> ready = ready(checked, start);
                case Verdict.Invalid(var fault, var message) -> {
                    return fault + ": " + message;
                }
                case Verdict.Undecided(var reason) -> {
                    return reason;
                }
            }
        }
        ledger.commit(ready.block, block);
        if (built.contains(ready.block.hash())) BlockLog.produced(ready.block);
        else if (isTold) BlockLog.imported(ready.block);
        timings.accept(
                new BlockTiming(
                        ready.executionNanos,
                        ready.inferenceNanos,
                        System.nanoTime() - ready.proposedNanos));
        prepared.clear();
        built.clear();
        open = null;
        return null;
    }

    private void keep(PreparedBlock block, Start start) {
        if (prepared.size() >= PREPARED_MAX) prepared.remove(prepared.keySet().iterator().next());
        prepared.put(block.hash(), ready(block, start));
    }

    private Start start() {
        return new Start(System.nanoTime(), memo.runNanos());
    }

    private Ready ready(PreparedBlock block, Start start) {
        return new Ready(
                block,
                start.nanos,
                System.nanoTime() - start.nanos,
                memo.runNanos() - start.inferenceNanos);
    }

    /** Number of the newest block. */
    long head() {
        return ledger.head().number();
    }

    void onTiming(Consumer<BlockTiming> consumer) {
        timings = consumer;
    }
}
