package dev.lockstep.precompiles.standard;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import org.apache.tuweni.bytes.Bytes;
import org.bouncycastle.crypto.digests.RIPEMD160Digest;

/**
 * RIPEMD-160 of the input.
 *
 * @shape in: any bytes · out: 12 zero bytes, then 20 bytes of digest
 * @cost 600 gas and 120 a word
 * @fails never
 * @source Yellow Paper, appendix E
 */
public final class Ripemd160 implements Precompile {
    private static final long BASE_GAS = 600;
    private static final long WORD_GAS = 120;
    private static final int PADDING_BYTES = 12;

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return BASE_GAS + WORD_GAS * Input.words(input);
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        RIPEMD160Digest digest = new RIPEMD160Digest();
        byte[] bytes = input.toArrayUnsafe();
        digest.update(bytes, 0, bytes.length);
        byte[] word = new byte[32];
        digest.doFinal(word, PADDING_BYTES);
        return new PrecompileResult.Output(Bytes.wrap(word));
    }
}
