package dev.lockstep.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Paths that the user named, looked at before any work begins. */
final class GivenPath {
    private GivenPath() {}

    /**
     * A file to read.
     *
     * @param option where it was named, as the user writes it
     * @fails CommandFailure where it is missing, a folder, or not to be read
     */
    static Path file(String option, Path file) {
        if (Files.isDirectory(file)) {
            throw new CommandFailure(option + " is " + file + ", a folder; a file is needed");
        }
        if (!Files.exists(file)) {
            throw new CommandFailure(option + " is " + file + "; there is no such file");
        }
        if (!Files.isReadable(file)) {
            throw new CommandFailure(
                    option + " is " + file + "; there is no permission to read it");
        }
        return file;
    }

    /** A file to read, or a folder of such. */
    static Path fileOrFolder(String option, Path path) {
        return Files.isDirectory(path) ? path : file(option, path);
    }

    /**
     * A file to write.
     *
     * @fails CommandFailure where it is a folder, or the folder that it would be in is not there
     */
    static Path target(String option, Path file) {
        if (Files.isDirectory(file)) {
            throw new CommandFailure(
                    option + " is " + file + ", a folder; a file's name is needed");
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new CommandFailure(option + " is " + file + "; there is no folder " + folder);
        }
        return file;
    }
}
