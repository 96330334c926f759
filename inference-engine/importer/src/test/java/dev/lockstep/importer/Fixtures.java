package dev.lockstep.importer;

import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Where public models and inputs lie. */
final class Fixtures {
    private Fixtures() {}

    static Path models() {
        String folder = System.getenv("LOCKSTEP_FIXTURES");
        if (folder == null) {
            String message =
                    "skipped: LOCKSTEP_FIXTURES is not set, so there are no public models to import";
            System.out.println(message);
            Assumptions.abort(message);
        }
        return Path.of(folder, "models");
    }
}
