package dev.lockstep.genesis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON for tests: from the public fixtures, and a small file to spoil. */
final class GenesisTexts {
    private static final JsonMapper JSON = new JsonMapper();

    static final String EXTRA_DATA =
            "0xf83aa00000000000000000000000000000000000000000000000000000000000000000d594"
                    + "eac51e3fe1afc9894f0dfeab8ceb471899b932dfc080c0";

    /** A QBFT chain of today with one account. */
    static final String SMALL =
            """
            {
              "config": {
                "chainId": 2017,
                "londonBlock": 0,
                "shanghaiTime": 0,
                "cancunTime": 0,
                "pragueTime": 0,
                "osakaTime": 0,
                "qbft": { "blockperiodseconds": 2, "requesttimeoutseconds": 4, "epochlength": 30000 },
                "lockstep": {
                  "models": ["0x1111111111111111111111111111111111111111111111111111111111111111"],
                  "gas": { "scalePermille": 1000 }
                }
              },
              "nonce": "0x0",
              "timestamp": "0x0",
              "extraData": "%s",
              "gasLimit": "0x3938700",
              "difficulty": "0x1",
              "mixHash": "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365",
              "coinbase": "0x0000000000000000000000000000000000000000",
              "alloc": {
                "0x0000000000000000000000000000000000000a01": { "nonce": "0x1", "code": "0x60006000fd" },
                "fe3b557e8fb62b89f4916b721be55ceb828dbd73": { "balance": "90000000000000000000000" }
              }
            }
            """
                    .formatted(EXTRA_DATA);

    private GenesisTexts() {}

    static Path fixture(String relative) {
        String root = System.getenv("LOCKSTEP_FIXTURES");
        if (root == null) {
            String line = "skipped: LOCKSTEP_FIXTURES is not set, so there is no " + relative;
            System.out.println(line);
            Assumptions.abort(line);
        }
        return Path.of(root).resolve(relative);
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    static JsonNode json(String text) {
        return JSON.readTree(text);
    }
}
