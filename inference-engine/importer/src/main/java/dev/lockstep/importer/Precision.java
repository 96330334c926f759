package dev.lockstep.importer;

import dev.lockstep.inference.DType;

/** Width of the activations between layers; weights always have 8 bits. */
public enum Precision {
    /** 16 bits for a model with one result, which is then a forecast; 8 bits for all others. */
    AUTO,
    /** 8 bits: the cheapest, good for classifiers. */
    I8,
    /** 16 bits: results close to the float model's. */
    I16;

    DType activations(int results) {
        return switch (this) {
            case AUTO -> results == 1 ? DType.I16 : DType.I8;
            case I8 -> DType.I8;
            case I16 -> DType.I16;
        };
    }
}
