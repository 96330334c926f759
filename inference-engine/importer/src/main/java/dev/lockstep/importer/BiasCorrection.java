package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.Conv;
import dev.lockstep.importer.FloatLayer.Dense;
import dev.lockstep.importer.FloatLayer.Linear;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rounded weights shift a layer's results by the sum of their errors times the mean of what they
 * multiply. Biases take that shift back.
 *
 * @source Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction,
 *     2019
 */
final class BiasCorrection {
    /** Bits kept of a mean, so that last bits of float kernels seldom change a model's id. */
    private static final int BITS = 5;

    private BiasCorrection() {}

    /** The network with the biases of layers that read tensors of the given file corrected. */
    static Network correct(Network network, Samples samples, Progress progress)
            throws ImportException {
        FloatGraph graph = network.graph();
        Map<String, float[]> means = means(network, samples, progress);
        List<FloatLayer> layers = new ArrayList<>();
        for (FloatLayer layer : graph.layers()) {
            float[] mean = means.get(layer.inputs().isEmpty() ? "" : layer.inputs().getFirst());
            boolean rounds = layer instanceof Linear linear && linear.given() == null;
            layers.add(
                    !rounds || mean == null
                            ? layer
                            : switch (layer) {
                                case Conv conv -> corrected(conv, mean);
                                case Dense dense -> corrected(dense, mean);
                                default -> layer;
                            });
        }
        return new Network(
                network.source(),
                new FloatGraph(
                        graph.inputs(),
                        graph.outputs(),
                        List.copyOf(layers),
                        graph.shapes(),
                        graph.invented(),
                        graph.given(),
                        graph.notes()),
                network.whole(),
                network.parts(),
                network.labels());
    }

    private static FloatLayer corrected(Conv conv, float[] mean) {
        int perGroup = conv.inputChannels() / conv.groups();
        int area = conv.window().kernelHeight() * conv.window().kernelWidth();
        float[] errors = errors(conv);
        float[] shift = new float[conv.channels()];
        for (int i = 0; i < errors.length; i++) {
            int channel = i / (perGroup * area);
            int group = channel / (conv.channels() / conv.groups());
            shift[channel] += errors[i] * mean[group * perGroup + i / area % perGroup];
        }
        return shifted(conv, shift);
    }

    private static FloatLayer corrected(Dense dense, float[] mean) {
        float[] errors = errors(dense);
        float[] shift = new float[dense.channels()];
        for (int i = 0; i < errors.length; i++) {
            shift[i / dense.inputChannels()] += errors[i] * mean[i % dense.inputChannels()];
        }
        return shifted(dense, shift);
    }

    private static FloatLayer shifted(Linear layer, float[] shift) {
        float[] ones = new float[shift.length];
        Arrays.fill(ones, 1);
        return layer.then(ones, shift, layer.output());
    }

    /** What each weight loses by being rounded. */
    private static float[] errors(Linear layer) {
        float[] weight = layer.weight();
        float[] errors = new float[weight.length];
        int row = weight.length / layer.channels();
        for (int from = 0; from < weight.length; from += row) {
            float scale = LinearWeights.scale(weight, from, row, 0, 1);
            for (int i = from; i < from + row; i++) {
                errors[i] = (float) (weight[i] - StrictMath.rint(weight[i] / scale) * scale);
            }
        }
        return errors;
    }

    /** Means of what layers of weights read: of each channel of a picture, else of each column. */
    private static Map<String, float[]> means(Network network, Samples samples, Progress progress)
            throws ImportException {
        FloatGraph graph = network.graph();
        List<String> inputs = graph.inputs().stream().map(FloatGraph.Input::name).toList();
        List<String> outputs = graph.outputs().stream().map(FloatGraph.Output::name).toList();
        Map<String, double[]> sums = new LinkedHashMap<>();
        for (FloatLayer layer : graph.layers()) {
            boolean reads = layer instanceof Conv || layer instanceof Dense;
            String read = reads ? layer.inputs().getFirst() : "";
            if (reads && !graph.invented().contains(read) && !outputs.contains(read)) {
                int[] shape = graph.shape(read);
                sums.put(
                        read,
                        new double[layer instanceof Conv ? shape[1] : shape[shape.length - 1]]);
            }
        }
        List<String> names =
                sums.keySet().stream()
                        .filter(name -> !outputs.contains(name) && !inputs.contains(name))
                        .toList();
        try (FloatModel model = FloatModel.load(network.parts(), graph, names)) {
            for (int i = 0; i < samples.count(); i++) {
                progress.report("correct biases", i, samples.count());
                float[] sample = samples.sample(i);
                float[][] values = model.run(sample);
                for (int k = 0; k < names.size(); k++) {
                    int[] shape = graph.shape(names.get(k));
                    add(sums.get(names.get(k)), values[outputs.size() + k], shape);
                }
                int at = 0;
                for (FloatGraph.Input input : graph.inputs()) {
                    int end = at + graph.size(input.name());
                    float[] part = Arrays.copyOfRange(sample, at, end);
                    add(sums.get(input.name()), part, graph.shape(input.name()));
                    at = end;
                }
            }
        }
        Map<String, float[]> means = new LinkedHashMap<>();
        for (Map.Entry<String, double[]> entry : sums.entrySet()) {
            String name = entry.getKey();
            double[] sum = entry.getValue();
            double count = (double) samples.count() * graph.size(name) / sum.length;
            float[] mean = new float[sum.length];
            for (int c = 0; c < mean.length; c++) {
                mean[c] = coarse(sum[c] / count);
            }
            means.put(name, mean);
        }
        return means;
    }

    /**
     * @param sums of each channel; null where nothing asks for them
     */
    private static void add(double @Nullable [] sums, float[] values, int[] shape) {
        if (sums == null) {
            return;
        }
        boolean picture = shape.length == 4 && shape[1] == sums.length;
        int inner = picture ? shape[2] * shape[3] : 1;
        for (int i = 0; i < values.length; i++) {
            sums[i / inner % sums.length] += values[i];
        }
    }

    private static float coarse(double mean) {
        double unit = Math.scalb(1.0, Math.getExponent(mean) - BITS + 1);
        return mean == 0 ? 0 : (float) (StrictMath.rint(mean / unit) * unit);
    }
}
