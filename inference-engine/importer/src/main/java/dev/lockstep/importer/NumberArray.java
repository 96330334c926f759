package dev.lockstep.importer;

/** Numbers from a file with their dims, row-major. */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record NumberArray(String name, int[] dims, float[] values) {}
