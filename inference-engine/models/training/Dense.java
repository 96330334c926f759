package training;

/** A fully connected layer, with ReLU or without: weights [outputs][inputs]. */
public final class Dense {
    public final int inputs;
    public final int outputs;
    public final Parameters weight;
    public final Parameters bias;
    private final boolean relu;
    public final float[] output;
    public final float[] inputGradient;
    private float[] input;

    public Dense(Rng rng, int inputs, int outputs, boolean relu) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.relu = relu;
        weight = Parameters.random(rng, inputs * outputs, inputs);
        bias = new Parameters(outputs);
        output = new float[outputs];
        inputGradient = new float[inputs];
        input = new float[inputs];
    }

    public float[] forward(float[] x) {
        input = x;
        for (int o = 0; o < outputs; o++) {
            float sum = bias.value[o];
            int row = o * inputs;
            for (int i = 0; i < inputs; i++) {
                sum += weight.value[row + i] * x[i];
            }
            output[o] = relu && sum < 0 ? 0 : sum;
        }
        return output;
    }

    /** Adds to the gradients and returns the gradient at the input. */
    public float[] backward(float[] outputGradient) {
        java.util.Arrays.fill(inputGradient, 0);
        for (int o = 0; o < outputs; o++) {
            float g = relu && output[o] <= 0 ? 0 : outputGradient[o];
            if (g == 0) {
                continue;
            }
            bias.gradient[o] += g;
            int row = o * inputs;
            for (int i = 0; i < inputs; i++) {
                weight.gradient[row + i] += g * input[i];
                inputGradient[i] += g * weight.value[row + i];
            }
        }
        return inputGradient;
    }

    public void step(float rate, int batch, int step) {
        weight.step(rate, batch, step);
        bias.step(rate, batch, step);
    }
}
