package dev.lockstep.types;

import dev.lockstep.crypto.Secp256k1;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * An ECDSA signature over secp256k1.
 *
 * @param yParity 0 or 1
 */
public record Signature(int yParity, UInt256 r, UInt256 s) {
    public static final int SIZE_BYTES = 65;

    /** r‖s‖yParity, as QBFT seals are written. */
    public Bytes bytes() {
        return Bytes.concatenate(r.toBytes(), s.toBytes(), Bytes.of(yParity));
    }

    /**
     * @fails RlpException where it is not 65 bytes or ends in neither 0 nor 1
     */
    public static Signature of(Bytes bytes) {
        if (bytes.size() != SIZE_BYTES) {
            throw new RlpException("a signature has 65 bytes, not " + bytes.size());
        }
        int yParity = bytes.get(64) & 0xff;
        if (yParity > 1)
            throw new RlpException("a signature's last byte is 0 or 1, not " + yParity);
        return new Signature(
                yParity,
                UInt256.fromBytes(Bytes32.wrap(bytes.slice(0, 32))),
                UInt256.fromBytes(Bytes32.wrap(bytes.slice(32, 32))));
    }

    /** Whether r and s are in [1, n). */
    public boolean isInRange() {
        return !r.isZero()
                && !s.isZero()
                && r.compareTo(Secp256k1.ORDER) < 0
                && s.compareTo(Secp256k1.ORDER) < 0;
    }

    /** Whether s is in the lower half of the group order. @source EIP-2 */
    public boolean isLowS() {
        return s.compareTo(Secp256k1.HALF_ORDER) <= 0;
    }
}
