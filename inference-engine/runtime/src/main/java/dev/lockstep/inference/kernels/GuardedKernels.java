package dev.lockstep.inference.kernels;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Tensor;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Native kernels as they serve: an operation runs with them once its trial has passed, and now and
 * then a row of a result is worked out again.
 */
final class GuardedKernels {
    /** Calls of which one is looked at. */
    private static final int CALLS_A_LOOK = 64;

    /** Multiply-accumulates of a look, and results at most. */
    private static final int LOOK_MACS = 1 << 14;

    private static final int LOOK_RESULTS = 64;

    private final NativeLibrary library;
    private final NativeKernels kernels;
    private final SplittableRandom random = new SplittableRandom();
    private boolean differed;

    GuardedKernels(NativeLibrary library) {
        this.library = library;
        this.kernels = new NativeKernels(library, new PlainKernels());
    }

    /** Runs an operation, if it may; whether it did. */
    boolean run(Op op, Tensor input, Tensor weights, Tensor output) {
        if (input.type().dtype() != DType.I8) {
            return false;
        }
        LayerTrial trial = weights.prepared(op, input.shape(), LayerTrial.class, LayerTrial::new);
        if (!trial.passed(library, op, input, weights, output)) {
            return false;
        }
        op.run(kernels, List.of(input, weights), output);
        if (random.nextInt(CALLS_A_LOOK) == 0 && !looksRight(op, input, weights, output)) {
            differed = true;
            NativeGuard.fault("they differ in a run of " + LayerTrial.name(op, input.type()));
            return false;
        }
        return true;
    }

    private boolean looksRight(Op op, Tensor input, Tensor weights, Tensor output) {
        int results = output.shape().elements();
        int count = Math.clamp(LOOK_MACS / Definition.macs(weights), 1, LOOK_RESULTS);
        int from = random.nextInt(results);
        for (int i = from; i < Math.min(results, from + count); i++) {
            if (output.data()[output.offset() + i]
                    != Definition.result(op, input, weights, output.shape(), i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a difference was found since this was asked last. */
    boolean differed() {
        boolean now = differed;
        differed = false;
        return now;
    }
}
