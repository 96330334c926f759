package dev.lockstep.importer;

/** Told how far long work has come. */
@FunctionalInterface
public interface Progress {
    /** Nobody watches. */
    Progress NONE = (stage, done, total) -> {};

    /**
     * @param stage what is being done: read, lower, calibrate, quantize, compare
     * @param done steps of {@code total} that are finished
     */
    void report(String stage, int done, int total);
}
