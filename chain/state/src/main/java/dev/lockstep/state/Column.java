package dev.lockstep.state;

import java.util.Locale;

/** The named columns of a store. The names are on disk: never rename, only add. */
public enum Column {
    /** A few values about the store itself, by name. */
    META,
    /** address → account at the head. */
    ACCOUNTS,
    /** address‖slot → value at the head, without leading zeros. */
    SLOTS,
    /** code hash → code. */
    CODES,
    /** path, one nibble a byte → node of the account trie. */
    ACCOUNT_NODES,
    /** keccak(address)‖path → node of that account's storage trie. */
    SLOT_NODES,
    /** address‖block number → the account before that block, empty for none. */
    ACCOUNT_HISTORY,
    /** address‖slot‖block number → the value before that block, empty for zero. */
    SLOT_HISTORY,
    /** block number → state root before that block, keys of accounts and slots that it changed. */
    CHANGES,
    /** block number → header. */
    HEADERS,
    /** block number → transactions, ommers and withdrawals. */
    BODIES,
    /** block number → receipts. */
    RECEIPTS,
    /** block hash → block number. */
    BLOCK_NUMBERS,
    /** transaction hash → block number‖index. */
    TRANSACTIONS,
    /** block number → records of its model calls. */
    CALL_RECORDS,
    /** address or topic‖block number → nothing. */
    LOG_INDEX;

    /** As it stands on disk. */
    public String title() {
        return name().toLowerCase(Locale.ROOT);
    }
}
