package dev.lockstep.consensus.core;

import java.util.List;

/**
 * That a quorum prepared a block.
 *
 * @param candidate as proposed in the round in which it was prepared
 */
public record PreparedCertificate(Candidate candidate, List<Signed<Payload.Prepare>> prepares) {
    public PreparedCertificate {
        prepares = List.copyOf(prepares);
    }

    Payload.Prepared named() {
        return new Payload.Prepared(candidate.round(), candidate.digest());
    }
}
