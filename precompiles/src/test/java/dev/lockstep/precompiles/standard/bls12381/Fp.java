package dev.lockstep.precompiles.standard.bls12381;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Integers modulo the field's prime p, which is 3 modulo 4.
 *
 * @source EIP-2537
 */
final class Fp implements Field<BigInteger> {
    static final Fp FIELD = new Fp();
    static final BigInteger MODULUS =
            new BigInteger(
                    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f624"
                            + "1eabfffeb153ffffb9feffffffffaaab",
                    16);

    private static final BigInteger ROOT_EXPONENT = MODULUS.add(BigInteger.ONE).shiftRight(2);

    private Fp() {}

    @Override
    public BigInteger zero() {
        return BigInteger.ZERO;
    }

    @Override
    public BigInteger one() {
        return BigInteger.ONE;
    }

    @Override
    public BigInteger add(BigInteger a, BigInteger b) {
        BigInteger sum = a.add(b);
        return sum.compareTo(MODULUS) < 0 ? sum : sum.subtract(MODULUS);
    }

    @Override
    public BigInteger negate(BigInteger a) {
        return a.signum() == 0 ? a : MODULUS.subtract(a);
    }

    @Override
    public BigInteger multiply(BigInteger a, BigInteger b) {
        return a.multiply(b).mod(MODULUS);
    }

    @Override
    public BigInteger invert(BigInteger a) {
        return a.signum() == 0 ? a : a.modInverse(MODULUS);
    }

    @Override
    public @Nullable BigInteger root(BigInteger a) {
        BigInteger root = a.modPow(ROOT_EXPONENT, MODULUS);
        return multiply(root, root).equals(a) ? root : null;
    }

    @Override
    public boolean isZero(BigInteger a) {
        return a.signum() == 0;
    }

    @Override
    public boolean isOdd(BigInteger a) {
        return a.testBit(0);
    }
}
