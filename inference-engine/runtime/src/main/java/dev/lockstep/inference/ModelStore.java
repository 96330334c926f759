package dev.lockstep.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A directory of models, {@code <id>.lkm}. A file is checked against the id in its name before its
 * first use, and kept loaded from then on. Threads may share a store.
 */
public final class ModelStore {
    private static final String SUFFIX = ".lkm";
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}\\.lkm");

    private final Path directory;
    private final Map<ModelId, Model> loaded = new HashMap<>();

    private ModelStore(Path directory) {
        this.directory = directory;
    }

    /** The store in a directory, which need not exist until something is put there. */
    public static ModelStore open(Path directory) {
        return new ModelStore(directory);
    }

    /**
     * The model of an id.
     *
     * @throws ModelUnavailableException where the file is missing, cannot be read, is no model, or
     *     is another model
     */
    public synchronized Model get(ModelId id) throws ModelUnavailableException {
        Model known = loaded.get(id);
        if (known != null) {
            return known;
        }
        Model model = load(id);
        loaded.put(id, model);
        return model;
    }

    private Model load(ModelId id) throws ModelUnavailableException {
        Path file = file(id);
        Model model;
        try {
            model = ModelFile.read(file);
        } catch (NoSuchFileException e) {
            throw new ModelUnavailableException(
                    "model " + id + " is missing: there is no file " + file, e);
        } catch (IOException e) {
            throw new ModelUnavailableException(
                    "model " + id + " cannot be read from " + file + ": " + e, e);
        } catch (InvalidModelException e) {
            throw new ModelUnavailableException(
                    "model file " + file + " is corrupt: " + e.getMessage(), e);
        }
        if (!model.id().equals(id)) {
            throw new ModelUnavailableException(
                    "model file " + file + " holds another model, " + model.id());
        }
        return model;
    }

    /** Whether there is a file for this id; it may still prove corrupt. */
    public boolean contains(ModelId id) {
        return Files.isRegularFile(file(id));
    }

    /** Writes a model's file, whole or not at all, and answers where it is. */
    public synchronized Path put(Model model) throws IOException {
        Files.createDirectories(directory);
        Path file = file(model.id());
        Path partial = Files.createTempFile(directory, model.id().toHex(), ".partial");
        try {
            Files.write(partial, ModelFile.write(model));
            Files.move(
                    partial,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(partial);
        }
        return file;
    }

    /** Ids of the files there are, in ascending order. */
    public List<ModelId> list() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<ModelId> ids = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> NAME.matcher(name).matches())
                    .sorted()
                    .forEach(
                            name ->
                                    ids.add(
                                            ModelId.parse(
                                                    name.substring(
                                                            0, name.length() - SUFFIX.length()))));
        }
        return List.copyOf(ids);
    }

    /** Where the file of an id is or would be. */
    public Path file(ModelId id) {
        return directory.resolve(id.toHex() + SUFFIX);
    }

    /** Where the notes of an id are or would be. */
    public Path notesFile(ModelId id) {
        return directory.resolve(id.toHex() + ModelNotes.SUFFIX);
    }

    /** What people call the model of an id; {@link ModelNotes#NONE} where nobody wrote it down. */
    public ModelNotes notes(ModelId id) throws IOException {
        Path file = notesFile(id);
        return Files.exists(file) ? ModelNotes.read(file) : ModelNotes.NONE;
    }
}
