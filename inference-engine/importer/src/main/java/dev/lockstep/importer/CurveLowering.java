package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.Clippable;
import dev.lockstep.importer.FloatLayer.Curve;
import dev.lockstep.importer.FloatLayer.Cut;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/**
 * Functions of each element alone. Cuts go into the layer before where that is possible; everything
 * else becomes a table.
 */
final class CurveLowering {
    private static final Set<String> STEEP =
            Set.of("Log", "Reciprocal", "Pow", "Tan", "Acosh", "Atanh");

    private CurveLowering() {}

    static void relu(OnnxNode node, LoweringState state) throws ImportException {
        cut(node, state, Clip.RELU);
    }

    static void clip(OnnxNode node, LoweringState state) throws ImportException {
        float low = bound(node, state, 1, "min", Float.NEGATIVE_INFINITY);
        float high = bound(node, state, 2, "max", Float.POSITIVE_INFINITY);
        if (Float.isNaN(low) || Float.isNaN(high)) {
            throw new ImportException(node.label() + ": bounds " + low + " and " + high);
        }
        // Where they are in the wrong order, the upper bound is what ONNX gives.
        cut(node, state, new Clip(Math.min(low, high), high));
    }

    private static float bound(
            OnnxNode node, LoweringState state, int input, String attribute, float otherwise)
            throws ImportException {
        if (!node.hasInput(input)) {
            return node.real(attribute, otherwise);
        }
        OnnxTensor bound = state.constantInput(node, input);
        if (bound.size() != 1) {
            throw new ImportException(
                    node.label()
                            + ": bound '"
                            + bound.name()
                            + "' holds "
                            + bound.size()
                            + " numbers instead of one");
        }
        return bound.real(0);
    }

    private static void cut(OnnxNode node, LoweringState state, Clip clip) throws ImportException {
        String input = state.activation(node, 0);
        String output = node.outputs().getFirst();
        if (state.solelyFor(input) instanceof Clippable layer) {
            state.replace(input, layer.clipped(clip, output));
        } else {
            state.add(new Cut(input, output, clip), state.shape(input));
        }
    }

    static void leakyRelu(OnnxNode node, LoweringState state) throws ImportException {
        double alpha = node.real("alpha", 0.01f);
        curve(node, state, x -> x < 0 ? alpha * x : x);
    }

    static void parametricRelu(OnnxNode node, LoweringState state) throws ImportException {
        OnnxTensor slope = state.constantInput(node, 1);
        if (slope.size() != 1) {
            throw new ImportException(
                    node.label() + ": a slope for each channel is not supported, only one for all");
        }
        double alpha = slope.real(0);
        curve(node, state, x -> x < 0 ? alpha * x : x);
    }

    static void elu(OnnxNode node, LoweringState state) throws ImportException {
        double alpha = node.real("alpha", 1);
        curve(node, state, x -> x < 0 ? alpha * StrictMath.expm1(x) : x);
    }

    static void sigmoid(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        if (state.isExact(input)) {
            ClassicalLowering.probabilities(state, input, node.outputs().getFirst(), "LOGISTIC");
            return;
        }
        curve(node, state, x -> 1 / (1 + StrictMath.exp(-x)));
    }

    static void hardSigmoid(OnnxNode node, LoweringState state) throws ImportException {
        double alpha = node.real("alpha", 0.2f);
        double beta = node.real("beta", 0.5f);
        curve(node, state, x -> Math.clamp(alpha * x + beta, 0.0, 1.0));
    }

    static void hardSwish(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, x -> x * Math.clamp(x / 6 + 0.5, 0.0, 1.0));
    }

    static void tanh(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, StrictMath::tanh);
    }

    static void softplus(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, x -> Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x))));
    }

    static void softsign(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, x -> x / (1 + Math.abs(x)));
    }

    static void gelu(OnnxNode node, LoweringState state) throws ImportException {
        String approximate = node.text("approximate", "none");
        switch (approximate) {
            case "none" ->
                    curve(
                            node,
                            state,
                            x -> 0.5 * x * (1 + errorFunction(x * StrictMath.sqrt(0.5))));
            case "tanh" ->
                    curve(
                            node,
                            state,
                            x ->
                                    0.5
                                            * x
                                            * (1
                                                    + StrictMath.tanh(
                                                            StrictMath.sqrt(2 / StrictMath.PI)
                                                                    * (x + 0.044715 * x * x * x))));
            default ->
                    throw new ImportException(
                            node.label()
                                    + ": approximate is '"
                                    + approximate
                                    + "'; supported are none and tanh");
        }
    }

    static void erf(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, CurveLowering::errorFunction);
    }

    static void exp(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, StrictMath::exp);
    }

    static void abs(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, Math::abs);
    }

    static void negate(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, x -> -x);
    }

    static void sqrt(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, x -> StrictMath.sqrt(Math.max(x, 0)));
    }

    static void log(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, x -> StrictMath.log(Math.max(x, Float.MIN_NORMAL)));
    }

    /** Nothing is divided by zero: the nearest that a float can be stands in its place. */
    static void reciprocal(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, x -> 1 / (x == 0 ? Float.MIN_NORMAL : x));
    }

    static void pow(OnnxNode node, LoweringState state) throws ImportException {
        double exponent = state.oneConstant(node, 1).real(0);
        curve(
                node,
                state,
                x -> {
                    double power = StrictMath.pow(x, exponent);
                    return Double.isFinite(power) ? power : 0;
                });
    }

    static void selu(OnnxNode node, LoweringState state) throws ImportException {
        double alpha = node.real("alpha", 1.6732632f);
        double gamma = node.real("gamma", 1.050701f);
        curve(node, state, x -> gamma * (x < 0 ? alpha * StrictMath.expm1(x) : x));
    }

    static void celu(OnnxNode node, LoweringState state) throws ImportException {
        double alpha = node.real("alpha", 1);
        curve(node, state, x -> x < 0 ? alpha * StrictMath.expm1(x / alpha) : x);
    }

    static void thresholdedRelu(OnnxNode node, LoweringState state) throws ImportException {
        double alpha = node.real("alpha", 1);
        curve(node, state, x -> x > alpha ? x : 0);
    }

    static void mish(OnnxNode node, LoweringState state) throws ImportException {
        curve(
                node,
                state,
                x ->
                        x
                                * StrictMath.tanh(
                                        Math.max(x, 0)
                                                + StrictMath.log1p(StrictMath.exp(-Math.abs(x)))));
    }

    static void swish(OnnxNode node, LoweringState state) throws ImportException {
        double alpha = node.real("alpha", 1);
        curve(node, state, x -> x / (1 + StrictMath.exp(-alpha * x)));
    }

    static void sin(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, StrictMath::sin);
    }

    static void cos(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, StrictMath::cos);
    }

    static void tan(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, StrictMath::tan);
    }

    static void arcSine(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, StrictMath::asin);
    }

    static void arcCosine(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, StrictMath::acos);
    }

    static void hyperbolicSine(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, StrictMath::sinh);
    }

    static void hyperbolicCosine(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, StrictMath::cosh);
    }

    static void areaSine(OnnxNode node, LoweringState state) throws ImportException {
        curve(
                node,
                state,
                x -> Math.copySign(StrictMath.log(Math.abs(x) + StrictMath.sqrt(x * x + 1)), x));
    }

    static void areaCosine(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, x -> StrictMath.log(x + StrictMath.sqrt(x * x - 1)));
    }

    static void areaTangent(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, x -> StrictMath.log((1 + x) / (1 - x)) / 2);
    }

    /** Floor, Ceil, Round and Sign. */
    static void whole(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        String output = node.outputs().getFirst();
        FloatLayer.Whole.Kind kind =
                switch (node.op()) {
                    case "Floor" -> FloatLayer.Whole.Kind.FLOOR;
                    case "Ceil" -> FloatLayer.Whole.Kind.CEILING;
                    case "Round" -> FloatLayer.Whole.Kind.NEAREST;
                    default -> FloatLayer.Whole.Kind.SIGN;
                };
        state.add(new FloatLayer.Whole(input, output, kind, 1), state.shape(input));
    }

    static void atan(OnnxNode node, LoweringState state) throws ImportException {
        curve(node, state, StrictMath::atan);
    }

    /** The larger of a tensor and a constant. */
    static void maximum(OnnxNode node, LoweringState state) throws ImportException {
        cut(node, state, new Clip(bound(node, state), Float.POSITIVE_INFINITY));
    }

    static void minimum(OnnxNode node, LoweringState state) throws ImportException {
        cut(node, state, new Clip(Float.NEGATIVE_INFINITY, bound(node, state)));
    }

    private static float bound(OnnxNode node, LoweringState state) throws ImportException {
        if (node.inputs().size() != 2) {
            throw new ImportException(
                    node.label()
                            + " has "
                            + node.inputs().size()
                            + " inputs; a tensor and a number are supported");
        }
        return state.oneConstant(node, 1).real(0);
    }

    /**
     * Whether a curve leaves every bound near zero: then a line to what it is there would be far
     * off beside it.
     */
    static boolean isSteep(String name) {
        return STEEP.contains(name);
    }

    /** Whether a curve is one straight line below zero and the identity above. */
    static boolean isBent(String name) {
        return name.equals("LeakyRelu") || name.equals("PRelu");
    }

    private static void curve(OnnxNode node, LoweringState state, DoubleUnaryOperator function)
            throws ImportException {
        String input = state.activation(node, 0);
        state.add(
                new Curve(input, node.outputs().getFirst(), node.op(), function),
                state.shape(input));
    }

    /**
     * 2/√π ∫₀ˣ exp(-t²) dt by its Taylor series up to 3, by the continued fraction of its
     * complement beyond; error below 1e-12.
     */
    static double errorFunction(double x) {
        double size = Math.abs(x);
        double scale = StrictMath.exp(-size * size) / StrictMath.sqrt(StrictMath.PI);
        if (size < 3) {
            double term = size;
            double sum = size;
            for (int n = 1; n < 80; n++) {
                term *= 2 * size * size / (2 * n + 1);
                sum += term;
            }
            return Math.copySign(2 * scale * sum, x);
        }
        double fraction = size;
        for (int n = 60; n >= 1; n--) {
            fraction = size + 0.5 * n / fraction;
        }
        return Math.copySign(1 - scale / fraction, x);
    }
}
