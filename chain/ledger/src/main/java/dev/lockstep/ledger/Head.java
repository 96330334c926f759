package dev.lockstep.ledger;

import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;

/** The last committed block. */
record Head(BlockHeader header, Hash hash) {}
