package dev.lockstep.precompiles.standard.bn254;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;

class FieldTest {
    private static final long SEED = 20261121;
    private static final BigInteger P = Fp.MODULUS;

    private final RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);

    /** Edges of limbs and of the field, as they are held too, and random numbers. */
    private List<BigInteger> numbers() {
        List<BigInteger> numbers = new ArrayList<>();
        BigInteger radixInverse = BigInteger.ONE.shiftLeft(256).modInverse(P);
        for (int bits = 0; bits <= 254; bits++) {
            if (bits % 64 > 1 && bits % 64 < 63) continue;
            for (int offset = -1; offset <= 1; offset++) {
                BigInteger edge = BigInteger.ONE.shiftLeft(bits).add(BigInteger.valueOf(offset));
                numbers.add(edge.mod(P));
                numbers.add(P.subtract(edge).mod(P));
                numbers.add(edge.multiply(radixInverse).mod(P));
                numbers.add(edge.negate().multiply(radixInverse).mod(P));
            }
        }
        for (int i = 0; i < 60; i++) numbers.add(ReferenceTwist.number(random));
        return numbers;
    }

    @Test
    void sumsDifferencesAndProductsAreThoseOfPlainNumbers() {
        List<BigInteger> numbers = numbers();
        long[] r = Fp.zero();
        for (BigInteger a : numbers) {
            long[] x = Fp.of(a);
            for (BigInteger b : numbers) {
                long[] y = Fp.of(b);
                Fp.add(r, x, y);
                same(r, a.add(b), "%s + %s", a, b);
                Fp.sub(r, x, y);
                same(r, a.subtract(b), "%s - %s", a, b);
                Fp.mul(r, x, y);
                same(r, a.multiply(b), "%s * %s", a, b);
            }
        }
    }

    @Test
    void resultsMayReplaceArguments() {
        for (BigInteger a : numbers()) {
            long[] r = Fp.of(a);
            Fp.mul(r, r, r);
            same(r, a.multiply(a), "square of %s", a);
            r = Fp.of(a);
            Fp.add(r, r, r);
            same(r, a.shiftLeft(1), "twice %s", a);
            r = Fp.of(a);
            Fp.dbl(r, r);
            same(r, a.shiftLeft(1), "twice %s", a);
            r = Fp.of(a);
            Fp.sub(r, r, r);
            same(r, BigInteger.ZERO, "nothing of %s", a);
            r = Fp.of(a);
            Fp.neg(r, r);
            same(r, a.negate(), "minus %s", a);
            r = Fp.of(a);
            Fp.inv(r, r);
            same(r, a.modPow(P.subtract(BigInteger.TWO), P), "inverse of %s", a);
        }
    }

    @Test
    void onlyNumbersBelowTheModulusAreDecoded() {
        long[] r = Fp.zero();
        assertThat(Fp.decode(r, UInt256.valueOf(P).toBytes())).isFalse();
        assertThat(Fp.decode(r, UInt256.MAX_VALUE.toBytes())).isFalse();
        Bytes greatest = UInt256.valueOf(P.subtract(BigInteger.ONE)).toBytes();
        assertThat(Fp.decode(r, greatest)).isTrue();
        assertThat(Fp.encode(r)).isEqualTo(greatest);
        assertThat(Fp.decode(r, UInt256.ZERO.toBytes())).isTrue();
        assertThat(Fp.isZero(r)).isTrue();
    }

    @Test
    void productsInFp2AreThoseOfPlainNumbers() {
        for (int i = 0; i < 200; i++) {
            ReferenceTwist.Number a = new ReferenceTwist.Number(next(), next());
            ReferenceTwist.Number b = new ReferenceTwist.Number(next(), next());
            Fp2 x = of(a);
            Fp2 y = of(b);
            Fp2 r = new Fp2();
            r.mul(x, y);
            same(r, a.times(b), i);
            r.sqr(x);
            same(r, a.times(a), i);
            r.mulXi(x);
            same(r, a.times(ReferenceTwist.number(9, 1)), i);
            r.inv(x);
            same(r, a.inverse(), i);
            x.mul(x, x);
            same(x, a.times(a), i);
            y.mulXi(y);
            same(y, b.times(ReferenceTwist.number(9, 1)), i);
        }
    }

    /** In the basis 1, w, w², … with w^6 = ξ a product is a convolution. */
    @Test
    void productsInFp12AreConvolutions() {
        for (int i = 0; i < 20; i++) {
            ReferenceTwist.Number[] a = coefficients();
            ReferenceTwist.Number[] b = coefficients();
            Fp12 r = of(a);
            r.mul(of(a), of(b));
            same(r, convolution(a, b), i);
            r = of(a);
            r.mul(r, r);
            same(r, convolution(a, a), i);
            r = of(a);
            r.sqr(r);
            same(r, convolution(a, a), i);

            ReferenceTwist.Number[] line = b.clone();
            line[2] = line[4] = line[5] = ReferenceTwist.number(0, 0);
            r = of(a);
            r.mulLine(of(line[0]), of(line[1]), of(line[3]));
            same(r, convolution(a, line), i);

            Fp12 inverse = of(a);
            inverse.inv(inverse);
            inverse.mul(inverse, of(a));
            assertThat(inverse.isOne()).as("seed %d, case %d", SEED, i).isTrue();
        }
    }

    @Test
    void frobeniusIsThePthPower() {
        Fp12 a = of(coefficients());
        Fp12 power = Fp12.one();
        for (int i = P.bitLength() - 1; i >= 0; i--) {
            power.sqr(power);
            if (P.testBit(i)) power.mul(power, a);
        }
        Fp12 quotient = new Fp12();
        quotient.frobenius(a);
        quotient.inv(quotient);
        quotient.mul(quotient, power);
        assertThat(quotient.isOne()).as("seed %d", SEED).isTrue();

        Fp12 sixth = new Fp12();
        sixth.set(a);
        for (int i = 0; i < 6; i++) sixth.frobenius(sixth);
        quotient.conj(a);
        quotient.inv(quotient);
        quotient.mul(quotient, sixth);
        assertThat(quotient.isOne()).as("seed %d", SEED).isTrue();
    }

    @Test
    void cyclotomicSquaresAreSquares() {
        // a^((p^6 - 1)·(p² + 1))
        Fp12 a = of(coefficients());
        Fp12 g = new Fp12();
        g.conj(a);
        a.inv(a);
        g.mul(g, a);
        a.frobenius(g);
        a.frobenius(a);
        g.mul(g, a);
        for (int i = 0; i < 10; i++) {
            Fp12 square = new Fp12();
            square.sqr(g);
            g.sqrCyclotomic(g);
            square.inv(square);
            square.mul(square, g);
            assertThat(square.isOne()).as("seed %d, step %d", SEED, i).isTrue();
        }
    }

    private BigInteger next() {
        return ReferenceTwist.number(random);
    }

    private ReferenceTwist.Number[] coefficients() {
        ReferenceTwist.Number[] result = new ReferenceTwist.Number[6];
        for (int i = 0; i < 6; i++) result[i] = new ReferenceTwist.Number(next(), next());
        return result;
    }

    private static ReferenceTwist.Number[] convolution(
            ReferenceTwist.Number[] a, ReferenceTwist.Number[] b) {
        ReferenceTwist.Number[] result = new ReferenceTwist.Number[6];
        for (int i = 0; i < 6; i++) result[i] = ReferenceTwist.number(0, 0);
        for (int i = 0; i < 6; i++) {
            for (int k = 0; k < 6; k++) {
                ReferenceTwist.Number product = a[i].times(b[k]);
                if (i + k >= 6) product = product.times(ReferenceTwist.number(9, 1));
                result[(i + k) % 6] = result[(i + k) % 6].plus(product);
            }
        }
        return result;
    }

    private static Fp2 of(ReferenceTwist.Number a) {
        return Fp2.of(Fp.of(a.re()), Fp.of(a.im()));
    }

    private static Fp2[] coefficients(Fp12 a) {
        return new Fp2[] {a.c0.b0, a.c1.b0, a.c0.b1, a.c1.b1, a.c0.b2, a.c1.b2};
    }

    private static Fp12 of(ReferenceTwist.Number[] a) {
        Fp12 result = new Fp12();
        for (int i = 0; i < 6; i++) coefficients(result)[i].set(of(a[i]));
        return result;
    }

    private static void same(Fp12 actual, ReferenceTwist.Number[] expected, int test) {
        for (int i = 0; i < 6; i++) same(coefficients(actual)[i], expected[i], test);
    }

    private static void same(Fp2 actual, ReferenceTwist.Number expected, int test) {
        same(actual.re, expected.re(), "seed %d, case %d", SEED, test);
        same(actual.im, expected.im(), "seed %d, case %d", SEED, test);
    }

    private static void same(long[] actual, BigInteger expected, String what, Object... names) {
        BigInteger value = Fp.encode(actual).toUnsignedBigInteger();
        if (!value.equals(expected.mod(P))) {
            assertThat(value).as(what, names).isEqualTo(expected.mod(P));
        }
    }
}
