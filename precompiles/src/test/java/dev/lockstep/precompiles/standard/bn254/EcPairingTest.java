package dev.lockstep.precompiles.standard.bn254;

import static dev.lockstep.precompiles.standard.bn254.ReferenceTwist.COFACTOR;
import static dev.lockstep.precompiles.standard.bn254.ReferenceTwist.GENERATOR;
import static dev.lockstep.precompiles.standard.bn254.ReferenceTwist.ORDER;
import static dev.lockstep.precompiles.standard.bn254.ReferenceTwist.word;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import java.math.BigInteger;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EcPairingTest {
    private static final long SEED = 254;
    private static final Bytes ONE_POINT = Bytes.concatenate(number(1), number(2));
    private static final Bytes INFINITY = Bytes.wrap(new byte[64]);
    private static final Bytes TWIST_INFINITY = Bytes.wrap(new byte[128]);

    private final RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);

    @ParameterizedTest
    @CsvSource({
        "BYZANTIUM, 500, 40000, 100000, 260000",
        "PETERSBURG, 500, 40000, 100000, 260000",
        "ISTANBUL, 150, 6000, 45000, 113000",
        "OSAKA, 150, 6000, 45000, 113000",
    })
    void pricesFollowTheFork(Fork fork, long add, long mul, long none, long two) {
        PrecompileContext context = at(fork);
        assertThat(new EcAdd().quote(Bytes.EMPTY, context)).isEqualTo(add);
        assertThat(new EcMul().quote(Bytes.EMPTY, context)).isEqualTo(mul);
        assertThat(new EcPairing().quote(Bytes.EMPTY, context)).isEqualTo(none);
        assertThat(new EcPairing().quote(Bytes.wrap(new byte[384]), context)).isEqualTo(two);
    }

    @Test
    void multiplesAreRepeatedSums() {
        Bytes sum = INFINITY;
        for (int i = 0; i < 40; i++) {
            assertThat(times(ONE_POINT, BigInteger.valueOf(i))).as("factor %d", i).isEqualTo(sum);
            sum = output(new EcAdd(), sum, ONE_POINT);
        }
        assertThat(times(ONE_POINT, ORDER)).isEqualTo(INFINITY);
        assertThat(times(ONE_POINT, ORDER.add(BigInteger.ONE))).isEqualTo(ONE_POINT);
        Bytes opposite = times(ONE_POINT, ORDER.subtract(BigInteger.ONE));
        assertThat(output(new EcAdd(), ONE_POINT, opposite)).isEqualTo(INFINITY);
    }

    @Test
    void multiplesOfSumsAreSumsOfMultiples() {
        for (int i = 0; i < 20; i++) {
            BigInteger a = ReferenceTwist.number(random);
            BigInteger b = ReferenceTwist.number(random);
            Bytes sum = output(new EcAdd(), times(ONE_POINT, a), times(ONE_POINT, b));
            assertThat(sum)
                    .as("seed %d, case %d", SEED, i)
                    .isEqualTo(times(ONE_POINT, a.add(b).mod(ORDER)));
        }
    }

    @Test
    void pairingIsBilinear() {
        for (int i = 0; i < 5; i++) {
            BigInteger a = ReferenceTwist.number(random);
            BigInteger b = ReferenceTwist.number(random);
            Bytes p = times(ONE_POINT, a);
            Bytes q = ReferenceTwist.times(GENERATOR, b).encoded();
            BigInteger minus = a.multiply(b).negate().mod(ORDER);
            Bytes balance = times(ONE_POINT, minus);
            assertThat(product(p, q, balance, GENERATOR.encoded()))
                    .as("seed %d, case %d", SEED, i)
                    .isEqualTo(number(1));
            Bytes off = output(new EcAdd(), balance, ONE_POINT);
            assertThat(product(p, q, off, GENERATOR.encoded()))
                    .as("seed %d, case %d", SEED, i)
                    .isEqualTo(number(0));
        }
    }

    @Test
    void productsWithPointsAtInfinityAreOne() {
        assertThat(output(new EcPairing())).isEqualTo(number(1));
        assertThat(product(INFINITY, TWIST_INFINITY)).isEqualTo(number(1));
        assertThat(product(ONE_POINT, TWIST_INFINITY)).isEqualTo(number(1));
        assertThat(product(INFINITY, GENERATOR.encoded())).isEqualTo(number(1));
        assertThat(product(ONE_POINT, GENERATOR.encoded())).isEqualTo(number(0));
    }

    /** The check is a by-product of the pairing's own loop; here against multiplication by r. */
    @Test
    void pointsOfTheTwistOutsideOfTheGroupAreRefused() {
        for (int i = 0; i < 5; i++) {
            ReferenceTwist.Point any = ReferenceTwist.random(random);
            assertThat(ReferenceTwist.times(any, ORDER)).isNotNull();
            refused(ONE_POINT, any.encoded());
            refused(INFINITY, any.encoded());
            Bytes cleared = ReferenceTwist.times(any, COFACTOR).encoded();
            assertThat(product(INFINITY, cleared)).isEqualTo(number(1));
        }
    }

    /** Points of small order meet themselves on the way. */
    @ParameterizedTest
    @ValueSource(longs = {10_069, 5_864_401, 10_069L * 5_864_401})
    void pointsOfSmallOrderAreRefused(long order) {
        BigInteger rest = COFACTOR.divide(BigInteger.valueOf(order)).multiply(ORDER);
        assertThat(COFACTOR.mod(BigInteger.valueOf(order))).isZero();
        for (int i = 0; i < 3; i++) {
            ReferenceTwist.Point small = ReferenceTwist.times(ReferenceTwist.random(random), rest);
            assertThat(small).isNotNull();
            refused(ONE_POINT, small.encoded());
            ReferenceTwist.Point mixed = ReferenceTwist.add(small, GENERATOR);
            refused(ONE_POINT, mixed.encoded());
        }
    }

    @Test
    void numbersAreBelowTheModulusAndPointsOnTheirCurve() {
        Bytes tooGreat = UInt256.valueOf(Fp.MODULUS).toBytes();
        refused(new EcAdd(), Bytes.concatenate(tooGreat, number(0)));
        refused(new EcAdd(), Bytes.concatenate(ONE_POINT, number(0), tooGreat));
        refused(new EcAdd(), Bytes.concatenate(number(1), number(1)));
        refused(new EcMul(), Bytes.concatenate(number(1), number(1), number(0)));
        refused(new EcMul(), Bytes.concatenate(tooGreat, tooGreat, number(0)));
        refused(ONE_POINT, Bytes.concatenate(Bytes.wrap(new byte[127]), Bytes.of(1)));
        refused(Bytes.concatenate(number(1), number(1)), TWIST_INFINITY);
        for (int i = 0; i < 4; i++) {
            BigInteger[] raw = new BigInteger[4];
            for (int k = 0; k < 4; k++) {
                raw[k] = GENERATOR.encoded().slice(32 * k, 32).toUnsignedBigInteger();
            }
            raw[i] = raw[i].add(Fp.MODULUS);
            refused(
                    ONE_POINT,
                    Bytes.concatenate(word(raw[0]), word(raw[1]), word(raw[2]), word(raw[3])));
        }
        refused(new EcPairing(), Bytes.wrap(new byte[191]));
        refused(new EcPairing(), Bytes.wrap(new byte[193]));
    }

    @Test
    void shortInputIsPaddedAndLongInputCut() {
        assertThat(output(new EcAdd())).isEqualTo(INFINITY);
        assertThat(output(new EcAdd(), ONE_POINT)).isEqualTo(ONE_POINT);
        assertThat(output(new EcAdd(), ONE_POINT, INFINITY, number(7))).isEqualTo(ONE_POINT);
        assertThat(output(new EcMul(), ONE_POINT)).isEqualTo(INFINITY);
        Bytes two = output(new EcMul(), ONE_POINT, Bytes.wrap(new byte[31]), Bytes.of(2, 9));
        assertThat(two).isEqualTo(output(new EcAdd(), ONE_POINT, ONE_POINT));
    }

    private static Bytes times(Bytes point, BigInteger factor) {
        return output(new EcMul(), point, word(factor));
    }

    private static Bytes product(Bytes... points) {
        return output(new EcPairing(), points);
    }

    private static void refused(Bytes p, Bytes q) {
        // A good pair before it makes no difference.
        refused(new EcPairing(), Bytes.concatenate(ONE_POINT, GENERATOR.encoded(), p, q));
    }

    private static void refused(Precompile body, Bytes input) {
        assertThat(body.run(input, at(Fork.OSAKA))).isInstanceOf(PrecompileResult.Failed.class);
    }

    private static Bytes output(Precompile body, Bytes... parts) {
        PrecompileResult result = body.run(Bytes.concatenate(parts), at(Fork.OSAKA));
        return ((PrecompileResult.Output) result).bytes();
    }

    private static Bytes number(long value) {
        return UInt256.valueOf(value).toBytes();
    }

    private static PrecompileContext at(Fork fork) {
        return new PrecompileContext(fork, Address.ofNumber(0xca11e4), false);
    }
}
