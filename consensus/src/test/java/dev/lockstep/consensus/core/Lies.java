package dev.lockstep.consensus.core;

import dev.lockstep.types.Block;
import java.util.List;

/** Messages that no honest validator sends, signed by one that is not. */
public final class Lies {
    private Lies() {}

    /**
     * @param isBare whether it claims that nothing was prepared
     */
    public static Message.Proposal proposal(
            Message.Proposal honest, Block block, boolean isBare, Signer signer) {
        Payload.Proposal payload =
                new Payload.Proposal(honest.height(), honest.round(), block, false);
        List<Signed<Payload.RoundChange>> changes =
                isBare
                        ? honest.roundChanges().stream()
                                .filter(change -> change.payload().prepared() == null)
                                .toList()
                        : honest.roundChanges();
        return new Message.Proposal(
                Signed.sign(payload, signer), changes, isBare ? List.of() : honest.prepares());
    }

    /** As if a proposer needed nobody's leave. */
    public static Message.Proposal unjustified(
            long height, long round, Block block, Signer signer) {
        Payload.Proposal payload = new Payload.Proposal(height, round, block, false);
        return new Message.Proposal(Signed.sign(payload, signer), List.of(), List.of());
    }

    public static Message.RoundChange roundChange(long height, long round, Signer signer) {
        return new Message.RoundChange(
                Signed.sign(new Payload.RoundChange(height, round, null), signer), null, List.of());
    }

    public static Message.Prepare prepare(
            Message.Proposal proposal, Candidate candidate, Signer signer) {
        return new Message.Prepare(
                Signed.sign(
                        new Payload.Prepare(
                                proposal.height(), proposal.round(), candidate.digest()),
                        signer));
    }

    public static Message.Commit commit(
            Message.Proposal proposal, Candidate candidate, Signer signer) {
        return new Message.Commit(
                Signed.sign(
                        new Payload.Commit(
                                proposal.height(),
                                proposal.round(),
                                candidate.digest(),
                                signer.sign(candidate.digest())),
                        signer));
    }
}
