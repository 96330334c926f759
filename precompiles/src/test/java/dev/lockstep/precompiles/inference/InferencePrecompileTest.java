package dev.lockstep.precompiles.inference;

import static dev.lockstep.precompiles.inference.TestModels.CONTEXT;
import static dev.lockstep.precompiles.inference.TestModels.MIRROR;
import static dev.lockstep.precompiles.inference.TestModels.PAIR;
import static dev.lockstep.precompiles.inference.TestModels.QUARTER_MIRROR;
import static org.assertj.core.api.Assertions.assertThat;

import com.esaulpaugh.headlong.abi.Single;
import com.esaulpaugh.headlong.abi.Tuple;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.ModelCall;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Quantization;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import java.math.BigInteger;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InferencePrecompileTest {
    private static final List<Model> MODELS = List.of(MIRROR, QUARTER_MIRROR, PAIR);

    private final ModelCatalog catalog = ModelCatalog.of(MODELS, 1_000);
    private final InferencePrecompile inference =
            new InferencePrecompile(catalog, new InferenceMemo(InferenceMemo.Size.NORMAL));

    @Test
    void standsInTheTableBesideTheStandardOnes() {
        var table = LockstepPrecompiles.with(catalog, new InferenceMemo(InferenceMemo.Size.OFF));
        var row = table.at(LockstepPrecompiles.INFERENCE, Fork.OSAKA);
        assertThat(row).isNotNull();
        assertThat(row.name()).isEqualTo("INFERENCE");
        assertThat(table.rows()).hasSize(LockstepPrecompiles.standard().rows().size() + 1);
    }

    @Test
    void inferTakesAndGivesRawElements() {
        Bytes result =
                output(Calls.infer(Calls.id(MIRROR), (byte) 1, (byte) -2, (byte) 127, (byte) -128));
        assertThat(Calls.rawOutput(result)).isEqualTo(Bytes.of(0x80, 127, 0xfe, 1));
    }

    @Test
    void inferIntsTakesAndGivesNumbers() {
        Bytes result = output(Calls.inferInts(Calls.id(MIRROR), 1, -2, 127, -128));
        assertThat(Calls.numbersOutput(result)).isEqualTo(Calls.numbers(-128, 127, -2, 1));
    }

    @Test
    void tensorsOfDifferentWidthsFollowOneAnother() {
        Bytes raw = Bytes.fromHexString("0x649c" + "7fff8001fffe");
        Bytes result = output(Calls.infer(Calls.id(PAIR), raw.toArray()));
        assertThat(Calls.rawOutput(result))
                .isEqualTo(Bytes.fromHexString("0xfffffffeffff800100007fff" + "9c64"));
        Bytes ints = output(Calls.inferInts(Calls.id(PAIR), 100, -100, 32767, -32767, -2));
        assertThat(Calls.numbersOutput(ints))
                .isEqualTo(Calls.numbers(-2, -32767, 32767, -100, 100));
    }

    /** In quarters with two decimals: 25 is the integer 1. */
    @Test
    void inferDecimalsTakesAndGivesRealNumbers() {
        Bytes result =
                output(Calls.inferDecimals(Calls.id(QUARTER_MIRROR), 2, 25, -100, 3175, -3200));
        assertThat(Calls.numbersOutput(result)).isEqualTo(Calls.numbers(-3200, 3175, -100, 25));
    }

    @ParameterizedTest
    @CsvSource({
        // 0.125 lies half-way between 0 and 0.25, 0.375 between 0.25 and 0.5: to the even integer.
        "3, 125, 0",
        "3, 126, 250",
        "3, 124, 0",
        "3, 375, 500",
        "3, 374, 250",
        "3, 625, 500",
        "3, -125, 0",
        "3, -126, -250",
        "3, -375, -500",
        "3, -625, -500",
        "0, 31, 31",
        "0, -32, -32",
    })
    void decimalsRoundHalfToEvenIntoTheModel(int decimals, long mantissa, long back) {
        Bytes result =
                output(Calls.inferDecimals(Calls.id(QUARTER_MIRROR), decimals, mantissa, 0, 0, 0));
        assertThat(Calls.numbersOutput(result)[3]).isEqualTo(BigInteger.valueOf(back));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0", "2, 0", "3, 1", "5, 1", "6, 2", "7, 2", "-1, 0", "-2, 0", "-3, -1", "-6, -2"
    })
    void decimalsRoundHalfToEvenOutOfTheModel(int quarters, long expected) {
        // Halves and quarters with no decimals: 0.5 to 0, 1.5 to 2, -0.5 to 0, -1.5 to -2.
        assertThat(Decimals.of(0).fromModel(quarters, TestModels.QUARTERS))
                .isEqualTo(BigInteger.valueOf(expected));
    }

    @Test
    void everyCallIsRecordedWithItsRawTensorsWhicheverWayItWasAsked() {
        ModelCall raw =
                call(Calls.infer(Calls.id(QUARTER_MIRROR), (byte) 1, (byte) 2, (byte) 3, (byte) 4));
        ModelCall ints = call(Calls.inferInts(Calls.id(QUARTER_MIRROR), 1, 2, 3, 4));
        ModelCall decimals =
                call(Calls.inferDecimals(Calls.id(QUARTER_MIRROR), 2, 25, 50, 75, 100));
        assertThat(raw)
                .isEqualTo(
                        new ModelCall(
                                CONTEXT.caller(),
                                Hash.of(Bytes.wrap(Calls.id(QUARTER_MIRROR))),
                                Keccak.hash(Bytes.of(1, 2, 3, 4)),
                                Keccak.hash(Bytes.of(4, 3, 2, 1)),
                                catalog.find(raw.model()).gas()));
        assertThat(ints).isEqualTo(raw);
        assertThat(decimals).isEqualTo(raw);
    }

    @Test
    void theQuoteIsWhatIsChargedWhateverTheEntryAndTheInput() {
        for (Model model : MODELS) {
            byte[] id = Calls.id(model);
            int count = Elements.of(model.inputs()).count();
            BigInteger quoted = Calls.quoted(output(Calls.quote(id)));
            long[] zeros = new long[count];
            Bytes ints = Calls.inferInts(id, zeros);
            Bytes raw = Calls.infer(id, new byte[model.inputBytes()]);
            Bytes decimals = Calls.inferDecimals(id, 3, zeros);
            for (Bytes input : List.of(ints, raw, decimals)) {
                assertThat(inference.quote(input, CONTEXT)).isEqualTo(quoted.longValueExact());
                assertThat(call(input).gas()).isEqualTo(quoted.longValueExact());
            }
        }
    }

    @Test
    void describeTellsShapesScalesAndPrices() {
        Bytes result = output(Calls.describe(Calls.id(PAIR)));
        Tuple spec = Calls.description().decode(result.toArray()).get(0);
        assertThat(Bytes.wrap(Calls.description().encode(Single.of(spec)).array()))
                .isEqualTo(result);
        Tuple[] inputs = spec.get(0);
        Tuple[] outputs = spec.get(1);
        assertThat(inputs).hasSize(2);
        assertThat(inputs[0]).isEqualTo(Tuple.of(1, new long[] {1, 2}, 3L, 7, -5L, ""));
        assertThat(inputs[1]).isEqualTo(Tuple.of(2, new long[] {1, 3}, 1L, 15, 0L, ""));
        assertThat(outputs[0]).isEqualTo(Tuple.of(3, new long[] {1, 3}, 1L << 62, 77, 0L, ""));
        assertThat(spec.<BigInteger>get(2).longValueExact()).isEqualTo(gas(PAIR));
        assertThat(spec.<BigInteger>get(3).longValueExact()).isEqualTo(PAIR.cost().macs());
        assertThat(spec.<BigInteger>get(4).longValueExact()).isEqualTo(PAIR.sizeBytes());
    }

    @Test
    void aStrangerIsNotFound() {
        byte[] stranger = new byte[32];
        stranger[31] = 7;
        Bytes error = Calls.error("ModelNotFound(bytes32)", (Object) stranger);
        assertReverts(Calls.infer(stranger, (byte) 1), error);
        assertReverts(Calls.inferInts(stranger, 1), error);
        assertReverts(Calls.inferDecimals(stranger, 2, 1), error);
        assertReverts(Calls.quote(stranger), error);
        assertReverts(Calls.describe(stranger), error);
    }

    @Test
    void anInputOfAnotherLengthIsRefusedInItsOwnUnit() {
        byte[] id = Calls.id(PAIR);
        assertReverts(Calls.infer(id, new byte[7]), lengthError(8, 7));
        assertReverts(Calls.infer(id), lengthError(8, 0));
        assertReverts(Calls.inferInts(id, 1, 2, 3, 4), lengthError(5, 4));
        assertReverts(Calls.inferDecimals(id, 2, 1, 2, 3, 4, 5, 6), lengthError(5, 6));
    }

    @Test
    void anElementThatTheModelCannotTakeIsNamed() {
        byte[] id = Calls.id(PAIR);
        assertReverts(Calls.inferInts(id, 100, 101, 0, 0, 0), rangeError(1));
        assertReverts(Calls.inferInts(id, 0, 0, 0, 0, 32768), rangeError(4));
        assertReverts(Calls.inferInts(id, 0, 0, -32768, 0, 0), rangeError(2));
        assertReverts(Calls.inferInts(id, 0, 0, 0, 1L << 32, 0), rangeError(3));
        byte[] raw = new byte[8];
        raw[1] = 101;
        assertReverts(Calls.infer(id, raw), rangeError(1));
        raw[1] = 0;
        raw[4] = (byte) 0x80; // -32768 is no value of int16
        assertReverts(Calls.infer(id, raw), rangeError(3));
        // 32 in quarters is 128, one more than a byte holds; 31.875 still rounds to it.
        byte[] quarters = Calls.id(QUARTER_MIRROR);
        assertReverts(Calls.inferDecimals(quarters, 3, 31_875, 0, 0, 0), rangeError(0));
        output(Calls.inferDecimals(quarters, 3, 31_874, 0, 0, 0));
        BigInteger huge = BigInteger.ONE.shiftLeft(255).subtract(BigInteger.ONE);
        BigInteger none = BigInteger.ZERO;
        assertReverts(Calls.inferDecimals(quarters, 0, none, none, huge, none), rangeError(2));
        BigInteger lowest = huge.not();
        assertReverts(Calls.inferDecimals(quarters, 2, none, lowest, none, none), rangeError(1));
    }

    @Test
    void decimalsGoAsFarAsTheAnswerFitsAWord() {
        Bytes bad = Calls.error("BadCalldata()");
        Model small =
                TestModels.mirror(
                        DType.I8, Quantization.IDENTITY, DType.I8, new Quantization(1, 127, 0));
        var precompile =
                new InferencePrecompile(
                        ModelCatalog.of(List.of(small), 1_000),
                        new InferenceMemo(InferenceMemo.Size.OFF));
        assertThat(precompile.run(Calls.inferDecimals(Calls.id(small), 77, 0, 0, 0, 0), CONTEXT))
                .isInstanceOf(PrecompileResult.Output.class);
        assertThat(precompile.run(Calls.inferDecimals(Calls.id(small), 78, 0, 0, 0, 0), CONTEXT))
                .isEqualTo(new PrecompileResult.Reverted(bad));
        // Bytes as they are reach 128 * 10^74 in 255 bits, and no more.
        output(Calls.inferDecimals(Calls.id(MIRROR), 74, 0, 0, 0, 0));
        assertReverts(Calls.inferDecimals(Calls.id(MIRROR), 75, 0, 0, 0, 0), bad);
    }

    @Test
    void aRefusalCostsLittleAndByTheWord() {
        Bytes input = Calls.inferInts(Calls.id(PAIR), 1);
        long words = (input.size() + 31) / 32;
        assertThat(inference.quote(input, CONTEXT)).isEqualTo(1_000 + 12 * words);
        assertThat(inference.quote(Bytes.EMPTY, CONTEXT)).isEqualTo(1_000);
    }

    private long gas(Model model) {
        return catalog.find(Hash.of(Bytes.wrap(Calls.id(model)))).gas();
    }

    private ModelCall call(Bytes input) {
        PrecompileResult result = inference.run(input, CONTEXT);
        return ((PrecompileResult.Output) result).modelCall();
    }

    private Bytes output(Bytes input) {
        PrecompileResult result = inference.run(input, CONTEXT);
        assertThat(result).isInstanceOf(PrecompileResult.Output.class);
        return ((PrecompileResult.Output) result).bytes();
    }

    private void assertReverts(Bytes input, Bytes error) {
        assertThat(inference.run(input, CONTEXT)).isEqualTo(new PrecompileResult.Reverted(error));
        assertThat(inference.quote(input, CONTEXT)).isLessThan(1_000 + 12 * 20);
    }

    private static Bytes lengthError(long expected, long actual) {
        return Calls.error(
                "InputLength(uint256,uint256)",
                BigInteger.valueOf(expected),
                BigInteger.valueOf(actual));
    }

    private static Bytes rangeError(long index) {
        return Calls.error("InputOutOfRange(uint256)", BigInteger.valueOf(index));
    }
}
