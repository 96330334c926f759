package dev.lockstep.importer;

import dev.lockstep.inference.Add;
import dev.lockstep.inference.Attention;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.Concat;
import dev.lockstep.inference.Constant;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.Embedding;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.Gather;
import dev.lockstep.inference.GraphBuilder;
import dev.lockstep.inference.GraphBuilder.TensorRef;
import dev.lockstep.inference.Interval;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.LayerNorm;
import dev.lockstep.inference.Lut16;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Mul;
import dev.lockstep.inference.Multiplier;
import dev.lockstep.inference.Quantization;
import dev.lockstep.inference.Requantize;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Reshape;
import dev.lockstep.inference.Rope;
import dev.lockstep.inference.Scatter;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Slice;
import dev.lockstep.inference.Transpose;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A decoder in integers: 8-bit weights with a scale for each row, in one term or in two, of which
 * the second is what the first left; 16-bit activations with a scale for each tensor; a residual
 * stream of 32 bits.
 *
 * <p>As a step it takes a token, its position and the caches of keys and values, and yields logits
 * and the caches with one position more: a model is a function without memory, and this way a token
 * costs the same wherever it stands. As a sequence it takes all tokens at once, and needs no
 * caches.
 */
final class LlamaQuantizer {
    /** Room beyond the sizes seen. */
    private static final double HEADROOM = 1.5;

    /** Bits of the residual stream; its squares are summed. */
    private static final int RESIDUAL_MAX = 1 << 26;

    private static final int LOGIT_BITS = 16;

    /** Bits below those of a 16-bit element in which two terms are added. */
    private static final int FINE_BITS = 8;

    private final LlamaCheckpoint model;
    private final TensorStatistics seen;
    private final GraphBuilder g = new GraphBuilder();
    private final BigDecimal residual;
    private final Map<String, WeightRounding> roundings = new HashMap<>();

    /** Tokens that a run takes. */
    private final int tokens;

    /** Of 8 bits that make up a weight: 1 or 2. */
    private final int terms;

    private LlamaQuantizer(LlamaCheckpoint model, TensorStatistics seen, int terms, int tokens) {
        this.model = model;
        this.terms = terms;
        this.seen = seen;
        this.tokens = tokens;
        // A power of two, with 64 times the room that was needed.
        int exponent = Math.getExponent(seen.size("residual")) + 1;
        this.residual = power(exponent - 20);
    }

    private static BigDecimal power(int exponent) {
        return exponent >= 0
                ? BigDecimal.valueOf(2).pow(exponent)
                : BigDecimal.ONE.divide(BigDecimal.valueOf(2).pow(-exponent));
    }

    /** One token after those in the caches. */
    static Model step(LlamaCheckpoint model, TensorStatistics seen, int terms)
            throws InvalidModelException {
        return new LlamaQuantizer(model, seen, terms, 1).build(true);
    }

    /** A text of this many tokens from its start. */
    static Model sequence(LlamaCheckpoint model, TensorStatistics seen, int terms, int tokens)
            throws InvalidModelException {
        return new LlamaQuantizer(model, seen, terms, tokens).build(false);
    }

    private Model build(boolean cached) throws InvalidModelException {
        int heads = model.keyHeads();
        int width = model.headWidth();
        int caches = 2 * model.layers().length;
        TensorRef token =
                g.input(
                        DType.I32,
                        Shape.of(tokens),
                        Quantization.IDENTITY,
                        new Interval(0, model.vocabulary() - 1L));
        List<TensorRef> steps = new ArrayList<>();
        TensorRef cosines;
        TensorRef sines;
        TensorRef position = null;
        TensorRef cache = null;
        if (cached) {
            position =
                    g.input(
                            DType.I32,
                            Shape.of(1),
                            Quantization.IDENTITY,
                            new Interval(0, model.context() - 1L));
            cache =
                    g.input(
                            DType.I16,
                            Shape.of(caches * heads, model.context(), width),
                            Quantization.IDENTITY);
            cosines = g.add(new Gather(1), angles(model.context(), false), position);
            sines = g.add(new Gather(1), angles(model.context(), true), position);
        } else {
            cosines = angles(tokens, false);
            sines = angles(tokens, true);
        }
        Matrix embedding = Matrix.of(model.embedding(), model.width());
        TensorRef x =
                g.add(
                        new Embedding(
                                DType.I32,
                                Rescale.of(
                                        embedding.factors(BigDecimal.ONE, residual, 127),
                                        residualClipping())),
                        embedding.add(g),
                        token);
        for (int i = 0; i < model.layers().length; i++) {
            LlamaCheckpoint.Layer layer = model.layers()[i];
            String name = "layer" + i + ".";
            TensorRef normal = norm(x, layer.attentionNorm(), name + "attentionNorm");
            BigDecimal normalScale = scale(name + "attentionNorm");
            TensorRef query =
                    turned(
                            heads(
                                    linear(
                                            layer.query(),
                                            name + "attentionNorm",
                                            normal,
                                            normalScale,
                                            scale(name + "query"),
                                            DType.I16)),
                            cosines,
                            sines,
                            name + "query");
            TensorRef key =
                    turned(
                            heads(
                                    linear(
                                            layer.key(),
                                            name + "attentionNorm",
                                            normal,
                                            normalScale,
                                            scale(name + "key"),
                                            DType.I16)),
                            cosines,
                            sines,
                            name + "key");
            TensorRef value =
                    heads(
                            linear(
                                    layer.value(),
                                    name + "attentionNorm",
                                    normal,
                                    normalScale,
                                    scale(name + "value"),
                                    DType.I16));
            TensorRef attended;
            Attention attention = attention(name);
            if (position != null && cache != null) {
                steps.add(key);
                steps.add(value);
                TensorRef keys = g.add(new Scatter(1), slice(cache, 2 * i * heads), key, position);
                TensorRef values =
                        g.add(new Scatter(1), slice(cache, (2 * i + 1) * heads), value, position);
                attended = g.add(attention, query, keys, values, position);
            } else {
                attended = g.add(attention, query, key, value);
            }
            x =
                    sum(
                            x,
                            linear(
                                    layer.output(),
                                    name + "attended",
                                    rows(attended),
                                    scale(name + "value"),
                                    residual,
                                    DType.I32));
            normal = norm(x, layer.feedForwardNorm(), name + "feedForwardNorm");
            normalScale = scale(name + "feedForwardNorm");
            TensorRef gate =
                    g.add(
                            new Lut16(DType.I16, silu(name)),
                            linear(
                                    layer.gate(),
                                    name + "feedForwardNorm",
                                    normal,
                                    normalScale,
                                    scale(name + "gate"),
                                    DType.I16));
            TensorRef up =
                    linear(
                            layer.up(),
                            name + "feedForwardNorm",
                            normal,
                            normalScale,
                            scale(name + "up"),
                            DType.I16);
            BigDecimal factor =
                    Factors.ratio(
                            scale(name + "gated").multiply(scale(name + "up")),
                            scale(name + "product"));
            TensorRef product =
                    g.add(
                            new Mul(
                                    0,
                                    0,
                                    DType.I16,
                                    Rescale.of(
                                            Multiplier.of(factor, 32767L * 32767), 0, DType.I16)),
                            gate,
                            up);
            x =
                    sum(
                            x,
                            linear(
                                    layer.down(),
                                    name + "product",
                                    product,
                                    scale(name + "product"),
                                    residual,
                                    DType.I32));
        }
        TensorRef logits =
                linear(
                        model.classifier(),
                        "finalNorm",
                        norm(x, model.finalNorm(), "finalNorm"),
                        scale("finalNorm"),
                        power(-LOGIT_BITS),
                        DType.I32);
        List<GraphBuilder.Output> outputs = new ArrayList<>();
        outputs.add(new GraphBuilder.Output(logits, new Quantization(1, LOGIT_BITS, 0)));
        if (position != null && cache != null) {
            TensorRef updated = g.add(new Scatter(1), cache, joined(steps), position);
            outputs.add(new GraphBuilder.Output(updated, Quantization.IDENTITY));
        }
        return g.build(outputs);
    }

    /** Cosines or sines in Q15, (1, positions, pairs). */
    private TensorRef angles(int positions, boolean sine) throws InvalidModelException {
        int width = model.headWidth();
        int pairs = width / 2;
        int[] values = new int[positions * pairs];
        for (int i = 0; i < values.length; i++) {
            double angle = LlamaFloat.angle(i % pairs, width, i / pairs);
            double real = sine ? StrictMath.sin(angle) : StrictMath.cos(angle);
            values[i] = (int) Math.clamp(StrictMath.rint(real * 32768), -32767.0, 32767.0);
        }
        return g.add(new Constant(DType.I16, Shape.of(1, positions, pairs), Ints.of(values)));
    }

    /** Scale of a 16-bit tensor; a float, so that its decimal form is short and exact. */
    private BigDecimal scale(String tensor) {
        double size = Math.max(seen.size(tensor), 1e-6);
        return new BigDecimal((float) (HEADROOM * size / DType.I16.max()));
    }

    private static Clipping residualClipping() {
        return new Clipping(0, -RESIDUAL_MAX, RESIDUAL_MAX);
    }

    private TensorRef norm(TensorRef x, float[] gains, String name) throws InvalidModelException {
        BigDecimal to = scale(name);
        double largest = 1e-6;
        for (float gain : gains) {
            largest = Math.max(largest, Math.abs(gain));
        }
        int shift = 20;
        while (shift < 50
                && largest / to.doubleValue() * StrictMath.scalb(1.0, shift - 19) < 1 << 30) {
            shift++;
        }
        int[] whole = new int[gains.length];
        for (int i = 0; i < whole.length; i++) {
            whole[i] = Factors.scaled(Factors.ratio(new BigDecimal(gains[i]), to), shift - 20);
        }
        double unit = residual.doubleValue();
        int epsilon = (int) Math.clamp(StrictMath.rint(1e-5 / (unit * unit)), 1.0, 1e9);
        return g.add(
                new LayerNorm(
                        false,
                        0,
                        0,
                        epsilon,
                        Ints.of(whole),
                        Ints.repeat(0, whole.length),
                        shift,
                        DType.I16,
                        Clipping.of(0, DType.I16)),
                x);
    }

    /**
     * A product with weights. Where they have two terms, the sums of both are added in 32 bits
     * before they become elements.
     *
     * @param input name of the tensor that x is in the float model
     */
    private TensorRef linear(
            float[] matrix, String input, TensorRef x, BigDecimal from, BigDecimal to, DType output)
            throws InvalidModelException {
        Matrix weights = Matrix.of(matrix, rounding(input));
        if (terms == 1) {
            return product(weights, x, from, to, output);
        }
        Matrix rest = Matrix.of(weights.rest(matrix), x.shape().last());
        boolean wide = output == DType.I32;
        BigDecimal unit = wide ? to : to.multiply(power(-FINE_BITS));
        TensorRef both =
                sum(
                        product(weights, x, from, unit, DType.I32),
                        product(rest, x, from, unit, DType.I32));
        Rescale coarse = Rescale.of(new Multiplier(1 << 22, 22 + FINE_BITS), 0, DType.I16);
        return wide ? both : g.add(new Requantize(0, DType.I16, coarse), both);
    }

    private TensorRef product(
            Matrix weights, TensorRef x, BigDecimal from, BigDecimal to, DType output)
            throws InvalidModelException {
        Clipping clipping = output == DType.I32 ? residualClipping() : Clipping.of(0, output);
        return g.add(
                new FullyConnected(
                        Ints.repeat(0, weights.rows()),
                        output,
                        Rescale.of(weights.factors(from, to, DType.I16.max()), clipping)),
                x,
                weights.add(g));
    }

    private WeightRounding rounding(String input) {
        return roundings.computeIfAbsent(input, name -> new WeightRounding(seen.moment(name)));
    }

    /** Rows of all heads as (heads, tokens, width of a head). */
    private TensorRef heads(TensorRef rows) throws InvalidModelException {
        int width = model.headWidth();
        int heads = rows.shape().last() / width;
        if (tokens == 1) {
            return g.add(new Reshape(Shape.of(heads, 1, width)), rows);
        }
        TensorRef apart = g.add(new Reshape(Shape.of(tokens, heads, width)), rows);
        return g.add(new Transpose(Ints.of(1, 0, 2)), apart);
    }

    private TensorRef rows(TensorRef heads) throws InvalidModelException {
        TensorRef ordered = tokens == 1 ? heads : g.add(new Transpose(Ints.of(1, 0, 2)), heads);
        return g.add(new Reshape(Shape.of(tokens, model.width())), ordered);
    }

    private TensorRef turned(TensorRef x, TensorRef cosines, TensorRef sines, String name)
            throws InvalidModelException {
        BigDecimal factor = Factors.ratio(scale(name), scale(name + "Turned").multiply(power(15)));
        return g.add(
                new Rope(
                        false,
                        DType.I16,
                        Rescale.of(Multiplier.of(factor, 2L * 32767 * 32767), 0, DType.I16)),
                x,
                cosines,
                sines);
    }

    private Attention attention(String name) {
        double real =
                scale(name + "queryTurned").doubleValue()
                        * scale(name + "keyTurned").doubleValue()
                        / StrictMath.sqrt(model.headWidth())
                        / StrictMath.log(2)
                        * (1 << 16);
        Multiplier score = Multiplier.of(new BigDecimal(real), 32767L * 32767 * model.headWidth());
        Rescale one = Rescale.of(new Multiplier(1 << 15, 30), 0, DType.I16);
        return new Attention(true, 0, score.value(), score.shift(), DType.I16, one);
    }

    private Ints silu(String name) {
        double from = scale(name + "gate").doubleValue();
        double to = scale(name + "gated").doubleValue();
        int[] table = new int[513];
        for (int i = 0; i < table.length; i++) {
            double y = LlamaFloat.silu((128 * i - 32768) * from) / to;
            table[i] = (int) Math.clamp(StrictMath.rint(y), -32767.0, 32767.0);
        }
        return Ints.of(table);
    }

    private TensorRef sum(TensorRef a, TensorRef b) throws InvalidModelException {
        return g.add(new Add(0, 0, 2, 2, 1, DType.I32, residualClipping()), a, b);
    }

    /** The caches of one layer's keys or values. */
    private TensorRef slice(TensorRef cache, int first) throws InvalidModelException {
        return g.add(
                new Slice(
                        Ints.of(first, 0, 0),
                        Ints.of(1, 1, 1),
                        Shape.of(model.keyHeads(), model.context(), model.headWidth())),
                cache);
    }

    /** All one after the other, sixteen at a time. */
    private TensorRef joined(List<TensorRef> parts) throws InvalidModelException {
        List<TensorRef> left = parts;
        while (left.size() > 1) {
            List<TensorRef> merged = new ArrayList<>();
            for (int i = 0; i < left.size(); i += 16) {
                List<TensorRef> group = left.subList(i, Math.min(left.size(), i + 16));
                Rescale same =
                        Rescale.of(
                                Collections.nCopies(group.size(), Multiplier.ONE),
                                Clipping.of(0, DType.I16));
                merged.add(
                        g.add(
                                new Concat(0, Ints.repeat(0, group.size()), DType.I16, same),
                                group.toArray(TensorRef[]::new)));
            }
            left = merged;
        }
        return left.get(0);
    }

    /** Weights in 8 bits with a scale for each row. */
    private static final class Matrix {
        private final int columns;
        private final byte[] bytes;
        private final float[] scales;

        private Matrix(int columns, byte[] bytes, float[] scales) {
            this.columns = columns;
            this.bytes = bytes;
            this.scales = scales;
        }

        /** Each weight to the nearest. */
        static Matrix of(float[] values, int columns) {
            double[][] apart = new double[columns][columns];
            for (int i = 0; i < columns; i++) {
                apart[i][i] = 1;
            }
            return of(values, new WeightRounding(apart));
        }

        /** Weights that make good each other's rounding. */
        static Matrix of(float[] values, WeightRounding rounding) {
            float[] scales = new float[values.length / rounding.columns()];
            byte[] bytes = rounding.round(values, scales);
            return new Matrix(rounding.columns(), bytes, scales);
        }

        /** What these weights leave of those that they stand for. */
        float[] rest(float[] values) {
            float[] rest = new float[values.length];
            for (int i = 0; i < rest.length; i++) {
                rest[i] = values[i] - bytes[i] * scales[i / columns];
            }
            return rest;
        }

        int rows() {
            return scales.length;
        }

        TensorRef add(GraphBuilder g) {
            return g.weights(Shape.of(scales.length, columns), bytes);
        }

        /**
         * From sums over inputs of scale {@code from}, at most {@code inputMax} in size, to results
         * of scale {@code to}.
         */
        List<Multiplier> factors(BigDecimal from, BigDecimal to, long inputMax) {
            List<Multiplier> factors = new ArrayList<>();
            for (int row = 0; row < scales.length; row++) {
                long sum = 0;
                for (int i = row * columns; i < (row + 1) * columns; i++) {
                    sum += Math.abs(bytes[i]);
                }
                BigDecimal unit = from.multiply(new BigDecimal(scales[row]));
                factors.add(Multiplier.of(Factors.ratio(unit, to), sum * inputMax));
            }
            return factors;
        }
    }
}
