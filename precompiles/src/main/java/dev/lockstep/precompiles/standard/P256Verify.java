package dev.lockstep.precompiles.standard;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import java.math.BigInteger;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.math.ec.ECPoint;

/**
 * Whether a key of the curve P-256 signed a digest.
 *
 * @shape in: digest 32 · r 32 · s 32 · x 32 · y 32 bytes, no more and no less · out: 1 as a word,
 *     or nothing
 * @cost 6,900 gas
 * @fails never
 * @source EIP-7951
 */
public final class P256Verify implements Precompile {
    private static final long GAS = 6_900;
    private static final int INPUT_BYTES = 160;
    private static final X9ECParameters PARAMETERS = CustomNamedCurves.getByName("secp256r1");
    private static final ECDomainParameters DOMAIN = new ECDomainParameters(PARAMETERS);
    private static final BigInteger FIELD = DOMAIN.getCurve().getField().getCharacteristic();

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return GAS;
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        boolean verified = input.size() == INPUT_BYTES && isSigned(input);
        return new PrecompileResult.Output(verified ? UInt256.ONE.toBytes() : Bytes.EMPTY);
    }

    private static boolean isSigned(Bytes input) {
        BigInteger r = number(input, 32);
        BigInteger s = number(input, 64);
        BigInteger x = number(input, 96);
        BigInteger y = number(input, 128);
        if (x.compareTo(FIELD) >= 0 || y.compareTo(FIELD) >= 0) return false;
        ECPoint key = DOMAIN.getCurve().createPoint(x, y);
        // The point at infinity, written (0, 0), is not on the curve either.
        if (!key.isValid()) return false;
        ECDSASigner signer = new ECDSASigner();
        signer.init(false, new ECPublicKeyParameters(key, DOMAIN));
        // Refuses r and s outside of [1, n) and a sum that is the point at infinity.
        return signer.verifySignature(input.slice(0, 32).toArray(), r, s);
    }

    private static BigInteger number(Bytes input, int offset) {
        return input.slice(offset, 32).toUnsignedBigInteger();
    }
}
