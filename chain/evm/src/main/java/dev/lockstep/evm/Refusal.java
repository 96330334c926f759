package dev.lockstep.evm;

/** Why a transaction may not run at all: no block may hold it. */
public enum Refusal {
    TYPE_NOT_ALLOWED,
    WRONG_CHAIN,
    SIGNATURE_NOT_LOW,
    NONCE_TOO_LOW,
    NONCE_TOO_HIGH,
    NONCE_AT_MAX,
    INSUFFICIENT_FUNDS,
    /** The gas limit is under what the transaction costs before its first instruction. */
    INTRINSIC_GAS,
    /** The gas limit is under the least that this much call data costs. */
    FLOOR_GAS,
    BLOCK_GAS_LIMIT,
    TRANSACTION_GAS_LIMIT,
    FEE_UNDER_BASE_FEE,
    PRIORITY_FEE_OVER_FEE,
    INIT_CODE_TOO_LARGE,
    /** The sender's account holds code that is no delegation. */
    SENDER_HAS_CODE,
    BLOB_FEE_TOO_LOW,
    NO_BLOBS,
    TOO_MANY_BLOBS,
    BLOB_HASH_VERSION,
    CREATION_NOT_ALLOWED,
    NO_AUTHORIZATIONS
}
