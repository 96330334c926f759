package dev.lockstep.consensus.engine;

import dev.lockstep.consensus.core.Candidate;
import dev.lockstep.consensus.core.HeightContext;
import dev.lockstep.consensus.core.Input.Opinion;
import dev.lockstep.types.Block;
import java.util.function.Consumer;

/**
 * All that consensus knows of the chain. What takes long answers by a callback, from any thread;
 * the engine never waits for it.
 */
public interface Application {
    /** What is settled about the block after the head. */
    Next next();

    /** Whether a block built now would not be empty. */
    boolean hasTransactions();

    /** It is nearly time for this node's block, which may be begun. */
    void open(HeightContext context);

    /** Builds a block on the head, for this round, and hands it over. */
    void build(HeightContext context, long round, Consumer<Block> reply);

    /** Executes a block and says what this machine thinks of it. */
    void check(HeightContext context, Candidate candidate, Consumer<Opinion> reply);

    /** Stores a final block; {@link ConsensusEngine#newHead} is called when that is done. */
    void commit(Block block);

    /** The height after the head. */
    sealed interface Next {
        long height();

        record Ready(HeightContext context) implements Next {
            @Override
            public long height() {
                return context.height();
            }
        }

        /** Nobody can decide on it, for this reason; the chain ends here unless people act. */
        record Stuck(long height, String reason) implements Next {}
    }
}
