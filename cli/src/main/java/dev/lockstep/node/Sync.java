package dev.lockstep.node;

import dev.lockstep.ledger.Ledger;
import dev.lockstep.network.DisconnectReason;
import dev.lockstep.network.EthMessage;
import dev.lockstep.network.Penalty;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the blocks that peers have and this node lacks, in order, and hands them to the chain,
 * which counts their seals and executes them. One thread fetches ahead while blocks are executed;
 * the chain thread gets them one by one, so that consensus never waits for more than a block. A
 * peer that stalls or whose blocks don't hold is blamed, and another is asked.
 */
final class Sync implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sync.class);

    /** Blocks of one request. */
    private static final int BATCH = 128;

    /** Requests whose blocks wait to be executed. */
    private static final int BATCHES_MAX = 4;

    private static final long PROGRESS_MILLIS = 5_000;

    /** More blocks at once are not told of one by one. */
    private static final int TOLD_MAX = 8;

    /** One block that is missing most likely is on its way. */
    private static final long GRACE_MILLIS = 300;

    private static final long POLL_MILLIS = 100;

    private final Ledger ledger;
    private final Peers peers;
    private final Validation validation;
    private final ExecutorService chainThread;
    private final Consumer<Throwable> broken;
    private final Semaphore due = new Semaphore(0);
    private final Thread thread = Thread.ofPlatform().name("sync").daemon().unstarted(this::run);
    private volatile boolean isClosed;

    /**
     * @param broken told where this machine can't go on
     */
    Sync(
            Ledger ledger,
            Peers peers,
            Validation validation,
            ExecutorService chainThread,
            Consumer<Throwable> broken) {
        this.ledger = ledger;
        this.peers = peers;
        this.validation = validation;
        this.chainThread = chainThread;
        this.broken = broken;
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
                if (target() == ledger.head().number() + 1) Thread.sleep(GRACE_MILLIS);
                while (!isClosed && target() > ledger.head().number()) catchUp();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** The peer that is furthest ahead of a block. */
    private Optional<Remote> ahead(long number) {
        return peers.ready().stream()
                .filter(remote -> remote.headNumber > number)
                .max(Comparator.comparingLong(remote -> remote.headNumber));
    }

    private long target() {
        return ahead(-1).map(remote -> remote.headNumber).orElse(-1L);
    }

    /**
     * What was fetched at once.
     *
     * @param blocks at least one, each the parent of the next
     */
    private record Batch(Remote from, List<Block> blocks) {}

    /** Fetches and executes until no peer has more, or one has to be left. */
    private void catchUp() throws InterruptedException {
        BlockHeader head = ledger.head();
        long start = head.number();
        long startNanos = System.nanoTime();
        long saidNanos = startNanos;
        BlockingQueue<Batch> fetched = new ArrayBlockingQueue<>(BATCHES_MAX);
        Thread fetcher =
                Thread.ofVirtual().name("sync-fetcher").start(() -> fetchAll(head, fetched));
        try {
            while (!isClosed && (fetcher.isAlive() || !fetched.isEmpty())) {
                Batch batch = fetched.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
                if (batch == null) continue;
                String refusal = importAll(batch.blocks);
                if (refusal != null) {
                    leave(batch.from, refusal);
                    break;
                }
                long now = System.nanoTime();
                if (now - saidNanos > PROGRESS_MILLIS * 1_000_000) {
                    saidNanos = now;
                    report(start, startNanos);
                }
            }
        } finally {
            fetcher.interrupt();
            fetcher.join();
        }
        if (ledger.head().number() > start + TOLD_MAX) report(start, startNanos);
    }

    private void leave(Remote remote, String why) {
        remote.headNumber = -1;
        remote.peer.blame(Penalty.INVALID_BLOCK, why);
        remote.peer.disconnect(DisconnectReason.SUBPROTOCOL, why);
    }

    private void report(long start, long startNanos) {
        long head = ledger.head().number();
        long target = Math.max(head, target());
        long millis = Math.max(1, (System.nanoTime() - startNanos) / 1_000_000);
        LOG.info(
                "Synced to #{} of {} ({} %), {} blocks/s",
                head, target, 100 * head / Math.max(1, target), 1000 * (head - start) / millis);
    }

    /** Fetches what follows {@code parent} as far as anybody has it, from one peer at a time. */
    private void fetchAll(BlockHeader parent, BlockingQueue<Batch> fetched) {
        BlockHeader last = parent;
        try {
            while (!isClosed) {
                Optional<Remote> best = ahead(last.number());
                if (best.isEmpty()) return;
                Remote remote = best.get();
                long said = remote.headNumber;
                List<Block> blocks = fetch(remote, last);
                if (blocks.isEmpty()) {
                    // It may have told of a block that is not final there yet; it will tell again.
                    if (remote.headNumber == said) remote.headNumber = last.number();
                    if (said > last.number() + 2) {
                        remote.peer.blame(
                                Penalty.USELESS_ANSWER, "it does not hand out what it has");
                    }
                } else {
                    fetched.put(new Batch(remote, blocks));
                    last = blocks.getLast().header();
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next blocks, as far as the peer hands them out; none where it does not. */
    private List<Block> fetch(Remote remote, BlockHeader parent) throws InterruptedException {
        EthMessage.BlockHeaders answer =
                remote.requests.ask(
                        remote,
                        id ->
                                new EthMessage.GetBlockHeaders(
                                        id, null, parent.number() + 1, BATCH, 0, false),
                        EthMessage.BlockHeaders.class);
        if (answer == null) return List.of();
        List<BlockHeader> headers = answer.headers();
        Hash parentHash = ledger.hash(parent);
        for (int i = 0; i < headers.size(); i++) {
            BlockHeader header = headers.get(i);
            boolean isNext = header.number() == parent.number() + 1 + i;
            if (i >= BATCH || !isNext || !header.parentHash().equals(parentHash)) {
                leave(remote, "its block " + header.number() + " does not follow the one before");
                return List.of();
            }
            parentHash = ledger.hash(header);
        }
        return bodies(remote, headers);
    }

    private List<Block> bodies(Remote remote, List<BlockHeader> headers)
            throws InterruptedException {
        List<Block> blocks = new ArrayList<>();
        while (blocks.size() < headers.size()) {
            List<BlockHeader> rest = headers.subList(blocks.size(), headers.size());
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
        boolean areTold = blocks.size() <= TOLD_MAX;
        for (Block block : blocks) {
            try {
                String refusal =
                        chainThread.submit(() -> validation.importFinal(block, areTold)).get();
                if (refusal != null) {
                    return "its block " + block.header().number() + " does not hold: " + refusal;
                }
            } catch (RejectedExecutionException stopping) {
                isClosed = true;
                return null;
            } catch (ExecutionException e) {
                isClosed = true;
                broken.accept(e.getCause() == null ? e : e.getCause());
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
