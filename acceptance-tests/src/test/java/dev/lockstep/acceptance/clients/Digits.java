package dev.lockstep.acceptance.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.Launcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;

/**
 * The first of the pictures that the digit model was held out from, with what they show and what
 * the model says to them when it is run from the command line.
 *
 * @param pictures one hex string each: 256 grey values, a byte each
 * @param labels what they show
 * @param classes what {@code ./lockstep model run} takes them for
 */
record Digits(List<String> pictures, List<Integer> labels, List<Integer> classes) {
    private static final Path FOLDER = Launcher.root().resolve("inference-engine/models/digits");
    private static final int PIXELS = 16 * 16;
    private static final Pattern LINE =
            Pattern.compile("^\\d+: class (\\d) .*\\(right: (\\d)\\.0\\)$", Pattern.MULTILINE);

    static Digits first(int count) throws IOException, InterruptedException {
        Path samples = FOLDER.resolve("test.npz");
        byte[] pixels = array(samples, "x.npy", 1000 * PIXELS);
        byte[] shown = array(samples, "y.npy", 1000);
        List<String> pictures = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pictures.add("0x" + HexFormat.of().formatHex(pixels, i * PIXELS, (i + 1) * PIXELS));
            labels.add((int) shown[i]);
        }
        Launcher.Result run =
                Launcher.run(
                        "model",
                        "run",
                        FOLDER.resolve("digits.lkm").toString(),
                        "--input",
                        samples.toString(),
                        "--print",
                        Integer.toString(count));
        assertThat(run.exitCode()).as(run.all()).isZero();
        List<MatchResult> lines = LINE.matcher(run.out()).results().toList();
        assertThat(lines).extracting(line -> Integer.valueOf(line.group(2))).isEqualTo(labels);
        List<Integer> classes = lines.stream().map(line -> Integer.valueOf(line.group(1))).toList();
        return new Digits(pictures, labels, classes);
    }

    /** The elements of an array of bytes in a NumPy archive: what comes after the header. */
    private static byte[] array(Path archive, String name, int length) throws IOException {
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            byte[] file = zip.getInputStream(zip.getEntry(name)).readAllBytes();
            byte[] elements = new byte[length];
            System.arraycopy(file, file.length - length, elements, 0, length);
            return elements;
        }
    }
}
