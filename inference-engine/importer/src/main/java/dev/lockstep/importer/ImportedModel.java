package dev.lockstep.importer;

import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelFile;
import dev.lockstep.inference.ModelNotes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fixed-point model made from a float one.
 *
 * @param names what the ONNX file calls the model, its input and its outputs; a file of its own
 *     beside the model
 * @param notes what was assumed or changed, in plain words
 * @param report how it compares with the float model; null where no test samples were given
 */
public record ImportedModel(
        Model model, ModelNotes names, List<String> notes, @Nullable ParityReport report) {
    /** The model as a file. */
    public byte[] file() {
        return ModelFile.write(model);
    }
}
