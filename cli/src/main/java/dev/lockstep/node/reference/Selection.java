package dev.lockstep.node.reference;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which cases to run.
 *
 * @param tests found anywhere in a test's id
 * @param fork as files name it, in any case of letters; null for all
 */
public record Selection(Pattern tests, @Nullable String fork) {
    public static final Selection ALL = new Selection(Pattern.compile(""), null);

    boolean hasTest(String id) {
        return tests.matcher(id).find();
    }

    boolean hasFork(String name) {
        return fork == null || fork.equalsIgnoreCase(name);
    }
}
