package dev.lockstep.importer;

import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelFile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fixed-point model made from a float one.
 *
 * @param notes what was assumed or changed, in plain words
 * @param report how it compares with the float model; null where no test samples were given
 */
public record ImportedModel(Model model, List<String> notes, @Nullable ParityReport report) {
    /** The model as a file. */
    public byte[] file() {
        return ModelFile.write(model);
    }
}
