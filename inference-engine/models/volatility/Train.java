package volatility;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import training.Dense;
import training.NpzWriter;
import training.OnnxWriter;
import training.Rng;

/**
 * Trains the volatility forecaster and writes volatility.onnx, test.npz and calibration.npz beside itself. Run: {@code java
 * inference-engine/models/volatility/Train.java [target folder]}. The same seed gives the same bytes on every machine.
 */
public final class Train {
    private static final long SEED = 20261122;
    private static final int CANDLES = 10;
    private static final int INPUTS = 4 * CANDLES;
    private static final int WARM_UP = 20;
    private static final int WINDOWS = 4;
    private static final int BATCH = 64;
    private static final int STEPS = 24000;
    private static final float RATE = 0.002f;
    private static final int TEST_SAMPLES = 1000;
    private static final int CALIBRATION_SAMPLES = 400;

    private final Dense first;
    private final Dense second;
    private final Dense last;

    private Train(Rng rng) {
        first = new Dense(rng, INPUTS, 64, true);
        second = new Dense(rng, 64, 32, true);
        last = new Dense(rng, 32, 1, false);
    }

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args.length > 0 ? args[0] : "inference-engine/models/volatility");
        Train net = new Train(new Rng(SEED));
        net.train(new Samples(BATCH), new Rng(SEED + 1));
        Samples test = new Samples(TEST_SAMPLES);
        test.simulate(new Rng(SEED + 2));
        Samples calibration = new Samples(CALIBRATION_SAMPLES);
        calibration.simulate(new Rng(SEED + 3));
        test.write(folder.resolve("test.npz"));
        calibration.write(folder.resolve("calibration.npz"));
        Files.write(folder.resolve("volatility.onnx"), net.onnx());
        net.score(test);
    }

    private void train(Samples batch, Rng rng) {
        float[] gradient = new float[1];
        double loss = 0;
        for (int step = 1; step <= STEPS; step++) {
            batch.simulate(rng);
            for (int i = 0; i < BATCH; i++) {
                float error = forward(batch.inputs[i]) - batch.targets[i];
                // Errors count in proportion to the level, so that calm markets are learnt as well as wild ones.
                float weight = 1 / (0.2f + batch.targets[i]);
                loss += error * error * weight * weight;
                gradient[0] = error * weight * weight;
                first.backward(second.backward(last.backward(gradient)));
            }
            float rate = RATE * (1 - (float) step / (STEPS + 1));
            first.step(rate, BATCH, step);
            second.step(rate, BATCH, step);
            last.step(rate, BATCH, step);
            if (step % 1000 == 0) {
                System.out.printf("step %d of %d, relative error %.4f%n", step, STEPS, StrictMath.sqrt(loss / BATCH / 1000));
                loss = 0;
            }
        }
    }

    private float forward(float[] x) {
        return last.forward(second.forward(first.forward(x)))[0];
    }

    private void score(Samples test) {
        double[] squares = new double[4];
        double mean = 0;
        for (float target : test.targets) {
            mean += target / test.targets.length;
        }
        for (int i = 0; i < test.targets.length; i++) {
            double[] forecasts = {forward(test.inputs[i]), ranges(test.inputs[i], CANDLES), ranges(test.inputs[i], 1), mean};
            for (int k = 0; k < forecasts.length; k++) {
                double error = (forecasts[k] - test.targets[i]) / test.targets[i];
                squares[k] += error * error / test.targets.length;
            }
        }
        System.out.printf(
                "volatility: root mean square of the relative error on %d held-out windows: network %.4f, mean of the ten candle"
                        + " ranges %.4f, last candle range %.4f, constant %.4f%n",
                test.targets.length,
                StrictMath.sqrt(squares[0]),
                StrictMath.sqrt(squares[1]),
                StrictMath.sqrt(squares[2]),
                StrictMath.sqrt(squares[3]));
    }

    /** Parkinson's estimate over the last candles, for comparison: root of the mean of (high - low)² / (4 ln 2). */
    private static double ranges(float[] x, int count) {
        double sum = 0;
        for (int candle = CANDLES - count; candle < CANDLES; candle++) {
            double open = 1 + x[4 * candle] / 100;
            double range = (x[4 * candle + 1] - x[4 * candle + 2]) / open;
            sum += range * range;
        }
        return StrictMath.sqrt(sum / count / (4 * StrictMath.log(2)));
    }

    private byte[] onnx() {
        OnnxWriter.Message transposed = OnnxWriter.number("transB", 1);
        return new OnnxWriter("volatility")
                .weight("fc1.weight", first.weight.value, 64, INPUTS)
                .weight("fc1.bias", first.bias.value, 64)
                .weight("fc2.weight", second.weight.value, 32, 64)
                .weight("fc2.bias", second.bias.value, 32)
                .weight("fc3.weight", last.weight.value, 1, 32)
                .weight("fc3.bias", last.bias.value, 1)
                .node("Flatten", List.of("candles"), "flat", OnnxWriter.number("axis", 1))
                .node("Gemm", List.of("flat", "fc1.weight", "fc1.bias"), "fc1", transposed)
                .node("Relu", List.of("fc1"), "relu1")
                .node("Gemm", List.of("relu1", "fc2.weight", "fc2.bias"), "fc2", transposed)
                .node("Relu", List.of("fc2"), "relu2")
                .node("Gemm", List.of("relu2", "fc3.weight", "fc3.bias"), "volatility", transposed)
                .model("candles", new long[] {1, CANDLES, 4}, "volatility", new long[] {1, 1});
    }

    /** Windows of ten candles and what came next; both in percent. */
    private static final class Samples {
        final float[][] inputs;
        final float[] targets;

        Samples(int count) {
            inputs = new float[count][INPUTS];
            targets = new float[count];
        }

        void simulate(Rng rng) {
            for (int i = 0; i < targets.length; ) {
                Market market = new Market(rng);
                double[][] candles = new double[WARM_UP + CANDLES + 2 * WINDOWS][];
                for (int c = 0; c < candles.length; c++) {
                    candles[c] = market.candle();
                }
                for (int w = 0; w < WINDOWS && i < targets.length; w++, i++) {
                    int from = WARM_UP + 2 * w;
                    double firstOpen = candles[from][0];
                    for (int k = 0; k < INPUTS; k++) {
                        inputs[i][k] = (float) ((candles[from + k / 4][k % 4] / firstOpen - 1) * 100);
                    }
                    targets[i] = (float) (candles[from + CANDLES][4] * 100);
                }
            }
        }

        void write(Path file) throws IOException {
            float[] flat = new float[targets.length * INPUTS];
            for (int i = 0; i < targets.length; i++) {
                System.arraycopy(inputs[i], 0, flat, i * INPUTS, INPUTS);
            }
            new NpzWriter()
                    .floats("x", flat, targets.length, CANDLES, 4)
                    .floats("y", targets, targets.length)
                    .write(file);
        }
    }
}
