package dev.lockstep.node.reference;

import dev.lockstep.types.Hash;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of one case.
 *
 * @param test the id that its file gives it; empty where the file has none to give
 * @param fork or network, as the file names it; empty where the test could not be read that far
 * @param index among the cases of this test and fork, from 0
 */
public record CaseResult(Path file, String test, String fork, int index, Verdict verdict) {
    /** Passed or not, and why. */
    public sealed interface Verdict {}

    /**
     * As the file says.
     *
     * @param root of the state at the end, or null where the format compares none
     * @param refusals what had to be refused, in its order
     */
    public record Passed(@Nullable Hash root, List<Refusal> refusals) implements Verdict {
        public Passed {
            refusals = List.copyOf(refusals);
        }

        Passed(Hash root) {
            this(root, List.of());
        }
    }

    /**
     * A block or a transaction that is not valid, and was found not to be.
     *
     * @param expected the reason's name in the file; other clients have other names
     * @param reason ours
     */
    public record Refusal(String expected, String reason) {}

    /**
     * Not as the file says.
     *
     * @param root as above, or null where it did not come to one
     * @param difference what is and what should be; further lines may list accounts
     */
    public record Failed(@Nullable Hash root, String difference) implements Verdict {}

    /** The file is not what its format says; counts as failed. */
    public record Unreadable(String reason) implements Verdict {}

    /** Folder, file, test, fork and index, to find the case by. */
    public String name() {
        Path folder = file.toAbsolutePath().getParent();
        String where = folder == null ? "" : folder.getFileName() + "/";
        String what = test.isEmpty() ? "" : " " + test;
        return where
                + file.getFileName()
                + what
                + (fork.isEmpty() ? "" : " " + fork + " #" + index);
    }
}
