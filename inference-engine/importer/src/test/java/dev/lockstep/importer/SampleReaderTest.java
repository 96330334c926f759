package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleReaderTest {
    @TempDir Path folder;

    @Test
    void readsIdxWithLabelsPackedOrNot() throws IOException, ImportException {
        byte[] images = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, (byte) 255, 4};
        byte[] labels = {0, 0, 8, 1, 0, 0, 0, 2, 7, 9};

        Samples samples =
                SampleReader.read(file("images.gz", gzip(images)), file("labels", labels), 2);

        assertThat(samples.count()).isEqualTo(2);
        assertThat(samples.sample(1)).containsExactly(255, 4);
        assertThat(samples.targets()).containsExactly(7, 9);
    }

    @Test
    void readsCsvWithATargetInTheLastColumnAndAHeading() throws IOException, ImportException {
        Samples samples = SampleReader.read(text("a.csv", "a,b,y\n1,2.5,0\n-3,4e1,1\n"), null, 2);

        assertThat(samples.values()).containsExactly(1, 2.5f, -3, 40);
        assertThat(samples.targets()).containsExactly(0, 1);
    }

    @Test
    void readsCsvWithoutTargets() throws IOException, ImportException {
        Samples samples = SampleReader.read(text("a.csv", "1;2\r\n3;4\r\n"), null, 2);

        assertThat(samples.count()).isEqualTo(2);
        assertThat(samples.targets()).isNull();
    }

    @Test
    void readsNpzByNames() throws IOException, ImportException {
        byte[] y =
                npy(
                        "<i8",
                        "(2,)",
                        ByteBuffer.allocate(16)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putLong(3)
                                .putLong(4)
                                .array());
        byte[] x =
                npy(
                        "<f4",
                        "(2, 1)",
                        ByteBuffer.allocate(8)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putFloat(0.5f)
                                .putFloat(-1)
                                .array());

        Samples samples = SampleReader.read(file("s.npz", zip("y.npy", y, "x.npy", x)), null, 1);

        assertThat(samples.values()).containsExactly(0.5f, -1);
        assertThat(samples.targets()).containsExactly(3, 4);
    }

    @Test
    void readsEveryKindOfNumberOfNpy() throws IOException, ImportException {
        assertThat(one("|u1", new byte[] {(byte) 200})).isEqualTo(200);
        assertThat(one("|i1", new byte[] {(byte) 200})).isEqualTo(-56);
        assertThat(one(">i2", new byte[] {1, 0})).isEqualTo(256);
        assertThat(one("<u2", new byte[] {(byte) 255, (byte) 255})).isEqualTo(65535);
        assertThat(one("<i4", new byte[] {(byte) 254, -1, -1, -1})).isEqualTo(-2);
        assertThat(one("<f2", new byte[] {0, 0x3c})).isEqualTo(1);
        assertThat(
                        one(
                                "<f8",
                                ByteBuffer.allocate(8)
                                        .order(ByteOrder.LITTLE_ENDIAN)
                                        .putDouble(0.25)
                                        .array()))
                .isEqualTo(0.25f);
    }

    @Test
    void takesTheFirstSamplesOnRequest() throws IOException, ImportException {
        Samples samples = SampleReader.read(text("a.csv", "1,5\n2,6\n3,7\n"), null, 1).first(2);

        assertThat(samples.values()).containsExactly(1, 2);
        assertThat(samples.targets()).containsExactly(5, 6);
    }

    @Test
    void refusesWhatDoesNotFit() throws IOException {
        refused(
                text("a.csv", "1,2,3\n"),
                5,
                "numbers of shape [1, 3]; the network takes 5 a sample");
        refused(text("a.csv", "1,2\n1\n"), 2, "line 2 has 1 columns; the lines before have 2");
        refused(text("a.csv", "1,2\n1,x\n"), 2, "line 2: \"1,x\" is not a list of numbers");
        refused(text("a.csv", "1,NaN\n"), 2, "element 1 of sample 0 is not a finite number");
        refused(text("a.csv", ""), 2, "holds no numbers in a format known here");
        refused(
                file("i", new byte[] {0, 0, 8, 1, 0, 0, 0, 9, 1}),
                1,
                "dims [9] need 9 bytes, 1 are there");
        refused(file("i", new byte[] {0, 0, 13, 1, 0, 0, 0, 0}), 1, "not one of unsigned bytes");
        refused(
                file("n", npy("<f4", "(3,)", new byte[4])),
                1,
                "needs 12 bytes of data, 4 are there");
        refused(file("n", npy("<c8", "(1,)", new byte[8])), 1, "element type c8 is not supported");
        refused(file("n", npy("<f4", "(1,)", new byte[4], "True")), 1, "Fortran order");
        refused(
                file("z", zip("readme.txt", new byte[1], "b.txt", new byte[1])),
                1,
                "holds no arrays");
        refused(folder.resolve("absent.npz"), 1, "cannot read");
        Path labels = text("l.csv", "1\n2\n3\n");
        assertThatThrownBy(() -> SampleReader.read(text("a.csv", "1\n2\n"), labels, 1))
                .hasMessageContaining("3 targets for 2 samples");
    }

    private void refused(Path file, int elements, String message) {
        assertThatThrownBy(() -> SampleReader.read(file, null, elements))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(message);
    }

    private float one(String type, byte[] data) throws IOException, ImportException {
        return SampleReader.read(file("one.npy", npy(type, "(1,)", data)), null, 1).values()[0];
    }

    private static byte[] npy(String type, String shape, byte[] data) {
        return npy(type, shape, data, "False");
    }

    private static byte[] npy(String type, String shape, byte[] data, String fortran) {
        String header =
                "{'descr': '"
                        + type
                        + "', 'fortran_order': "
                        + fortran
                        + ", 'shape': "
                        + shape
                        + ", }\n";
        ByteBuffer out =
                ByteBuffer.allocate(10 + header.length() + data.length)
                        .order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0);
        return out.putShort((short) header.length())
                .put(header.getBytes(StandardCharsets.US_ASCII))
                .put(data)
                .array();
    }

    private static byte[] zip(String firstName, byte[] first, String secondName, byte[] second)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry(firstName));
            zip.write(first);
            zip.putNextEntry(new ZipEntry(secondName));
            zip.write(second);
        }
        return out.toByteArray();
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }

    private Path text(String name, String content) throws IOException {
        return file(name, content.getBytes(StandardCharsets.UTF_8));
    }

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }
}
