package dev.lockstep.importer;

import dev.lockstep.importer.ParityReport.LayerParity;
import dev.lockstep.importer.ParityReport.OutputParity;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.InferenceResult;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.OpInfo;
import dev.lockstep.inference.Session;
import dev.lockstep.inference.TensorSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs the float and the fixed-point model side by side. */
final class Parity {
    /** Samples on which every operation is compared, not the outputs alone. */
    private static final int LAYER_SAMPLES = 64;

    private final Model model;
    private final Session session;
    private final Samples samples;
    private final List<Tally> outputs = new ArrayList<>();
    private long inputsCut;

    private Parity(Model model, Samples samples) {
        this.model = model;
        this.session = Session.open(model);
        this.samples = samples;
    }

    /**
     * @param traced what each operation of the model stands for; empty to compare outputs alone
     */
    static ParityReport compare(
            Network network,
            Model model,
            List<Quantizer.Traced> traced,
            Samples samples,
            Progress progress)
            throws ImportException {
        return new Parity(model, samples).run(network, traced, progress);
    }

    private ParityReport run(Network network, List<Quantizer.Traced> traced, Progress progress)
            throws ImportException {
        FloatGraph graph = network.graph();
        for (int k = 0; k < graph.outputs().size(); k++) {
            outputs.add(new Tally());
        }
        try (FloatModel floats = FloatModel.load(network.whole(), graph, List.of())) {
            for (int i = 0; i < samples.count(); i++) {
                progress.report("compare", i, samples.count());
                compareOutputs(graph, i, floats.run(samples.sample(i)));
            }
        }
        List<LayerParity> layers =
                traced.isEmpty() ? List.of() : compareLayers(network.parts(), graph, traced);
        progress.report("compare", samples.count(), samples.count());
        List<OutputParity> parities = new ArrayList<>();
        for (int k = 0; k < outputs.size(); k++) {
            parities.add(
                    outputs.get(k)
                            .parity(
                                    graph.outputs().get(k).name(),
                                    model.outputs().get(k).shape().elements(),
                                    samples));
        }
        return report(model, "ONNX Runtime", samples.count(), inputsCut, parities, layers);
    }

    /** A report on a model, with what the model itself tells. */
    static ParityReport report(
            Model model,
            String oracle,
            int samples,
            long inputsCut,
            List<OutputParity> outputs,
            List<LayerParity> layers) {
        Map<String, Integer> operations = new TreeMap<>();
        model.ops().forEach(op -> operations.merge(op.name(), 1, Integer::sum));
        ParityReport.Size size =
                new ParityReport.Size(model.sizeBytes(), model.cost().macs(), model.arenaBytes());
        return new ParityReport(
                model.id().toHex(), oracle, samples, inputsCut, outputs, layers, operations, size);
    }

    /** What a fixed-point model makes of one sample, as real numbers. */
    static double[][] outputs(FloatGraph graph, Model model, float[] sample) {
        return new Parity(model, new Samples(sample.length, sample, null)).outputs(graph, 0);
    }

    private double[][] outputs(FloatGraph graph, int index) {
        ByteBuffer actual = ByteBuffer.wrap(outputs(session.run(quantized(graph, index, true))));
        double[][] outputs = new double[model.outputs().size()][];
        for (int k = 0; k < outputs.length; k++) {
            TensorSpec spec = model.outputs().get(k);
            outputs[k] = new double[spec.shape().elements()];
            for (int i = 0; i < outputs[k].length; i++) {
                outputs[k][i] = real(spec, element(actual, spec));
            }
        }
        return outputs;
    }

    private void compareOutputs(FloatGraph graph, int index, float[][] expected)
            throws ImportException {
        double[][] actual = outputs(graph, index);
        for (int k = 0; k < outputs.size(); k++) {
            outputs.get(k).add(expected[k], actual[k], samples, index);
        }
    }

    /** The sample as the model's input bytes; what does not fit is cut off and counted. */
    private byte[] quantized(FloatGraph graph, int index, boolean counts) {
        ByteBuffer bytes = ByteBuffer.allocate(model.inputBytes());
        float[] sample = samples.sample(index);
        int at = 0;
        for (int k = 0; k < graph.inputs().size(); k++) {
            FloatGraph.Input input = graph.inputs().get(k);
            TensorSpec spec = model.inputs().get(k);
            double scale =
                    StrictMath.scalb(
                            (double) spec.quantization().multiplier(),
                            -spec.quantization().shift());
            for (int end = at + spec.shape().elements(); at < end; at++) {
                if (spec.dtype() == DType.F32) {
                    bytes.putFloat(sample[at]);
                    continue;
                }
                double real = graph.real(input, sample[at]);
                double q = StrictMath.rint(real / scale) + spec.quantization().zeroPoint();
                double held = Math.clamp(q, (double) spec.range().lo(), (double) spec.range().hi());
                inputsCut += counts && held != q ? 1 : 0;
                switch (spec.dtype()) {
                    case I8, W8 -> bytes.put((byte) held);
                    case I16 -> bytes.putShort((short) held);
                    case I32, F32 -> bytes.putInt((int) held);
                }
            }
        }
        return bytes.array();
    }

    private static byte[] outputs(InferenceResult result) {
        return switch (result) {
            case InferenceResult.Output(byte[] bytes) -> bytes;
            case InferenceResult.InputLength _, InferenceResult.InputOutOfRange _ ->
                    throw new IllegalStateException(
                            "input was formed for this model and yet refused: " + result);
        };
    }

    private static int element(ByteBuffer bytes, TensorSpec spec) {
        return switch (spec.dtype()) {
            case I8, W8 -> bytes.get();
            case I16 -> bytes.getShort();
            case I32, F32 -> bytes.getInt();
        };
    }

    private static double real(TensorSpec spec, int q) {
        double scale =
                StrictMath.scalb(
                        (double) spec.quantization().multiplier(), -spec.quantization().shift());
        return ((double) q - spec.quantization().zeroPoint()) * scale;
    }

    private List<LayerParity> compareLayers(
            byte[] onnx, FloatGraph graph, List<Quantizer.Traced> traced) throws ImportException {
        List<String> known =
                traced.stream()
                        .map(Quantizer.Traced::tensor)
                        .filter(name -> !name.isEmpty() && !graph.invented().contains(name))
                        .toList();
        List<String> declared = graph.outputs().stream().map(FloatGraph.Output::name).toList();
        List<String> names = new ArrayList<>(declared);
        known.stream().filter(name -> !declared.contains(name)).forEach(names::add);
        Map<Integer, Noise> noises = new LinkedHashMap<>();
        try (FloatModel floats =
                FloatModel.load(onnx, graph, names.subList(declared.size(), names.size()))) {
            for (int i = 0; i < Math.min(LAYER_SAMPLES, samples.count()); i++) {
                float[][] values = floats.run(samples.sample(i));
                session.run(
                        quantized(graph, i, false),
                        (op, type, integers) -> {
                            int at = names.indexOf(traced.get(op).tensor());
                            if (at >= 0) {
                                noises.computeIfAbsent(op, _ -> new Noise())
                                        .add(values[at], integers, traced.get(op).scale());
                            }
                        });
            }
        }
        List<LayerParity> layers = new ArrayList<>();
        noises.forEach(
                (op, noise) -> {
                    OpInfo info = model.ops().get(op);
                    layers.add(
                            new LayerParity(
                                    op,
                                    info.name(),
                                    traced.get(op).tensor(),
                                    info.type().dtype().name(),
                                    traced.get(op).scale().scale(),
                                    traced.get(op).scale().zeroPoint(),
                                    noise.sqnr(),
                                    noise.cut,
                                    noise.elements));
                });
        return List.copyOf(layers);
    }

    /** Signal and noise of one tensor. */
    private static final class Noise {
        private double signal;
        private double noise;
        private long cut;
        private long elements;

        void add(float[] expected, int[] actual, TensorScale scale) {
            for (int i = 0; i < actual.length; i++) {
                double difference = expected[i] - scale.real(actual[i]);
                signal += (double) expected[i] * expected[i];
                noise += difference * difference;
                cut += scale.saturates(expected[i]) ? 1 : 0;
                elements++;
            }
        }

        double sqnr() {
            return decibels(signal, noise);
        }
    }

    /** Ten times the logarithm of the ratio; noise of nothing counts as one part in 10^20. */
    private static double decibels(double signal, double noise) {
        return signal == 0 ? 0 : Math.min(200, 10 * StrictMath.log10(signal / noise));
    }

    /** What is added up over all samples for one output. */
    static final class Tally {
        private int sameArgmax;
        private int floatRight;
        private int integerRight;
        private double floatSquares;
        private double integerSquares;
        private double maxError;
        private double errors;
        private double signal;
        private double noise;

        void add(float[] expected, double[] actual, Samples samples, int index) {
            int floatFirst = 0;
            int integerFirst = 0;
            for (int i = 0; i < actual.length; i++) {
                double difference = Math.abs(expected[i] - actual[i]);
                maxError = Math.max(maxError, difference);
                errors += difference;
                signal += (double) expected[i] * expected[i];
                noise += difference * difference;
                floatFirst = expected[i] > expected[floatFirst] ? i : floatFirst;
                integerFirst = actual[i] > actual[integerFirst] ? i : integerFirst;
            }
            sameArgmax += floatFirst == integerFirst ? 1 : 0;
            float[] targets = samples.targets();
            if (targets != null) {
                float target = targets[index];
                floatRight += floatFirst == target ? 1 : 0;
                integerRight += integerFirst == target ? 1 : 0;
                floatSquares += (expected[0] - target) * (expected[0] - target);
                integerSquares += (actual[0] - target) * (actual[0] - target);
            }
        }

        OutputParity parity(String name, int elements, Samples samples) {
            int count = samples.count();
            boolean labels = samples.areLabels(elements);
            boolean reals = samples.targets() != null && elements == 1;
            return new OutputParity(
                    name,
                    elements,
                    sameArgmax,
                    labels ? floatRight : -1,
                    labels ? integerRight : -1,
                    reals ? StrictMath.sqrt(floatSquares / count) : null,
                    reals ? StrictMath.sqrt(integerSquares / count) : null,
                    maxError,
                    errors / count / elements,
                    decibels(signal, noise));
        }
    }
}
