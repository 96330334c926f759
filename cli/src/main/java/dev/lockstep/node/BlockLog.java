package dev.lockstep.node;

import dev.lockstep.ledger.PreparedBlock;
import dev.lockstep.types.BlockHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A line a block that became the head, as Besu's operators read it. */
final class BlockLog {
    private static final Logger LOG = LoggerFactory.getLogger(BlockLog.class);

    private BlockLog() {}

    /** Built by this node. */
    static void produced(PreparedBlock block) {
        tell("Produced", block);
    }

    /** Built by another. */
    static void imported(PreparedBlock block) {
        tell("Imported", block);
    }

    private static void tell(String verb, PreparedBlock block) {
        BlockHeader header = block.block().header();
        LOG.info(
                "{} #{} / {} tx / {} model calls / {} ({}%) gas / ({})",
                verb,
                header.number(),
                block.transactions().size(),
                block.callRecords().size(),
                header.gasUsed(),
                header.gasUsed() * 100 / header.gasLimit(),
                block.hash());
    }
}
