package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Conv2d;
import dev.lockstep.inference.DepthwiseConv2d;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The kernels that a node serves with: plain ones from the first call on, vector ones as soon as
 * {@link WarmUp} has seen that they are compiled and right; native ones where {@link NativeGuard}
 * has been asked for them.
 */
public final class ServingKernels extends LayeredKernels {
    /**
     * Slower than this, compiled code may have been thrown away, and is looked at: plain kernels
     * take 1 at most on a machine that is not busy.
     */
    private static final long SLOW_NANOS_PER_MAC = 20;

    /** Multiply-accumulates from which on a call is looked at; others do not show. */
    private static final long MACS_MIN = 1 << 20;

    private static final int SLOW_CALLS_MAX = 2;

    private final Kernels plain = new PlainKernels();
    private @Nullable Kernels vector;
    private @Nullable GuardedKernels guarded;
    private int slowCalls;

    /** What serves now, for people who look at speed. */
    public static String backend() {
        return WarmUp.state() == WarmUp.State.WARM ? "vector" : "plain";
    }

    /**
     * Waits until the vector kernels are warm, or have not become so within half a minute.
     *
     * @return {@link #backend}
     */
    public static String settle() throws InterruptedException {
        WarmUp.start();
        while (WarmUp.isRunning()) {
            Thread.sleep(5);
        }
        return backend();
    }

    @Override
    Kernels below() {
        if (WarmUp.state() != WarmUp.State.WARM) {
            WarmUp.start();
            return plain;
        }
        Kernels present = vector;
        if (present == null) {
            present = new VectorKernels();
            vector = present;
        }
        return present;
    }

    /** Runs an operation with native kernels, where there are any that may; whether they did. */
    private boolean natively(Op op, Tensor input, Tensor weights, Tensor output) {
        NativeLibrary library = NativeGuard.library();
        if (library == null) {
            return false;
        }
        GuardedKernels present = guarded;
        if (present == null) {
            present = new GuardedKernels(library);
            guarded = present;
        }
        return present.run(op, input, weights, output);
    }

    @Override
    public boolean differed() {
        return guarded != null && guarded.differed();
    }

    /** Looks at how long a call took, and at nothing else. */
    private void look(long start, long macs) {
        long taken = System.nanoTime() - start;
        boolean slow = macs > MACS_MIN && taken / macs > SLOW_NANOS_PER_MAC;
        slowCalls = slow ? slowCalls + 1 : 0;
        // The first call of a model prepares its weights; and others use the machine too.
        if (slowCalls > SLOW_CALLS_MAX) {
            slowCalls = 0;
            WarmUp.doubt();
        }
    }

    @Override
    public void conv2d(Conv2d op, Tensor input, Tensor weights, Tensor output) {
        if (natively(op, input, weights, output)) {
            return;
        }
        long start = System.nanoTime();
        below().conv2d(op, input, weights, output);
        look(start, output.shape().elements() * weights.shape().elements(1, 4));
    }

    @Override
    public void depthwiseConv2d(DepthwiseConv2d op, Tensor input, Tensor weights, Tensor output) {
        if (natively(op, input, weights, output)) {
            return;
        }
        long start = System.nanoTime();
        below().depthwiseConv2d(op, input, weights, output);
        look(start, output.shape().elements() * weights.shape().elements(1, 4));
    }

    @Override
    public void fullyConnected(FullyConnected op, Tensor input, Tensor weights, Tensor output) {
        if (natively(op, input, weights, output)) {
            return;
        }
        long start = System.nanoTime();
        below().fullyConnected(op, input, weights, output);
        look(start, (long) output.shape().elements() * weights.shape().last());
    }
}
