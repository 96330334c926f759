package training;

/** One trained array with its gradient and the two moments of Adam. */
public final class Parameters {
    private static final float BETA1 = 0.9f;
    private static final float BETA2 = 0.999f;

    public final float[] value;
    public final float[] gradient;
    private final float[] mean;
    private final float[] square;

    public Parameters(int size) {
        value = new float[size];
        gradient = new float[size];
        mean = new float[size];
        square = new float[size];
    }

    /** Normal values of the deviation sqrt(2 / inputs), which keeps the scale of what a ReLU lets through. */
    public static Parameters random(Rng rng, int size, int inputs) {
        Parameters p = new Parameters(size);
        double deviation = StrictMath.sqrt(2.0 / inputs);
        for (int i = 0; i < size; i++) {
            p.value[i] = (float) (rng.normal() * deviation);
        }
        return p;
    }

    /** One step of Adam with the mean gradient of a batch; clears the gradient. {@code step} counts from 1. */
    public void step(float rate, int batch, int step) {
        double correction1 = 1 - StrictMath.pow(BETA1, step);
        double correction2 = 1 - StrictMath.pow(BETA2, step);
        float scaled = (float) (rate * StrictMath.sqrt(correction2) / correction1);
        for (int i = 0; i < value.length; i++) {
            float g = gradient[i] / batch;
            mean[i] = BETA1 * mean[i] + (1 - BETA1) * g;
            square[i] = BETA2 * square[i] + (1 - BETA2) * g * g;
            value[i] -= scaled * mean[i] / ((float) StrictMath.sqrt(square[i]) + 1e-8f);
            gradient[i] = 0;
        }
    }
}
