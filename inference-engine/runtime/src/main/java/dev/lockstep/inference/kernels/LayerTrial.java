package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Op;
import dev.lockstep.inference.Prepared;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.TensorType;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;

/** Whether native kernels have yielded the right bits for one operation of one model. */
final class LayerTrial implements Prepared {
    private enum State {
        NEW,
        RUNNING,
        PASSED,
        /** Other kernels serve. */
        FAILED
    }

    /** Multiply-accumulates of what is worked out again of one pattern; more are a sample. */
    private static final int MACS_MAX = 1 << 23;

    /** Results at both ends that no sample leaves out. */
    private static final int ENDS = 64;

    private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

    /** Whether the kernels may serve; if nobody has tried them yet, that is begun. */
    boolean passed(NativeLibrary library, Op op, Tensor input, Tensor weights, Tensor output) {
        if (state.get() == State.NEW && state.compareAndSet(State.NEW, State.RUNNING)) {
            TensorType in = input.type();
            TensorType out = output.type();
            NativeGuard.trial(() -> run(library, op, in, weights, out));
        }
        return state.get() == State.PASSED;
    }

    private void run(
            NativeLibrary library, Op op, TensorType input, Tensor weights, TensorType output) {
        state.set(State.FAILED);
        Tensor like = Tensor.activations(input, new int[0], 0);
        if (!NativeLayer.of(library, op, like, weights, output.shape()).fits()) {
            return;
        }
        if (right(library, op, input, weights, output)) {
            state.set(State.PASSED);
        } else {
            NativeGuard.fault("they differ in a trial of " + name(op, input));
        }
    }

    static String name(Op op, TensorType input) {
        return op.getClass().getSimpleName() + " of " + input;
    }

    /** Whether all results of every pattern, or a sample of them, have the right bits. */
    static boolean right(
            NativeLibrary library,
            Op op,
            TensorType inputType,
            Tensor weights,
            TensorType outputType) {
        NativeKernels kernels = new NativeKernels(library, new PlainKernels());
        int[] in = new int[inputType.shape().elements()];
        int[] out = new int[outputType.shape().elements()];
        Tensor input = Tensor.activations(inputType, in, 0);
        Tensor output = Tensor.activations(outputType, out, 0);
        SplittableRandom random = new SplittableRandom(out.length);
        int sample = MACS_MAX / Definition.macs(weights) + 1;
        for (Pattern pattern : Pattern.values()) {
            for (int i = 0; i < in.length; i++) {
                in[i] = pattern.element(i, random);
            }
            op.run(kernels, List.of(input, weights), output);
            boolean every = sample + 2 * ENDS >= out.length;
            for (int i = 0; i < out.length; i++) {
                if (every
                        || i < ENDS
                        || i >= out.length - ENDS
                        || random.nextInt(out.length) < sample) {
                    if (out[i] != Definition.result(op, input, weights, output.shape(), i)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    @Override
    public long bytes() {
        return 0;
    }
}
