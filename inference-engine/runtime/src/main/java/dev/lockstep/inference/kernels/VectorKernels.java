package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Add;
import dev.lockstep.inference.Conv2d;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.DepthwiseConv2d;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.Prepared;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.TreeEnsemble;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Kernels in explicit vectors. Sums stand in floats where the weights prove them to be exact, in
 * doubles elsewhere: 8-bit weights times 16-bit inputs, 2^20 of them, stay below 2^43.
 *
 * <p>A convolution is a matrix product of the weights with windows that are never gathered: {@link
 * Planes} lays the input out so that the columns of the product are neighbours in memory. Results
 * are brought to scale while they are in the nearest cache.
 */
public final class VectorKernels extends LayeredKernels {
    /** Bytes of input that a pass over all channels should not exceed, to stay in the cache. */
    private static final int SLAB_BYTES = 32 << 10;

    /** Channels, or rows, whose sums are held at once: whole tiles, some hundred kilobytes. */
    private static final int CHANNELS_AT_ONCE = 1536;

    /** Rows from which on a product of matrices pays off over products with a vector. */
    private static final int ROWS_MIN = 3;

    private final Kernels plain;
    private final TreeLanes treeLanes;
    private final TreeRuns treeRuns = new TreeRuns();
    private float[] planes = new float[0];
    private float[] sums = new float[0];
    private double[] widePlanes = new double[0];
    private double[] wideSums = new double[0];
    private int[] results;

    /**
     * Kernels of their own scratch memory, for one thread at a time.
     *
     * @fails IllegalStateException where this JVM has no vectors
     */
    public VectorKernels() {
        if (!VectorModule.isPresent()) {
            throw new IllegalStateException("This JVM has no jdk.incubator.vector.");
        }
        this.plain = new PlainKernels();
        this.treeLanes = new TreeLanes();
        this.results = new int[FloatTiles.WIDTH];
    }

    private static final class Convolution implements Prepared {
        private final Planes planes;
        private final PlaneLanes lanes;
        private final int[] offsets;
        private final boolean inFloats;
        private final float[] panels;
        private final double[] widePanels;
        private final Requantizer requantizer;

        Convolution(
                Planes planes,
                int[] offsets,
                boolean inFloats,
                float[] panels,
                double[] widePanels,
                Requantizer requantizer) {
            this.planes = planes;
            this.lanes = new PlaneLanes(planes);
            this.offsets = offsets;
            this.inFloats = inFloats;
            this.panels = panels;
            this.widePanels = widePanels;
            this.requantizer = requantizer;
        }

        @Override
        public long bytes() {
            return 4L * (offsets.length + panels.length) + 8L * widePanels.length + lanes.bytes();
        }
    }

    private static final class Depthwise implements Prepared {
        private final Planes planes;
        private final PlaneLanes lanes;
        private final boolean inFloats;
        private final float[] panels;
        private final Requantizer requantizer;

        Depthwise(Planes planes, boolean inFloats, float[] panels, Requantizer requantizer) {
            this.planes = planes;
            this.lanes = new PlaneLanes(planes);
            this.inFloats = inFloats;
            this.panels = panels;
            this.requantizer = requantizer;
        }

        @Override
        public long bytes() {
            return 4L * panels.length + lanes.bytes();
        }
    }

    private static final class Matrix implements Prepared {
        private final boolean inFloats;
        private final int[] offsets;
        private final float[] panels;
        private final byte[] rows;
        private final Requantizer requantizer;

        Matrix(
                boolean inFloats,
                int[] offsets,
                float[] panels,
                byte[] rows,
                Requantizer requantizer) {
            this.inFloats = inFloats;
            this.offsets = offsets;
            this.panels = panels;
            this.rows = rows;
            this.requantizer = requantizer;
        }

        @Override
        public long bytes() {
            return 4L * (offsets.length + panels.length) + rows.length;
        }
    }

    @Override
    Kernels below() {
        return plain;
    }

    @Override
    public void conv2d(Conv2d op, Tensor input, Tensor weights, Tensor output) {
        Convolution made =
                weights.prepared(
                        op,
                        input.shape(),
                        Convolution.class,
                        () -> prepare(op, input, weights, output));
        int groups = op.groups();
        int perGroup = weights.shape().dim(1);
        int channels = weights.shape().dim(0) / groups;
        int inputPlane = input.shape().dim(2) * input.shape().dim(3);
        for (int n = 0; n < output.shape().dim(0); n++) {
            for (int group = 0; group < groups; group++) {
                int from = input.offset() + (n * groups + group) * perGroup * inputPlane;
                if (made.inFloats) {
                    floats(op, made, input, from, perGroup, group, channels, n, output);
                } else {
                    doubles(op, made, input, from, perGroup, group, channels, n, output);
                }
            }
        }
    }

    private static Convolution prepare(Conv2d op, Tensor input, Tensor weights, Tensor output) {
        Shape shape = weights.shape();
        byte[] values = weights.weights().toArray(ValueLayout.JAVA_BYTE);
        Sums sums = new Sums(input, weights, values, op.bias());
        Planes planes = new Planes(op.window(), input.shape(), shape, output.shape());
        int taps = planes.taps.length;
        int[] offsets = new int[shape.dim(1) * taps];
        for (int k = 0; k < offsets.length; k++) {
            offsets[k] = k / taps * planes.channelElements + planes.taps[k % taps];
        }
        boolean inFloats = sums.fitFloat();
        int length = offsets.length;
        int channels = shape.dim(0) / op.groups();
        int rows = inFloats ? FloatTiles.ROWS : DoubleTiles.ROWS;
        int groupElements = (channels + rows - 1) / rows * rows * length;
        float[] panels = new float[inFloats ? groupElements * op.groups() : 0];
        double[] widePanels = new double[inFloats ? 0 : groupElements * op.groups()];
        for (int c = 0; c < shape.dim(0); c++) {
            int row = c % channels;
            int to = c / channels * groupElements + row / rows * rows * length + row % rows;
            for (int k = 0; k < length; k++) {
                byte weight = values[c * length + k];
                if (inFloats) {
                    panels[to + k * rows] = weight;
                } else {
                    widePanels[to + k * rows] = weight;
                }
            }
        }
        return new Convolution(
                planes, offsets, inFloats, panels, widePanels, new Requantizer(op.rescale(), sums));
    }

    private void floats(
            Conv2d op,
            Convolution made,
            Tensor input,
            int from,
            int perGroup,
            int group,
            int channels,
            int n,
            Tensor output) {
        Planes p = made.planes;
        int width = FloatTiles.WIDTH;
        int rows = FloatTiles.ROWS;
        int length = made.offsets.length;
        int panels = (channels + rows - 1) / rows;
        planes = atLeast(planes, perGroup * p.channelElements + width);
        sums = atLeast(sums, Math.min(panels * rows, CHANNELS_AT_ONCE) * width);
        fill(p, made.lanes, input.data(), from, perGroup, op.padValue());
        int block = Math.max(64, SLAB_BYTES / Float.BYTES / width);
        int firstPanel = group * panels * rows * length;
        int firstChannel = group * channels;
        int plane = output.shape().dim(2) * output.shape().dim(3);
        int to = output.offset() + (n * output.shape().dim(1) + firstChannel) * plane;
        for (int at = 0; at < p.length; at += width) {
            int count = Math.min(width, p.length - at);
            for (int first = 0; first < channels; first += CHANNELS_AT_ONCE) {
                int end = Math.min(channels, first + CHANNELS_AT_ONCE);
                for (int c = first; c < end; c++) {
                    float bias = op.bias().get(firstChannel + c);
                    FloatTiles.fill(bias, sums, (c - first) * width);
                }
                for (int k = 0; k < length; k += block) {
                    for (int c = first; c < end; c += rows) {
                        FloatTiles.add(
                                made.panels,
                                firstPanel + c * length,
                                planes,
                                at,
                                made.offsets,
                                k,
                                Math.min(length, k + block),
                                count,
                                sums,
                                (c - first) * width);
                    }
                }
                for (int c = first; c < end; c++) {
                    give(
                            p,
                            made.lanes,
                            made.requantizer,
                            firstChannel + c,
                            (c - first) * width,
                            at,
                            count,
                            output.data(),
                            to + c * plane);
                }
            }
        }
    }

    private void fill(Planes p, PlaneLanes lanes, int[] in, int from, int channels, int padValue) {
        if (lanes.fills && !p.plain) {
            lanes.fill(in, from, channels, padValue, planes);
        } else {
            p.fill(in, from, channels, padValue, planes);
        }
    }

    /** Rescales what positions from {@code at} on yield, leaving out those beyond the columns. */
    private void give(
            Planes p,
            PlaneLanes lanes,
            Requantizer requantizer,
            int channel,
            int from,
            int at,
            int count,
            int[] out,
            int to) {
        if (p.pitch == p.columns) {
            requantizer.row(channel, sums, from, count, out, to + at);
        } else if (lanes.gives) {
            int whole = (count + PlaneLanes.LANES - 1) / PlaneLanes.LANES * PlaneLanes.LANES;
            results = results.length < whole ? new int[whole] : results;
            requantizer.row(channel, sums, from, whole, results, 0);
            lanes.give(results, at, count, out, to);
        } else {
            int y = at / p.pitch;
            int x = at % p.pitch;
            for (int i = 0; i < count; i += p.pitch - x, x = 0, y++) {
                int run = Math.min(count - i, p.columns - x);
                if (run > 0) {
                    requantizer.row(channel, sums, from + i, run, out, to + y * p.columns + x);
                }
            }
        }
    }

    private void doubles(
            Conv2d op,
            Convolution made,
            Tensor input,
            int from,
            int perGroup,
            int group,
            int channels,
            int n,
            Tensor output) {
        Planes p = made.planes;
        int width = DoubleTiles.WIDTH;
        int rows = DoubleTiles.ROWS;
        int length = made.offsets.length;
        int panels = (channels + rows - 1) / rows;
        widePlanes = atLeast(widePlanes, perGroup * p.channelElements + width);
        wideSums = atLeast(wideSums, Math.min(panels * rows, CHANNELS_AT_ONCE) * width);
        p.fill(input.data(), from, perGroup, op.padValue(), widePlanes);
        int block = Math.max(64, SLAB_BYTES / Double.BYTES / width);
        int firstPanel = group * panels * rows * length;
        int firstChannel = group * channels;
        int plane = output.shape().dim(2) * output.shape().dim(3);
        int to = output.offset() + (n * output.shape().dim(1) + firstChannel) * plane;
        for (int at = 0; at < p.length; at += width) {
            int count = Math.min(width, p.length - at);
            for (int first = 0; first < channels; first += CHANNELS_AT_ONCE) {
                int end = Math.min(channels, first + CHANNELS_AT_ONCE);
                for (int c = first; c < end; c++) {
                    int row = (c - first) * width;
                    Arrays.fill(wideSums, row, row + width, op.bias().get(firstChannel + c));
                }
                for (int k = 0; k < length; k += block) {
                    for (int c = first; c < end; c += rows) {
                        DoubleTiles.add(
                                made.widePanels,
                                firstPanel + c * length,
                                widePlanes,
                                at,
                                made.offsets,
                                k,
                                Math.min(length, k + block),
                                wideSums,
                                (c - first) * width);
                    }
                }
                for (int c = first; c < end; c++) {
                    int row = (c - first) * width;
                    made.requantizer.row(firstChannel + c, wideSums, row, count, results, 0);
                    p.give(results, at, count, output.data(), to + c * plane);
                }
            }
        }
    }

    @Override
    public void depthwiseConv2d(DepthwiseConv2d op, Tensor input, Tensor weights, Tensor output) {
        Depthwise made =
                weights.prepared(
                        op,
                        input.shape(),
                        Depthwise.class,
                        () -> prepare(op, input, weights, output));
        if (!made.inFloats) {
            plain.depthwiseConv2d(op, input, weights, output);
            return;
        }
        Planes p = made.planes;
        Shape in = input.shape();
        Shape out = output.shape();
        int perInput = out.dim(1) / in.dim(1);
        int length = p.taps.length;
        int plane = out.dim(2) * out.dim(3);
        int chunk = RowTiles.LENGTH;
        int room = (p.length + chunk - 1) / chunk * chunk;
        planes = atLeast(planes, p.channelElements + chunk);
        sums = atLeast(sums, room);
        for (int n = 0; n < out.dim(0); n++) {
            for (int c = 0; c < out.dim(1); c++) {
                if (c % perInput == 0) {
                    int channel = n * in.dim(1) + c / perInput;
                    int from = input.offset() + channel * in.dim(2) * in.dim(3);
                    fill(p, made.lanes, input.data(), from, 1, op.padValue());
                }
                int to = output.offset() + (n * out.dim(1) + c) * plane;
                for (int at = 0; at < p.length; at += chunk) {
                    RowTiles.sum(
                            made.panels,
                            c * length,
                            planes,
                            at,
                            p.taps,
                            op.bias().get(c),
                            sums,
                            at);
                }
                give(p, made.lanes, made.requantizer, c, 0, 0, p.length, output.data(), to);
            }
        }
    }

    private static Depthwise prepare(
            DepthwiseConv2d op, Tensor input, Tensor weights, Tensor output) {
        byte[] values = weights.weights().toArray(ValueLayout.JAVA_BYTE);
        Sums sums = new Sums(input, weights, values, op.bias());
        float[] panels = new float[weights.shape().elements()];
        for (int i = 0; i < panels.length; i++) {
            panels[i] = values[i];
        }
        return new Depthwise(
                new Planes(op.window(), input.shape(), weights.shape(), output.shape()),
                sums.fitFloat(),
                panels,
                new Requantizer(op.rescale(), sums));
    }

    @Override
    public void fullyConnected(FullyConnected op, Tensor input, Tensor weights, Tensor output) {
        int length = weights.shape().last();
        int channels = weights.shape().dim(0);
        int rows = output.shape().elements() / channels;
        boolean many = rows >= ROWS_MIN;
        Matrix made =
                weights.prepared(
                        op, input.shape(), Matrix.class, () -> prepare(op, input, weights, many));
        if (!made.inFloats) {
            plain.fullyConnected(op, input, weights, output);
        } else if (many) {
            matrix(op, made, input, rows, length, channels, output);
        } else {
            for (int r = 0; r < rows; r++) {
                vector(op, made, input, r, length, channels, output);
            }
        }
    }

    private static Matrix prepare(FullyConnected op, Tensor input, Tensor weights, boolean many) {
        byte[] values = weights.weights().toArray(ValueLayout.JAVA_BYTE);
        Sums sums = new Sums(input, weights, values, op.bias());
        boolean inFloats = sums.fitFloat();
        int channels = weights.shape().dim(0);
        int length = weights.shape().last();
        int width = FloatTiles.WIDTH;
        int[] offsets = new int[inFloats && many ? length : 0];
        float[] panels =
                new float[inFloats && many ? (channels + width - 1) / width * width * length : 0];
        byte[] rows = inFloats && !many ? DotTiles.packed(values, channels, length) : new byte[0];
        for (int k = 0; k < offsets.length; k++) {
            offsets[k] = k * width;
            for (int c = 0; c < channels; c++) {
                panels[(c / width * length + k) * width + c % width] = values[c * length + k];
            }
        }
        Requantizer requantizer = new Requantizer(op.rescale(), sums);
        return new Matrix(inFloats, offsets, panels, rows, requantizer);
    }

    /** One row: every weight is read once, as the byte that it is. */
    private void vector(
            FullyConnected op,
            Matrix made,
            Tensor input,
            int row,
            int length,
            int channels,
            Tensor output) {
        int padded = DotTiles.padded(length);
        planes = atLeast(planes, padded);
        sums = atLeast(sums, channels + DotTiles.ROWS + Requantizer.LANES);
        int from = input.offset() + row * length;
        Convert.floats(input.data(), from, planes, 0, length);
        Arrays.fill(planes, length, padded, 0);
        DotTiles.product(made.rows, channels, length, planes, sums);
        for (int c = 0; c < channels; c++) {
            sums[c] += op.bias().get(c);
        }
        made.requantizer.lanes(
                0, sums, 0, channels, output.data(), output.offset() + row * channels);
    }

    private void matrix(
            FullyConnected op,
            Matrix made,
            Tensor input,
            int rows,
            int length,
            int channels,
            Tensor output) {
        int width = FloatTiles.WIDTH;
        int tall = FloatTiles.ROWS;
        int panels = (rows + tall - 1) / tall;
        planes = atLeast(planes, panels * tall * length);
        sums = atLeast(sums, Math.min(panels * tall, CHANNELS_AT_ONCE) * width);
        for (int r = 0; r < rows; r++) {
            int from = input.offset() + r * length;
            int to = r / tall * tall * length + r % tall;
            for (int k = 0; k < length; k++) {
                planes[to + k * tall] = input.data()[from + k];
            }
        }
        int block = Math.max(64, SLAB_BYTES / Float.BYTES / width);
        for (int at = 0; at < channels; at += width) {
            int count = Math.min(width, channels - at);
            for (int first = 0; first < rows; first += CHANNELS_AT_ONCE) {
                int end = Math.min(rows, first + CHANNELS_AT_ONCE);
                for (int j = 0; j < count; j++) {
                    sums[j] = op.bias().get(at + j);
                }
                for (int r = first + 1; r < end; r++) {
                    System.arraycopy(sums, 0, sums, (r - first) * width, count);
                }
                for (int k = 0; k < length; k += block) {
                    for (int r = first; r < end; r += tall) {
                        FloatTiles.add(
                                planes,
                                r * length,
                                made.panels,
                                at * length,
                                made.offsets,
                                k,
                                Math.min(length, k + block),
                                count,
                                sums,
                                (r - first) * width);
                    }
                }
                for (int r = first; r < end; r++) {
                    made.requantizer.lanes(
                            at,
                            sums,
                            (r - first) * width,
                            count,
                            output.data(),
                            output.offset() + r * channels + at);
                }
            }
        }
    }

    @Override
    public void add(Add op, Tensor first, Tensor second, Tensor output) {
        if (first.type().dtype() == DType.I32
                || second.type().dtype() == DType.I32
                || !first.shape().equals(second.shape())
                || !Elements.canAdd(op)) {
            plain.add(op, first, second, output);
            return;
        }
        Elements.add(
                op,
                first.data(),
                first.offset(),
                second.data(),
                second.offset(),
                output.shape().elements(),
                output.data(),
                output.offset());
    }

    @Override
    public void rescale(
            Rescale rescale,
            int channel,
            DType dtype,
            int zeroPoint,
            int[] in,
            int from,
            int count,
            int[] out,
            int to) {
        if (dtype == DType.I32 || !Elements.canRescale(rescale, channel)) {
            plain.rescale(rescale, channel, dtype, zeroPoint, in, from, count, out, to);
        } else {
            Elements.rescale(rescale, channel, zeroPoint, in, from, count, out, to);
        }
    }

    @Override
    public void treeEnsemble(TreeEnsemble op, Tensor input, Tensor output) {
        TreeTables tables =
                output.prepared(op, input.shape(), TreeTables.class, () -> new TreeTables(op));
        int done = 0;
        if (output.shape().elements() / op.targets() >= TreeLanes.ROWS) {
            TreeMasks masks =
                    output.prepared(
                            op,
                            input.shape(),
                            TreeMasks.class,
                            () -> new TreeMasks(op, tables, TreeLanes.LEAVES_MAX));
            if (masks.present) {
                done = treeLanes.run(op, tables, masks, input, output);
            }
        }
        treeRuns.run(op, tables, input, output, done);
    }

    private static float[] atLeast(float[] array, int length) {
        return array.length < length ? new float[length] : array;
    }

    private static double[] atLeast(double[] array, int length) {
        return array.length < length ? new double[length] : array;
    }
}
