package dev.lockstep.consensus.core;

import java.util.List;

/**
 * The round machine of QBFT: what a validator does about an input, as a pure function. It knows no
 * clock, thread, disk or network; the same inputs give the same outputs, signatures included.
 *
 * @source EEA QBFT specification, section 5.2; the arms carry the names of the formal
 *     specification's (Consensys, dafny/spec/L1/node.dfy)
 */
public final class Qbft {
    private final Signer signer;

    public Qbft(Signer signer) {
        this.signer = signer;
    }

    /**
     * A new height, or one that was left by a crash.
     *
     * @param log what was persisted, in its order; entries of other heights don't count
     */
    public Step start(HeightContext context, List<LogEntry> log) {
        Transition next = new Transition(context, signer);
        next.begin(log);
        return next.step();
    }

    public Step apply(QbftState state, Input input) {
        Transition next = new Transition(state, signer);
        if (!state.isDecided()) next.on(input);
        return next.step();
    }
}
