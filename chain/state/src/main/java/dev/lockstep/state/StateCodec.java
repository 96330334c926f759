package dev.lockstep.state;

import dev.lockstep.types.Account;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.RlpReader;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * How accounts and slots are written, flat and in the trie alike. @source Yellow Paper, section 4.1
 */
final class StateCodec {
    private StateCodec() {}

    static Bytes encode(Account account) {
        return Rlp.list(
                list ->
                        list.number(account.nonce())
                                .number(account.balance())
                                .hash(account.storageRoot())
                                .hash(account.codeHash()));
    }

    /**
     * @return null for empty bytes
     */
    static @Nullable Account decodeAccount(@Nullable Bytes encoded) {
        if (encoded == null || encoded.isEmpty()) return null;
        try {
            return RlpReader.list(
                    encoded,
                    list -> {
                        long nonce = list.number();
                        UInt256 balance = list.number256();
                        var storageRoot = list.hash();
                        return new Account(nonce, balance, list.hash(), storageRoot);
                    });
        } catch (RlpException damaged) {
            throw new LocalFault(
                    "an account in the database is damaged: " + damaged.getMessage(), damaged);
        }
    }

    static UInt256 decodeSlot(@Nullable Bytes value) {
        if (value == null) return UInt256.ZERO;
        if (value.size() > 32) {
            throw new LocalFault(
                    "a slot in the database is damaged: " + value.size() + " bytes, at most 32");
        }
        return UInt256.fromBytes(value);
    }
}
