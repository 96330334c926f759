package digits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import training.Dense;
import training.NpzWriter;
import training.OnnxWriter;
import training.Rng;

/**
 * Trains the digit classifier and writes digits.onnx, test.npz and calibration.npz beside itself. Run: {@code java
 * inference-engine/models/digits/Train.java [target folder]}. The same seed gives the same bytes on every machine.
 */
public final class Train {
    private static final long SEED = 20261121;
    private static final int BATCH = 32;
    private static final int STEPS = 5000;
    private static final float RATE = 0.003f;
    private static final int TEST_SAMPLES = 1000;
    private static final int CALIBRATION_SAMPLES = 256;
    private static final int PIXELS = Glyphs.SIZE * Glyphs.SIZE;

    private final ConvLayer first;
    private final ConvLayer second;
    private final Dense last;

    private Train(Rng rng) {
        first = new ConvLayer(rng, 1, 8, 16);
        second = new ConvLayer(rng, 8, 16, 8);
        last = new Dense(rng, 256, 10, false);
    }

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args.length > 0 ? args[0] : "inference-engine/models/digits");
        Train net = new Train(new Rng(SEED));
        net.train(new Rng(SEED + 1));
        Samples test = Samples.draw(TEST_SAMPLES, new Rng(SEED + 2));
        Samples calibration = Samples.draw(CALIBRATION_SAMPLES, new Rng(SEED + 3));
        int right = 0;
        for (int i = 0; i < TEST_SAMPLES; i++) {
            right += argmax(net.forward(test.input(i))) == test.labels[i] ? 1 : 0;
        }
        test.write(folder.resolve("test.npz"));
        calibration.write(folder.resolve("calibration.npz"));
        Files.write(folder.resolve("digits.onnx"), net.onnx());
        System.out.printf("digits: %d of %d held-out pictures right (%.2f %%)%n", right, TEST_SAMPLES, 100.0 * right / TEST_SAMPLES);
    }

    private void train(Rng rng) {
        float[] gradient = new float[10];
        for (int step = 1; step <= STEPS; step++) {
            double loss = 0;
            for (int sample = 0; sample < BATCH; sample++) {
                int digit = rng.below(10);
                float[] logits = forward(scaled(Glyphs.draw(digit, rng), 0));
                loss += crossEntropy(logits, digit, gradient);
                first.backward(second.backward(last.backward(gradient)));
            }
            float rate = RATE * (1 - (float) step / (STEPS + 1));
            first.step(rate, BATCH, step);
            second.step(rate, BATCH, step);
            last.step(rate, BATCH, step);
            if (step % 500 == 0) {
                System.out.printf("step %d of %d, loss %.4f%n", step, STEPS, loss / BATCH);
            }
        }
    }

    private float[] forward(float[] picture) {
        return last.forward(second.forward(first.forward(picture)));
    }

    /** Loss of softmax against the digit; leaves its gradient by the logits. */
    private static double crossEntropy(float[] logits, int digit, float[] gradient) {
        double largest = logits[argmax(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += StrictMath.exp(logit - largest);
        }
        for (int i = 0; i < logits.length; i++) {
            gradient[i] = (float) (StrictMath.exp(logits[i] - largest) / sum) - (i == digit ? 1 : 0);
        }
        return StrictMath.log(sum) - (logits[digit] - largest);
    }

    private static int argmax(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }

    private static float[] scaled(byte[] pixels, int from) {
        float[] x = new float[PIXELS];
        for (int i = 0; i < PIXELS; i++) {
            x[i] = (pixels[from + i] & 0xff) / 255f;
        }
        return x;
    }

    /** The network takes grey values 0 … 255 as they are: the division by 255 goes into the first weights. */
    private byte[] onnx() {
        float[] weight = first.weight.value.clone();
        for (int i = 0; i < weight.length; i++) {
            weight[i] /= 255f;
        }
        OnnxWriter.Message pads = OnnxWriter.ints("pads", 1, 1, 1, 1);
        OnnxWriter.Message kernel = OnnxWriter.ints("kernel_shape", 3, 3);
        OnnxWriter.Message two = OnnxWriter.ints("kernel_shape", 2, 2);
        OnnxWriter.Message stride = OnnxWriter.ints("strides", 2, 2);
        return new OnnxWriter("digits")
                .weight("conv1.weight", weight, 8, 1, 3, 3)
                .weight("conv1.bias", first.bias.value, 8)
                .weight("conv2.weight", second.weight.value, 16, 8, 3, 3)
                .weight("conv2.bias", second.bias.value, 16)
                .weight("fc.weight", last.weight.value, 10, 256)
                .weight("fc.bias", last.bias.value, 10)
                .node("Conv", List.of("image", "conv1.weight", "conv1.bias"), "conv1", kernel, pads)
                .node("Relu", List.of("conv1"), "relu1")
                .node("MaxPool", List.of("relu1"), "pool1", two, stride)
                .node("Conv", List.of("pool1", "conv2.weight", "conv2.bias"), "conv2", kernel, pads)
                .node("Relu", List.of("conv2"), "relu2")
                .node("MaxPool", List.of("relu2"), "pool2", two, stride)
                .node("Flatten", List.of("pool2"), "flat", OnnxWriter.number("axis", 1))
                .node("Gemm", List.of("flat", "fc.weight", "fc.bias"), "scores", OnnxWriter.number("transB", 1))
                .model("image", new long[] {1, 1, 16, 16}, "scores", new long[] {1, 10});
    }

    private record Samples(byte[] pixels, byte[] labels) {
        static Samples draw(int count, Rng rng) {
            byte[] pixels = new byte[count * PIXELS];
            byte[] labels = new byte[count];
            for (int i = 0; i < count; i++) {
                labels[i] = (byte) (i % 10);
                System.arraycopy(Glyphs.draw(labels[i], rng), 0, pixels, i * PIXELS, PIXELS);
            }
            return new Samples(pixels, labels);
        }

        float[] input(int i) {
            return scaled(pixels, i * PIXELS);
        }

        void write(Path file) throws IOException {
            new NpzWriter()
                    .bytes("x", pixels, labels.length, 1, Glyphs.SIZE, Glyphs.SIZE)
                    .bytes("y", labels, labels.length)
                    .write(file);
        }
    }
}
