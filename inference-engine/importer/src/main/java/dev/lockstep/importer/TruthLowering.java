package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.Compare;
import dev.lockstep.importer.FloatLayer.Product;
import dev.lockstep.importer.FloatLayer.Sum;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Lut8;

/** Comparisons, and what is made of truths: integers 1 and 0. */
final class TruthLowering {
    private static final Clip CLIP = new Clip(0, 1);

    private TruthLowering() {}

    /** Less, LessOrEqual, Greater, GreaterOrEqual, Equal. */
    static void compare(OnnxNode node, LoweringState state) throws ImportException {
        String output = node.outputs().getFirst();
        String[] operands = operands(node, state);
        int[] shape = Shapes.broadcast(node, state.shape(operands[0]), state.shape(operands[1]));
        switch (node.op()) {
            case "Less" -> state.add(new Compare(operands[0], operands[1], output), shape);
            case "Greater" -> state.add(new Compare(operands[1], operands[0], output), shape);
            case "LessOrEqual" -> {
                String greater = state.fresh(output, "greater");
                state.add(new Compare(operands[1], operands[0], greater), shape);
                not(state, greater, output);
            }
            case "GreaterOrEqual" -> {
                String less = state.fresh(output, "less");
                state.add(new Compare(operands[0], operands[1], less), shape);
                not(state, less, output);
            }
            default -> {
                String differs = state.fresh(output, "differs");
                differs(state, operands, differs, shape);
                not(state, differs, output);
            }
        }
    }

    /** And, Or, Xor. */
    static void join(OnnxNode node, LoweringState state) throws ImportException {
        String output = node.outputs().getFirst();
        String[] operands = operands(node, state);
        int[] shape = Shapes.broadcast(node, state.shape(operands[0]), state.shape(operands[1]));
        switch (node.op()) {
            case "And" -> state.add(new Product(operands[0], operands[1], output, CLIP), shape);
            case "Or" -> state.add(new Sum(operands[0], operands[1], output, false, CLIP), shape);
            default -> differs(state, operands, output, shape);
        }
        state.give(output, TensorScale.BIT);
    }

    static void not(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        state.isWhole(input);
        not(state, input, node.outputs().getFirst());
    }

    /** No result of integers is without a number. */
    static void never(OnnxNode node, LoweringState state) throws ImportException {
        int[] dims = state.shape(state.activation(node, 0));
        String output = node.outputs().getFirst();
        long[] truths = new long[(int) Shapes.size(dims)];
        state.addConstant(output, OnnxTensor.ofLongs(output, ElementType.BOOL, dims, truths));
    }

    private static void differs(LoweringState state, String[] operands, String output, int[] shape)
            throws ImportException {
        String less = state.fresh(output, "less");
        String greater = state.fresh(output, "greater");
        state.add(new Compare(operands[0], operands[1], less), shape);
        state.add(new Compare(operands[1], operands[0], greater), shape);
        state.add(new Sum(less, greater, output, false, CLIP), shape);
        state.give(output, TensorScale.BIT);
    }

    private static void not(LoweringState state, String input, String output)
            throws ImportException {
        int[] table = new int[256];
        table[128] = 1;
        state.add(
                new FloatLayer.Exact(
                        input, output, new Lut8(DType.I8, Ints.of(table)), false, false),
                state.shape(input));
        state.give(output, TensorScale.BIT);
    }

    /** Both with scales that are known: those of whole numbers, and of constants beside reals. */
    private static String[] operands(OnnxNode node, LoweringState state) throws ImportException {
        for (int i = 0; i < 2; i++) {
            OnnxTensor constant = state.constant(node.input(i));
            String name = state.activation(node, i);
            if (constant == null) {
                state.isWhole(name);
            } else if (constant.type() == ElementType.BOOL) {
                state.give(name, TensorScale.BIT);
            } else if (!constant.isFloat()) {
                state.give(name, TensorScale.WHOLE);
            } else if (state.scale(name) == null) {
                state.give(name, TensorScale.precise(Range.of(constant.floats())));
            }
        }
        return ArithmeticLowering.operands(node, state);
    }
}
