package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * ONNX's light models: the real graphs of well-known networks with weights that are all alike. They
 * show that the graphs import, are proven and run, not that they are accurate.
 */
@Tag("sweep")
class LightModelsTest {
    @ParameterizedTest
    @CsvSource({
        "squeezenet",
        "shufflenet",
        "bvlc_alexnet",
        "zfnet512",
        "inception_v1",
        "inception_v2",
        "densenet121",
        "resnet50",
        "vgg19"
    })
    void importsAndRuns(String name) throws IOException, ImportException {
        byte[] file =
                Files.readAllBytes(
                        Fixtures.models()
                                .resolve(
                                        "onnx/onnx/backend/test/data/light/light_"
                                                + name
                                                + ".onnx"));
        Network network = Network.read(file);
        FloatGraph graph = network.graph();
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(3);
        float[] picture = new float[graph.sampleSize()];
        for (int i = 0; i < picture.length; i++) {
            picture[i] = random.nextFloat();
        }
        Samples samples = new Samples(picture.length, picture, null);
        Map<String, Range> ranges =
                Calibrator.ranges(network, samples, Calibration.MIN_MAX, Progress.NONE);
        Quantizer.Result result = Quantizer.quantize(graph, ranges, DType.I8);
        double[] outputs = Parity.outputs(graph, result.model(), picture)[0];
        System.out.printf(
                "%s: %,d operations, %,d MACs, %,d bytes, %,d bytes of working memory%n",
                name,
                result.model().ops().size(),
                result.model().cost().macs(),
                result.model().sizeBytes(),
                result.model().arenaBytes());
        assertThat(outputs).hasSize(1000);
    }
}
