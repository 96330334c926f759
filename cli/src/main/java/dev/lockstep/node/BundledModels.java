package dev.lockstep.node;

import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelFile;
import dev.lockstep.inference.ModelId;
import dev.lockstep.types.LocalFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** The two models that the project trained itself and ships, for dev chains and the demo. */
public enum BundledModels {
    DIGITS,
    VOLATILITY;

    public String title() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** The model file's bytes. */
    public byte[] bytes() {
        return resource(title() + "/" + title() + ".lkm");
    }

    public Model model() {
        try {
            return ModelFile.read(bytes());
        } catch (InvalidModelException damaged) {
            throw new LocalFault("this build's own model " + title() + " is damaged", damaged);
        }
    }

    /** Puts the model with its notes into a model folder and gives its id. */
    public ModelId installTo(Path models) throws IOException {
        ModelId id = model().id();
        Files.createDirectories(models);
        Files.write(models.resolve(id.toHex() + ".lkm"), bytes());
        Files.write(
                models.resolve(id.toHex() + ".notes"),
                resource(title() + "/" + title() + ".notes"));
        return id;
    }

    /** Puts a model of the user's beside them. */
    public static ModelId install(Path file, Path models)
            throws IOException, InvalidModelException {
        ModelId id = ModelFile.read(file).id();
        Files.createDirectories(models);
        Files.copy(file, models.resolve(id.toHex() + ".lkm"), StandardCopyOption.REPLACE_EXISTING);
        Path notes =
                file.resolveSibling(
                        file.getFileName().toString().replaceFirst("\\.lkm$", "") + ".notes");
        if (Files.exists(notes)) {
            Files.copy(
                    notes,
                    models.resolve(id.toHex() + ".notes"),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        return id;
    }

    public static List<ModelId> installAll(Path models) throws IOException {
        return List.of(DIGITS.installTo(models), VOLATILITY.installTo(models));
    }

    private static byte[] resource(String name) {
        try (InputStream in = BundledModels.class.getResourceAsStream("/models/" + name)) {
            if (in == null) throw new LocalFault("this build lacks its own model " + name);
            return in.readAllBytes();
        } catch (IOException unreadable) {
            throw new LocalFault("this build's own model " + name + " can't be read", unreadable);
        }
    }
}
