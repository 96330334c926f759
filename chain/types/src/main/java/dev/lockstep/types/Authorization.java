package dev.lockstep.types;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.Secp256k1;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * An account's leave to run a contract's code as its own.
 *
 * @param chainId zero for any chain
 * @param nonce unsigned
 * @param yParity any byte: an authorization that does not recover is skipped, not refused
 * @source EIP-7702
 */
public record Authorization(
        UInt256 chainId, Address address, long nonce, int yParity, UInt256 r, UInt256 s) {
    private static final int COUNT_MAX = 1 << 20;
    private static final int MAGIC = 0x05;

    /** Who signed it, or null where the signature is out of range or recovers to nobody. */
    public @Nullable Address authority() {
        if (yParity > 1) return null;
        Signature signature = new Signature(yParity, r, s);
        if (!signature.isInRange() || !signature.isLowS()) return null;
        Bytes payload = Rlp.list(list -> list.number(chainId).address(address).number(nonce));
        return Secp256k1.recover(
                Keccak.hash(Bytes.concatenate(Bytes.of(MAGIC), payload)), signature);
    }

    static void writeAll(Rlp out, List<Authorization> authorizations) {
        out.each(
                authorizations,
                (list, a) ->
                        list.nested(
                                item ->
                                        item.number(a.chainId)
                                                .address(a.address)
                                                .number(a.nonce)
                                                .number(a.yParity)
                                                .number(a.r)
                                                .number(a.s)));
    }

    static List<Authorization> readAll(RlpReader in) {
        return in.each(COUNT_MAX, list -> list.nested(Authorization::read));
    }

    private static Authorization read(RlpReader item) {
        UInt256 chainId = item.number256();
        Address address = item.address();
        long nonce = item.number();
        long yParity = item.number();
        if (yParity < 0 || yParity > 255) {
            throw item.refuse("a y parity of " + Long.toUnsignedString(yParity) + ", at most 255");
        }
        return new Authorization(
                chainId, address, nonce, (int) yParity, item.number256(), item.number256());
    }
}
