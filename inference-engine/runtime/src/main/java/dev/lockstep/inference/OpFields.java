package dev.lockstep.inference;

/**
 * Parameters of an operation as they stand in a file.
 *
 * @param attributes at most {@value #ATTRIBUTES_MAX} words in the operation's record; missing ones
 *     are zero
 * @param constants any number of words in the constant pool
 */
record OpFields(Ints attributes, Ints constants) {
    static final int ATTRIBUTES_MAX = 22;

    OpFields {
        if (attributes.length() > ATTRIBUTES_MAX) {
            throw new IllegalArgumentException(
                    "an operation has at most " + ATTRIBUTES_MAX + " attributes");
        }
    }

    static OpFields of(int... attributes) {
        return new OpFields(Ints.of(attributes), Ints.NONE);
    }
}
