package dev.lockstep.importer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A decoder as llama2.c stores it: seven integers, then floats.
 *
 * @param width of the residual stream
 * @param hidden width of a feed-forward layer
 * @param heads of queries; those of keys and values are {@code keyHeads}
 * @param context positions at most
 * @param embedding (vocabulary, width)
 * @param finalNorm (width)
 * @param classifier (vocabulary, width), often the embedding itself
 * @source llama2.c, checkpoints of version 0
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record LlamaCheckpoint(
        int width,
        int hidden,
        int heads,
        int keyHeads,
        int vocabulary,
        int context,
        float[] embedding,
        Layer[] layers,
        float[] finalNorm,
        float[] classifier) {
    private static final int HEADER_BYTES = 7 * Integer.BYTES;
    private static final int DIM_MAX = 1 << 20;

    /**
     * One layer; matrices are (outputs, inputs), row-major.
     *
     * @param gate what the sigmoid unit is applied to, w1
     * @param up what the gate is multiplied with, w3
     * @param down back to the residual stream, w2
     */
    record Layer(
            float[] attentionNorm,
            float[] query,
            float[] key,
            float[] value,
            float[] output,
            float[] feedForwardNorm,
            float[] gate,
            float[] up,
            float[] down) {}

    /** Width of a head. */
    int headWidth() {
        return width / heads;
    }

    /** Width of all keys of a position together. */
    int keyWidth() {
        return keyHeads * headWidth();
    }

    /** Whether a file is one: its length follows from its first integers. */
    static boolean is(byte[] file) {
        if (file.length < HEADER_BYTES) {
            return false;
        }
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int[] header = header(in);
        return header.length != 0 && HEADER_BYTES + 4 * floats(header) == file.length;
    }

    /** The seven integers; none where one is impossible. */
    private static int[] header(ByteBuffer in) {
        int[] header = new int[7];
        for (int i = 0; i < header.length; i++) {
            header[i] = in.getInt();
            int size = i == 5 ? Math.abs(header[i]) : header[i];
            if (size < 1 || size > DIM_MAX) {
                return new int[0];
            }
        }
        boolean divides =
                header[0] % header[3] == 0
                        && header[3] % header[4] == 0
                        && header[0] / header[3] % 2 == 0;
        return divides ? header : new int[0];
    }

    private static long floats(int[] header) {
        long width = header[0];
        long hidden = header[1];
        long layers = header[2];
        long headWidth = width / header[3];
        long keyWidth = headWidth * header[4];
        long vocabulary = Math.abs(header[5]);
        long layer = 2 * width + 2 * width * width + 2 * width * keyWidth + 3 * width * hidden;
        long classifier = header[5] < 0 ? vocabulary * width : 0;
        long angles = header[6] * headWidth;
        if (layers * (double) layer > 1e9) {
            return -1;
        }
        return vocabulary * width + layers * layer + width + angles + classifier;
    }

    /** A file for which {@link #is} holds. */
    static LlamaCheckpoint read(byte[] file) throws ImportException {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int[] header = header(in);
        int width = header[0];
        int hidden = header[1];
        int count = header[2];
        int keyWidth = width / header[3] * header[4];
        int vocabulary = Math.abs(header[5]);
        float[] embedding = floats(in, vocabulary * width);
        float[][] attentionNorm = each(in, count, width);
        float[][] query = each(in, count, width * width);
        float[][] key = each(in, count, width * keyWidth);
        float[][] value = each(in, count, width * keyWidth);
        float[][] output = each(in, count, width * width);
        float[][] feedForwardNorm = each(in, count, width);
        float[][] gate = each(in, count, width * hidden);
        float[][] down = each(in, count, width * hidden);
        float[][] up = each(in, count, width * hidden);
        float[] finalNorm = floats(in, width);
        floats(in, header[6] * (width / header[3]));
        float[] classifier = header[5] < 0 ? floats(in, vocabulary * width) : embedding;
        Layer[] layers = new Layer[count];
        for (int i = 0; i < count; i++) {
            layers[i] =
                    new Layer(
                            attentionNorm[i],
                            query[i],
                            key[i],
                            value[i],
                            output[i],
                            feedForwardNorm[i],
                            gate[i],
                            up[i],
                            down[i]);
        }
        return new LlamaCheckpoint(
                width,
                hidden,
                header[3],
                header[4],
                vocabulary,
                header[6],
                embedding,
                layers,
                finalNorm,
                classifier);
    }

    private static float[][] each(ByteBuffer in, int layers, int size) throws ImportException {
        float[][] all = new float[layers][];
        for (int i = 0; i < layers; i++) {
            all[i] = floats(in, size);
        }
        return all;
    }

    private static float[] floats(ByteBuffer in, int size) throws ImportException {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = in.getFloat();
            if (!Float.isFinite(values[i])) {
                throw new ImportException(
                        "the number at byte "
                                + (in.position() - Float.BYTES)
                                + " is "
                                + values[i]
                                + "; it must be finite");
            }
        }
        return values;
    }
}
