package dev.lockstep.importer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Reads numpy's .npy and .npz.
 *
 * @source numpy/lib/format: magic, version, little-endian header length, a Python dict as text,
 *     data
 */
final class NumpyReader {
    private static final Pattern DTYPE = Pattern.compile("'descr'\\s*:\\s*'([<>|=])([a-z])(\\d)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9, ]*)\\)");

    private NumpyReader() {}

    static List<NumberArray> npz(byte[] file, String fileName) throws ImportException {
        List<NumberArray> arrays = new ArrayList<>();
        int left = SampleReader.BYTES_MAX;
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(file))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                byte[] content = zip.readNBytes(left);
                left -= content.length;
                if (left == 0) {
                    throw new ImportException(
                            fileName
                                    + " unpacks to more than "
                                    + SampleReader.BYTES_MAX
                                    + " bytes");
                }
                if (entry.getName().endsWith(".npy")) {
                    String name = entry.getName().substring(0, entry.getName().length() - 4);
                    arrays.add(npy(content, fileName + ":" + name, name));
                }
            }
        } catch (IOException e) {
            throw new ImportException(fileName + " is not a readable .npz: " + e.getMessage(), e);
        }
        if (arrays.isEmpty()) {
            throw new ImportException(fileName + " holds no arrays");
        }
        return arrays;
    }

    static NumberArray npy(byte[] file, String fileName, String name) throws ImportException {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (file.length < 12 || file[0] != (byte) 0x93 || file[6] < 1 || file[6] > 3) {
            throw new ImportException(fileName + " is not an .npy file of version 1 to 3");
        }
        in.position(8);
        long length = file[6] == 1 ? in.getShort() & 0xffff : in.getInt() & 0xffffffffL;
        if (length > in.remaining()) {
            throw new ImportException(
                    fileName + ": header of " + length + " bytes, " + in.remaining() + " left");
        }
        byte[] headerBytes = new byte[(int) length];
        in.get(headerBytes);
        String header = new String(headerBytes, StandardCharsets.UTF_8);
        Matcher type = find(DTYPE, header, fileName, "element type of plain numbers");
        Matcher shape = find(SHAPE, header, fileName, "shape");
        if (find(ORDER, header, fileName, "order").group(1).equals("True")) {
            throw new ImportException(fileName + " is in Fortran order; save it in C order");
        }
        long count = 1;
        List<Integer> dims = new ArrayList<>();
        for (String dim : shape.group(1).split(",", -1)) {
            if (!dim.isBlank()) {
                long size =
                        dim.strip().length() > 9 ? Integer.MAX_VALUE : Long.parseLong(dim.strip());
                count = Math.min(count * size, Integer.MAX_VALUE);
                dims.add((int) size);
            }
        }
        int width = Integer.parseInt(type.group(3));
        if (in.remaining() != count * width) {
            throw new ImportException(
                    fileName
                            + ": shape ("
                            + shape.group(1)
                            + ") needs "
                            + count * width
                            + " bytes of data, "
                            + in.remaining()
                            + " are there");
        }
        in.order(type.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[(int) count];
        for (int i = 0; i < values.length; i++) {
            values[i] = element(in, type.group(2) + width, fileName);
        }
        return new NumberArray(name, dims.stream().mapToInt(Integer::intValue).toArray(), values);
    }

    private static float element(ByteBuffer in, String type, String fileName)
            throws ImportException {
        return switch (type) {
            case "f2" -> Float.float16ToFloat(in.getShort());
            case "f4" -> in.getFloat();
            case "f8" -> (float) in.getDouble();
            case "u1", "b1" -> in.get() & 0xff;
            case "i1" -> in.get();
            case "u2" -> in.getShort() & 0xffff;
            case "i2" -> in.getShort();
            case "u4" -> in.getInt() & 0xffffffffL;
            case "i4" -> in.getInt();
            case "i8", "u8" -> in.getLong();
            default ->
                    throw new ImportException(
                            fileName + ": element type " + type + " is not supported");
        };
    }

    private static Matcher find(Pattern pattern, String header, String fileName, String what)
            throws ImportException {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new ImportException(
                    fileName + ": the header names no " + what + ": " + header.strip());
        }
        return matcher;
    }
}
