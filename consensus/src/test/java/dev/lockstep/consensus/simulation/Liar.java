package dev.lockstep.consensus.simulation;

import dev.lockstep.consensus.core.Candidate;
import dev.lockstep.consensus.core.Lies;
import dev.lockstep.consensus.core.Message;
import dev.lockstep.consensus.core.Signer;
import dev.lockstep.consensus.core.VoteTally;
import dev.lockstep.types.Block;
import dev.lockstep.types.QbftExtraData;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A Byzantine validator: an honest machine whose words are twisted on the way out. */
final class Liar extends Node {
    private enum Habit {
        SILENT,
        EQUIVOCATES,
        WRONG_STATE,
        WRONG_MODEL_ANSWER,
        FORGETS_ITS_LOCK,
        UNJUSTIFIED,
        SPAMS
    }

    private static final int HEARD_MAX = 50;

    private final List<Habit> habits = new ArrayList<>();
    private final List<Message> heard = new ArrayList<>();

    Liar(Simulation simulation, int index, Signer signer, Block genesis) {
        super(simulation, index, signer, genesis);
        for (Habit habit : Habit.values()) {
            if (simulation.random.nextInt(5) < 2) habits.add(habit);
        }
        if (habits.isEmpty()) habits.add(Habit.EQUIVOCATES);
        simulation.trace(() -> "%d is a liar: %s".formatted(index, habits));
    }

    @Override
    boolean isHonest() {
        return false;
    }

    @Override
    void receive(Message message) {
        if (heard.size() < HEARD_MAX) heard.add(message);
        else heard.set(simulation.random.nextInt(HEARD_MAX), message);
        super.receive(message);
        if (has(Habit.UNJUSTIFIED) && message instanceof Message.RoundChange change) {
            proposeUnasked(change);
        }
        // It votes for all that it hears of, whatever it said before.
        if (has(Habit.EQUIVOCATES) && message instanceof Message.Proposal proposal) {
            Candidate candidate = Candidate.of(proposal.signed().payload().block());
            super.broadcast(Lies.prepare(proposal, candidate, signer));
            super.broadcast(Lies.commit(proposal, candidate, signer));
        }
    }

    @Override
    void broadcast(Message message) {
        if (has(Habit.SILENT) && simulation.random.nextBoolean()) return;
        for (Node peer : simulation.nodes) {
            if (peer == this) continue;
            send(peer, twisted(message));
            if (has(Habit.SPAMS)) spam(peer);
        }
    }

    /** A new block in a round to which others change, whatever they prepared before. */
    private void proposeUnasked(Message.RoundChange change) {
        if (change.height() != head() + 1) return;
        long round = change.round();
        if (!context().proposer(round).equals(signer.address())) return;
        long timestamp = simulation.nowMillis() / 1000;
        Block block =
                Blocks.honest(headHeader(), selection(), signer.address(), round, timestamp, 0);
        super.broadcast(Lies.unjustified(change.height(), round, block, signer));
    }

    private Message twisted(Message message) {
        return switch (message) {
            case Message.Proposal proposal -> twistedProposal(proposal);
            case Message.RoundChange change ->
                    has(Habit.FORGETS_ITS_LOCK) && simulation.random.nextBoolean()
                            ? Lies.roundChange(change.height(), change.round(), signer)
                            : change;
            case Message.Prepare _, Message.Commit _ -> message;
        };
    }

    private Message twistedProposal(Message.Proposal proposal) {
        if (proposal.height() != head() + 1) return proposal;
        Block block = proposal.signed().payload().block();
        boolean isBare = has(Habit.UNJUSTIFIED) && proposal.round() > 0;
        if (isBare) block = another(proposal, 0);
        if (has(Habit.EQUIVOCATES) && simulation.random.nextBoolean()) {
            block = another(proposal, simulation.random.nextInt(1 << 20));
        }
        if (has(Habit.WRONG_STATE) && simulation.random.nextBoolean()) {
            block = Blocks.withWrongState(block);
        }
        if (has(Habit.WRONG_MODEL_ANSWER) && simulation.random.nextBoolean()) {
            block = Blocks.withWrongModelAnswer(block);
        }
        return Lies.proposal(proposal, block, isBare, signer);
    }

    private Block another(Message.Proposal proposal, int salt) {
        long timestamp = proposal.signed().payload().block().header().timestamp();
        return Blocks.honest(
                headHeader(), selection(), signer.address(), proposal.round(), timestamp, salt);
    }

    /** For and against anybody. */
    @Override
    QbftExtraData.@Nullable Vote vote(VoteTally tally) {
        if (simulation.random.nextBoolean()) return null;
        return new QbftExtraData.Vote(simulation.randomAddress(), simulation.random.nextBoolean());
    }

    private void spam(Node peer) {
        if (!heard.isEmpty()) {
            send(peer, heard.get(simulation.random.nextInt(heard.size())));
        }
        long far = 1 + simulation.random.nextInt(1200);
        send(peer, Lies.roundChange(peer.head() + 1, far, signer));
    }

    private boolean has(Habit habit) {
        return habits.contains(habit);
    }
}
