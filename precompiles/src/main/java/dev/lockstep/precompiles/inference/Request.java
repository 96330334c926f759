package dev.lockstep.precompiles.inference;

import dev.lockstep.types.Hash;
import org.apache.tuweni.bytes.Bytes;

/** What a contract asks of a model. */
sealed interface Request {
    Hash model();

    /**
     * @param input raw tensors
     */
    record Infer(Hash model, Bytes input) implements Request {}

    /**
     * @param input words of 32 bytes, one an element
     */
    record InferInts(Hash model, Bytes input) implements Request {}

    /**
     * @param mantissas words of 32 bytes, one an element
     * @param decimals 0 to 77
     */
    record InferDecimals(Hash model, Bytes mantissas, int decimals) implements Request {}

    record Quote(Hash model) implements Request {}

    record Describe(Hash model) implements Request {}
}
