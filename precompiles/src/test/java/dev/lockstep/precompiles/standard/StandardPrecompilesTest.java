package dev.lockstep.precompiles.standard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StandardPrecompilesTest {
    @ParameterizedTest
    @CsvSource({
        "1, FRONTIER, ECRECOVER",
        "2, FRONTIER, SHA256",
        "3, FRONTIER, RIPEMD160",
        "4, FRONTIER, IDENTITY",
        "5, BYZANTIUM, MODEXP",
        "6, BYZANTIUM, ECADD",
        "7, BYZANTIUM, ECMUL",
        "8, BYZANTIUM, ECPAIRING",
        "9, ISTANBUL, BLAKE2F",
        "10, CANCUN, POINT_EVALUATION",
        "11, PRAGUE, BLS12_G1ADD",
        "12, PRAGUE, BLS12_G1MSM",
        "13, PRAGUE, BLS12_G2ADD",
        "14, PRAGUE, BLS12_G2MSM",
        "15, PRAGUE, BLS12_PAIRING_CHECK",
        "16, PRAGUE, BLS12_MAP_FP_TO_G1",
        "17, PRAGUE, BLS12_MAP_FP2_TO_G2",
        "256, OSAKA, P256VERIFY",
    })
    void eachIsThereFromItsForkOn(long address, Fork since, String name) {
        var table = LockstepPrecompiles.standard();
        for (Fork fork : Fork.values()) {
            var row = table.at(Address.ofNumber(address), fork);
            if (fork.isAtLeast(since)) {
                assertThat(row).isNotNull();
                assertThat(row.name()).isEqualTo(name);
            } else {
                assertThat(row).isNull();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 60, 600, 15", "1, 72, 720, 18", "32, 72, 720, 18", "33, 84, 840, 21"})
    void hashesAndCopiesArePricedByTheWord(int size, long sha256, long ripemd160, long identity) {
        Bytes input = Bytes.wrap(new byte[size]);
        assertThat(quote(new Sha256(), Fork.OSAKA, input)).isEqualTo(sha256);
        assertThat(quote(new Ripemd160(), Fork.OSAKA, input)).isEqualTo(ripemd160);
        assertThat(quote(new Identity(), Fork.OSAKA, input)).isEqualTo(identity);
    }

    @Test
    void hashesOfAbcAreThoseOfTheStandards() {
        Bytes abc = Bytes.wrap("abc".getBytes(StandardCharsets.US_ASCII));
        assertThat(output(new Sha256(), abc).toUnprefixedHexString())
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(output(new Ripemd160(), abc).toUnprefixedHexString())
                .isEqualTo("000000000000000000000000" + "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
        assertThat(output(new Identity(), abc)).isEqualTo(abc);
    }

    @Test
    void shortInputIsPaddedWithZeros() {
        assertThat(output(new EcRecover(), Bytes.EMPTY)).isEqualTo(Bytes.EMPTY);
        assertThat(output(new EcRecover(), Bytes.of(1, 2, 3))).isEqualTo(Bytes.EMPTY);
        // 3^(0xff00) mod 0x8000…: the exponent's second byte and the modulus are cut off.
        Bytes cut = Bytes.concatenate(word(1), word(2), word(1), Bytes.of(3, 0xff));
        assertThat(output(new ModExp(), cut)).isEqualTo(Bytes.of(0));
    }

    @Test
    void identityDoesNotShareItsInput() {
        byte[] memory = {1, 2, 3};
        Bytes copy = output(new Identity(), Bytes.wrap(memory));
        memory[0] = 9;
        assertThat(copy).isEqualTo(Bytes.of(1, 2, 3));
    }

    @Test
    void modExpOfNothingIsNothingWhateverTheExponentsLength() {
        Bytes input = Bytes.concatenate(word(0), UInt256.MAX_VALUE.toBytes(), word(0));
        assertThat(quote(new ModExp(), Fork.BYZANTIUM, input)).isZero();
        assertThat(new ModExp().run(input, Vectors.at(Fork.BYZANTIUM)))
                .isEqualTo(new PrecompileResult.Output(Bytes.EMPTY));
        assertThat(quote(new ModExp(), Fork.BERLIN, input)).isEqualTo(200);
        assertThat(new ModExp().run(input, Vectors.at(Fork.OSAKA)))
                .isInstanceOf(PrecompileResult.Failed.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 32, 64})
    void modExpRefusesLengthsOver1024FromOsakaOn(int at) {
        byte[] header = new byte[96];
        header[31] = 1;
        header[63] = 1;
        header[95] = 1;
        header[at + 30] = 4; // 1,024 with the last byte zero
        header[at + 31] = 0;
        ModExp body = new ModExp();
        assertThat(body.run(Bytes.wrap(header), Vectors.at(Fork.OSAKA)))
                .isInstanceOf(PrecompileResult.Output.class);
        header[at + 31] = 1;
        assertThat(body.run(Bytes.wrap(header), Vectors.at(Fork.OSAKA)))
                .isEqualTo(new PrecompileResult.Failed("a length of 1025 bytes, at most 1024"));
        assertThat(body.run(Bytes.wrap(header), Vectors.at(Fork.PRAGUE)))
                .isInstanceOf(PrecompileResult.Output.class);
    }

    @Test
    void modExpNeverQuotesMoreThanALong() {
        Bytes max = UInt256.MAX_VALUE.toBytes();
        for (Fork fork : new Fork[] {Fork.BYZANTIUM, Fork.BERLIN, Fork.OSAKA}) {
            assertThat(quote(new ModExp(), fork, Bytes.concatenate(max, max, max)))
                    .isEqualTo(Long.MAX_VALUE);
        }
    }

    @Test
    void modExpOfShortAndLongExponentsAgreesWithTheJdk() {
        long seed = 715;
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (int i = 0; i < 300; i++) {
            byte[] base = bytes(random, random.nextInt(80));
            byte[] exponent = bytes(random, random.nextInt(18));
            byte[] modulus = bytes(random, 1 + random.nextInt(60));
            modulus[modulus.length - 1] &= (byte) (i % 3 == 0 ? 0xff : 0xfe);
            BigInteger m = new BigInteger(1, modulus);
            if (m.signum() == 0) continue;
            Bytes input =
                    Bytes.concatenate(
                            word(base.length),
                            word(exponent.length),
                            word(modulus.length),
                            Bytes.wrap(base),
                            Bytes.wrap(exponent),
                            Bytes.wrap(modulus));
            assertThat(output(new ModExp(), input).toUnsignedBigInteger())
                    .as("seed %d, case %d", seed, i)
                    .isEqualTo(new BigInteger(1, base).modPow(new BigInteger(1, exponent), m));
        }
    }

    @Test
    void modExpAgreesWithRepeatedMultiplication() {
        long seed = 20261121;
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (int i = 0; i < 300; i++) {
            byte[] base = bytes(random, random.nextInt(40));
            byte[] modulus = bytes(random, 1 + random.nextInt(40));
            int exponent = random.nextInt(64);
            BigInteger m = new BigInteger(1, modulus);
            BigInteger expected = BigInteger.ONE;
            for (int k = 0; k < exponent; k++) {
                expected = expected.multiply(new BigInteger(1, base));
            }
            expected = m.signum() == 0 ? BigInteger.ZERO : expected.mod(m);
            Bytes input =
                    Bytes.concatenate(
                            word(base.length),
                            word(1),
                            word(modulus.length),
                            Bytes.wrap(base),
                            Bytes.of(exponent),
                            Bytes.wrap(modulus));
            Bytes output = output(new ModExp(), input);
            assertThat(output.size()).as("seed %d, case %d", seed, i).isEqualTo(modulus.length);
            assertThat(output.toUnsignedBigInteger())
                    .as("seed %d, case %d", seed, i)
                    .isEqualTo(expected);
        }
    }

    @Test
    void anyInputGetsAnAnswer() {
        long seed = 7;
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (var row : LockstepPrecompiles.standard().rows()) {
            for (int i = 0; i < 200; i++) {
                Bytes input = Bytes.wrap(bytes(random, random.nextInt(250)));
                long gas = row.body().quote(input, Vectors.at(Fork.OSAKA));
                assertThat(gas).as("%s, seed %d, case %d", row.name(), seed, i).isNotNegative();
                if (gas > 1_000_000) continue;
                assertThat(row.body().run(input, Vectors.at(Fork.OSAKA)))
                        .as("%s, seed %d, case %d", row.name(), seed, i)
                        .isNotNull();
            }
        }
    }

    @Test
    void p256AnswersNothingToInputOfAnotherSize() {
        assertThat(output(new P256Verify(), Bytes.wrap(new byte[159]))).isEqualTo(Bytes.EMPTY);
        assertThat(output(new P256Verify(), Bytes.wrap(new byte[161]))).isEqualTo(Bytes.EMPTY);
        assertThat(output(new P256Verify(), Bytes.wrap(new byte[160]))).isEqualTo(Bytes.EMPTY);
    }

    private static byte[] bytes(RandomGenerator random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static Bytes word(long value) {
        return UInt256.valueOf(value).toBytes();
    }

    private static long quote(Precompile body, Fork fork, Bytes input) {
        return body.quote(input, Vectors.at(fork));
    }

    private static Bytes output(Precompile body, Bytes input) {
        return ((PrecompileResult.Output) body.run(input, Vectors.at(Fork.OSAKA))).bytes();
    }
}
