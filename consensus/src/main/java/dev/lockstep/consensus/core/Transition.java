package dev.lockstep.consensus.core;

import dev.lockstep.consensus.core.Input.Opinion;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Signature;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One step on its way: a copy of the state that the arms change, and what they ask for. */
final class Transition {
    private final HeightContext context;
    private final ValidatorSet validators;
    private final Signer signer;
    private final Address self;
    private final List<Output> outputs = new ArrayList<>();

    private long round = QbftState.NO_ROUND;
    private @Nullable Candidate proposal;
    private @Nullable PreparedCertificate lock;
    private boolean isDecided;
    private long requestedRound = QbftState.NO_ROUND;
    private Votes<Payload.Prepare> prepares = Votes.none();
    private Votes<Payload.Commit> commits = Votes.none();
    private final SortedMap<Address, Message.RoundChange> roundChanges;
    private final SortedMap<Address, Message.Proposal> proposals;
    private final TreeSet<Hash> validBlocks;
    private List<Message> said;

    Transition(HeightContext context, Signer signer) {
        this.context = context;
        this.signer = signer;
        validators = context.validators();
        self = signer.address();
        roundChanges = new TreeMap<>();
        proposals = new TreeMap<>();
        validBlocks = new TreeSet<>();
        said = new ArrayList<>();
    }

    Transition(QbftState state, Signer signer) {
        context = state.context();
        this.signer = signer;
        validators = context.validators();
        self = state.self();
        round = state.round();
        proposal = state.proposal();
        lock = state.lock();
        isDecided = state.isDecided();
        requestedRound = state.requestedRound();
        prepares = state.prepares();
        commits = state.commits();
        roundChanges = new TreeMap<>(state.roundChanges());
        proposals = new TreeMap<>(state.proposals());
        validBlocks = new TreeSet<>(state.validBlocks());
        said = new ArrayList<>(state.said());
    }

    Step step() {
        QbftState state =
                new QbftState(
                        context,
                        self,
                        round,
                        proposal,
                        lock,
                        isDecided,
                        requestedRound,
                        prepares,
                        commits,
                        Collections.unmodifiableSortedMap(roundChanges),
                        Collections.unmodifiableSortedMap(proposals),
                        Collections.unmodifiableSet(validBlocks),
                        List.copyOf(said));
        return new Step(state, outputs);
    }

    /** Takes up what was said and seen prepared before a crash, so that nothing contradicts it. */
    void begin(List<LogEntry> log) {
        for (LogEntry entry : log) {
            if (entry.height() != context.height()) continue;
            switch (entry) {
                case LogEntry.Locked(var certificate) -> lock = certificate;
                case LogEntry.Said(var message) -> {
                    if (message.round() > round) {
                        round = message.round();
                        said.clear();
                    }
                    said.add(message);
                    count(message);
                }
            }
        }
        if (round == QbftState.NO_ROUND) {
            outputs.add(new Output.StartBlockTimer(context.blockTimeMillis()));
            return;
        }
        startRoundTimer();
        resend();
        for (Message message : List.copyOf(said)) {
            if (message instanceof Message.Proposal own) consider(own);
        }
        if (round == 0) requestBlockOnMyTurn();
        else proposeOnMyTurn();
    }

    void on(Input input) {
        switch (input) {
            case Input.Received(var message) -> received(message);
            case Input.BlockTimer timer -> blockTimer(timer);
            case Input.RoundTimer(long of) -> roundTimer(of);
            case Input.BlockBuilt(long forRound, Block block) -> built(forRound, block);
            case Input.BlockChecked(Hash blockHash, Opinion opinion) -> checked(blockHash, opinion);
            case Input.Resend() -> resend();
        }
    }

    private void received(Message message) {
        if (message.height() != context.height() || message.round() < round) return;
        if (message.author().equals(self)) return;
        if (!validators.contains(message.author())) {
            refuse(message, message.author() + " is no validator");
            return;
        }
        switch (message) {
            case Message.Proposal m -> proposed(m);
            case Message.Prepare m -> {
                count(m);
                lockWhenPrepared();
            }
            case Message.Commit m -> {
                Payload.Commit commit = m.signed().payload();
                Address sealer = Secp256k1.recover(commit.digest(), commit.seal());
                if (!m.author().equals(sealer)) {
                    refuse(m, "its seal is by " + sealer);
                    return;
                }
                count(m);
                decideWhenCommitted();
            }
            case Message.RoundChange m -> roundChanged(m);
        }
    }

    /**
     * UponBlockTimeout: the time for a block has come, or for looking whether one would be empty.
     * Validators that see a transaction begin the round, so that a proposer that is down is
     * replaced; the others join when the proposal comes.
     */
    private void blockTimer(Input.BlockTimer timer) {
        if (round != QbftState.NO_ROUND) return;
        HeightContext.Timing timing = context.timing();
        long now = timer.nowMillis();
        if (now < context.blockTimeMillis()) {
            outputs.add(new Output.StartBlockTimer(context.blockTimeMillis()));
            return;
        }
        long emptyAt = context.parentTimestamp() * 1000 + timing.emptyBlockPeriodMillis();
        if (!timer.hasTransactions() && now < emptyAt) {
            outputs.add(
                    new Output.StartBlockTimer(
                            Math.min(emptyAt, now + Math.max(1, timing.blockPeriodMillis()))));
            return;
        }
        enter(0);
        requestBlockOnMyTurn();
    }

    private void requestBlockOnMyTurn() {
        if (!context.proposer(round).equals(self)
                || proposal != null
                || hasSaid(Message.Proposal.class)) {
            return;
        }
        if (requestedRound == round) return;
        requestedRound = round;
        outputs.add(new Output.RequestBlock(round));
    }

    /** UponProposal: justified ones wait until their block has been executed. */
    private void proposed(Message.Proposal message) {
        if (message.round() == round && proposal != null) return;
        Message.Proposal other = proposals.get(message.author());
        if (other != null && other.round() >= message.round()) return;
        Optional<String> fault = Justification.against(context, message);
        if (fault.isPresent()) {
            refuse(message, fault.get());
            return;
        }
        consider(message);
    }

    private void consider(Message.Proposal message) {
        Candidate candidate = Candidate.of(message.signed().payload().block());
        if (validBlocks.contains(candidate.blockHash())) {
            accept(message, candidate);
            return;
        }
        proposals.put(message.author(), message);
        outputs.add(new Output.RequestCheck(candidate));
    }

    private void checked(Hash blockHash, Opinion opinion) {
        if (opinion == Opinion.VALID) validBlocks.add(blockHash);
        List<Message.Proposal> waiting = new ArrayList<>(proposals.values());
        // The highest round first: the others are then behind.
        waiting.sort(Comparator.comparingLong(Message.Proposal::round).reversed());
        for (Message.Proposal message : waiting) {
            Candidate candidate = Candidate.of(message.signed().payload().block());
            if (!candidate.blockHash().equals(blockHash)) continue;
            proposals.remove(message.author());
            switch (opinion) {
                case VALID -> accept(message, candidate);
                case INVALID -> refuse(message, "its block is not valid");
                case UNDECIDED -> refuse(message, "this machine can't check its block");
            }
        }
    }

    private void accept(Message.Proposal message, Candidate candidate) {
        if (message.round() < round || (message.round() == round && proposal != null)) return;
        Signed<Payload.Prepare> own = prepares.of(self, message.round());
        if (own != null && !own.payload().digest().equals(candidate.digest())) {
            refuse(message, "another block was prepared here in this round");
            return;
        }
        if (message.round() > round) enter(message.round());
        proposal = candidate;
        if (own == null) {
            say(
                    new Message.Prepare(
                            sign(
                                    new Payload.Prepare(
                                            context.height(), round, candidate.digest()))));
        }
        lockWhenPrepared();
        decideWhenCommitted();
    }

    /** UponPrepare: a quorum of prepares locks this validator on the block, which it then seals. */
    private void lockWhenPrepared() {
        Candidate candidate = proposal;
        if (candidate == null || hasSaid(Message.Commit.class)) return;
        List<Signed<Payload.Prepare>> votes = new ArrayList<>(prepares.in(round));
        votes.removeIf(vote -> !vote.payload().digest().equals(candidate.digest()));
        if (votes.size() < validators.quorum()) return;
        lock = new PreparedCertificate(candidate, votes);
        outputs.add(new Output.Persist(new LogEntry.Locked(lock)));
        Signature seal = signer.sign(candidate.digest());
        say(
                new Message.Commit(
                        sign(
                                new Payload.Commit(
                                        context.height(), round, candidate.digest(), seal))));
        decideWhenCommitted();
    }

    /** UponCommit: a quorum of seals makes the block final. */
    private void decideWhenCommitted() {
        Candidate candidate = proposal;
        if (candidate == null || isDecided) return;
        List<Signed<Payload.Commit>> votes = new ArrayList<>(commits.in(round));
        votes.removeIf(vote -> !vote.payload().digest().equals(candidate.digest()));
        if (votes.size() < validators.quorum()) return;
        isDecided = true;
        outputs.add(
                new Output.Decide(
                        candidate.sealed(
                                votes.stream()
                                        .map(vote -> vote.payload().seal().bytes())
                                        .toList())));
    }

    /** UponRoundTimeout: this round failed. */
    private void roundTimer(long of) {
        if (of != round) return;
        if (round == Justification.ROUND_MAX) {
            startRoundTimer();
            resend();
            return;
        }
        changeTo(round + 1);
    }

    /** UponRoundChange: others are ahead, or it is this validator's turn in a new round. */
    private void roundChanged(Message.RoundChange message) {
        Message.RoundChange other = roundChanges.get(message.author());
        if (other != null && other.round() >= message.round()) return;
        Optional<String> fault = Justification.against(context, message);
        if (fault.isPresent()) {
            refuse(message, fault.get());
            return;
        }
        count(message);
        List<Long> ahead = new ArrayList<>();
        for (Message.RoundChange change : roundChanges.values()) {
            if (change.round() > round) ahead.add(change.round());
        }
        ahead.sort(Comparator.reverseOrder());
        // At least one honest validator is in this round or further on.
        int enough = validators.faultyMax() + 1;
        if (ahead.size() >= enough) changeTo(ahead.get(enough - 1));
        else proposeOnMyTurn();
    }

    private void changeTo(long next) {
        enter(next);
        PreparedCertificate last = lock;
        Signed<Payload.RoundChange> signed =
                sign(
                        new Payload.RoundChange(
                                context.height(), round, last == null ? null : last.named()));
        say(
                new Message.RoundChange(
                        signed,
                        last == null ? null : last.candidate().block(),
                        last == null ? List.of() : last.prepares()));
        proposeOnMyTurn();
    }

    /** From round 1 on a quorum of round changes says what may be proposed. */
    private void proposeOnMyTurn() {
        if (round < 1 || !context.proposer(round).equals(self)) return;
        if (proposal != null || hasSaid(Message.Proposal.class)) return;
        List<Message.RoundChange> changes = changesToThisRound();
        if (changes.size() < validators.quorum()) return;
        Message.RoundChange highest = highestPrepared(changes);
        if (highest == null) requestBlockOnMyTurn();
        else propose(blockOf(highest), changes, highest.prepares());
    }

    private void built(long forRound, Block block) {
        if (forRound != round || proposal != null || hasSaid(Message.Proposal.class)) return;
        if (!context.proposer(round).equals(self)) return;
        List<Message.RoundChange> changes = round == 0 ? List.of() : changesToThisRound();
        // A prepared block may have become known while this one was built, and goes first.
        Message.RoundChange highest = highestPrepared(changes);
        if (highest != null) {
            propose(blockOf(highest), changes, highest.prepares());
            return;
        }
        Candidate candidate = Candidate.of(block);
        validBlocks.add(candidate.blockHash());
        propose(candidate, changes, List.of());
    }

    private void propose(
            Candidate candidate,
            List<Message.RoundChange> changes,
            List<Signed<Payload.Prepare>> preparesOfIt) {
        Block block = candidate.inRound(round).block();
        Message.Proposal message =
                new Message.Proposal(
                        sign(new Payload.Proposal(context.height(), round, block, false)),
                        changes.stream().map(Message.RoundChange::signed).toList(),
                        preparesOfIt);
        say(message);
        consider(message);
    }

    private List<Message.RoundChange> changesToThisRound() {
        return roundChanges.values().stream().filter(change -> change.round() == round).toList();
    }

    private static Message.@Nullable RoundChange highestPrepared(
            List<Message.RoundChange> changes) {
        Message.RoundChange highest = null;
        for (Message.RoundChange change : changes) {
            if (preparedRound(change) < 0) continue;
            if (highest == null || preparedRound(change) > preparedRound(highest)) {
                highest = change;
            }
        }
        return highest;
    }

    private static long preparedRound(Message.RoundChange change) {
        Payload.Prepared prepared = change.signed().payload().prepared();
        return prepared == null ? QbftState.NO_ROUND : prepared.round();
    }

    private static Candidate blockOf(Message.RoundChange change) {
        Block block = change.block();
        if (block == null) throw new IllegalStateException("an unjustified round change was kept");
        return Candidate.of(block);
    }

    private void enter(long next) {
        round = next;
        proposal = null;
        said = new ArrayList<>();
        proposals.values().removeIf(waiting -> waiting.round() < next);
        roundChanges.values().removeIf(change -> change.round() < next);
        startRoundTimer();
        outputs.add(new Output.RoundStarted(round, context.proposer(round)));
    }

    private void startRoundTimer() {
        outputs.add(new Output.StartRoundTimer(round, context.timing().timeoutMillis(round)));
    }

    private void resend() {
        said.forEach(message -> outputs.add(new Output.Broadcast(message)));
    }

    private <P extends Payload> Signed<P> sign(P payload) {
        return Signed.sign(payload, signer);
    }

    private void say(Message message) {
        outputs.add(new Output.Persist(new LogEntry.Said(message)));
        outputs.add(new Output.Broadcast(message));
        said.add(message);
        count(message);
    }

    private void count(Message message) {
        switch (message) {
            case Message.Proposal _ -> {}
            case Message.Prepare(var signed) -> prepares = prepares.plus(signed);
            case Message.Commit(var signed) -> commits = commits.plus(signed);
            case Message.RoundChange change -> roundChanges.put(change.author(), change);
        }
    }

    private boolean hasSaid(Class<? extends Message> kind) {
        return said.stream().anyMatch(kind::isInstance);
    }

    private void refuse(Message message, String reason) {
        outputs.add(new Output.Refused(message, reason));
    }
}
