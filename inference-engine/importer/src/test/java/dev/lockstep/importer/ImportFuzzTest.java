package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.lockstep.inference.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Damaged files of every operator there are tests of, through the whole import but for ONNX
 * Runtime: each is refused in a line that says why, or is a network. ONNX is damaged field by
 * field, TensorFlow Lite number by number. {@code -Dlockstep.fuzz.imports} and {@code
 * -Dlockstep.fuzz.seed} take more of them.
 */
class ImportFuzzTest {
    private static final int COUNT = Integer.getInteger("lockstep.fuzz.imports", 4000);
    private static final long SEED = Long.getLong("lockstep.fuzz.seed", 1);

    /** Files beyond this are left to {@link HostileFilesTest}: most of their bytes are weights. */
    private static final int BYTES_MAX = 1 << 16;

    private static final long[] NUMBERS = {
        0, 1, 2, 3, 7, 16, 127, 255, 1 << 20, 1L << 31, 1L << 40, 1L << 62, -1, -2, Long.MIN_VALUE
    };

    @Test
    void everyDamagedFileIsRefusedInALineOrIsANetwork() throws IOException {
        List<byte[]> files = files();
        List<byte[]> exported =
                ExportedModelsTest.networks().map(ExportedModelsTest.Case::onnx).toList();
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        int networks = 0;
        long slowestNanos = 0;
        String slowest = "";
        for (int round = 0; round < COUNT; round++) {
            // What exporters write depends on constants in more ways than tests of operators do.
            List<byte[]> kind = random.nextInt(4) == 0 ? exported : files;
            byte[] whole = kind.get(random.nextInt(kind.size()));
            byte[] file = whole;
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                file =
                        FileKind.of(whole) == FileKind.TFLITE
                                ? renumbered(file, random)
                                : rewritten(file, random);
            }
            long start = System.nanoTime();
            String outcome = "a network";
            try {
                Network network = Network.read(file);
                Quantizer.quantize(network.graph(), ranges(network.graph()), DType.I16);
                networks++;
            } catch (ImportException refused) {
                outcome = String.valueOf(refused.getMessage());
                assertThat(outcome).isNotBlank().doesNotContain("\n");
            } catch (RuntimeException | Error e) {
                fail("seed " + SEED + ", round " + round + ": " + e, e);
            }
            long nanos = System.nanoTime() - start;
            if (nanos > slowestNanos) {
                slowestNanos = nanos;
                slowest = outcome;
            }
        }
        System.out.printf(
                "damaged files: %,d, of which %,d were networks; the slowest took %,d ms: %s%n",
                COUNT, networks, slowestNanos / 1_000_000, slowest);
        assertThat(networks).isBetween(1, COUNT - 1);
    }

    /** A range for every tensor, so that no sample is needed. */
    private static Map<String, Range> ranges(FloatGraph graph) {
        Map<String, Range> ranges = new HashMap<>();
        graph.inputs().forEach(input -> ranges.put(input.name(), Range.of(-1, 2)));
        graph.layers().forEach(layer -> ranges.put(layer.output(), Range.of(-3, 1)));
        return ranges;
    }

    private static List<byte[]> files() throws IOException {
        List<byte[]> files = new ArrayList<>();
        for (String folder :
                List.of(
                        "onnx/onnx/backend/test/data/node",
                        "tract",
                        "winml",
                        "tflm/tensorflow/lite/micro/integration_tests/seanet")) {
            List<Path> paths;
            try (Stream<Path> all = Files.walk(Fixtures.models().resolve(folder))) {
                paths =
                        all.filter(path -> path.toString().matches(".*[.](onnx|tflite)"))
                                .sorted()
                                .toList();
            }
            for (Path path : paths) {
                if (Files.size(path) <= BYTES_MAX) {
                    files.add(Files.readAllBytes(path));
                }
            }
        }
        return files;
    }

    /** One of the numbers that a flatbuffer consists of, or a few bytes, changed. */
    private static byte[] renumbered(byte[] whole, RandomGenerator random) {
        byte[] file = whole.clone();
        if (random.nextInt(16) == 0) {
            return Arrays.copyOf(file, random.nextInt(file.length));
        }
        int at = random.nextInt(Math.max(1, file.length / 4)) * 4;
        long number = NUMBERS[random.nextInt(NUMBERS.length)] + random.nextInt(-1, 2);
        int bytes = 1 << random.nextInt(4);
        for (int i = 0; i < bytes && at + i < file.length; i++) {
            file[at + i] = (byte) (number >> (8 * i));
        }
        return file;
    }

    /** A field of the message, or of a message within it: a number, left out, twice, or cut. */
    private static byte[] rewritten(byte[] whole, RandomGenerator random) {
        List<byte[]> fields = fields(whole);
        if (fields.isEmpty()) {
            return new byte[] {(byte) random.nextInt(256)};
        }
        int at = random.nextInt(fields.size());
        byte[] field = fields.get(at);
        int key = 1;
        while (key < field.length && (field[key - 1] & 0x80) != 0) {
            key++;
        }
        boolean isBytes = (field[0] & 7) == ProtoReader.BYTES;
        byte[] head = Arrays.copyOf(field, key);
        if (isBytes && random.nextInt(8) != 0) {
            byte[] content = content(field, key);
            boolean isMessage = content.length > 1 && !fields(content).isEmpty();
            byte[] inner =
                    isMessage
                            ? rewritten(content, random)
                            : random.nextBoolean()
                                    ? Arrays.copyOf(content, random.nextInt(content.length + 3))
                                    : content;
            field = OnnxBuilder.join(head, varint(inner.length), inner);
        } else if ((field[0] & 7) == ProtoReader.VARINT && random.nextBoolean()) {
            field = OnnxBuilder.join(head, varint(NUMBERS[random.nextInt(NUMBERS.length)]));
        } else {
            switch (random.nextInt(3)) {
                case 0 -> field = new byte[0];
                case 1 -> field = OnnxBuilder.join(field, field);
                default -> field = fields.get(random.nextInt(fields.size()));
            }
        }
        byte[] out = new byte[0];
        for (int i = 0; i < fields.size(); i++) {
            out = OnnxBuilder.join(out, i == at ? field : fields.get(i));
        }
        return out;
    }

    /** The fields of a protobuf message, keys and all; none where it is no message. */
    private static List<byte[]> fields(byte[] message) {
        List<byte[]> fields = new ArrayList<>();
        int at = 0;
        while (at < message.length) {
            int start = at;
            int wire = message[at] & 7;
            while (at < message.length && (message[at++] & 0x80) != 0) {}
            switch (wire) {
                case ProtoReader.VARINT -> {
                    while (at < message.length && (message[at++] & 0x80) != 0) {}
                }
                case ProtoReader.BYTES -> {
                    long length = 0;
                    int shift = 0;
                    while (at < message.length) {
                        length |= (long) (message[at] & 0x7f) << shift;
                        shift += 7;
                        if ((message[at++] & 0x80) == 0) {
                            break;
                        }
                    }
                    if (length < 0 || length > message.length - at) {
                        return List.of();
                    }
                    at += (int) length;
                }
                case ProtoReader.FIXED32 -> at += 4;
                case 1 -> at += 8;
                default -> {
                    return List.of();
                }
            }
            if (at > message.length) {
                return List.of();
            }
            fields.add(Arrays.copyOfRange(message, start, at));
        }
        return fields;
    }

    private static byte[] content(byte[] field, int key) {
        int at = key;
        while (at < field.length && (field[at++] & 0x80) != 0) {}
        return Arrays.copyOfRange(field, at, field.length);
    }

    private static byte[] varint(long value) {
        byte[] out = new byte[10];
        int length = 0;
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out[length++] = (byte) ((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out[length++] = (byte) rest;
        return Arrays.copyOf(out, length);
    }
}
