package dev.lockstep.importer;

import dev.lockstep.importer.FloatGraph.Output;
import dev.lockstep.importer.FloatLayer.Curve;
import dev.lockstep.importer.FloatLayer.Cut;
import dev.lockstep.importer.FloatLayer.Product;
import dev.lockstep.importer.FloatLayer.Sum;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Steps that all depend on one element of one tensor, element by element, become one curve, hence
 * one table without roundings between: an activation as exporters write it out (GELU by its error
 * function, Swish, Mish).
 */
final class CurveFusion {
    /** Steps of one curve, each counted as often as it is taken. */
    private static final int STEPS_MAX = 256;

    /**
     * What an element of a tensor is of the element at the same place of another.
     *
     * @param name of its steepest step
     * @param curves steps that need a table
     */
    private record Function(
            String of, String name, DoubleUnaryOperator function, int curves, int steps) {}

    private final Map<String, TensorScale> given;
    private final Map<String, int[]> shapes;
    private final Set<String> invented;
    private final Map<String, Function> functions = new HashMap<>();

    private CurveFusion(
            Map<String, TensorScale> given, Map<String, int[]> shapes, Set<String> invented) {
        this.given = given;
        this.shapes = shapes;
        this.invented = invented;
    }

    /**
     * The layers with such steps put together.
     *
     * @param given scales of the file: what it rounds itself stays a step
     * @param invented tensors that ONNX does not have, so that no table's range is known for them
     */
    static List<FloatLayer> fused(
            List<FloatLayer> layers,
            List<Output> outputs,
            Map<String, TensorScale> given,
            Map<String, int[]> shapes,
            Set<String> invented) {
        return new CurveFusion(given, shapes, invented).fused(layers, outputs);
    }

    private List<FloatLayer> fused(List<FloatLayer> layers, List<Output> outputs) {
        for (FloatLayer layer : layers) {
            Function function = function(layer);
            if (function != null) {
                functions.put(layer.output(), function);
            }
        }
        Set<String> needed = new HashSet<>();
        outputs.forEach(output -> needed.add(output.tensor()));
        List<FloatLayer> kept = new ArrayList<>();
        for (FloatLayer layer : layers.reversed()) {
            if (!needed.contains(layer.output())) {
                continue;
            }
            Function function = functions.get(layer.output());
            FloatLayer made = layer;
            if (function != null
                    && function.steps() > 1
                    && function.curves() > 0
                    && !invented.contains(layer.output())) {
                made =
                        new Curve(
                                function.of(),
                                layer.output(),
                                function.name(),
                                function.function());
            }
            needed.addAll(made.inputs());
            kept.add(made);
        }
        return List.copyOf(kept.reversed());
    }

    private @Nullable Function function(FloatLayer layer) {
        if (given.containsKey(layer.output())) {
            return null;
        }
        return switch (layer) {
            case Curve curve -> {
                Function x = of(curve.input());
                yield new Function(
                        x.of(),
                        CurveLowering.isSteep(curve.name()) ? curve.name() : x.name(),
                        v -> curve.function().applyAsDouble(x.function().applyAsDouble(v)),
                        x.curves() + 1,
                        x.steps() + 1);
            }
            case Cut cut -> {
                Function x = of(cut.input());
                yield new Function(
                        x.of(),
                        x.name(),
                        v -> cut(cut.clip(), x.function().applyAsDouble(v)),
                        x.curves(),
                        x.steps() + 1);
            }
            case Sum sum ->
                    joined(
                            sum.first(),
                            sum.second(),
                            sum.clip(),
                            sum.subtracts() ? (a, b) -> a - b : Double::sum);
            case Product product ->
                    joined(product.first(), product.second(), product.clip(), (a, b) -> a * b);
            default -> null;
        };
    }

    /** What a tensor is of another; at least, of itself. */
    private Function of(String tensor) {
        Function known = functions.get(tensor);
        return known != null ? known : new Function(tensor, "fused", x -> x, 0, 0);
    }

    private @Nullable Function joined(
            String first, String second, Clip clip, DoubleBinaryOperator join) {
        Function a = of(first);
        Function b = of(second);
        int steps = a.steps() + b.steps() + 1;
        if (!a.of().equals(b.of())
                || steps > STEPS_MAX
                || !Arrays.equals(shapes.get(first), shapes.get(second))) {
            return null;
        }
        return new Function(
                a.of(),
                CurveLowering.isSteep(a.name()) ? a.name() : b.name(),
                v ->
                        cut(
                                clip,
                                join.applyAsDouble(
                                        a.function().applyAsDouble(v),
                                        b.function().applyAsDouble(v))),
                a.curves() + b.curves(),
                steps);
    }

    private static double cut(Clip clip, double value) {
        return Math.min(Math.max(value, clip.low()), clip.high());
    }
}
