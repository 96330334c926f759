package dev.lockstep.ledger;

/** What is wrong with a block that is not valid. The names are stable: tools and tests use them. */
public enum BlockFault {
    NUMBER,
    TIMESTAMP,
    GAS_LIMIT,
    /** The header's gas used is over its limit, or is not what execution used. */
    GAS_USED,
    BASE_FEE,
    EXTRA_DATA,
    DIFFICULTY,
    NONCE,
    MIX_HASH,
    OMMERS,
    WITHDRAWALS,
    /** Blob gas used or excess. */
    BLOB_GAS,
    PARENT_BEACON_BLOCK_ROOT,
    BLOCK_SIZE,
    TRANSACTIONS_ROOT,
    /** A signature recovers to nobody. */
    TRANSACTION_SIGNATURE,
    /** Execution refuses a transaction: nonce, funds, intrinsic gas and the like. */
    TRANSACTION_REFUSED,
    /** A transaction does not fit into what the block's gas limit leaves. */
    TRANSACTION_GAS_LIMIT,
    /** The protocol's own call at the block's end failed, or found no contract. */
    SYSTEM_CALL,
    /** A log of the deposit contract is no deposit. */
    DEPOSIT,
    RECEIPTS_ROOT,
    BLOOM,
    STATE_ROOT,
    REQUESTS_HASH,
    INFERENCE_ROOT,
    /** A rule of the consensus: seals, validators, proposer. */
    CONSENSUS
}
