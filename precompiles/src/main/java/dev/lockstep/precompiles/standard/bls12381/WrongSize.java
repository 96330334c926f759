package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.evm.PrecompileResult;
import org.apache.tuweni.bytes.Bytes;

/** What calls with input of another size come to. */
final class WrongSize {
    private WrongSize() {}

    static PrecompileResult instead(Bytes input, int size) {
        return new PrecompileResult.Failed(
                "an input of " + input.size() + " bytes, must be " + size);
    }

    static PrecompileResult insteadOfMultiple(Bytes input, int size) {
        return new PrecompileResult.Failed(
                "an input of "
                        + input.size()
                        + " bytes, must be a multiple of "
                        + size
                        + " and not empty");
    }
}
