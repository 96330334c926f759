package dev.lockstep.node;

import dev.lockstep.ledger.Ledger;
import dev.lockstep.network.DisconnectReason;
import dev.lockstep.network.EthMessage;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the blocks that peers have and this node lacks, in order, and hands them to the chain,
 * which counts their seals and executes them. A peer whose blocks don't hold is disconnected.
 */
final class Sync implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sync.class);
    private static final int BATCH = 128;
    private static final long PROGRESS_MILLIS = 5_000;

    private final Ledger ledger;
    private final Peers peers;
    private final Validation validation;
    private final ExecutorService chainThread;
    private final Semaphore due = new Semaphore(0);
    private final Thread thread = Thread.ofPlatform().name("sync").daemon().unstarted(this::run);
    private volatile boolean isClosed;

    Sync(Ledger ledger, Peers peers, Validation validation, ExecutorService chainThread) {
        this.ledger = ledger;
        this.peers = peers;
        this.validation = validation;
        this.chainThread = chainThread;
    }

    void start() {
        thread.start();
    }

    /** A peer may have more than this node. */
    void look() {
        if (due.availablePermits() == 0) due.release();
    }

    private void run() {
        try {
            while (!isClosed) {
                due.acquire();
                due.drainPermits();
                while (!isClosed && catchUp()) {}
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<Remote> ahead() {
        long head = ledger.head().number();
        return peers.ready().stream()
                .filter(remote -> remote.headNumber > head)
                .max(Comparator.comparingLong(remote -> remote.headNumber));
    }

    /** Fetches from the peer that is furthest ahead; whether there may be more. */
    private boolean catchUp() throws InterruptedException {
        Optional<Remote> best = ahead();
        if (best.isEmpty()) return false;
        Remote remote = best.get();
        long start = ledger.head().number();
        long startNanos = System.nanoTime();
        long saidNanos = startNanos;
        while (!isClosed && remote.headNumber > ledger.head().number()) {
            long before = ledger.head().number();
            List<Block> blocks = fetch(remote, before + 1);
            if (blocks.isEmpty()) {
                // It may have told of a block that is not final there yet; it will tell again.
                remote.headNumber = before;
                break;
            }
            String refusal = importAll(blocks);
            if (refusal != null) {
                remote.headNumber = before;
                remote.peer.disconnect(DisconnectReason.SUBPROTOCOL, refusal);
                break;
            }
            long now = System.nanoTime();
            if (now - saidNanos > PROGRESS_MILLIS * 1_000_000) {
                saidNanos = now;
                report(start, startNanos, remote.headNumber);
            }
        }
        if (ledger.head().number() > start + BATCH) report(start, startNanos, remote.headNumber);
        return ahead().isPresent();
    }

    private void report(long start, long startNanos, long target) {
        long head = ledger.head().number();
        long millis = Math.max(1, (System.nanoTime() - startNanos) / 1_000_000);
        LOG.info(
                "Synced to #{} of {} ({} %), {} blocks/s",
                head, target, 100 * head / Math.max(1, target), 1000 * (head - start) / millis);
    }

    /**
     * The next blocks, as far as the peer hands them out; their bodies are as their headers say.
     */
    private List<Block> fetch(Remote remote, long from) throws InterruptedException {
        EthMessage.BlockHeaders headers =
                remote.requests.ask(
                        remote,
                        id -> new EthMessage.GetBlockHeaders(id, null, from, BATCH, 0, false),
                        EthMessage.BlockHeaders.class);
        if (headers == null || headers.headers().isEmpty()) return List.of();
        List<Block> blocks = new ArrayList<>();
        List<BlockHeader> wanted = headers.headers();
        while (blocks.size() < wanted.size()) {
            List<BlockHeader> rest = wanted.subList(blocks.size(), wanted.size());
            List<Hash> hashes = rest.stream().map(ledger::hash).toList();
            EthMessage.BlockBodies bodies =
                    remote.requests.ask(
                            remote,
                            id -> new EthMessage.GetBlockBodies(id, hashes),
                            EthMessage.BlockBodies.class);
            if (bodies == null || bodies.bodies().isEmpty()) break;
            if (bodies.bodies().size() > rest.size()) break;
            for (int i = 0; i < bodies.bodies().size(); i++) {
                blocks.add(new Block(rest.get(i), bodies.bodies().get(i)));
            }
        }
        return blocks;
    }

    private @Nullable String importAll(List<Block> blocks) throws InterruptedException {
        for (Block block : blocks) {
            try {
                String refusal = chainThread.submit(() -> validation.importFinal(block)).get();
                if (refusal != null) {
                    return "its block " + block.header().number() + " does not hold: " + refusal;
                }
            } catch (RejectedExecutionException stopping) {
                isClosed = true;
                return null;
            } catch (ExecutionException e) {
                LOG.error("Block {} could not be stored", block.header().number(), e.getCause());
                isClosed = true;
                return null;
            }
        }
        return null;
    }

    @Override
    public void close() {
        isClosed = true;
        thread.interrupt();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
