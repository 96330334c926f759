package dev.lockstep.importer;

/**
 * Rounding of weights to 8 bits, the largest of each row 127. What rounding a weight costs is made
 * good by those after it, as far as the inputs that they meet go together.
 *
 * @source GPTQ: Frantar et al. 2022, arXiv 2210.17323, section 3
 */
final class WeightRounding {
    private static final int WEIGHT_MAX = 127;

    /** Share of the mean input that is added to each, so that no input seems to be free. */
    private static final double DAMPING = 0.01;

    private final int columns;

    /** Upper triangle R with R' · R the inverse of the moments. */
    private final double[][] factor;

    /**
     * @param moment sums of the products of each two inputs; its lower triangle
     */
    WeightRounding(double[][] moment) {
        columns = moment.length;
        double mean = 0;
        for (int i = 0; i < columns; i++) {
            mean += moment[i][i] / columns;
        }
        double[][] damped = new double[columns][];
        for (int i = 0; i < columns; i++) {
            damped[i] = moment[i].clone();
            damped[i][i] += DAMPING * mean + Double.MIN_NORMAL;
        }
        factor = transposed(cholesky(inverse(cholesky(damped))));
    }

    int columns() {
        return columns;
    }

    /**
     * Rounds the rows of a matrix.
     *
     * @param scales of each row, to be filled in
     */
    byte[] round(float[] matrix, float[] scales) {
        byte[] rounded = new byte[matrix.length];
        for (int row = 0; row < scales.length; row++) {
            double[] left = new double[columns];
            float largest = 1e-20f;
            for (int i = 0; i < columns; i++) {
                left[i] = matrix[row * columns + i];
                largest = Math.max(largest, Math.abs(matrix[row * columns + i]));
            }
            scales[row] = largest / WEIGHT_MAX;
            for (int i = 0; i < columns; i++) {
                double units =
                        Math.clamp(StrictMath.rint(left[i] / scales[row]), -WEIGHT_MAX, WEIGHT_MAX);
                rounded[row * columns + i] = (byte) units;
                double error = (left[i] - units * scales[row]) / factor[i][i];
                for (int j = i + 1; j < columns; j++) {
                    left[j] -= error * factor[i][j];
                }
            }
        }
        return rounded;
    }

    /** Lower triangle L with L · L' the matrix, which is symmetric and positive. */
    private static double[][] cholesky(double[][] matrix) {
        int n = matrix.length;
        double[][] lower = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = matrix[i][j];
                for (int k = 0; k < j; k++) {
                    sum -= lower[i][k] * lower[j][k];
                }
                lower[i][j] = i == j ? StrictMath.sqrt(sum) : sum / lower[j][j];
            }
        }
        return lower;
    }

    /** Inverse of L · L'. */
    private static double[][] inverse(double[][] lower) {
        int n = lower.length;
        double[][] inverse = new double[n][n];
        for (int column = 0; column < n; column++) {
            double[] x = new double[n];
            for (int i = 0; i < n; i++) {
                double sum = i == column ? 1 : 0;
                for (int k = 0; k < i; k++) {
                    sum -= lower[i][k] * x[k];
                }
                x[i] = sum / lower[i][i];
            }
            for (int i = n - 1; i >= 0; i--) {
                double sum = x[i];
                for (int k = i + 1; k < n; k++) {
                    sum -= lower[k][i] * x[k];
                }
                x[i] = sum / lower[i][i];
            }
            for (int i = 0; i < n; i++) {
                inverse[i][column] = x[i];
            }
        }
        return inverse;
    }

    private static double[][] transposed(double[][] matrix) {
        int n = matrix.length;
        double[][] result = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                result[j][i] = matrix[i][j];
            }
        }
        return result;
    }
}
