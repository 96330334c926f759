package dev.lockstep.node;

import dev.lockstep.consensus.core.Candidate;
import dev.lockstep.consensus.core.HeaderFault;
import dev.lockstep.consensus.core.HeightContext;
import dev.lockstep.consensus.core.Input.Opinion;
import dev.lockstep.consensus.core.QbftRules;
import dev.lockstep.consensus.engine.Application;
import dev.lockstep.genesis.QbftConfig;
import dev.lockstep.ledger.BlockRule;
import dev.lockstep.ledger.BuildRequest;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.PreparedBlock;
import dev.lockstep.ledger.Verdict;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.QbftExtraData;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.tuweni.bytes.Bytes32;
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

    /** How far a proposer's clock may be ahead of ours. */
    private static final long AHEAD_SECONDS_MAX = 1;

    private final Ledger ledger;
    private final TxPool pool;
    private final Address self;
    private final Executor chainThread;
    private final Clock clock;
    private final HeightContext.Timing timing;
    private final QbftRules rules;
    private final List<BlockRule> proposalRules;
    private final long blockPeriodSeconds;

    /** By block hash; of the chain thread. */
    private final Map<Hash, PreparedBlock> prepared = new LinkedHashMap<>();

    Validation(
            Ledger ledger,
            TxPool pool,
            Address self,
            QbftConfig qbft,
            Executor chainThread,
            Clock clock) {
        this.ledger = ledger;
        this.pool = pool;
        this.self = self;
        this.chainThread = chainThread;
        this.clock = clock;
        blockPeriodSeconds = qbft.blockPeriodSeconds();
        timing =
                new HeightContext.Timing(
                        1000 * blockPeriodSeconds,
                        1000 * qbft.emptyBlockPeriodSeconds(),
                        1000 * qbft.requestTimeoutSeconds(),
                        Math.max(60_000, 1000 * qbft.requestTimeoutSeconds()));
        rules = new QbftRules(blockPeriodSeconds);
        proposalRules =
                List.of(
                        (header, parent) ->
                                rules.checkUnsealed(header, parent).map(HeaderFault::describe));
    }

    @Override
    public HeightContext next() {
        BlockHeader parent = ledger.head();
        return new HeightContext(
                parent.number() + 1,
                ledger.hash(parent),
                parent.coinbase(),
                parent.timestamp(),
                QbftRules.validatorsAfter(parent),
                timing);
    }

    @Override
    public boolean hasTransactions() {
        return pool.size() > 0;
    }

    @Override
    public void build(HeightContext context, long round, Consumer<Block> reply) {
        chainThread.execute(
                () -> {
                    BlockHeader parent = ledger.head();
                    if (parent.number() + 1 != context.height()) return;
                    long timestamp =
                            Math.max(
                                    parent.timestamp() + Math.max(1, blockPeriodSeconds),
                                    clock.instant().getEpochSecond());
                    QbftExtraData extraData =
                            new QbftExtraData(
                                    Bytes32.ZERO,
                                    context.validators().addresses(),
                                    null,
                                    round,
                                    List.of());
                    BuildRequest request =
                            BuildRequest.qbft(timestamp, self, parent.gasLimit(), extraData);
                    PreparedBlock block =
                            ledger.build(
                                    request, pool.best(ledger.pendingContext(timestamp).baseFee()));
                    keep(block);
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
        try {
            return switch (ledger.check(block, proposalRules)) {
                case Verdict.Valid(var ready) -> {
                    keep(ready);
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
        BlockHeader head = ledger.head();
        if (block.header().number() <= head.number()) return null;
        PreparedBlock ready = prepared.get(ledger.hash(block.header()));
        if (ready != null) {
            // Its seals are not part of its hash.
            Optional<HeaderFault> fault = rules.check(block.header(), head);
            if (fault.isPresent()) return fault.get().describe();
        } else {
            switch (ledger.check(block)) {
                case Verdict.Valid(var checked) -> ready = checked;
                case Verdict.Invalid(var fault, var message) -> {
                    return fault + ": " + message;
                }
                case Verdict.Undecided(var reason) -> {
                    return reason;
                }
            }
        }
        ledger.commit(ready, block);
        prepared.clear();
        return null;
    }

    private void keep(PreparedBlock block) {
        if (prepared.size() >= PREPARED_MAX) prepared.remove(prepared.keySet().iterator().next());
        prepared.put(block.hash(), block);
    }
}
