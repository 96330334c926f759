package dev.lockstep.ledger;

import dev.lockstep.types.BlockHeader;
import java.util.Optional;

/** A rule over a header and its parent that comes from outside, as the consensus has them. */
@FunctionalInterface
public interface BlockRule {
    /** Empty where the rule holds; else a message with the value found and what is allowed. */
    Optional<String> check(BlockHeader header, BlockHeader parent);
}
