package dev.lockstep.precompiles.standard.bls12381;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.standard.InvalidPoint;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import supranational.blst.P1;
import supranational.blst.P2;

class Bls12381Test {
    private static final long SEED = 12381;
    private static final PrecompileContext CONTEXT =
            new PrecompileContext(Fork.OSAKA, Address.ofNumber(0xca11e4), false);
    private static final Bytes ONE = encode(P1.generator());
    private static final Bytes TWIST_ONE = encode(P2.generator());
    private static final Bytes INFINITY = Bytes.wrap(new byte[Group.FIRST_BYTES]);
    private static final Bytes TWIST_INFINITY = Bytes.wrap(new byte[Group.SECOND_BYTES]);

    private final RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0",
        "1, 12000, 22500",
        "2, 22776, 45000",
        "128, 797184, 1509120",
        "129, 803412, 1520910",
        "1000, 6228000, 11790000",
    })
    void sumsOfMultiplesArePricedWithADiscount(int terms, long first, long second) {
        assertThat(new G1Msm().quote(Bytes.wrap(new byte[160 * terms]), CONTEXT)).isEqualTo(first);
        assertThat(new G2Msm().quote(Bytes.wrap(new byte[288 * terms]), CONTEXT)).isEqualTo(second);
    }

    /** The way of the standard in plain numbers: to the curve, and from there by the cofactor. */
    @Test
    void mapsAreThoseOfTheStandardInPlainNumbers() {
        for (int i = 0; i < 20; i++) {
            BigInteger u = i == 0 ? BigInteger.ZERO : number();
            assertThat(output(new MapFpToG1(), padded(u)))
                    .as("seed %d, case %d", SEED, i)
                    .isEqualTo(plainMap(u));
            Fp2.Element v = i == 0 ? Fp2.FIELD.zero() : new Fp2.Element(number(), number());
            assertThat(output(new MapFp2ToG2(), padded(v.c0()), padded(v.c1())))
                    .as("seed %d, case %d", SEED, i)
                    .isEqualTo(plainMap(v));
        }
    }

    /** Where u takes the formula's denominator to zero: Z²u⁴ + Zu² = 0, so u² = -1/Z. */
    @Test
    void mapsHaveAnAnswerWhereTheirFormulaHasNone() {
        BigInteger u = Fp.FIELD.root(Fp.FIELD.negate(Fp.FIELD.invert(FieldMaps.TO_CURVE.z())));
        if (u != null) assertThat(output(new MapFpToG1(), padded(u))).isEqualTo(plainMap(u));
        Fp2.Element v = Fp2.FIELD.root(Fp2.FIELD.negate(Fp2.FIELD.invert(FieldMaps.TO_TWIST.z())));
        if (v != null)
            assertThat(output(new MapFp2ToG2(), padded(v.c0()), padded(v.c1())))
                    .isEqualTo(plainMap(v));
        assertThat(u != null || v != null).isTrue();
    }

    private static Bytes plainMap(BigInteger u) {
        Affine<BigInteger> p = FieldMaps.TO_CURVE.map(u);
        byte[] bytes = new byte[96];
        write(p.x(), bytes, 48);
        write(p.y(), bytes, 96);
        return encode(new P1(bytes).mult(new BigInteger("d201000000010001", 16)));
    }

    /** By the number that EIP-2537 gives for the twist, doubling and adding. */
    private static Bytes plainMap(Fp2.Element u) {
        BigInteger multiple =
                new BigInteger(
                        "bc69f08f2ee75b3584c6a0ea91b352888e2a8e9145ad7689986ff031508ffe1329c2f178731d"
                                + "b956d82bf015d1212b02ec0ec69d7477c1ae954cbc06689f6a359894c0adebbf6b4e80"
                                + "20005aaa95551",
                        16);
        P2 point = mappedOutsideOfTheGroup(u);
        P2 sum = new P2();
        for (int bit = multiple.bitLength() - 1; bit >= 0; bit--) {
            sum.dbl();
            if (multiple.testBit(bit)) sum.add(point);
        }
        return encode(sum);
    }

    /** Many terms, some of them alike, opposite, at infinity or with factors that add nothing. */
    @Test
    void sumsOfMultiplesAreThoseOfTheirTerms() {
        BigInteger[] edges = {
            BigInteger.ZERO,
            BigInteger.ONE,
            Factor.ORDER,
            Factor.ORDER.add(BigInteger.ONE),
            Factor.ORDER.subtract(BigInteger.ONE),
            UInt256.MAX_VALUE.toUnsignedBigInteger()
        };
        for (int count : new int[] {1, 2, 3, 17, 40, 130}) {
            P1 sum = new P1();
            P2 twistSum = new P2();
            List<Bytes> terms = new ArrayList<>();
            List<Bytes> twistTerms = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                BigInteger factor = i % 3 == 0 ? edges[random.nextInt(edges.length)] : wide();
                BigInteger k = BigInteger.valueOf(random.nextInt(5));
                if (random.nextBoolean()) k = Factor.ORDER.subtract(k).mod(Factor.ORDER);
                P1 point = P1.generator().dup().mult(k);
                P2 twist = P2.generator().dup().mult(k);
                terms.add(Bytes.concatenate(encode(point), word(factor)));
                twistTerms.add(Bytes.concatenate(encode(twist), word(factor)));
                BigInteger multiple = k.multiply(factor).mod(Factor.ORDER);
                sum.add(P1.generator().dup().mult(multiple));
                twistSum.add(P2.generator().dup().mult(multiple));
            }
            assertThat(output(new G1Msm(), terms.toArray(Bytes[]::new)))
                    .as("seed %d, %d terms", SEED, count)
                    .isEqualTo(encode(sum));
            assertThat(output(new G2Msm(), twistTerms.toArray(Bytes[]::new)))
                    .as("seed %d, %d terms", SEED, count)
                    .isEqualTo(encode(twistSum));
        }
    }

    private BigInteger wide() {
        return new BigInteger(256, Random.from(random));
    }

    @Test
    void rootsAreThoseOfSquares() {
        int squares = 0;
        for (int i = 0; i < 60; i++) {
            Fp2.Element a = new Fp2.Element(number(), i % 3 == 0 ? BigInteger.ZERO : number());
            Fp2.Element square = Fp2.FIELD.multiply(a, a);
            Fp2.Element root = Fp2.FIELD.root(square);
            assertThat(Fp2.FIELD.multiply(root, root)).as("case %d", i).isEqualTo(square);
            if (Fp2.FIELD.root(a) != null) squares++;
        }
        assertThat(squares).as("seed %d", SEED).isBetween(25, 55);
        assertThat(Fp2.FIELD.root(Fp2.FIELD.zero())).isEqualTo(Fp2.FIELD.zero());
    }

    @Test
    void pairingIsBilinear() {
        for (int i = 0; i < 3; i++) {
            BigInteger a = number().mod(Factor.ORDER);
            BigInteger b = number().mod(Factor.ORDER);
            Bytes p = output(new G1Msm(), ONE, word(a));
            Bytes q = output(new G2Msm(), TWIST_ONE, word(b));
            Bytes balance =
                    output(new G1Msm(), ONE, word(a.multiply(b).negate().mod(Factor.ORDER)));
            assertThat(output(new PairingCheck(), p, q, balance, TWIST_ONE))
                    .as("seed %d, case %d", SEED, i)
                    .isEqualTo(word(BigInteger.ONE));
            assertThat(output(new PairingCheck(), p, q, ONE, TWIST_ONE))
                    .as("seed %d, case %d", SEED, i)
                    .isEqualTo(word(BigInteger.ZERO));
        }
    }

    @Test
    void pointsAtInfinityAreNeutral() {
        assertThat(output(new G1Add(), ONE, INFINITY)).isEqualTo(ONE);
        assertThat(output(new G1Add(), INFINITY, INFINITY)).isEqualTo(INFINITY);
        assertThat(output(new G2Add(), TWIST_INFINITY, TWIST_ONE)).isEqualTo(TWIST_ONE);
        Bytes order = word(Factor.ORDER);
        assertThat(output(new G1Msm(), ONE, order)).isEqualTo(INFINITY);
        assertThat(output(new G2Msm(), TWIST_ONE, order)).isEqualTo(TWIST_INFINITY);
        assertThat(output(new G1Msm(), INFINITY, word(BigInteger.TEN))).isEqualTo(INFINITY);
        assertThat(output(new PairingCheck(), INFINITY, TWIST_ONE, ONE, TWIST_INFINITY))
                .isEqualTo(word(BigInteger.ONE));
    }

    /** (0, 2) and (0, -2) have order 3. On the twist no point has x = 0. */
    @Test
    void pointsOnTheAxisAreAddedThoughTheyAreNotInTheGroup() {
        Bytes point = Bytes.concatenate(padded(BigInteger.ZERO), padded(BigInteger.TWO));
        Bytes opposite =
                Bytes.concatenate(
                        padded(BigInteger.ZERO), padded(Fp.MODULUS.subtract(BigInteger.TWO)));
        assertThat(output(new G1Add(), point, INFINITY)).isEqualTo(point);
        assertThat(output(new G1Add(), INFINITY, opposite)).isEqualTo(opposite);
        assertThat(output(new G1Add(), point, point)).isEqualTo(opposite);
        assertThat(output(new G1Add(), opposite, opposite)).isEqualTo(point);
        assertThat(output(new G1Add(), point, opposite)).isEqualTo(INFINITY);
        Bytes sum = output(new G1Add(), point, ONE);
        assertThat(output(new G1Add(), sum, opposite)).isEqualTo(ONE);
        refused(new G1Msm(), Bytes.concatenate(point, word(BigInteger.TWO)));
        refused(new PairingCheck(), Bytes.concatenate(opposite, TWIST_ONE));
        Fp2.Element four = new Fp2.Element(BigInteger.valueOf(4), BigInteger.valueOf(4));
        assertThat(Fp2.FIELD.root(four)).isNull();
    }

    @Test
    void sumsDoNotLookAtTheGroupAndAllElseDoes() throws InvalidPoint {
        Affine<BigInteger> outside = FieldMaps.TO_CURVE.map(number());
        Bytes point = Bytes.concatenate(padded(outside.x()), padded(outside.y()));
        assertThat(output(new G1Add(), point, INFINITY)).isEqualTo(point);
        refused(new G1Msm(), Bytes.concatenate(point, word(BigInteger.ZERO)));
        refused(new PairingCheck(), Bytes.concatenate(point, TWIST_INFINITY));
        Affine<Fp2.Element> twisted = FieldMaps.TO_TWIST.map(new Fp2.Element(number(), number()));
        Bytes other =
                Bytes.concatenate(
                        padded(twisted.x().c0()),
                        padded(twisted.x().c1()),
                        padded(twisted.y().c0()),
                        padded(twisted.y().c1()));
        assertThat(output(new G2Add(), other, TWIST_INFINITY)).isEqualTo(other);
        refused(new G2Msm(), Bytes.concatenate(other, word(BigInteger.ZERO)));
        refused(new PairingCheck(), Bytes.concatenate(INFINITY, other));
    }

    @Test
    void numbersAreBelowTheModulusAndPaddedWithZeros() {
        Bytes modulus = padded(Fp.MODULUS);
        Bytes flagged = padded(BigInteger.ONE.shiftLeft(383));
        Bytes dirty = padded(BigInteger.ONE.shiftLeft(384));
        for (Bytes bad : new Bytes[] {modulus, flagged, dirty}) {
            refused(new MapFpToG1(), bad);
            refused(new MapFp2ToG2(), Bytes.concatenate(padded(BigInteger.ONE), bad));
            refused(new G1Add(), Bytes.concatenate(bad, padded(BigInteger.ZERO), ONE));
            refused(new G1Add(), Bytes.concatenate(ONE, padded(BigInteger.ZERO), bad));
        }
        assertThat(output(new MapFpToG1(), padded(Fp.MODULUS.subtract(BigInteger.ONE))))
                .isNotNull();
    }

    @Test
    void sizesAreExact() {
        for (Precompile body :
                new Precompile[] {
                    new G1Add(),
                    new G1Msm(),
                    new G2Add(),
                    new G2Msm(),
                    new PairingCheck(),
                    new MapFpToG1(),
                    new MapFp2ToG2()
                }) {
            for (int size : new int[] {0, 1, 63, 65, 127, 129, 255, 257, 511, 513}) {
                refused(body, Bytes.wrap(new byte[size]));
            }
        }
    }

    private static P2 mappedOutsideOfTheGroup(Fp2.Element u) {
        Affine<Fp2.Element> p = FieldMaps.TO_TWIST.map(u);
        byte[] bytes = new byte[192];
        write(p.x().c1(), bytes, 48);
        write(p.x().c0(), bytes, 96);
        write(p.y().c1(), bytes, 144);
        write(p.y().c0(), bytes, 192);
        P2 point = new P2(bytes);
        assertThat(point.in_group()).isFalse();
        return point;
    }

    private static Bytes encode(P1 point) {
        Bytes plain = Bytes.wrap(point.serialize());
        return point.is_inf() ? INFINITY : Bytes.concatenate(padded(plain, 0), padded(plain, 1));
    }

    /** The library writes the second coefficient first. */
    private static Bytes encode(P2 point) {
        Bytes plain = Bytes.wrap(point.serialize());
        return point.is_inf()
                ? TWIST_INFINITY
                : Bytes.concatenate(
                        padded(plain, 1), padded(plain, 0), padded(plain, 3), padded(plain, 2));
    }

    private static Bytes padded(Bytes plain, int number) {
        return padded(plain.slice(48 * number, 48).toUnsignedBigInteger());
    }

    /** Big-endian up to this place. */
    private static void write(BigInteger value, byte[] bytes, int end) {
        byte[] digits = value.toByteArray();
        System.arraycopy(digits, 0, bytes, end - digits.length, digits.length);
    }

    private BigInteger number() {
        byte[] bytes = new byte[60];
        random.nextBytes(bytes);
        return new BigInteger(1, bytes).mod(Fp.MODULUS);
    }

    private static Bytes padded(BigInteger value) {
        byte[] bytes = new byte[Coordinate.BYTES];
        write(value, bytes, bytes.length);
        return Bytes.wrap(bytes);
    }

    private static Bytes word(BigInteger value) {
        return UInt256.valueOf(value).toBytes();
    }

    private static void refused(Precompile body, Bytes input) {
        assertThat(body.run(input, CONTEXT))
                .as("%s of %d bytes", body.getClass().getSimpleName(), input.size())
                .isInstanceOf(PrecompileResult.Failed.class);
    }

    private static Bytes output(Precompile body, Bytes... parts) {
        PrecompileResult result = body.run(Bytes.concatenate(parts), CONTEXT);
        return ((PrecompileResult.Output) result).bytes();
    }
}
