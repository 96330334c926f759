package digits;

import training.Parameters;
import training.Rng;

/** 3×3 convolution with a border of one zero, ReLU, then the largest of each 2×2: [in, n, n] → [out, n/2, n/2]. */
final class ConvLayer {
    final int inputs;
    final int outputs;
    final int size;
    final Parameters weight;
    final Parameters bias;
    private final int stride;
    private final float[] padded;
    private final float[] paddedGradient;
    private final float[] full;
    private final float[] fullGradient;
    private final float[] pooled;
    private final int[] winner;
    private final float[] inputGradient;

    ConvLayer(Rng rng, int inputs, int outputs, int size) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.size = size;
        stride = size + 2;
        weight = Parameters.random(rng, outputs * inputs * 9, inputs * 9);
        bias = new Parameters(outputs);
        padded = new float[inputs * stride * stride];
        paddedGradient = new float[padded.length];
        full = new float[outputs * size * size];
        fullGradient = new float[full.length];
        pooled = new float[full.length / 4];
        winner = new int[pooled.length];
        inputGradient = new float[inputs * size * size];
    }

    float[] forward(float[] x) {
        for (int row = 0; row < inputs * size; row++) {
            System.arraycopy(x, row * size, padded, at(row / size, row % size + 1, 1), size);
        }
        for (int o = 0; o < outputs; o++) {
            java.util.Arrays.fill(full, o * size * size, (o + 1) * size * size, bias.value[o]);
            for (int tap = 0; tap < inputs * 9; tap++) {
                addTap(weight.value[o * inputs * 9 + tap], o, at(tap / 9, tap % 9 / 3, tap % 3));
            }
        }
        for (int i = 0; i < pooled.length; i++) {
            int half = size / 2;
            int corner = i / (half * half) * size * size + i / half % half * 2 * size + i % half * 2;
            int best = corner;
            best = full[corner + 1] > full[best] ? corner + 1 : best;
            best = full[corner + size] > full[best] ? corner + size : best;
            best = full[corner + size + 1] > full[best] ? corner + size + 1 : best;
            winner[i] = best;
            pooled[i] = Math.max(full[best], 0);
        }
        return pooled;
    }

    private void addTap(float w, int o, int from) {
        for (int y = 0; y < size; y++) {
            int out = (o * size + y) * size;
            int in = from + y * stride;
            for (int x = 0; x < size; x++) {
                full[out + x] += w * padded[in + x];
            }
        }
    }

    float[] backward(float[] gradient) {
        java.util.Arrays.fill(fullGradient, 0);
        java.util.Arrays.fill(paddedGradient, 0);
        for (int i = 0; i < pooled.length; i++) {
            if (pooled[i] > 0) {
                fullGradient[winner[i]] = gradient[i];
                bias.gradient[winner[i] / (size * size)] += gradient[i];
            }
        }
        for (int o = 0; o < outputs; o++) {
            for (int tap = 0; tap < inputs * 9; tap++) {
                int w = o * inputs * 9 + tap;
                weight.gradient[w] += backwardTap(weight.value[w], o, at(tap / 9, tap % 9 / 3, tap % 3));
            }
        }
        for (int row = 0; row < inputs * size; row++) {
            System.arraycopy(paddedGradient, at(row / size, row % size + 1, 1), inputGradient, row * size, size);
        }
        return inputGradient;
    }

    private float backwardTap(float w, int o, int from) {
        float sum = 0;
        for (int y = 0; y < size; y++) {
            int out = (o * size + y) * size;
            int in = from + y * stride;
            for (int x = 0; x < size; x++) {
                float g = fullGradient[out + x];
                sum += g * padded[in + x];
                paddedGradient[in + x] += g * w;
            }
        }
        return sum;
    }

    void step(float rate, int batch, int step) {
        weight.step(rate, batch, step);
        bias.step(rate, batch, step);
    }

    private int at(int channel, int y, int x) {
        return (channel * stride + y) * stride + x;
    }
}
