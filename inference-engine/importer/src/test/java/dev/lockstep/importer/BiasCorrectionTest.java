package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.DType;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class BiasCorrectionTest {
    private static final int INPUTS = 64;
    private static final int COUNT = 200;

    /** Inputs that are all positive make the errors of weights a shift of the results. */
    @Test
    void takesBackTheShiftOfRoundedWeights() throws ImportException {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(9);
        float[] weights = new float[INPUTS * 8];
        for (int i = 0; i < weights.length; i++) {
            // One large weight in each row leaves few steps to the others.
            weights[i] = i % INPUTS == 0 ? 30 : (float) random.nextGaussian();
        }
        Network network =
                Network.read(
                        OnnxBuilder.opset(13)
                                .input("x", 1, INPUTS)
                                .weight("w", weights, 8, INPUTS)
                                .node("Gemm", "x w", "y", OnnxBuilder.integer("transB", 1))
                                .output("y")
                                .build());
        float[] values = new float[COUNT * INPUTS];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % INPUTS == 0 ? 0 : 1 + random.nextFloat() / 8;
        }
        Samples samples = new Samples(INPUTS, values, null);
        double before = shift(network, samples);
        double after = shift(BiasCorrection.correct(network, samples, Progress.NONE), samples);
        assertThat(after).as("before: " + before).isLessThan(before / 4);
    }

    /** Greatest mean difference of an output. */
    private static double shift(Network network, Samples samples) throws ImportException {
        FloatGraph graph = network.graph();
        Map<String, Range> ranges =
                Calibrator.ranges(network, samples, Calibration.MIN_MAX, Progress.NONE);
        Quantizer.Result result = Quantizer.quantize(graph, ranges, DType.I16);
        double[] shifts = new double[graph.resultSize()];
        try (FloatModel original = FloatModel.load(network.whole(), graph, List.of())) {
            for (int i = 0; i < samples.count(); i++) {
                float[] expected = original.run(samples.sample(i))[0];
                double[] actual = Parity.outputs(graph, result.model(), samples.sample(i))[0];
                for (int c = 0; c < shifts.length; c++) {
                    shifts[c] += (actual[c] - expected[c]) / samples.count();
                }
            }
        }
        double most = 0;
        for (double shift : shifts) {
            most = Math.max(most, Math.abs(shift));
        }
        return most;
    }
}
