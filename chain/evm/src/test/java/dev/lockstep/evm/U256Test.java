package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** Every operator against BigInteger, on operands that like edges. */
final class U256Test {
    private static final long SEED = 20_261_121;
    private static final int TRIPLES = 6_000;
    private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);

    interface Operator {
        void run(long[] s, int sp);
    }

    interface Unary {
        BigInteger of(BigInteger x);
    }

    interface Binary {
        BigInteger of(BigInteger x, BigInteger y);
    }

    interface Ternary {
        BigInteger of(BigInteger x, BigInteger y, BigInteger z);
    }

    @Test
    void unaryOperatorsAgreeWithBigInteger() {
        Map<String, Map.Entry<Operator, Unary>> operators = new TreeMap<>();
        operators.put("ISZERO", Map.entry(U256::isZero, x -> bool(x.signum() == 0)));
        operators.put("NOT", Map.entry(U256::not, BigInteger::not));
        operators.put("CLZ", Map.entry(U256::clz, x -> BigInteger.valueOf(256 - x.bitLength())));
        operators.forEach(
                (name, pair) -> {
                    RandomGenerator random = random();
                    for (int i = 0; i < TRIPLES; i++) {
                        BigInteger x = operand(random);
                        long[] s = stack(x);
                        pair.getKey().run(s, 0);
                        check(name, wrap(pair.getValue().of(x)), read(s, 0), x);
                    }
                });
    }

    @Test
    void binaryOperatorsAgreeWithBigInteger() {
        Map<String, Map.Entry<Operator, Binary>> operators = new TreeMap<>();
        operators.put("ADD", Map.entry(U256::add, BigInteger::add));
        operators.put("SUB", Map.entry(U256::sub, BigInteger::subtract));
        operators.put("MUL", Map.entry(U256::mul, BigInteger::multiply));
        operators.put("DIV", Map.entry(Division::div, (x, y) -> orZero(y, () -> x.divide(y))));
        operators.put("MOD", Map.entry(Division::mod, (x, y) -> orZero(y, () -> x.mod(y))));
        operators.put(
                "SDIV",
                Map.entry(Division::sdiv, (x, y) -> orZero(y, () -> signed(x).divide(signed(y)))));
        operators.put(
                "SMOD",
                Map.entry(
                        Division::smod, (x, y) -> orZero(y, () -> signed(x).remainder(signed(y)))));
        operators.put("EXP", Map.entry(U256::exp, (x, y) -> x.modPow(y, MODULUS)));
        operators.put("LT", Map.entry(U256::lt, (x, y) -> bool(x.compareTo(y) < 0)));
        operators.put("GT", Map.entry(U256::gt, (x, y) -> bool(x.compareTo(y) > 0)));
        operators.put(
                "SLT", Map.entry(U256::slt, (x, y) -> bool(signed(x).compareTo(signed(y)) < 0)));
        operators.put(
                "SGT", Map.entry(U256::sgt, (x, y) -> bool(signed(x).compareTo(signed(y)) > 0)));
        operators.put("EQ", Map.entry(U256::eq, (x, y) -> bool(x.equals(y))));
        operators.put("AND", Map.entry(U256::and, BigInteger::and));
        operators.put("OR", Map.entry(U256::or, BigInteger::or));
        operators.put("XOR", Map.entry(U256::xor, BigInteger::xor));
        operators.put("BYTE", Map.entry(U256::byteAt, U256Test::byteAt));
        operators.put("SIGNEXTEND", Map.entry(U256::signExtend, U256Test::signExtend));
        operators.put("SHL", Map.entry(U256::shl, (x, y) -> y.shiftLeft(Math.min(256, small(x)))));
        operators.put("SHR", Map.entry(U256::shr, (x, y) -> y.shiftRight(Math.min(256, small(x)))));
        operators.put(
                "SAR",
                Map.entry(U256::sar, (x, y) -> signed(y).shiftRight(Math.min(256, small(x)))));
        operators.forEach(
                (name, pair) -> {
                    RandomGenerator random = random();
                    for (int i = 0; i < TRIPLES; i++) {
                        BigInteger x = operand(random);
                        BigInteger y = operand(random);
                        long[] s = stack(y, x);
                        pair.getKey().run(s, 4);
                        check(name, wrap(pair.getValue().of(x, y)), read(s, 0), x, y);
                    }
                });
    }

    @Test
    void ternaryOperatorsAgreeWithBigInteger() {
        Map<String, Map.Entry<Operator, Ternary>> operators = new TreeMap<>();
        operators.put(
                "ADDMOD",
                Map.entry(Division::addMod, (x, y, z) -> orZero(z, () -> x.add(y).mod(z))));
        operators.put(
                "MULMOD",
                Map.entry(Division::mulMod, (x, y, z) -> orZero(z, () -> x.multiply(y).mod(z))));
        operators.forEach(
                (name, pair) -> {
                    RandomGenerator random = random();
                    for (int i = 0; i < 4 * TRIPLES; i++) {
                        BigInteger x = operand(random);
                        BigInteger y = operand(random);
                        BigInteger z = operand(random);
                        long[] s = stack(z, y, x);
                        pair.getKey().run(s, 8);
                        check(name, wrap(pair.getValue().of(x, y, z)), read(s, 0), x, y, z);
                    }
                });
    }

    @Test
    void divisionsThatNeedTheAddBackStepAreExact() {
        // Digits of all ones and single bits make the estimate of a quotient digit too large.
        BigInteger[] edges = {
            BigInteger.ONE.shiftLeft(255),
            BigInteger.ONE.shiftLeft(192).subtract(BigInteger.ONE),
            BigInteger.ONE.shiftLeft(191),
            BigInteger.ONE.shiftLeft(128).add(BigInteger.ONE),
            BigInteger.ONE.shiftLeft(127).add(BigInteger.ONE),
            MODULUS.subtract(BigInteger.ONE),
            MODULUS.subtract(BigInteger.ONE.shiftLeft(64)),
            BigInteger.ONE.shiftLeft(255).add(BigInteger.ONE.shiftLeft(64)),
            BigInteger.TWO,
            BigInteger.ONE.shiftLeft(63),
            BigInteger.ONE.shiftLeft(64)
        };
        for (BigInteger x : edges) {
            for (BigInteger y : edges) {
                for (BigInteger z : edges) {
                    long[] s = stack(z, y, x);
                    Division.mulMod(s, 8);
                    check("MULMOD", x.multiply(y).mod(z), read(s, 0), x, y, z);
                }
                long[] s = stack(y, x);
                Division.div(s, 4);
                check("DIV", x.divide(y), read(s, 0), x, y);
            }
        }
    }

    @Test
    void bytesRoundTrip() {
        RandomGenerator random = random();
        for (int i = 0; i < TRIPLES; i++) {
            BigInteger x = operand(random);
            byte[] bytes = new byte[40];
            long[] s = stack(x);
            U256.store(s, 0, bytes, 3);
            long[] back = stack(BigInteger.ZERO);
            U256.load(back, 0, bytes, 3);
            check("load", x, read(back, 0), x);
            int size = 1 + random.nextInt(32);
            U256.load(back, 0, bytes, 3, size);
            check("load " + size, x.shiftRight(8 * (32 - size)), read(back, 0), x);
            assertThat(Word.at(s, 0).toUInt256().toBigInteger()).isEqualTo(x);
            assertThat(Word.of(Word.at(s, 0).toUInt256())).isEqualTo(Word.at(s, 0));
            U256.set(back, 0, U256.toAddress(s, 0));
            check("address", x.mod(BigInteger.ONE.shiftLeft(160)), read(back, 0), x);
        }
    }

    private static void check(
            String name, BigInteger expected, BigInteger actual, BigInteger... operands) {
        if (expected.equals(actual)) return;
        StringBuilder text = new StringBuilder(name + ", seed " + SEED);
        for (BigInteger operand : operands) text.append(" 0x").append(operand.toString(16));
        assertThat(actual.toString(16)).as(text.toString()).isEqualTo(expected.toString(16));
    }

    private static RandomGenerator random() {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    }

    /** Of any width, with runs of ones and zeros more often than chance gives them. */
    private static BigInteger operand(RandomGenerator random) {
        int width = random.nextInt(257);
        BigInteger value =
                switch (random.nextInt(6)) {
                    case 0 -> BigInteger.ONE.shiftLeft(width);
                    case 1 -> BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
                    case 2 -> MODULUS.subtract(BigInteger.ONE.shiftLeft(width));
                    case 3 -> BigInteger.valueOf(random.nextInt(300));
                    default -> {
                        byte[] bytes = new byte[32];
                        for (int i = 0; i < 32; i++) {
                            bytes[i] =
                                    (byte)
                                            switch (random.nextInt(4)) {
                                                case 0 -> 0;
                                                case 1 -> 0xff;
                                                default -> random.nextInt(256);
                                            };
                        }
                        yield new BigInteger(1, bytes).shiftRight(256 - width);
                    }
                };
        return value.mod(MODULUS);
    }

    private static long[] stack(BigInteger... words) {
        long[] s = new long[4 * words.length + U256.SLACK];
        for (int i = 0; i < words.length; i++) {
            for (int limb = 0; limb < 4; limb++) {
                s[4 * i + limb] = words[i].shiftRight(64 * limb).longValue();
            }
        }
        return s;
    }

    private static BigInteger read(long[] s, int at) {
        BigInteger value = BigInteger.ZERO;
        for (int limb = 3; limb >= 0; limb--) {
            value = value.shiftLeft(64).or(new BigInteger(Long.toUnsignedString(s[at + limb])));
        }
        return value;
    }

    private static BigInteger wrap(BigInteger value) {
        return value.mod(MODULUS);
    }

    private static BigInteger signed(BigInteger value) {
        return value.testBit(255) ? value.subtract(MODULUS) : value;
    }

    private static BigInteger bool(boolean value) {
        return value ? BigInteger.ONE : BigInteger.ZERO;
    }

    private static BigInteger orZero(
            BigInteger divisor, java.util.function.Supplier<BigInteger> value) {
        return divisor.signum() == 0 ? BigInteger.ZERO : value.get();
    }

    private static int small(BigInteger value) {
        return value.bitLength() > 16 ? 1 << 16 : value.intValue();
    }

    private static BigInteger byteAt(BigInteger index, BigInteger value) {
        return small(index) >= 32
                ? BigInteger.ZERO
                : value.shiftRight(8 * (31 - small(index))).and(BigInteger.valueOf(0xff));
    }

    private static BigInteger signExtend(BigInteger index, BigInteger value) {
        if (small(index) >= 31) return value;
        int bits = 8 * (small(index) + 1);
        BigInteger low = value.mod(BigInteger.ONE.shiftLeft(bits));
        return low.testBit(bits - 1) ? low.subtract(BigInteger.ONE.shiftLeft(bits)) : low;
    }
}
