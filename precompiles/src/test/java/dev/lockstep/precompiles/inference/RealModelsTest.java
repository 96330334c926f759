package dev.lockstep.precompiles.inference;

import static dev.lockstep.precompiles.inference.TestModels.CONTEXT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Model;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;

/** The repository's models as contracts see them. */
class RealModelsTest {
    private static final int DECIMALS = 6;
    private static final BigInteger UNIT = BigInteger.TEN.pow(DECIMALS);

    @Test
    void digitsAreReadThroughEveryEntry() throws IOException, InvalidModelException {
        Model digits = RealModels.model("digits");
        InferencePrecompile inference = precompile(digits);
        ByteBuffer pictures = RealModels.samples("digits", "x");
        ByteBuffer labels = RealModels.samples("digits", "y");
        int right = 0;
        for (int i = 0; i < labels.limit(); i++) {
            BigInteger[] greys = new BigInteger[256];
            long[] integers = new long[256];
            byte[] raw = new byte[256];
            for (int k = 0; k < 256; k++) {
                int grey = pictures.get(256 * i + k) & 0xff;
                greys[k] = UNIT.multiply(BigInteger.valueOf(grey));
                integers[k] = grey - 128;
                raw[k] = (byte) integers[k];
            }
            byte[] id = Calls.id(digits);
            Bytes decimals = output(inference, Calls.inferDecimals(id, DECIMALS, greys));
            int digit = largest(Calls.numbersOutput(decimals));
            Bytes ints = output(inference, Calls.inferInts(id, integers));
            assertThat(largest(Calls.numbersOutput(ints))).isEqualTo(digit);
            output(inference, Calls.infer(id, raw));
            if (digit == labels.get(i)) right++;
        }
        System.out.println("digits through the precompile: " + right + " of " + labels.limit());
        assertThat(right).isGreaterThan(labels.limit() * 98 / 100);
    }

    @Test
    void volatilityIsForecastFromDecimals() throws IOException, InvalidModelException {
        Model volatility = RealModels.model("volatility");
        InferencePrecompile inference = precompile(volatility);
        ByteBuffer windows = RealModels.samples("volatility", "x");
        ByteBuffer truths = RealModels.samples("volatility", "y");
        int close = 0;
        int count = truths.limit() / 4;
        for (int i = 0; i < count; i++) {
            BigInteger[] input = new BigInteger[40];
            for (int k = 0; k < 40; k++) input[k] = mantissa(windows.getFloat(4 * (40 * i + k)));
            Bytes result =
                    output(inference, Calls.inferDecimals(Calls.id(volatility), DECIMALS, input));
            BigInteger forecast = Calls.numbersOutput(result)[0];
            BigInteger truth = mantissa(truths.getFloat(4 * i));
            BigInteger error = forecast.subtract(truth).abs();
            if (error.multiply(BigInteger.TWO).compareTo(truth) < 0) close++;
        }
        System.out.println("volatility within half of the truth: " + close + " of " + count);
        assertThat(close).isGreaterThan(count * 95 / 100);
    }

    private static InferencePrecompile precompile(Model model) {
        return new InferencePrecompile(
                ModelCatalog.of(List.of(model), 1_000),
                new InferenceMemo(InferenceMemo.Size.NORMAL));
    }

    private static Bytes output(InferencePrecompile inference, Bytes input) {
        PrecompileResult result = inference.run(input, CONTEXT);
        assertThat(result).isInstanceOf(PrecompileResult.Output.class);
        return ((PrecompileResult.Output) result).bytes();
    }

    private static BigInteger mantissa(float value) {
        return new java.math.BigDecimal(value)
                .movePointRight(DECIMALS)
                .setScale(0, java.math.RoundingMode.HALF_EVEN)
                .toBigIntegerExact();
    }

    private static int largest(BigInteger[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            if (scores[i].compareTo(scores[best]) > 0) best = i;
        }
        return best;
    }
}
