package dev.lockstep.importer;

import java.util.HashMap;
import java.util.Map;

/**
 * What is known of the tensors of a float model: how large they become, how their elements go
 * together.
 */
final class TensorStatistics {
    private final Map<String, Double> sizes = new HashMap<>();
    private final Map<String, double[][]> moments = new HashMap<>();

    /** Takes up a row of a tensor. */
    void see(String name, double[] row) {
        double size = sizes.getOrDefault(name, 0.0);
        for (double x : row) {
            size = Math.max(size, Math.abs(x));
        }
        sizes.put(name, size);
    }

    /** Takes up a row of a tensor that is multiplied with weights. */
    void seeInput(String name, double[] row) {
        see(name, row);
        double[][] moment =
                moments.computeIfAbsent(name, key -> new double[row.length][row.length]);
        for (int i = 0; i < row.length; i++) {
            for (int j = 0; j <= i; j++) {
                moment[i][j] += row[i] * row[j];
            }
        }
    }

    /** Greatest size of an element. */
    double size(String name) {
        Double size = sizes.get(name);
        if (size == null) {
            throw new IllegalStateException("tensor '" + name + "' was never seen");
        }
        return size;
    }

    /** Sums of the products of each two elements: the lower triangle. */
    double[][] moment(String name) {
        double[][] moment = moments.get(name);
        if (moment == null) {
            throw new IllegalStateException("tensor '" + name + "' was never seen as an input");
        }
        return moment;
    }
}
