package dev.lockstep.consensus.engine;

import dev.lockstep.consensus.core.HeightContext;
import dev.lockstep.consensus.core.Input;
import dev.lockstep.consensus.core.Message;
import dev.lockstep.consensus.core.Output;
import dev.lockstep.consensus.core.Qbft;
import dev.lockstep.consensus.core.QbftState;
import dev.lockstep.consensus.core.Signer;
import dev.lockstep.consensus.core.Step;
import dev.lockstep.types.Address;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Runs the round machine: one thread takes an event, applies it, writes down what must not be
 * forgotten, and then does what the machine asked for. Timers are times at which that thread wakes
 * up, so none can get lost. Building and executing blocks happens elsewhere.
 */
public final class ConsensusEngine implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ConsensusEngine.class.getName());

    /** After this the round's messages are said again, and each time twice as late. */
    private static final long RESEND_MILLIS_MIN = 1_000;

    private static final long RESEND_MILLIS_MAX = 10_000;

    /** So long before its block is due a proposer may begin it. */
    private static final long OPEN_MILLIS = 250;

    /** So that a clock that is set is noticed. */
    private static final long WAIT_MILLIS_MAX = 1_000;

    private static final long NEVER = Long.MAX_VALUE;

    private final Signer signer;
    private final Qbft qbft;
    private final Application application;
    private final Gossip gossip;
    private final WriteAheadLog log;
    private final Clock clock;
    private final Inbox inbox = new Inbox();
    private final FutureMessages future = new FutureMessages();
    private final AtomicBoolean isWoken = new AtomicBoolean();
    private final CompletableFuture<Throwable> broken = new CompletableFuture<>();
    private final Thread thread = Thread.ofPlatform().name("consensus").unstarted(this::run);

    private Application.Next next;

    /** Null where this node has no vote on the height. */
    private @Nullable QbftState state;

    /** Of the wall clock. */
    private long blockTimerMillis = NEVER;

    /** Of the wall clock. */
    private long openTimerMillis = NEVER;

    /** Of the running clock, as those below. */
    private long roundTimerMillis = NEVER;

    private long timedRound;
    private long resendAtMillis = NEVER;
    private long resendAfterMillis;
    private volatile long roundSinceMillis;
    private volatile ConsensusStatus status;

    public ConsensusEngine(
            Signer signer, Application application, Gossip gossip, WriteAheadLog log, Clock clock) {
        this.signer = signer;
        this.qbft = new Qbft(signer);
        this.application = application;
        this.gossip = gossip;
        this.log = log;
        this.clock = clock;
        next = application.next();
        roundSinceMillis = clock.runningMillis();
        status = describe();
    }

    public void start() {
        thread.start();
    }

    /**
     * A message of another validator came; its signatures are checked.
     *
     * @param bytes size of its encoding
     */
    public void receive(Message message, int bytes) {
        inbox.add(new Inbox.Event.Received(message, bytes));
    }

    /** A transaction waits, so that a block would not be empty any more. */
    public void transactionWaits() {
        if (isWoken.compareAndSet(false, true)) inbox.add(new Inbox.Event.TransactionWaits());
    }

    /** The chain has a new head, of this engine's making or not. */
    public void newHead() {
        inbox.add(new Inbox.Event.NewHead());
    }

    /** Where this validator stands. */
    public ConsensusStatus status() {
        return status.waiting(clock.runningMillis() - roundSinceMillis);
    }

    /** How many events wait for the loop. */
    public int queueDepth() {
        return inbox.size();
    }

    /** Completes with the cause where this machine can't go on. */
    public CompletableFuture<Throwable> broken() {
        return broken;
    }

    private void run() {
        try {
            beginHeight();
            while (true) {
                Inbox.Event event = inbox.poll(untilNextTimerMillis());
                if (event instanceof Inbox.Event.Stop) return;
                if (event != null) on(event);
                else onTimers();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error fault) {
            LOG.log(System.Logger.Level.ERROR, "Consensus failed; this node votes no more", fault);
            broken.complete(fault);
        }
    }

    private void on(Inbox.Event event) {
        switch (event) {
            case Inbox.Event.Received(var message, int bytes) -> received(message, bytes);
            case Inbox.Event.Answer(long height, var input) -> {
                if (height == next.height()) apply(input);
            }
            case Inbox.Event.NewHead() -> {
                if (application.next().height() > next.height()) beginHeight();
            }
            case Inbox.Event.TransactionWaits() -> {
                isWoken.set(false);
                if (isPutOff()) blockTimer(clock.wallMillis());
            }
            case Inbox.Event.Stop() -> {}
        }
        // Many events must not hold up a timer.
        onTimers();
    }

    private void received(Message message, int bytes) {
        long height = next.height();
        if (message.height() > height) future.add(height, message, bytes);
        else if (message.height() == height) apply(new Input.Received(message));
    }

    private void beginHeight() {
        boolean wasValidator = status.isValidator();
        next = application.next();
        log.forgetBefore(next.height());
        blockTimerMillis = NEVER;
        openTimerMillis = NEVER;
        roundTimerMillis = NEVER;
        resendAtMillis = NEVER;
        roundSinceMillis = clock.runningMillis();
        List<Message> due = future.due(next.height());
        HeightContext context = votedOn();
        if ((context != null) != wasValidator) tellOfMembership(context);
        if (context == null) {
            state = null;
            status = describe();
            if (status.step() == ConsensusStatus.Step.STUCK) {
                LOG.log(System.Logger.Level.ERROR, "The chain is stuck: {0}", status.reason());
            }
            return;
        }
        take(qbft.start(context, log.entries()));
        resendAfterMillis = RESEND_MILLIS_MIN;
        resendAtMillis = clock.runningMillis() + resendAfterMillis;
        for (Message message : due) apply(new Input.Received(message));
    }

    /** The height where this node has a vote on it, or null. */
    private @Nullable HeightContext votedOn() {
        if (!(next instanceof Application.Next.Ready(HeightContext context))) return null;
        return context.validators().contains(signer.address()) ? context : null;
    }

    private void tellOfMembership(@Nullable HeightContext context) {
        if (context == null) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "This node votes no more from height {0} on; it follows the chain",
                    Long.toString(next.height()));
        } else {
            LOG.log(
                    System.Logger.Level.INFO,
                    "This node votes from height {0} on, one of {1} validators",
                    Long.toString(context.height()),
                    context.validators().size());
        }
    }

    private void apply(Input input) {
        if (state != null) take(qbft.apply(state, input));
    }

    private void take(Step step) {
        state = step.state();
        for (Output output : step.outputs()) perform(output, step.state().context());
        status = describe();
    }

    private void perform(Output output, HeightContext context) {
        long height = context.height();
        switch (output) {
            case Output.Persist(var entry) -> log.append(entry);
            case Output.Broadcast(var message) -> gossip.broadcast(message);
            case Output.StartBlockTimer(long atMillis) -> {
                blockTimerMillis = atMillis;
                // Later blocks wait for a transaction, and have another time.
                if (atMillis == context.blockTimeMillis()
                        && context.proposer(0).equals(signer.address())) {
                    openTimerMillis = atMillis - OPEN_MILLIS;
                }
            }
            case Output.StartRoundTimer(long round, long timeoutMillis) -> {
                timedRound = round;
                roundTimerMillis = clock.runningMillis() + timeoutMillis;
            }
            case Output.RequestBlock(long round) ->
                    application.build(
                            context,
                            round,
                            block -> answer(height, new Input.BlockBuilt(round, block)));
            case Output.RequestCheck(var candidate) ->
                    application.check(
                            context,
                            candidate,
                            opinion ->
                                    answer(
                                            height,
                                            new Input.BlockChecked(
                                                    candidate.blockHash(), opinion)));
            case Output.Decide(var block) -> application.commit(block);
            case Output.RoundStarted(long round, var proposer) -> roundStarted(round, proposer);
            case Output.Refused(var message, var reason) ->
                    LOG.log(
                            System.Logger.Level.DEBUG,
                            "{0} of {1} for {2}/{3} does not count: {4}",
                            message.getClass().getSimpleName(),
                            message.author(),
                            message.height(),
                            message.round(),
                            reason);
        }
    }

    private void roundStarted(long round, Address proposer) {
        if (round > 0) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "No block yet at {0}; round {1} begins, proposer {2}",
                    status.reason(),
                    Long.toString(round),
                    proposer);
        }
        roundSinceMillis = clock.runningMillis();
        resendAfterMillis = RESEND_MILLIS_MIN;
        resendAtMillis = roundSinceMillis + resendAfterMillis;
    }

    private void answer(long height, Input input) {
        inbox.add(new Inbox.Event.Answer(height, input));
    }

    private long untilNextTimerMillis() {
        long running = clock.runningMillis();
        long wait = WAIT_MILLIS_MAX;
        long wall = clock.wallMillis();
        if (blockTimerMillis != NEVER) wait = Math.min(wait, blockTimerMillis - wall);
        if (openTimerMillis != NEVER) wait = Math.min(wait, openTimerMillis - wall);
        if (roundTimerMillis != NEVER) wait = Math.min(wait, roundTimerMillis - running);
        if (resendAtMillis != NEVER) wait = Math.min(wait, resendAtMillis - running);
        return Math.max(0, wait);
    }

    private void onTimers() {
        long wall = clock.wallMillis();
        if (blockTimerMillis <= wall) {
            openTimerMillis = NEVER;
            blockTimer(wall);
        } else if (openTimerMillis <= wall) {
            openTimerMillis = NEVER;
            if (next instanceof Application.Next.Ready(var context)) application.open(context);
        }
        if (roundTimerMillis <= clock.runningMillis()) {
            roundTimerMillis = NEVER;
            apply(new Input.RoundTimer(timedRound));
        }
        if (resendAtMillis <= clock.runningMillis()) {
            resendAfterMillis = Math.min(RESEND_MILLIS_MAX, 2 * resendAfterMillis);
            resendAtMillis = clock.runningMillis() + resendAfterMillis;
            apply(new Input.Resend());
        }
    }

    /** Whether it is time for a block, and only transactions are missing. */
    private boolean isPutOff() {
        return blockTimerMillis != NEVER
                && state != null
                && clock.wallMillis() >= state.context().blockTimeMillis();
    }

    private void blockTimer(long wallMillis) {
        blockTimerMillis = NEVER;
        apply(new Input.BlockTimer(wallMillis, application.hasTransactions()));
    }

    private ConsensusStatus describe() {
        QbftState now = state;
        if (now != null) return ConsensusStatus.of(now);
        return switch (next) {
            case Application.Next.Ready(var context) -> ConsensusStatus.following(context);
            case Application.Next.Stuck(long height, var reason) ->
                    ConsensusStatus.stuck(height, reason);
        };
    }

    /** Ends the loop after the event in work; what was said is on disk. */
    @Override
    public void close() {
        inbox.add(new Inbox.Event.Stop());
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
