package dev.lockstep.types;

import org.apache.tuweni.units.bigints.UInt256;

/**
 * What the state holds of an account.
 *
 * @param nonce transactions sent or contracts made, unsigned
 * @param balance @unit wei
 * @param codeHash {@link Hash#EMPTY} for none
 * @param storageRoot {@link Hash#EMPTY_TRIE} for none; execution reads it only to see whether
 *     storage is empty
 */
public record Account(long nonce, UInt256 balance, Hash codeHash, Hash storageRoot) {
    public static final Account EMPTY = new Account(0, UInt256.ZERO, Hash.EMPTY, Hash.EMPTY_TRIE);

    /**
     * @source EIP-161
     */
    public boolean isEmpty() {
        return nonce == 0 && balance.isZero() && !hasCode();
    }

    public boolean hasCode() {
        return !codeHash.equals(Hash.EMPTY);
    }

    public boolean hasStorage() {
        return !storageRoot.equals(Hash.EMPTY_TRIE);
    }
}
