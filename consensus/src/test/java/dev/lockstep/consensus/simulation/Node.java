package dev.lockstep.consensus.simulation;

import dev.lockstep.consensus.core.Candidate;
import dev.lockstep.consensus.core.HeightContext;
import dev.lockstep.consensus.core.Input;
import dev.lockstep.consensus.core.LogEntry;
import dev.lockstep.consensus.core.Message;
import dev.lockstep.consensus.core.Output;
import dev.lockstep.consensus.core.PendingVotes;
import dev.lockstep.consensus.core.Qbft;
import dev.lockstep.consensus.core.QbftState;
import dev.lockstep.consensus.core.Selection;
import dev.lockstep.consensus.core.Signer;
import dev.lockstep.consensus.core.Step;
import dev.lockstep.consensus.core.VoteTallies;
import dev.lockstep.consensus.core.VoteTally;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.QbftExtraData;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An honest node: a chain, a log, timers on the simulated clock, and the round machine where it is
 * a validator.
 */
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
    final PendingVotes pendingVotes = new PendingVotes();
    private boolean isUp;

    /** Null where it has no vote on the height, or is down. */
    private @Nullable QbftState state;

    /** Found anew from the chain by every start. */
    private VoteTallies tallies;

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
        tallies = newTallies();
    }

    Address address() {
        return signer.address();
    }

    int index() {
        return index;
    }

    boolean isHonest() {
        return true;
    }

    boolean isUp() {
        return isUp;
    }

    long head() {
        return chain.size() - 1L;
    }

    BlockHeader headHeader() {
        return chain.getLast().header();
    }

    private VoteTallies newTallies() {
        return new VoteTallies(
                simulation.epochLength,
                simulation.overrides,
                number -> chain.get((int) number).header());
    }

    /** Who decides on the next block. */
    Selection selection() {
        return new Selection.ByVotes(tallies.after(headHeader()), tallies.isEpochBlock(head() + 1));
    }

    /** What a block of this node has in its header. */
    QbftExtraData.@Nullable Vote vote(VoteTally tally) {
        return pendingVotes.next(signer.address(), tally);
    }

    private boolean isValidator() {
        return selection().validators().contains(signer.address());
    }

    HeightContext context() {
        BlockHeader parent = headHeader();
        return new HeightContext(
                parent.number() + 1,
                HeaderForm.QBFT.hash(parent),
                parent.coinbase(),
                parent.timestamp(),
                selection().validators(),
                new HeightContext.Timing(Blocks.PERIOD_SECONDS * 1000, 0, 2000, 16_000));
    }

    /** All but the chain and the log is gone. */
    void crash() {
        if (!isUp) return;
        simulation.trace(() -> "%d crashes".formatted(index));
        isUp = false;
        state = null;
        life++;
        future.clear();
    }

    void startUp() {
        life++;
        isUp = true;
        tallies = newTallies();
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
        if (!isValidator()) {
            state = null;
            blockTimer++;
            roundTimer++;
            future.removeIf(message -> message.height() <= head());
            return;
        }
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
        if (!isUp || message.height() <= head()) return;
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
                        built(
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

    private Block built(long round, long timestamp, int salt) {
        Selection selection = selection();
        Block block =
                Blocks.honest(headHeader(), selection, signer.address(), round, timestamp, salt);
        return switch (selection) {
            case Selection.ByContract _ -> block;
            case Selection.ByVotes(VoteTally tally, boolean isEpochBlock) ->
                    isEpochBlock ? block : Blocks.withVote(block, vote(tally));
        };
    }

    private int executionMillis() {
        return simulation.random.nextInt(simulation.faults().checkMillisMax());
    }

    private void check(Candidate candidate) {
        boolean isValid = Blocks.isValid(candidate.block(), headHeader(), selection());
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
        if (!isUp) return;
        BlockHeader parent = headHeader();
        if (block.header().number() > parent.number() + 1) from.requestBlocks(this);
        if (block.header().number() != parent.number() + 1) return;
        boolean isFinal =
                Blocks.rules(selection()).check(block.header(), parent).isEmpty()
                        && Blocks.isExecuted(block.header(), parent);
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
