package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.Reshape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the range of every tensor that gets a scale of its own, by running the float model on
 * samples with those tensors added to its outputs.
 */
final class Calibrator {
    private static final int BINS = 8192;

    private Calibrator() {}

    /**
     * Names of the tensors whose ranges are needed, in order; they exist in the ONNX graph under
     * these names.
     */
    static List<String> measured(FloatGraph graph) {
        List<String> names = new ArrayList<>();
        for (FloatLayer layer : graph.layers()) {
            if (isOpen(graph, layer)) {
                names.add(onnxName(graph, layer.output()));
            }
        }
        return names;
    }

    /**
     * A tensor that only this importer has takes the values of the ONNX tensor that is reshaped or
     * turned from it.
     */
    private static String onnxName(FloatGraph graph, String tensor) {
        for (FloatLayer layer : graph.layers()) {
            boolean moves = layer instanceof Reshape || layer instanceof FloatLayer.Transpose;
            if (graph.invented().contains(tensor)
                    && moves
                    && layer.inputs().getFirst().equals(tensor)) {
                return layer.output();
            }
        }
        return tensor;
    }

    /**
     * Whether a layer's result gets a scale from its values, rather than its input's or a fixed
     * one.
     */
    static boolean hasOwnScale(FloatLayer layer) {
        return switch (layer) {
            case FloatLayer.Clippable _,
                    FloatLayer.AveragePool _,
                    FloatLayer.Curve _,
                    FloatLayer.Reduce _,
                    FloatLayer.Embedding _,
                    FloatLayer.LogSoftmax _,
                    FloatLayer.Norm _,
                    FloatLayer.Concat _ ->
                    true;
            case FloatLayer.MaxPool _,
                    FloatLayer.Cut _,
                    FloatLayer.Reshape _,
                    FloatLayer.Transpose _,
                    FloatLayer.Pad _,
                    FloatLayer.Slice _,
                    FloatLayer.Select _,
                    FloatLayer.Extreme _,
                    FloatLayer.Gather _,
                    FloatLayer.Constant _,
                    FloatLayer.TopK _,
                    FloatLayer.Compare _,
                    FloatLayer.Whole _,
                    FloatLayer.Softmax _,
                    FloatLayer.ArgMax _,
                    FloatLayer.Requantize _,
                    FloatLayer.Exact _ ->
                    false;
        };
    }

    /** Whether any tensor lacks a scale, so that samples are needed. */
    static boolean isNeeded(FloatGraph graph) {
        return needsFeatures(graph)
                || graph.layers().stream().anyMatch(layer -> isOpen(graph, layer))
                || graph.inputs().stream()
                        .anyMatch(input -> !graph.given().containsKey(input.name()));
    }

    /** Whether the ranges of features, each for itself, are asked for. */
    static boolean needsFeatures(FloatGraph graph) {
        return graph.layers().stream()
                .anyMatch(layer -> layer instanceof FloatLayer.Exact exact && exact.needsSamples());
    }

    private static boolean isOpen(FloatGraph graph, FloatLayer layer) {
        return hasOwnScale(layer) && !graph.given().containsKey(layer.output());
    }

    static Map<String, Range> ranges(
            Network network, Samples samples, Calibration calibration, Progress progress)
            throws ImportException {
        FloatGraph graph = network.graph();
        List<String> names = measured(graph);
        List<String> wanted = names.stream().distinct().toList();
        Map<String, Range> ranges = new LinkedHashMap<>();
        boolean cuts = calibration.needsCounts();
        Map<String, Seen> seen = new LinkedHashMap<>();
        wanted.forEach(name -> seen.put(name, new Seen()));
        inputRanges(graph, samples, ranges);
        List<String> modelOutputs = graph.outputs().stream().map(FloatGraph.Output::name).toList();
        List<String> extra = wanted.stream().filter(name -> !modelOutputs.contains(name)).toList();
        List<String> all = new ArrayList<>(modelOutputs);
        all.addAll(extra);
        int passes = cuts ? 2 : 1;
        try (FloatModel model = FloatModel.load(network.parts(), graph, extra)) {
            for (int pass = 0; pass < passes; pass++) {
                for (int i = 0; i < samples.count(); i++) {
                    progress.report(
                            "calibrate", pass * samples.count() + i, passes * samples.count());
                    float[][] values = model.run(samples.sample(i));
                    for (int k = 0; k < all.size(); k++) {
                        Seen tensor = seen.get(all.get(k));
                        if (tensor == null) {
                            continue;
                        }
                        if (pass == 0) {
                            tensor.take(values[k]);
                        } else {
                            tensor.count(values[k]);
                        }
                    }
                }
            }
        }
        progress.report("calibrate", passes * samples.count(), passes * samples.count());
        int next = 0;
        for (FloatLayer layer : graph.layers()) {
            if (isOpen(graph, layer)) {
                String name = names.get(next++);
                Seen tensor = seen.get(name);
                if (tensor == null || !tensor.isFinite()) {
                    throw new ImportException(
                            "tensor '"
                                    + name
                                    + "' takes values that are not finite on the calibration samples");
                }
                Range range =
                        !cuts
                                ? tensor.range()
                                : calibration.leastError()
                                        ? tensor.leastError()
                                        : tensor.range(calibration.share());
                ranges.put(layer.output(), range.coarse());
            }
        }
        return ranges;
    }

    private static void inputRanges(FloatGraph graph, Samples samples, Map<String, Range> ranges) {
        int at = 0;
        for (FloatGraph.Input input : graph.inputs()) {
            int size = graph.size(input.name());
            Seen seen = new Seen();
            for (int i = 0; i < samples.count(); i++) {
                int from = i * samples.elements() + at;
                seen.take(Arrays.copyOfRange(samples.values(), from, from + size));
            }
            ranges.put(input.name(), seen.range().coarse());
            at += size;
        }
    }

    /** Values of one tensor, as they come by. */
    private static final class Seen {
        private float low;
        private float high;
        private boolean finite = true;
        private boolean whole = true;
        private final long[] bins = new long[BINS];
        private long total;

        void take(float[] values) {
            for (float value : values) {
                low = Math.min(low, value);
                high = Math.max(high, value);
                finite &= Float.isFinite(value);
                whole &= value == StrictMath.rint(value);
            }
        }

        void count(float[] values) {
            double width = (double) high - low;
            for (float value : values) {
                int bin = width == 0 ? 0 : (int) ((value - low) / width * BINS);
                bins[Math.clamp(bin, 0, BINS - 1)]++;
                total++;
            }
        }

        boolean isFinite() {
            return finite;
        }

        Range range() {
            return new Range(low, high, whole);
        }

        /** The range that does the least square error by cutting and by rounding to 256 steps. */
        Range leastError() {
            Range best = range();
            double least = Double.MAX_VALUE;
            for (int percent = 100; percent >= 20; percent--) {
                double lo = low * percent / 100.0;
                double hi = high * percent / 100.0;
                double step = (hi - lo) / 255;
                double error = total * step * step / 12;
                for (int i = 0; i < BINS; i++) {
                    double middle = low + (i + 0.5) * ((double) high - low) / BINS;
                    double beyond = Math.max(0, Math.max(lo - middle, middle - hi));
                    error += bins[i] * beyond * beyond;
                }
                if (error < least) {
                    least = error;
                    best = new Range((float) lo, (float) hi, whole);
                }
            }
            return best;
        }

        Range range(double share) {
            long outside = (long) StrictMath.floor(total * (1 - share) / 2);
            double width = ((double) high - low) / BINS;
            int first = 0;
            for (long cut = bins[0]; cut <= outside && first < BINS - 1; cut += bins[first]) {
                first++;
            }
            int last = BINS - 1;
            for (long cut = bins[last]; cut <= outside && last > first; cut += bins[last]) {
                last--;
            }
            return new Range(
                    (float) Math.min(0, low + first * width),
                    (float) Math.max(0, low + (last + 1) * width),
                    whole);
        }
    }
}
