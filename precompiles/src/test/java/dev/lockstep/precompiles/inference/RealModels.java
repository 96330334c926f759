package dev.lockstep.precompiles.inference;

import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The repository's two models and the samples beside them. */
final class RealModels {
    private static final Path FOLDER = Path.of("..", "inference-engine", "models");

    private RealModels() {}

    static Model model(String name) throws IOException, InvalidModelException {
        return ModelFile.read(FOLDER.resolve(name).resolve(name + ".lkm"));
    }

    /**
     * The bytes of an array of the test samples.
     *
     * @param array x for inputs, y for what is right
     */
    static ByteBuffer samples(String model, String array) throws IOException {
        try (ZipFile file = new ZipFile(FOLDER.resolve(model).resolve("test.npz").toFile())) {
            ZipEntry entry = file.getEntry(array + ".npy");
            ByteBuffer bytes =
                    ByteBuffer.wrap(file.getInputStream(entry).readAllBytes())
                            .order(ByteOrder.LITTLE_ENDIAN);
            int header = 10 + bytes.getShort(8);
            return bytes.position(header).slice().order(ByteOrder.LITTLE_ENDIAN);
        }
    }
}
