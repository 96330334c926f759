package dev.lockstep.precompiles.inference;

import dev.lockstep.types.Hash;
import org.apache.tuweni.bytes.Bytes;

/** The typed errors that a call reverts with, encoded as Solidity decodes them. */
final class InferenceError {
    private InferenceError() {}

    static Bytes modelNotFound(Hash model) {
        return error("ModelNotFound(bytes32)", Abi.word(model.bytes()));
    }

    /**
     * @unit bytes for {@code infer}, elements for the others
     */
    static Bytes inputLength(long expected, long actual) {
        return error("InputLength(uint256,uint256)", Abi.number(expected), Abi.number(actual));
    }

    static Bytes inputOutOfRange(long index) {
        return error("InputOutOfRange(uint256)", Abi.number(index));
    }

    static Bytes badCalldata() {
        return error("BadCalldata()");
    }

    private static Bytes error(String signature, Abi.Value... arguments) {
        return Bytes.concatenate(Abi.selector(signature), Abi.tuple(arguments).bytes());
    }
}
