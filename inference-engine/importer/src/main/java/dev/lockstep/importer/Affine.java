package dev.lockstep.importer;

/** Weights and bias after a scale and a shift for each output channel were taken into them. */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record Affine(float[] weight, float[] bias) {
    static Affine fold(float[] weight, float[] bias, float[] scale, float[] shift) {
        int row = weight.length / bias.length;
        float[] newWeight = new float[weight.length];
        float[] newBias = new float[bias.length];
        for (int c = 0; c < bias.length; c++) {
            for (int i = c * row; i < (c + 1) * row; i++) {
                newWeight[i] = (float) ((double) weight[i] * scale[c]);
            }
            newBias[c] = (float) ((double) bias[c] * scale[c] + shift[c]);
        }
        return new Affine(newWeight, newBias);
    }
}
