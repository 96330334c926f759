package dev.lockstep.importer;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.InferenceResult;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Session;
import dev.lockstep.inference.TensorSpec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A decoder run token after token: a model that takes a token, its position and caches, and yields
 * logits and the caches with one position more. Here the caches are handed on, from zeros.
 */
public final class DecoderRun {
    private final Session session;
    private final int logits;
    private final int bits;
    private byte[] caches;

    private DecoderRun(Model step) {
        this.session = Session.open(step);
        this.logits = step.outputs().getFirst().shape().elements();
        this.bits = step.outputs().getFirst().quantization().shift();
        this.caches = new byte[step.inputs().getLast().bytes()];
    }

    /**
     * @throws IllegalArgumentException where the model is none of this form
     */
    public static DecoderRun of(Model step) {
        List<TensorSpec> in = step.inputs();
        List<TensorSpec> out = step.outputs();
        boolean fits =
                in.size() == 3
                        && out.size() == 2
                        && in.get(0).dtype() == DType.I32
                        && in.get(0).shape().elements() == 1
                        && in.get(1).dtype() == DType.I32
                        && in.get(1).shape().elements() == 1
                        && out.get(0).dtype() == DType.I32
                        && in.get(2).shape().equals(out.get(1).shape())
                        && in.get(2).dtype() == out.get(1).dtype();
        if (!fits) {
            throw new IllegalArgumentException(
                    "the model is no step of a decoder: it must take a token, a position and caches, and yield logits and caches");
        }
        return new DecoderRun(step);
    }

    /** Tokens that it knows. */
    public int vocabulary() {
        return logits;
    }

    /** Positions that it can take. */
    public int context() {
        return Math.toIntExact(session.model().inputs().get(1).range().hi() + 1);
    }

    /**
     * Logits after a token, as real numbers.
     *
     * @throws IllegalArgumentException where the model refuses token or position
     */
    public double[] next(int token, int position) {
        ByteBuffer input = ByteBuffer.allocate(2 * Integer.BYTES + caches.length);
        input.putInt(token).putInt(position).put(caches);
        if (!(session.run(input.array()) instanceof InferenceResult.Output output)) {
            throw new IllegalArgumentException(
                    "token " + token + " at position " + position + " is out of range");
        }
        ByteBuffer bytes = ByteBuffer.wrap(output.bytes());
        double[] real = new double[logits];
        for (int i = 0; i < logits; i++) {
            real[i] = StrictMath.scalb((double) bytes.getInt(), -bits);
        }
        caches = Arrays.copyOfRange(output.bytes(), bytes.position(), output.bytes().length);
        return real;
    }

    /** The likeliest token, the lowest of equals. */
    public static int best(double[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }
}
