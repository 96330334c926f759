package dev.lockstep.importer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads inputs and what is expected for them, from the formats in which such data is kept. The
 * format is seen from the content:
 *
 * <ul>
 *   <li>.npz: array {@code x} (or the only one) holds inputs, {@code y} or {@code labels} the
 *       targets;
 *   <li>.npy: inputs;
 *   <li>IDX as of MNIST: images, targets in a file of labels;
 *   <li>CSV: a sample in each line; one column more than the network takes holds the target; a line
 *       of headings is skipped;
 *   <li>a folder of such files, in the order of their names;
 *   <li>any of these packed by gzip, except .npz.
 * </ul>
 */
public final class SampleReader {
    /** Largest file, packed or not. */
    static final int BYTES_MAX = 1 << 30;

    private static final List<String> INPUT_NAMES = List.of("x", "inputs", "images");
    private static final List<String> TARGET_NAMES = List.of("y", "labels");

    private SampleReader() {}

    /**
     * Reads samples of {@code elements} numbers each.
     *
     * @param labels file of targets, where they are not in {@code inputs}
     */
    public static Samples read(Path inputs, @Nullable Path labels, int elements)
            throws ImportException {
        return read(inputs, labels, elements, false);
    }

    /**
     * Reads samples of {@code elements} numbers each.
     *
     * @param labels file of targets, where they are not in {@code inputs}
     * @param takesAny whether numbers may be infinite or missing (NaN), as features may be
     */
    public static Samples read(Path inputs, @Nullable Path labels, int elements, boolean takesAny)
            throws ImportException {
        if (Files.isDirectory(inputs)) {
            return folder(inputs, labels, elements, takesAny);
        }
        List<NumberArray> arrays = arrays(inputs);
        NumberArray x = pick(arrays, INPUT_NAMES);
        NumberArray y = labels == null ? pick(arrays, TARGET_NAMES) : arrays(labels).getFirst();
        if (x == null) {
            x = arrays.getFirst();
            if (TARGET_NAMES.contains(x.name())) {
                throw new ImportException(
                        inputs + " holds no array of inputs; it should be named x");
            }
        }
        float[] values = x.values();
        float[] targets = y == null ? null : y.values();
        boolean table = x.name().equals("csv");
        if (table && targets == null && x.dims()[1] == elements + 1) {
            targets = new float[x.dims()[0]];
            values = new float[targets.length * elements];
            for (int i = 0; i < targets.length; i++) {
                System.arraycopy(x.values(), i * (elements + 1), values, i * elements, elements);
                targets[i] = x.values()[i * (elements + 1) + elements];
            }
        } else if ((table && x.dims()[1] != elements)
                || values.length == 0
                || values.length % elements != 0) {
            throw new ImportException(
                    inputs
                            + " holds numbers of shape "
                            + Arrays.toString(x.dims())
                            + "; the network takes "
                            + elements
                            + " a sample");
        }
        if (targets != null && targets.length != values.length / elements) {
            throw new ImportException(
                    (labels == null ? inputs : labels)
                            + " holds "
                            + targets.length
                            + " targets for "
                            + values.length / elements
                            + " samples");
        }
        for (int i = 0; i < values.length; i++) {
            if (!takesAny && !Float.isFinite(values[i])) {
                throw new ImportException(
                        inputs
                                + ": element "
                                + i % elements
                                + " of sample "
                                + i / elements
                                + " is not a finite number");
            }
        }
        return new Samples(elements, values, targets);
    }

    /** The samples of all files of a folder, in the order of their names. */
    private static Samples folder(
            Path folder, @Nullable Path labels, int elements, boolean takesAny)
            throws ImportException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new ImportException("cannot read " + folder + ": " + e.getMessage(), e);
        }
        List<Samples> parts = new ArrayList<>();
        int count = 0;
        for (Path file : files) {
            Samples part = read(file, null, elements, takesAny);
            parts.add(part);
            count += part.count();
        }
        if (count == 0 || (long) count * elements > BYTES_MAX / 4) {
            throw new ImportException(
                    folder
                            + " holds "
                            + count
                            + " samples of "
                            + elements
                            + " numbers; allowed are 1 to "
                            + BYTES_MAX / 4 / elements);
        }
        float[] values = new float[count * elements];
        int at = 0;
        for (Samples part : parts) {
            System.arraycopy(part.values(), 0, values, at, part.values().length);
            at += part.values().length;
        }
        float[] targets = labels == null ? null : arrays(labels).getFirst().values();
        if (targets != null && targets.length != count) {
            throw new ImportException(
                    labels + " holds " + targets.length + " targets for " + count + " samples");
        }
        return new Samples(elements, values, targets);
    }

    private static @Nullable NumberArray pick(List<NumberArray> arrays, List<String> names) {
        for (String name : names) {
            for (NumberArray array : arrays) {
                if (array.name().equals(name)) {
                    return array;
                }
            }
        }
        return null;
    }

    private static List<NumberArray> arrays(Path file) throws ImportException {
        String name = file.toString();
        byte[] content;
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw new ImportException(name + " is larger than " + BYTES_MAX + " bytes");
            }
            content = Files.readAllBytes(file);
            if (startsWith(content, 0x1f, 0x8b)) {
                try (GZIPInputStream unpacked =
                        new GZIPInputStream(new ByteArrayInputStream(content))) {
                    content = unpacked.readNBytes(BYTES_MAX);
                }
            }
        } catch (IOException e) {
            throw new ImportException("cannot read " + name + ": " + e.getMessage(), e);
        }
        if (startsWith(content, 'P', 'K')) {
            return NumpyReader.npz(content, name);
        }
        if (startsWith(content, 0x93, 'N', 'U', 'M', 'P', 'Y')) {
            return List.of(NumpyReader.npy(content, name, "npy"));
        }
        if (startsWith(content, 0, 0)) {
            return List.of(idx(content, name));
        }
        return List.of(csv(content, name));
    }

    private static boolean startsWith(byte[] content, int... magic) {
        if (content.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((content[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    /** IDX: two zeros, a type (8: unsigned bytes), the rank, big-endian dims, data. */
    private static NumberArray idx(byte[] content, String name) throws ImportException {
        ByteBuffer in = ByteBuffer.wrap(content);
        if (content.length < 4
                || content[2] != 8
                || content[3] < 1
                || content.length < 4 + 4 * content[3]) {
            throw new ImportException(
                    name + " starts like an IDX file but is not one of unsigned bytes");
        }
        int[] dims = new int[content[3]];
        in.position(4);
        long count = 1;
        for (int i = 0; i < dims.length; i++) {
            dims[i] = in.getInt();
            count = dims[i] < 0 ? Integer.MAX_VALUE : Math.min(Integer.MAX_VALUE, count * dims[i]);
        }
        if (count != in.remaining()) {
            throw new ImportException(
                    name
                            + ": dims "
                            + Arrays.toString(dims)
                            + " need "
                            + count
                            + " bytes, "
                            + in.remaining()
                            + " are there");
        }
        float[] values = new float[(int) count];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.get() & 0xff;
        }
        return new NumberArray("idx", dims, values);
    }

    private static NumberArray csv(byte[] content, String name) throws ImportException {
        List<float[]> rows = new ArrayList<>();
        String[] lines = new String(content, StandardCharsets.UTF_8).split("\\R", -1);
        int total = 0;
        for (int n = 0; n < lines.length; n++) {
            if (lines[n].isBlank()) {
                continue;
            }
            String[] cells = lines[n].split("[,;\\t]", -1);
            float[] row = new float[cells.length];
            try {
                for (int i = 0; i < cells.length; i++) {
                    row[i] = Float.parseFloat(cells[i].strip());
                }
            } catch (NumberFormatException e) {
                if (rows.isEmpty() && n == 0) {
                    continue;
                }
                throw new ImportException(
                        name
                                + ", line "
                                + (n + 1)
                                + ": \""
                                + lines[n].substring(0, Math.min(40, lines[n].length()))
                                + "\" is not a list of numbers",
                        e);
            }
            if (!rows.isEmpty() && rows.getFirst().length != row.length) {
                throw new ImportException(
                        name
                                + ", line "
                                + (n + 1)
                                + " has "
                                + row.length
                                + " columns; the lines before have "
                                + rows.getFirst().length);
            }
            rows.add(row);
            total += row.length;
        }
        if (rows.isEmpty()) {
            throw new ImportException(
                    name + " holds no numbers in a format known here (.npz, .npy, IDX, CSV)");
        }
        float[] values = new float[total];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(
                    rows.get(i), 0, values, i * rows.getFirst().length, rows.getFirst().length);
        }
        return new NumberArray("csv", new int[] {rows.size(), rows.getFirst().length}, values);
    }
}
