package dev.lockstep.precompiles;

import static org.assertj.core.api.Assertions.assertThat;

import com.esaulpaugh.headlong.abi.Function;
import com.esaulpaugh.headlong.abi.Single;
import com.esaulpaugh.headlong.abi.Tuple;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.CallOutcome;
import dev.lockstep.evm.HaltReason;
import dev.lockstep.evm.ModelCall;
import dev.lockstep.evm.TransactionOutcome;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelFile;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.precompiles.inference.ModelCatalog;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Solidity side on the node's own EVM, with the real models behind the precompile. */
class ContractsTest {
    private static final Function READ = new Function("read(bytes)", "(uint8)");
    private static final Function UPDATE =
            new Function("update((uint256,uint256,uint256,uint256)[10])", "(uint24)");
    private static final Function INFER = new Function("infer(bytes32,bytes)", "(bytes)");

    private static Model digits;
    private static Model volatility;
    private static ModelCatalog catalog;

    private final InferenceMemo memo = new InferenceMemo(InferenceMemo.Size.NORMAL);
    private final Chain chain = new Chain(LockstepPrecompiles.with(catalog, memo));
    private final Address test = chain.deploy("LockstepTest", Bytes.EMPTY);

    @BeforeAll
    static void load() throws IOException, InvalidModelException {
        Path models = Path.of("..", "inference-engine", "models");
        digits = ModelFile.read(models.resolve("digits/digits.lkm"));
        volatility = ModelFile.read(models.resolve("volatility/volatility.lkm"));
        catalog = ModelCatalog.of(List.of(digits, volatility), 1_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dividesHalfToEven",
                "dividesTheLargestNumbers",
                "rescales",
                "comparesInPercent",
                "clamps",
                "findsTheFirstOfTheHighest",
                "readsBytesAsNumbers",
            })
    void library(String function) {
        assertThat(chain.call(test, encode(new Function(function + "()")), 10_000_000))
                .isInstanceOf(CallOutcome.Succeeded.class);
    }

    @Test
    void aContractCatchesTypedErrors() {
        Bytes input = encode(new Function("catchesTypedErrors(bytes32)"), (Object) new byte[32]);
        assertThat(chain.call(test, input, 10_000_000)).isInstanceOf(CallOutcome.Succeeded.class);
    }

    @Test
    void theFeeFollowsTheForecast() {
        Address pool = chain.deploy("DynamicFee", Bytes.wrap(volatility.id().toBytes()));
        Tuple markets = view("markets()", "(uint256[40],uint256[40])");
        Tuple forecasts = view("forecasts()", "(int256,int256)");

        var calm = chain.send(pool, encode(UPDATE, (Object) candles(markets.get(0))));
        assertThat(calm.succeeded()).isTrue();
        assertThat(UInt256.fromBytes(calm.output()).toLong()).isEqualTo(500);
        var wild = chain.send(pool, encode(UPDATE, (Object) candles(markets.get(1))));
        assertThat(UInt256.fromBytes(wild.output()).toLong()).isEqualTo(10_000);

        assertThat(event(calm, 0)).isEqualTo(forecasts.<BigInteger>get(0));
        assertThat(event(wild, 0)).isEqualTo(forecasts.<BigInteger>get(1));
        assertThat(event(wild, 32)).isEqualTo(BigInteger.valueOf(10_000));
        assertThat(calm.modelCalls()).hasSize(1);
        ModelCall call = calm.modelCalls().getFirst();
        assertThat(call.caller()).isEqualTo(pool);
        assertThat(call.model()).isEqualTo(id(volatility));
        assertThat(call.gas()).isEqualTo(catalog.find(id(volatility)).gas());
    }

    @Test
    void digitsAreReadAndRemembered() {
        Address reader = chain.deploy("DigitReader", Bytes.wrap(digits.id().toBytes()));
        for (int digit = 0; digit < 10; digit++) {
            byte[] picture = picture(digit);
            var executed = chain.send(reader, encode(READ, (Object) picture));
            assertThat(UInt256.fromBytes(executed.output()).toLong()).isEqualTo(digit);
            Bytes asked =
                    encode(
                            new Function("digitOf(bytes32)"),
                            (Object) Keccak.hash(Bytes.wrap(picture)).bytes().toArray());
            var stored = (CallOutcome.Succeeded) chain.call(reader, asked, 1_000_000);
            assertThat(UInt256.fromBytes(stored.output()).toLong()).isEqualTo(digit);
        }
    }

    @Test
    void theMockAnswersAsTheModelsDo() {
        Chain other = new Chain(LockstepPrecompiles.standard());
        other.etch(
                LockstepPrecompiles.INFERENCE, Chain.artifact("MockInference", "deployedBytecode"));
        Address loader = other.deploy("LockstepTest", Bytes.EMPTY);
        assertThat(other.send(loader, encode(new Function("loadRecordedAnswers()"))).succeeded())
                .isTrue();
        Address reader = other.deploy("DigitReader", Bytes.wrap(digits.id().toBytes()));
        for (int digit = 0; digit < 10; digit++) {
            var executed = other.send(reader, encode(READ, (Object) picture(digit)));
            assertThat(UInt256.fromBytes(executed.output()).toLong()).isEqualTo(digit);
        }
        Address pool = other.deploy("DynamicFee", Bytes.wrap(volatility.id().toBytes()));
        Tuple markets = view("markets()", "(uint256[40],uint256[40])");
        var wild = other.send(pool, encode(UPDATE, (Object) candles(markets.get(1))));
        assertThat(UInt256.fromBytes(wild.output()).toLong()).isEqualTo(10_000);
    }

    @Test
    void oneGasTooFewAndTheModelDoesNotRun() {
        Bytes input = encode(INFER, digits.id().toBytes(), new byte[256]);
        long quote = catalog.find(id(digits)).gas();
        var generous =
                (CallOutcome.Succeeded)
                        chain.call(LockstepPrecompiles.INFERENCE, input, 10_000_000);
        assertThat(generous.modelCalls().getFirst().gas()).isEqualTo(quote);
        assertThat(memo.runs()).isEqualTo(1);

        byte[] another = new byte[256];
        another[0] = 1;
        Bytes exactInput = encode(INFER, digits.id().toBytes(), another);
        long intrinsic = intrinsic(exactInput);
        var few = chain.call(LockstepPrecompiles.INFERENCE, exactInput, intrinsic + quote - 1);
        assertThat(few)
                .isEqualTo(new CallOutcome.Halted(HaltReason.OUT_OF_GAS, intrinsic + quote - 1));
        assertThat(memo.runs()).isEqualTo(1);
        var exact = chain.call(LockstepPrecompiles.INFERENCE, exactInput, intrinsic + quote);
        assertThat(((CallOutcome.Succeeded) exact).gasUsed()).isEqualTo(intrinsic + quote);
        assertThat(memo.runs()).isEqualTo(2);
    }

    @Test
    void aRefusedCallGivesBackTheGasThatWasNotQuoted() {
        byte[] stranger = new byte[32];
        Bytes input = encode(INFER, stranger, new byte[0]);
        var refused =
                (CallOutcome.Reverted) chain.call(LockstepPrecompiles.INFERENCE, input, 1_000_000);
        long words = (input.size() + 31) / 32;
        assertThat(refused.gasUsed()).isEqualTo(intrinsic(input) + 1_000 + 12 * words);
        assertThat(refused.data())
                .isEqualTo(encode(new Function("ModelNotFound(bytes32)"), (Object) stranger));
    }

    @Test
    void callsInRevertedFramesAreRecordedAndRefusedOnesAreNot() {
        Function function = new Function("asksAndReverts(bytes32,bytes)");
        var reverted = chain.send(test, encode(function, digits.id().toBytes(), new byte[256]));
        assertThat(reverted.succeeded()).isFalse();
        assertThat(reverted.modelCalls()).hasSize(1);
        var refused = chain.send(test, encode(function, digits.id().toBytes(), new byte[255]));
        assertThat(refused.modelCalls()).isEmpty();
    }

    @Test
    void theMemoNeverChangesWhatATransactionDoes() {
        List<List<TransactionOutcome.Executed>> runs = new ArrayList<>();
        for (var size :
                List.of(
                        InferenceMemo.Size.NORMAL,
                        InferenceMemo.Size.TINY,
                        InferenceMemo.Size.OFF)) {
            Chain one = new Chain(LockstepPrecompiles.with(catalog, new InferenceMemo(size)));
            Address reader = one.deploy("DigitReader", Bytes.wrap(digits.id().toBytes()));
            List<TransactionOutcome.Executed> outcomes = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                outcomes.add(one.send(reader, encode(READ, (Object) picture(i * 7 % 5))));
            }
            runs.add(outcomes);
        }
        assertThat(runs.get(1)).isEqualTo(runs.get(0));
        assertThat(runs.get(2)).isEqualTo(runs.get(0));
    }

    private byte[] picture(int digit) {
        Function function = new Function("picture(uint256)", "(bytes)");
        Bytes input = encode(function, BigInteger.valueOf(digit));
        var outcome = (CallOutcome.Succeeded) chain.call(test, input, 10_000_000);
        return function.decodeReturn(outcome.output().toArray()).get(0);
    }

    private Tuple view(String signature, String outputs) {
        Function function = new Function(signature, outputs);
        var outcome = (CallOutcome.Succeeded) chain.call(test, encode(function), 10_000_000);
        return function.decodeReturn(outcome.output().toArray());
    }

    private static Tuple[] candles(BigInteger[] prices) {
        Tuple[] candles = new Tuple[10];
        for (int i = 0; i < 10; i++) {
            candles[i] =
                    Tuple.of(
                            prices[4 * i], prices[4 * i + 1], prices[4 * i + 2], prices[4 * i + 3]);
        }
        return candles;
    }

    private static BigInteger event(TransactionOutcome.Executed executed, int offset) {
        Bytes data = executed.logs().getFirst().data();
        return data.slice(offset, 32).toBigInteger();
    }

    /** 21,000 and 4 or 16 a byte; Prague's floor is lower than what these calls take. */
    private static long intrinsic(Bytes input) {
        long gas = 21_000;
        for (byte value : input.toArray()) gas += value == 0 ? 4 : 16;
        return gas;
    }

    private static Hash id(Model model) {
        return Hash.of(Bytes.wrap(model.id().toBytes()));
    }

    private static Bytes encode(Function function, Object... arguments) {
        Tuple tuple = arguments.length == 1 ? Single.of(arguments[0]) : Tuple.from(arguments);
        return Bytes.wrap(function.encodeCall(tuple).array());
    }
}
