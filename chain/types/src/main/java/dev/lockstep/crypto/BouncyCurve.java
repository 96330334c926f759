package dev.lockstep.crypto;

import dev.lockstep.types.Hash;
import dev.lockstep.types.Signature;
import java.math.BigInteger;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.math.ec.ECAlgorithms;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.jspecify.annotations.Nullable;

/** Bouncy Castle's secp256k1, for machines without the native library. */
final class BouncyCurve implements Secp256k1.Curve {
    private static final X9ECParameters PARAMETERS = CustomNamedCurves.getByName("secp256k1");
    private static final ECDomainParameters DOMAIN = new ECDomainParameters(PARAMETERS);
    private static final BigInteger FIELD = PARAMETERS.getCurve().getField().getCharacteristic();

    @Override
    public @Nullable Bytes recover(Hash digest, Signature signature) {
        BigInteger n = DOMAIN.getN();
        BigInteger r = signature.r().toUnsignedBigInteger();
        BigInteger s = signature.s().toUnsignedBigInteger();
        if (r.compareTo(FIELD) >= 0) return null;
        ECPoint point = pointAt(r, signature.yParity());
        if (point == null) return null;
        BigInteger e = digest.bytes().toUnsignedBigInteger();
        BigInteger rInverse = r.modInverse(n);
        BigInteger u1 = e.negate().multiply(rInverse).mod(n);
        BigInteger u2 = s.multiply(rInverse).mod(n);
        ECPoint key = ECAlgorithms.sumOfTwoMultiplies(DOMAIN.getG(), u1, point, u2).normalize();
        return key.isInfinity() ? null : Bytes.wrap(key.getEncoded(false)).slice(1);
    }

    /** The curve's point with this x and this parity of y, or null where there is none. */
    private static @Nullable ECPoint pointAt(BigInteger x, int yParity) {
        var fieldX = DOMAIN.getCurve().fromBigInteger(x);
        var ySquared = fieldX.square().multiply(fieldX).add(DOMAIN.getCurve().getB());
        var y = ySquared.sqrt();
        if (y == null) return null;
        if (y.testBitZero() != (yParity == 1)) y = y.negate();
        return DOMAIN.getCurve().createPoint(x, y.toBigInteger());
    }

    @Override
    public Signature sign(Hash digest, KeyPair keys) {
        ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
        signer.init(true, new ECPrivateKeyParameters(keys.secret().toUnsignedBigInteger(), DOMAIN));
        BigInteger[] rs = signer.generateSignature(digest.bytes().toArray());
        BigInteger half = DOMAIN.getN().shiftRight(1);
        BigInteger s = rs[1].compareTo(half) > 0 ? DOMAIN.getN().subtract(rs[1]) : rs[1];
        UInt256 r256 = UInt256.valueOf(rs[0]);
        UInt256 s256 = UInt256.valueOf(s);
        Signature even = new Signature(0, r256, s256);
        return keys.publicKey().equals(recover(digest, even)) ? even : new Signature(1, r256, s256);
    }

    @Override
    public Bytes publicKey(Bytes secret) {
        ECPoint point =
                new FixedPointCombMultiplier()
                        .multiply(DOMAIN.getG(), secret.toUnsignedBigInteger());
        return Bytes.wrap(point.normalize().getEncoded(false)).slice(1);
    }

    @Override
    public @Nullable Bytes32 agree(Bytes secret, Bytes publicKey) {
        if (publicKey.size() != 64) return null;
        ECPoint point;
        try {
            byte[] uncompressed = Bytes.concatenate(Bytes.of(4), publicKey).toArray();
            point = DOMAIN.getCurve().decodePoint(uncompressed);
        } catch (IllegalArgumentException noPoint) {
            return null;
        }
        ECPoint common = point.multiply(secret.toUnsignedBigInteger()).normalize();
        return Bytes32.wrap(common.getAffineXCoord().getEncoded());
    }
}
