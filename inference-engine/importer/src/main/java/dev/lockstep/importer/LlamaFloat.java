package dev.lockstep.importer;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A decoder in double precision, a token at a time: the oracle of an import. */
final class LlamaFloat {
    private static final double EPSILON = 1e-5;

    private final LlamaCheckpoint model;
    private final double[][][] keys;
    private final double[][][] values;
    private final @Nullable TensorStatistics statistics;

    LlamaFloat(LlamaCheckpoint model) {
        this(model, null);
    }

    /**
     * @param statistics takes up every tensor; null for none
     */
    LlamaFloat(LlamaCheckpoint model, @Nullable TensorStatistics statistics) {
        this.model = model;
        this.statistics = statistics;
        this.keys = new double[model.layers().length][model.context()][];
        this.values = new double[model.layers().length][model.context()][];
    }

    /** Logits after a token at a position; those before it must have been given. */
    double[] next(int token, int position) {
        int width = model.width();
        double[] x = new double[width];
        for (int i = 0; i < width; i++) {
            x[i] = model.embedding()[token * width + i];
        }
        seen("residual", x);
        for (int i = 0; i < model.layers().length; i++) {
            LlamaCheckpoint.Layer layer = model.layers()[i];
            String name = "layer" + i + ".";
            double[] normal = input(name + "attentionNorm", norm(x, layer.attentionNorm()));
            double[] query = seen(name + "query", product(layer.query(), normal));
            double[] key = seen(name + "key", product(layer.key(), normal));
            turn(query, position);
            turn(key, position);
            seen(name + "queryTurned", query);
            keys[i][position] = seen(name + "keyTurned", key);
            values[i][position] = seen(name + "value", product(layer.value(), normal));
            add(x, product(layer.output(), input(name + "attended", attend(i, query, position))));
            seen("residual", x);
            normal = input(name + "feedForwardNorm", norm(x, layer.feedForwardNorm()));
            double[] gate = seen(name + "gate", product(layer.gate(), normal));
            double[] up = seen(name + "up", product(layer.up(), normal));
            for (int k = 0; k < gate.length; k++) {
                gate[k] = silu(gate[k]);
            }
            seen(name + "gated", gate);
            for (int k = 0; k < gate.length; k++) {
                gate[k] *= up[k];
            }
            add(x, product(layer.down(), input(name + "product", gate)));
            seen("residual", x);
        }
        double[] normal = input("finalNorm", norm(x, model.finalNorm()));
        return product(model.classifier(), normal);
    }

    static double silu(double x) {
        return x / (1 + StrictMath.exp(-x));
    }

    /** Angle by which a pair of elements of a head is turned at a position. */
    static double angle(int pair, int headWidth, int position) {
        return position * StrictMath.pow(10_000, -2.0 * pair / headWidth);
    }

    private double[] seen(String name, double[] tensor) {
        if (statistics != null) {
            statistics.see(name, tensor);
        }
        return tensor;
    }

    /** A tensor that is multiplied with weights. */
    private double[] input(String name, double[] tensor) {
        if (statistics != null) {
            statistics.seeInput(name, tensor);
        }
        return tensor;
    }

    private static double[] norm(double[] x, float[] gains) {
        double squares = 0;
        for (double v : x) {
            squares += v * v;
        }
        double scale = 1 / StrictMath.sqrt(squares / x.length + EPSILON);
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] * scale * gains[i];
        }
        return y;
    }

    private static double[] product(float[] matrix, double[] x) {
        double[] y = new double[matrix.length / x.length];
        for (int row = 0; row < y.length; row++) {
            double sum = 0;
            for (int i = 0; i < x.length; i++) {
                sum += matrix[row * x.length + i] * x[i];
            }
            y[row] = sum;
        }
        return y;
    }

    private void turn(double[] heads, int position) {
        int width = model.headWidth();
        for (int i = 0; i < heads.length; i += 2) {
            double angle = angle(i % width / 2, width, position);
            double cosine = StrictMath.cos(angle);
            double sine = StrictMath.sin(angle);
            double first = heads[i];
            heads[i] = first * cosine - heads[i + 1] * sine;
            heads[i + 1] = first * sine + heads[i + 1] * cosine;
        }
    }

    private double[] attend(int layer, double[] query, int position) {
        int width = model.headWidth();
        int sharing = model.heads() / model.keyHeads();
        double[] result = new double[query.length];
        for (int head = 0; head < model.heads(); head++) {
            int from = head / sharing * width;
            double[] shares = new double[position + 1];
            for (int j = 0; j <= position; j++) {
                for (int i = 0; i < width; i++) {
                    shares[j] += query[head * width + i] * keys[layer][j][from + i];
                }
                shares[j] /= StrictMath.sqrt(width);
            }
            softmax(shares);
            for (int j = 0; j <= position; j++) {
                for (int i = 0; i < width; i++) {
                    result[head * width + i] += shares[j] * values[layer][j][from + i];
                }
            }
        }
        return result;
    }

    /** Scores as shares, in place. */
    static void softmax(double[] scores) {
        double top = scores[0];
        for (double score : scores) {
            top = Math.max(top, score);
        }
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            scores[i] = StrictMath.exp(scores[i] - top);
            sum += scores[i];
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] /= sum;
        }
    }

    private static void add(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }

    /**
     * A text of this many tokens, drawn as the model likes it: the samples on which an import
     * measures. It starts with token 1, as texts do.
     */
    static int[] text(LlamaCheckpoint model, int tokens, RandomGenerator random) {
        LlamaFloat decoder = new LlamaFloat(model);
        int[] text = new int[tokens];
        text[0] = 1;
        for (int i = 1; i < tokens; i++) {
            double[] shares = decoder.next(text[i - 1], i - 1);
            softmax(shares);
            double drawn = random.nextDouble();
            while (text[i] < shares.length - 1 && drawn >= shares[text[i]]) {
                drawn -= shares[text[i]];
                text[i]++;
            }
        }
        return text;
    }

    /** What is known of all tensors over given texts. */
    static TensorStatistics statistics(LlamaCheckpoint model, int[][] texts) {
        TensorStatistics statistics = new TensorStatistics();
        for (int[] text : texts) {
            LlamaFloat decoder = new LlamaFloat(model, statistics);
            for (int i = 0; i < text.length; i++) {
                decoder.next(text[i], i);
            }
        }
        return statistics;
    }
}
