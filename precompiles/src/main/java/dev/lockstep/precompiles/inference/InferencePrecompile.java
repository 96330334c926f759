package dev.lockstep.precompiles.inference;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.ModelCall;
import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.types.Hash;
import java.util.function.UnaryOperator;
import org.apache.tuweni.bytes.Bytes;

/**
 * Models, called by contracts.
 *
 * @shape in and out: the ABI of {@code IInference.sol}
 * @cost {@link InferenceGas}
 * @fails reverts with ModelNotFound, InputLength, InputOutOfRange or BadCalldata
 * @source protocol, sections 3 and 4
 */
public final class InferencePrecompile implements Precompile {
    private static final InferenceGas PRICES = InferenceGas.V1;

    private final ModelCatalog catalog;
    private final InferenceMemo memo;

    public InferencePrecompile(ModelCatalog catalog, InferenceMemo memo) {
        this.catalog = catalog;
        this.memo = memo;
    }

    /** What is to be done about a call, and for how much. */
    private sealed interface Intent {
        long gas();

        /**
         * To run a model.
         *
         * @param input raw, checked
         * @param answering what becomes of the raw output
         */
        record Run(ActiveModel model, Bytes input, UnaryOperator<Bytes> answering)
                implements Intent {
            @Override
            public long gas() {
                return model.gas();
            }
        }

        /** To answer without running one. */
        record Answer(Bytes output, long gas) implements Intent {}

        record Refuse(Bytes error, long gas) implements Intent {}
    }

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return intent(input).gas();
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        return switch (intent(input)) {
            case Intent.Refuse(Bytes error, _) -> new PrecompileResult.Reverted(error);
            case Intent.Answer(Bytes output, _) -> new PrecompileResult.Output(output);
            case Intent.Run intent -> infer(intent, context);
        };
    }

    private PrecompileResult infer(Intent.Run intent, PrecompileContext context) {
        ActiveModel model = intent.model;
        Hash inputHash = Keccak.hash(intent.input);
        var key = new InferenceMemo.Key(model.id(), inputHash);
        InferenceMemo.Answer answer = memo.answer(key, () -> model.run(intent.input));
        ModelCall call =
                new ModelCall(
                        context.caller(), model.id(), inputHash, answer.outputHash(), model.gas());
        return new PrecompileResult.Output(intent.answering.apply(answer.output()), call);
    }

    private Intent intent(Bytes input) {
        Request request = InferenceCodec.decode(input);
        if (request == null) return refuse(input, InferenceError.badCalldata());
        ActiveModel model = catalog.find(request.model());
        if (model == null) return refuse(input, InferenceError.modelNotFound(request.model()));
        return switch (request) {
            case Request.Quote _ -> answer(Abi.number(model.gas()).bytes());
            case Request.Describe _ -> answer(model.description());
            case Request.Infer(_, Bytes raw) -> {
                if (raw.size() != model.inputs().bytes()) {
                    yield wrongLength(input, model.inputs().bytes(), raw.size());
                }
                yield run(input, model, model.inputs().fromRaw(raw), InferencePrecompile::bytes);
            }
            case Request.InferInts(_, Bytes words) -> {
                if (words.size() / 32 != model.inputs().count()) {
                    yield wrongLength(input, model.inputs().count(), words.size() / 32);
                }
                yield run(
                        input,
                        model,
                        model.inputs().fromInts(words),
                        output -> words(model.outputs().toInts(output)));
            }
            case Request.InferDecimals(_, Bytes words, int places) -> {
                if (words.size() / 32 != model.inputs().count()) {
                    yield wrongLength(input, model.inputs().count(), words.size() / 32);
                }
                Decimals decimals = Decimals.of(places);
                if (!model.outputs().fits(decimals)) {
                    yield refuse(input, InferenceError.badCalldata());
                }
                yield run(
                        input,
                        model,
                        model.inputs().fromDecimals(words, decimals),
                        output -> words(model.outputs().toDecimals(output, decimals)));
            }
        };
    }

    private static Intent run(
            Bytes input,
            ActiveModel model,
            Elements.Packed packed,
            UnaryOperator<Bytes> answering) {
        return switch (packed) {
            case Elements.Packed.Raw(Bytes raw) -> new Intent.Run(model, raw, answering);
            case Elements.Packed.OutOfRange(int index) ->
                    refuse(input, InferenceError.inputOutOfRange(index));
        };
    }

    private static Intent answer(Bytes output) {
        return new Intent.Answer(output, PRICES.view(output));
    }

    private static Intent refuse(Bytes input, Bytes error) {
        return new Intent.Refuse(error, PRICES.refusal(input));
    }

    private static Intent wrongLength(Bytes input, int expected, int actual) {
        return refuse(input, InferenceError.inputLength(expected, actual));
    }

    /** A result of type {@code bytes}. */
    private static Bytes bytes(Bytes output) {
        return Abi.tuple(Abi.bytes(output)).bytes();
    }

    /** A result of type {@code int256[]}. */
    private static Bytes words(Bytes words) {
        return Abi.tuple(Abi.words(words)).bytes();
    }
}
