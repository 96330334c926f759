package dev.lockstep.precompiles.inference;

import static dev.lockstep.precompiles.inference.TestModels.CONTEXT;
import static dev.lockstep.precompiles.inference.TestModels.MIRROR;
import static dev.lockstep.precompiles.inference.TestModels.PAIR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.PrecompileResult;
import java.math.BigInteger;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.MutableBytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InferenceCodecTest {
    private static final byte[] ID = Calls.id(MIRROR);
    private static final Bytes INFER = Calls.infer(ID, (byte) 1, (byte) 2, (byte) 3, (byte) 4);
    private static final Bytes INTS = Calls.inferInts(ID, 1, 2, 3, 4);
    private static final Bytes DECIMALS = Calls.inferDecimals(ID, 18, 1, 2, 3, 4);
    private static final List<Bytes> VALID =
            List.of(INFER, INTS, DECIMALS, Calls.quote(ID), Calls.describe(ID));

    @Test
    void selectorsAreThoseOfTheInterface() {
        for (Bytes input : VALID) assertThat(InferenceCodec.decode(input)).isNotNull();
        assertThat(InferenceCodec.decode(Calls.quote(ID)))
                .isEqualTo(new Request.Quote(dev.lockstep.types.Hash.of(Bytes.wrap(ID))));
    }

    @Test
    void whatIsCutShortAnywhereIsRefused() {
        for (Bytes input : VALID) {
            for (int size = 0; size < input.size(); size++) {
                assertThat(InferenceCodec.decode(input.slice(0, size)))
                        .as("%d bytes of %s", size, input)
                        .isNull();
            }
        }
    }

    @Test
    void whatIsLongerIsRefused() {
        for (Bytes input : VALID) {
            for (int extra : new int[] {1, 31, 32, 64}) {
                Bytes longer = Bytes.concatenate(input, Bytes.wrap(new byte[extra]));
                assertThat(InferenceCodec.decode(longer)).isNull();
            }
        }
    }

    /** Word 1 is the offset; the length is in word 2, or in word 3 behind the decimals. */
    @ParameterizedTest
    @CsvSource({
        "1, 0x20",
        "1, 0x41",
        "1, 0x3f",
        "1, 0x60",
        "1, 0x80",
        "1, 0x8000000000000000000000000000000000000000000000000000000000000040",
        "1, 0x100000040",
        "1, 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "2, 0x03",
        "2, 0x05",
        "2, 0x24",
        "2, 0x7fffffff",
        "2, 0x80000000",
        "2, 0x100000004",
        "2, 0x8000000000000000000000000000000000000000000000000000000000000004",
        "2, 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    })
    void onlyTheOneOffsetAndTheOneLengthAreTaken(int place, String hex) {
        Bytes word = UInt256.fromHexString(hex).toBytes();
        assertThat(InferenceCodec.decode(with(INTS, place, word))).isNull();
        // Three and five bytes stand in one word just as four do.
        boolean isOneWord = place == 2 && (hex.equals("0x03") || hex.equals("0x05"));
        if (!isOneWord) assertThat(InferenceCodec.decode(with(INFER, place, word))).isNull();
        if (hex.equals("0x60")) return; // where the array stands behind three words
        int shifted = place == 2 ? 3 : place;
        assertThat(InferenceCodec.decode(with(DECIMALS, shifted, word))).isNull();
    }

    @Test
    void paddingIsZero() {
        for (int at = INFER.size() - 28; at < INFER.size(); at++) {
            MutableBytes dirty = INFER.mutableCopy();
            dirty.set(at, (byte) 1);
            assertThat(InferenceCodec.decode(dirty)).as("byte %d", at).isNull();
        }
        Bytes three = UInt256.valueOf(3).toBytes();
        assertThat(InferenceCodec.decode(with(INFER, 2, three))).isNull();
    }

    @ParameterizedTest
    @CsvSource({"0, true", "77, true", "78, false", "255, false", "256, false", "334, false"})
    void decimalsAreAByteUpTo77(int decimals, boolean isTaken) {
        Bytes input = with(DECIMALS, 2, UInt256.valueOf(decimals).toBytes());
        assertThat(InferenceCodec.decode(input) != null).isEqualTo(isTaken);
    }

    @Test
    void aFullWordOfRawInputHasNoPadding() {
        assertThat(InferenceCodec.decode(Calls.infer(ID, new byte[32]))).isNotNull();
        assertThat(InferenceCodec.decode(Calls.infer(ID, new byte[64]))).isNotNull();
        assertThat(InferenceCodec.decode(Calls.infer(ID))).isNotNull();
    }

    /**
     * Whatever is done to a call: there is a price and an answer, twice the same; and what is taken
     * is exactly what an encoder writes for it.
     */
    @Test
    void mutatedCallsGetAnAnswerAndOneEncodingStandsForOneValue() {
        long seed = 20261121;
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        var inference =
                new InferencePrecompile(
                        ModelCatalog.of(List.of(MIRROR, PAIR), 1_000),
                        new InferenceMemo(InferenceMemo.Size.NORMAL));
        int taken = 0;
        for (int i = 0; i < 30_000; i++) {
            Bytes input = mutated(VALID.get(random.nextInt(VALID.size())), random);
            String place = "seed " + seed + ", case " + i + ": " + input;
            assertThat(inference.quote(input, CONTEXT)).as(place).isPositive();
            PrecompileResult result = inference.run(input, CONTEXT);
            assertThat(inference.run(input, CONTEXT)).as(place).isEqualTo(result);
            assertThat(result).as(place).isNotInstanceOf(PrecompileResult.Failed.class);
            Request request = InferenceCodec.decode(input);
            if (request == null) continue;
            taken++;
            assertThat(encoded(request)).as(place).isEqualTo(input);
        }
        assertThat(taken).isGreaterThan(1_000);
    }

    private static Bytes mutated(Bytes input, RandomGenerator random) {
        MutableBytes bytes = input.mutableCopy();
        for (int changes = random.nextInt(3); changes >= 0; changes--) {
            int at = random.nextInt(bytes.size());
            switch (random.nextInt(5)) {
                case 0 -> bytes.set(at, (byte) random.nextInt());
                case 1 -> bytes.set(at, (byte) (bytes.get(at) ^ 1 << random.nextInt(8)));
                case 2 -> bytes.setInt(Math.min(at, bytes.size() - 4), random.nextInt());
                case 3 -> {
                    int word = 4 + at / 32 * 32;
                    if (word + 32 <= bytes.size()) {
                        bytes.set(word + 31, (byte) random.nextInt(0, 129));
                    }
                }
                default -> {
                    int size = Math.max(4, bytes.size() - 40 + random.nextInt(80));
                    MutableBytes other = MutableBytes.create(size);
                    bytes.slice(0, Math.min(size, bytes.size())).copyTo(other, 0);
                    bytes = other;
                }
            }
        }
        return bytes;
    }

    private static Bytes encoded(Request request) {
        byte[] id = request.model().bytes().toArray();
        return switch (request) {
            case Request.Infer(_, Bytes raw) -> Calls.infer(id, raw.toArray());
            case Request.InferInts(_, Bytes words) -> Calls.inferInts(id, numbers(words));
            case Request.InferDecimals(_, Bytes words, int decimals) ->
                    Calls.inferDecimals(id, decimals, numbers(words));
            case Request.Quote _ -> Calls.quote(id);
            case Request.Describe _ -> Calls.describe(id);
        };
    }

    private static BigInteger[] numbers(Bytes words) {
        BigInteger[] numbers = new BigInteger[words.size() / 32];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = words.slice(32 * i, 32).toBigInteger();
        }
        return numbers;
    }

    /** The call data with another word at {@code place} of its arguments. */
    private static Bytes with(Bytes input, int place, Bytes word) {
        MutableBytes bytes = input.mutableCopy();
        word.copyTo(bytes, 4 + 32 * place);
        return bytes;
    }
}
