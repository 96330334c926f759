package dev.lockstep.consensus.simulation;

import dev.lockstep.consensus.core.Candidate;
import dev.lockstep.consensus.core.CommitSeals;
import dev.lockstep.consensus.core.HeightContext;
import dev.lockstep.consensus.core.Input;
import dev.lockstep.consensus.core.LogEntry;
import dev.lockstep.consensus.core.Message;
import dev.lockstep.consensus.core.Output;
import dev.lockstep.consensus.core.Qbft;
import dev.lockstep.consensus.core.QbftState;
import dev.lockstep.consensus.core.Signer;
import dev.lockstep.consensus.core.Step;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.HeaderForm;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An honest validator: the round machine, a log, a chain and timers on the simulated clock. */
class Node {
    private static final int FUTURE_MESSAGES_MAX = 200;
    private static final long RESEND_MILLIS = 1000;

    final Simulation simulation;
    final Signer signer;
    private final int index;
    private final Qbft qbft;
    private final List<Block> chain = new ArrayList<>();
    private final List<LogEntry> log = new ArrayList<>();
    private final ArrayDeque<Message> future = new ArrayDeque<>();
    private @Nullable QbftState state;

    /** Counts starts: what was under way before a crash does not come back. */
    private int life;

    private long blockTimer;
    private long roundTimer;

    Node(Simulation simulation, int index, Signer signer, Block genesis) {
        this.simulation = simulation;
        this.index = index;
        this.signer = signer;
        qbft = new Qbft(signer);
        chain.add(genesis);
    }

    int index() {
        return index;
    }

    boolean isHonest() {
        return true;
    }

    boolean isUp() {
        return state != null;
    }

    long head() {
        return chain.size() - 1L;
    }

    BlockHeader headHeader() {
        return chain.getLast().header();
    }

    HeightContext context() {
        BlockHeader parent = headHeader();
        return new HeightContext(
                parent.number() + 1,
                HeaderForm.QBFT.hash(parent),
                parent.coinbase(),
                parent.timestamp(),
                simulation.validators,
                new HeightContext.Timing(Blocks.PERIOD_SECONDS * 1000, 0, 2000, 16_000));
    }

    /** All but the chain and the log is gone. */
    void crash() {
        if (state == null) return;
        simulation.trace(() -> "%d crashes".formatted(index));
        state = null;
        life++;
        future.clear();
    }

    void startUp() {
        life++;
        simulation.trace(() -> "%d starts at head %d".formatted(index, head()));
        beginHeight();
        resendLater(life);
    }

    private void resendLater(int ofLife) {
        simulation.at(
                simulation.nowMillis() + RESEND_MILLIS,
                () -> {
                    if (life != ofLife) return;
                    on(new Input.Resend());
                    resendLater(ofLife);
                });
    }

    private void beginHeight() {
        log.removeIf(entry -> entry.height() <= head());
        Step step = qbft.start(context(), survivingLog());
        blockTimer++;
        roundTimer++;
        take(step);
        int waiting = future.size();
        for (int i = 0; i < waiting && isUp(); i++) receive(future.remove());
    }

    /** What is found on disk after a crash. */
    List<LogEntry> survivingLog() {
        return List.copyOf(log);
    }

    void receive(Message message) {
        if (state == null || message.height() <= head()) return;
        if (message.height() > head() + 1) {
            if (future.size() < FUTURE_MESSAGES_MAX) future.add(message);
            return;
        }
        on(new Input.Received(message));
    }

    private void on(Input input) {
        if (state == null) return;
        take(qbft.apply(state, input));
    }

    private void take(Step step) {
        state = step.state();
        int ofLife = life;
        for (Output output : step.outputs()) {
            // A crash between two outputs: what was logged is not yet sent.
            if (simulation.random.nextInt(1000) < simulation.faults().crashPercent() / 10) crash();
            if (life != ofLife) return;
            perform(output);
        }
    }

    private void perform(Output output) {
        long height = head() + 1;
        switch (output) {
            case Output.Persist(var entry) -> log.add(entry);
            case Output.Broadcast(var message) -> broadcast(message);
            case Output.StartBlockTimer(long atMillis) -> {
                long timer = ++blockTimer;
                later(
                        atMillis - simulation.nowMillis(),
                        () -> {
                            if (timer != blockTimer) return;
                            on(new Input.BlockTimer(simulation.nowMillis(), true));
                        });
            }
            case Output.StartRoundTimer(long round, long timeoutMillis) -> {
                long timer = ++roundTimer;
                later(
                        timeoutMillis,
                        () -> {
                            if (timer == roundTimer) on(new Input.RoundTimer(round));
                        });
            }
            case Output.RequestBlock(long round) -> {
                Block block =
                        Blocks.honest(
                                headHeader(),
                                signer.address(),
                                round,
                                simulation.nowMillis() / 1000,
                                simulation.random.nextInt(1 << 20));
                later(
                        executionMillis(),
                        () -> {
                            if (head() + 1 == height) on(new Input.BlockBuilt(round, block));
                        });
            }
            case Output.RequestCheck(var candidate) ->
                    later(
                            executionMillis(),
                            () -> {
                                if (head() + 1 == height) check(candidate);
                            });
            case Output.Decide(var block) -> {
                append(block);
                for (Node peer : simulation.nodes) {
                    if (peer != this) sendFinal(peer, block);
                }
            }
            case Output.RoundStarted(long round, var _) ->
                    simulation.trace(() -> "%d enters %d/%d".formatted(index, height, round));
            case Output.Refused(var message, var reason) ->
                    simulation.trace(
                            () ->
                                    "%d refuses %s of %s: %s"
                                            .formatted(
                                                    index,
                                                    message.getClass().getSimpleName(),
                                                    message.author().toString().substring(0, 8),
                                                    reason));
        }
    }

    private int executionMillis() {
        return simulation.random.nextInt(simulation.faults().checkMillisMax());
    }

    private void check(Candidate candidate) {
        boolean isValid = Blocks.isValid(candidate.block(), headHeader());
        on(
                new Input.BlockChecked(
                        candidate.blockHash(),
                        isValid ? Input.Opinion.VALID : Input.Opinion.INVALID));
    }

    private void later(long millis, Runnable what) {
        int ofLife = life;
        simulation.at(
                simulation.nowMillis() + Math.max(0, millis),
                () -> {
                    if (life == ofLife) what.run();
                });
    }

    void broadcast(Message message) {
        for (Node peer : simulation.nodes) if (peer != this) send(peer, message);
    }

    void send(Node peer, Message message) {
        if (message instanceof Message.Commit && simulation.isDeaf(peer)) return;
        simulation.send(this, peer, 0, () -> deliver(peer, message));
    }

    private void sendFinal(Node peer, Block block) {
        int lossPercent = simulation.faults().blockLossPercent();
        simulation.send(this, peer, lossPercent, () -> peer.offer(this, block));
    }

    private void deliver(Node peer, Message message) {
        // Whoever hears of a height further on asks for the blocks in between, and tells whoever
        // is behind.
        if (message.height() > peer.head() + 1) requestBlocks(peer);
        else if (message.height() <= peer.head()) peer.requestBlocks(this);
        peer.receive(message);
    }

    private void requestBlocks(Node asking) {
        simulation.send(
                asking,
                this,
                0,
                () -> {
                    if (!isUp()) return;
                    int next = (int) asking.head() + 1;
                    if (next < chain.size()) {
                        Block block = chain.get(next);
                        sendFinal(asking, block);
                    }
                });
    }

    /** A final block from elsewhere: its seals are counted and it is executed, as in a sync. */
    private void offer(Node from, Block block) {
        if (state == null) return;
        BlockHeader parent = headHeader();
        if (block.header().number() > parent.number() + 1) from.requestBlocks(this);
        if (block.header().number() != parent.number() + 1) return;
        boolean isFinal =
                Blocks.isValid(block, parent)
                        && CommitSeals.check(block.header(), simulation.validators).isEmpty();
        if (!isFinal) {
            simulation.trace(() -> "%d refuses a block by %d".formatted(index, from.index));
            return;
        }
        append(block);
        from.requestBlocks(this);
    }

    private void append(Block block) {
        chain.add(block);
        if (isHonest()) simulation.committed(this, block);
        beginHeight();
    }
}
