package dev.lockstep.precompiles.inference;

import static dev.lockstep.precompiles.inference.TestModels.CONTEXT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Model;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;

/**
 * Holds {@code RecordedAnswers.sol}, which the Solidity mock answers with, to what the models say.
 * After a change of models write it anew with {@code mvn -pl precompiles -am test
 * -Dtest=RecordedAnswersTest -Dsurefire.failIfNoSpecifiedTests=false -Dlockstep.record=true}.
 */
class RecordedAnswersTest {
    private static final Path FILE = Path.of("solidity", "mock", "RecordedAnswers.sol");
    private static final int DECIMALS = 6;
    private static final BigInteger UNIT = BigInteger.TEN.pow(DECIMALS);

    @Test
    void areWhatTheModelsSay() throws IOException, InvalidModelException {
        String expected = solidity(RealModels.model("digits"), RealModels.model("volatility"));
        if (Boolean.getBoolean("lockstep.record")) Files.writeString(FILE, expected);
        assertThat(Files.readString(FILE)).isEqualTo(expected);
    }

    private static String solidity(Model digits, Model volatility) throws IOException {
        ModelCatalog catalog = ModelCatalog.of(List.of(digits, volatility), 1_000);
        InferencePrecompile inference =
                new InferencePrecompile(catalog, new InferenceMemo(InferenceMemo.Size.OFF));
        StringBuilder pictures = new StringBuilder();
        StringBuilder scores = new StringBuilder();
        ByteBuffer samples = RealModels.samples("digits", "x");
        for (int digit = 0; digit < 10; digit++) {
            byte[] picture = new byte[256];
            samples.get(256 * digit, picture);
            pictures.append("\n        hex\"")
                    .append(Bytes.wrap(picture).toUnprefixedHexString())
                    .append('"');
            BigInteger[] greys = new BigInteger[256];
            for (int k = 0; k < 256; k++) {
                greys[k] = UNIT.multiply(BigInteger.valueOf(picture[k] & 0xff));
            }
            Bytes answer =
                    output(inference, Calls.inferDecimals(Calls.id(digits), DECIMALS, greys));
            scores.append("\n        hex\"");
            for (BigInteger score : Calls.numbersOutput(answer)) {
                scores.append(String.format("%016x", score.longValueExact()));
            }
            scores.append('"');
        }
        List<BigInteger> calm = prices(2);
        List<BigInteger> wild = prices(200);
        return TEMPLATE.replace("$DIGITS_GAS", gas(inference, digits))
                .replace("$VOLATILITY_GAS", gas(inference, volatility))
                .replace("$DIGITS", digits.id().toString())
                .replace("$VOLATILITY", volatility.id().toString())
                .replace("$PICTURES", pictures)
                .replace("$SCORES", scores)
                .replace("$CALM_FORECAST", forecast(inference, volatility, calm))
                .replace("$WILD_FORECAST", forecast(inference, volatility, wild))
                .replace("$CALM", literal(calm))
                .replace("$WILD", literal(wild));
    }

    private static String gas(InferencePrecompile inference, Model model) {
        return Calls.quoted(output(inference, Calls.quote(Calls.id(model)))).toString();
    }

    /** Ten candles of a market that moves by up to so many units a step, from 100,000 on. */
    private static List<BigInteger> prices(int step) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(step);
        List<BigInteger> prices = new ArrayList<>();
        long price = 100_000;
        for (int candle = 0; candle < 10; candle++) {
            long open = price;
            long high = price;
            long low = price;
            for (int i = 0; i < 64; i++) {
                price += random.nextInt(-10 * step, 10 * step + 1);
                high = Math.max(high, price);
                low = Math.min(low, price);
            }
            for (long value : new long[] {open, high, low, price}) {
                prices.add(BigInteger.valueOf(value));
            }
        }
        return prices;
    }

    /** As {@code Lockstep.percentChange} computes it, then the model. */
    private static String forecast(
            InferencePrecompile inference, Model volatility, List<BigInteger> prices) {
        BigInteger hundred = UNIT.multiply(BigInteger.valueOf(100));
        BigInteger[] input =
                prices.stream()
                        .map(
                                price ->
                                        Decimals.roundedQuotient(
                                                        price.multiply(hundred), prices.getFirst())
                                                .subtract(hundred))
                        .toArray(BigInteger[]::new);
        Bytes answer =
                output(inference, Calls.inferDecimals(Calls.id(volatility), DECIMALS, input));
        return Calls.numbersOutput(answer)[0].toString();
    }

    private static String literal(List<BigInteger> prices) {
        StringBuilder rows = new StringBuilder();
        for (int candle = 0; candle < 10; candle++) {
            rows.append("\n            ");
            rows.append(
                    prices.subList(4 * candle, 4 * candle + 4).stream()
                            .map(BigInteger::toString)
                            .collect(Collectors.joining(", ")));
            if (candle < 9) rows.append(',');
        }
        return rows.toString().replaceFirst("100000", "uint256(100000)");
    }

    private static Bytes output(InferencePrecompile inference, Bytes input) {
        PrecompileResult result = inference.run(input, CONTEXT);
        assertThat(result).isInstanceOf(PrecompileResult.Output.class);
        return ((PrecompileResult.Output) result).bytes();
    }

    private static final String TEMPLATE =
            """
            // SPDX-License-Identifier: Apache-2.0
            // Written by RecordedAnswersTest from the models of the repository: do not edit.
            pragma solidity ^0.8.24;

            import {IInference} from "../IInference.sol";
            import {Lockstep} from "../Lockstep.sol";
            import {MockInference} from "./MockInference.sol";

            /// @title What the repository's models answered, for {MockInference}.
            library RecordedAnswers {
                bytes32 internal constant DIGITS = $DIGITS;
                bytes32 internal constant VOLATILITY = $VOLATILITY;
                uint64 internal constant DIGITS_GAS = $DIGITS_GAS;
                uint64 internal constant VOLATILITY_GAS = $VOLATILITY_GAS;
                int256 internal constant CALM_FORECAST = $CALM_FORECAST;
                int256 internal constant WILD_FORECAST = $WILD_FORECAST;

                uint8 private constant DECIMALS = 6;

                /// @dev 16 by 16 grey values of the digits 0 to 9.
                bytes private constant PICTURES =$PICTURES;

                /// @dev Ten scores a digit, int64 each, with {DECIMALS} decimals.
                bytes private constant SCORES =$SCORES;

                /// @notice Makes the mock answer for all pictures and both markets.
                function load(MockInference mock) internal {
                    for (uint256 digit = 0; digit < 10; digit++) {
                        int256[] memory greys = Lockstep.fromBytes(picture(digit), DECIMALS);
                        record(mock, DIGITS, greys, scores(digit));
                    }
                    int256[] memory forecast = new int256[](1);
                    forecast[0] = CALM_FORECAST;
                    record(mock, VOLATILITY, features(calm()), forecast);
                    forecast[0] = WILD_FORECAST;
                    record(mock, VOLATILITY, features(wild()), forecast);
                    mock.record(abi.encodeCall(IInference.quote, (DIGITS)), abi.encode(DIGITS_GAS));
                    mock.record(abi.encodeCall(IInference.quote, (VOLATILITY)), abi.encode(VOLATILITY_GAS));
                }

                /// @notice A drawing of a digit.
                function picture(uint256 digit) internal pure returns (bytes memory pixels) {
                    bytes memory all = PICTURES;
                    pixels = new bytes(256);
                    for (uint256 i = 0; i < 256; i++) pixels[i] = all[256 * digit + i];
                }

                /// @notice What the model says of it.
                function scores(uint256 digit) internal pure returns (int256[] memory values) {
                    bytes memory all = SCORES;
                    values = new int256[](10);
                    for (uint256 i = 0; i < 10; i++) {
                        uint64 bits = 0;
                        for (uint256 k = 0; k < 8; k++) bits = (bits << 8) | uint8(all[80 * digit + 8 * i + k]);
                        values[i] = int64(bits);
                    }
                }

                /// @notice Open, high, low, close of ten candles with small ranges.
                function calm() internal pure returns (uint256[40] memory) {
                    return [$CALM
                    ];
                }

                /// @notice Open, high, low, close of ten candles with large ranges.
                function wild() internal pure returns (uint256[40] memory) {
                    return [$WILD
                    ];
                }

                /// @notice Prices as the volatility model takes them: in percent above the first.
                function features(uint256[40] memory prices) internal pure returns (int256[] memory values) {
                    values = new int256[](40);
                    for (uint256 i = 0; i < 40; i++) values[i] = Lockstep.percentChange(prices[i], prices[0], DECIMALS);
                }

                function record(MockInference mock, bytes32 model, int256[] memory input, int256[] memory output) private {
                    bytes memory callData = abi.encodeCall(IInference.inferDecimals, (model, input, DECIMALS));
                    mock.record(callData, abi.encode(output));
                }
            }
            """;
}
