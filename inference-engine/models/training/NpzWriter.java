package training;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes numpy's .npz: stored, not compressed, with a fixed date, so that the same arrays give the same bytes. */
public final class NpzWriter {
    private final Map<String, byte[]> arrays = new LinkedHashMap<>();

    public NpzWriter bytes(String name, byte[] values, int... shape) {
        return put(name, "|u1", values, shape);
    }

    public NpzWriter floats(String name, float[] values, int... shape) {
        ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        return put(name, "<f4", raw.array(), shape);
    }

    private NpzWriter put(String name, String type, byte[] data, int... shape) {
        StringBuilder dims = new StringBuilder();
        for (int dim : shape) {
            dims.append(dim).append(", ");
        }
        String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + dims.toString().strip() + "), }";
        int unpadded = 10 + text.length() + 1;
        int length = (unpadded + 63) / 64 * 64;
        String header = text + " ".repeat(length - unpadded) + "\n";
        ByteBuffer out = ByteBuffer.allocate(length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) 0);
        out.putShort((short) header.length()).put(header.getBytes(StandardCharsets.US_ASCII)).put(data);
        arrays.put(name, out.array());
        return this;
    }

    public void write(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
                CRC32 crc = new CRC32();
                crc.update(array.getValue());
                ZipEntry entry = new ZipEntry(array.getKey() + ".npy");
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(array.getValue().length);
                entry.setCrc(crc.getValue());
                entry.setTimeLocal(java.time.LocalDateTime.of(1980, 1, 1, 0, 0));
                zip.putNextEntry(entry);
                zip.write(array.getValue());
                zip.closeEntry();
            }
        }
    }
}
