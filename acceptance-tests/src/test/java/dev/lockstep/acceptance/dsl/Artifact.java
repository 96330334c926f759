package dev.lockstep.acceptance.dsl;

import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A compiled contract as the repository ships it. */
public final class Artifact {
    private static final Path FOLDER =
            Launcher.root().resolve("precompiles/src/main/resources/contracts");

    private Artifact() {}

    public static String creationCode(String contract) {
        JsonNode artifact =
                JsonMapper.shared().readTree(FOLDER.resolve(contract + ".json").toFile());
        return artifact.path("bytecode").asString();
    }
}
