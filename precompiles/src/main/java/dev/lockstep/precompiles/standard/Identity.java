package dev.lockstep.precompiles.standard;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import org.apache.tuweni.bytes.Bytes;

/**
 * The input, unchanged.
 *
 * @shape in: any bytes · out: the same
 * @cost 15 gas and 3 a word
 * @fails never
 * @source Yellow Paper, appendix E
 */
public final class Identity implements Precompile {
    private static final long BASE_GAS = 15;
    private static final long WORD_GAS = 3;

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return BASE_GAS + WORD_GAS * Input.words(input);
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        return new PrecompileResult.Output(Bytes.wrap(input.toArray()));
    }
}
