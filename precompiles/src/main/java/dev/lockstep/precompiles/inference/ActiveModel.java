package dev.lockstep.precompiles.inference;

import dev.lockstep.inference.InferenceResult;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Quantization;
import dev.lockstep.inference.Session;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.TensorSpec;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;

/** A model that contracts may call, with what every call of it needs, made once. */
public final class ActiveModel {
    /** Sessions kept for the next call; more threads than this at once open one for the time. */
    private static final int IDLE_SESSIONS_MAX = 4;

    private final Hash id;
    private final Model model;
    private final long gas;
    private final Elements inputs;
    private final Elements outputs;
    private final Bytes description;
    private final ArrayDeque<Session> idle = new ArrayDeque<>();

    ActiveModel(Model model, InferenceGas prices, long gasScalePermille) {
        this.id = Hash.of(Bytes.wrap(model.id().toBytes()));
        this.model = model;
        this.inputs = Elements.of(model.inputs());
        this.outputs = Elements.of(model.outputs());
        long ports = (long) inputs.count() + outputs.count();
        this.gas = prices.call(model.cost(), model.opCosts().size(), ports, gasScalePermille);
        this.description = describe(model, gas);
        idle.add(Session.open(model));
    }

    public Hash id() {
        return id;
    }

    public Model model() {
        return model;
    }

    /** What a call is quoted and charged. */
    public long gas() {
        return gas;
    }

    Elements inputs() {
        return inputs;
    }

    Elements outputs() {
        return outputs;
    }

    /** The answer to {@code describe}. */
    Bytes description() {
        return description;
    }

    /** What becomes of raw input from outside. */
    public sealed interface Inference permits Answered, NotAnInput {}

    /** The raw output. */
    public record Answered(Bytes output) implements Inference {}

    /** The model takes no such input; the reason names what it takes. */
    public record NotAnInput(String reason) implements Inference {}

    /** The model's answer to raw input that nobody has checked. */
    public Inference infer(Bytes input) {
        Session session = borrow();
        InferenceResult result = session.run(input.toArrayUnsafe());
        giveBack(session);
        return result instanceof InferenceResult.Output(byte[] output)
                ? new Answered(Bytes.wrap(output))
                : new NotAnInput(result.toString());
    }

    /**
     * The model's answer, raw.
     *
     * @param input raw and known to be in range
     */
    Bytes run(Bytes input) {
        return switch (infer(input)) {
            case Answered(Bytes output) -> output;
            case NotAnInput(String reason) ->
                    throw new LocalFault(
                            "model " + id + " refused an input that was checked: " + reason);
        };
    }

    private Session borrow() {
        Session session;
        synchronized (idle) {
            session = idle.poll();
        }
        return session != null ? session : Session.open(model);
    }

    private void giveBack(Session session) {
        synchronized (idle) {
            if (idle.size() < IDLE_SESSIONS_MAX) idle.push(session);
        }
    }

    private static Bytes describe(Model model, long gas) {
        Abi.Value spec =
                Abi.tuple(
                        tensors(model.inputs()),
                        tensors(model.outputs()),
                        Abi.number(gas),
                        Abi.number(model.cost().macs()),
                        Abi.number(model.sizeBytes()));
        return Abi.tuple(spec).bytes();
    }

    private static Abi.Value tensors(List<TensorSpec> specs) {
        List<Abi.Value> values = new ArrayList<>();
        for (TensorSpec spec : specs) {
            Quantization scale = spec.quantization();
            values.add(
                    Abi.tuple(
                            Abi.number(spec.dtype().code()),
                            shape(spec.shape()),
                            Abi.number(scale.multiplier()),
                            Abi.number(scale.shift()),
                            Abi.signed(scale.zeroPoint()),
                            // A model file holds no names: two names would make two models of one.
                            Abi.bytes(Bytes.EMPTY)));
        }
        return Abi.array(values);
    }

    private static Abi.Value shape(Shape shape) {
        List<Abi.Value> dims = new ArrayList<>();
        for (int axis = 0; axis < shape.rank(); axis++) dims.add(Abi.number(shape.dim(axis)));
        return Abi.array(dims);
    }
}
