package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs one operation on given tensors and checks on the way what holds for every operation: its
 * parameters survive the file's encoding, it writes its result and nothing beside it, and the
 * result lies within the proven interval.
 */
final class OpTrial {
    private static final int GUARD = 7;
    private static final int UNTOUCHED = 0x5eed5eed;

    /** A tensor with its values, activations or weights. */
    record Values(TensorType type, int[] values) {
        static Values of(DType dtype, Shape shape, int... values) {
            return new Values(new TensorType(dtype, shape), values);
        }

        Ints ints() {
            return Ints.of(values);
        }

        Interval interval() {
            int lo = Arrays.stream(values).min().getAsInt();
            int hi = Arrays.stream(values).max().getAsInt();
            return new Interval(lo, hi);
        }
    }

    private OpTrial() {}

    static Values run(Kernels kernels, Op op, Values... inputs) throws InvalidModelException {
        assertThat(reread(op)).isEqualTo(op);
        List<TensorType> types = new ArrayList<>();
        List<Operand> operands = new ArrayList<>();
        List<Tensor> tensors = new ArrayList<>();
        for (Values input : inputs) {
            types.add(input.type);
            if (input.type.dtype().isWeights()) {
                MemorySegment bytes = bytes(input.values);
                operands.add(new Operand(input.type, DType.W8.range(), bytes));
                tensors.add(Tensor.weights(input.type, bytes));
            } else {
                operands.add(new Operand(input.type, input.interval(), MemorySegment.NULL));
                int[] data = new int[input.values.length + GUARD];
                System.arraycopy(input.values, 0, data, GUARD, input.values.length);
                tensors.add(Tensor.activations(input.type, data, GUARD));
            }
        }
        TensorType type = op.type(types);
        Interval interval = op.bounds(operands, type);
        Cost cost = op.cost(types, type);
        assertThat(cost.elements() + cost.moves()).isPositive();
        int count = type.shape().elements();
        int[] out = new int[count + 2 * GUARD];
        Arrays.fill(out, UNTOUCHED);
        op.run(kernels, tensors, Tensor.activations(type, out, GUARD));
        for (int i = 0; i < GUARD; i++) {
            assertThat(out[i]).isEqualTo(UNTOUCHED);
            assertThat(out[GUARD + count + i]).isEqualTo(UNTOUCHED);
        }
        Values result = new Values(type, Arrays.copyOfRange(out, GUARD, GUARD + count));
        assertThat(interval.contains(result.interval()))
                .as("%s within %s", result.interval(), interval)
                .isTrue();
        return result;
    }

    private static Op reread(Op op) throws InvalidModelException {
        OpFields fields = op.fields();
        return Op.read(Ops.of(op).number(), fields.attributes(), fields.constants());
    }

    private static MemorySegment bytes(int[] values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return MemorySegment.ofArray(bytes);
    }
}
