package dev.lockstep.node;

import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.Verdict;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.RlpException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Re-executes a file of blocks on a chain, each against the whole of the rules, and commits what
 * holds.
 *
 * <p>Blocks that the chain has already must be the same ones; they are not executed again.
 */
public final class Verification {
    private Verification() {}

    /** What became of a file. */
    public sealed interface Result {
        /**
         * All of it holds.
         *
         * @param known blocks of the file that the chain had already, block 0 among them
         * @param blocks the others, which were executed
         */
        record Agrees(
                long known,
                long blocks,
                long transactions,
                long gasUsed,
                long modelCalls,
                BlockHeader head)
                implements Result {}

        /**
         * The first block that does not.
         *
         * @param rule the name of the rule it breaks
         * @param message what was found and what is right
         */
        record Differs(long number, Hash hash, String rule, String message) implements Result {}
    }

    /** How far it is, after each block. */
    public record Progress(
            long number, long transactions, long gasUsed, long positionBytes, long sizeBytes) {}

    public static Result run(Ledger ledger, Path file, Consumer<Progress> progress)
            throws IOException {
        long known = 0;
        long blocks = 0;
        long transactions = 0;
        long gasUsed = 0;
        long modelCalls = 0;
        try (BlockFile.Reader reader = new BlockFile.Reader(file)) {
            for (Block block = reader.next(); block != null; block = reader.next()) {
                BlockHeader header = block.header();
                Hash hash = hash(ledger, header);
                if (header.number() <= ledger.head().number()) {
                    Hash here =
                            ledger.hash(
                                    java.util.Objects.requireNonNull(
                                            ledger.header(header.number())));
                    if (!here.equals(hash)) return otherChain(header.number(), here, hash);
                    known++;
                    continue;
                }
                switch (ledger.check(block)) {
                    case Verdict.Valid(var prepared) -> {
                        ledger.commit(prepared, block);
                        modelCalls += prepared.callRecords().size();
                    }
                    case Verdict.Invalid(var fault, var message) -> {
                        return new Result.Differs(header.number(), hash, fault.name(), message);
                    }
                    case Verdict.Undecided(var reason) -> {
                        return new Result.Differs(header.number(), hash, "PARENT_UNKNOWN", reason);
                    }
                }
                blocks++;
                transactions += block.transactions().size();
                gasUsed += header.gasUsed();
                progress.accept(
                        new Progress(
                                header.number(),
                                transactions,
                                gasUsed,
                                reader.position(),
                                reader.sizeBytes()));
            }
        }
        return new Result.Agrees(known, blocks, transactions, gasUsed, modelCalls, ledger.head());
    }

    /**
     * A header whose extra data is malformed has no hash of the chain's form; the check says so.
     */
    private static Hash hash(Ledger ledger, BlockHeader header) {
        try {
            return ledger.hash(header);
        } catch (RlpException malformed) {
            return header.plainHash();
        }
    }

    private static Result otherChain(long number, Hash here, Hash there) {
        return number == 0
                ? new Result.Differs(
                        number,
                        there,
                        "GENESIS",
                        "the file is of another chain: this one begins with block " + here)
                : new Result.Differs(
                        number,
                        there,
                        "OTHER_BLOCK",
                        "the chain has another block at this height, " + here);
    }
}
