package dev.lockstep.precompiles.standard;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.types.LocalFault;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.tuweni.bytes.Bytes;

/**
 * SHA-256 of the input.
 *
 * @shape in: any bytes · out: 32 bytes
 * @cost 60 gas and 12 a word
 * @fails never
 * @source Yellow Paper, appendix E; FIPS 180-4
 */
public final class Sha256 implements Precompile {
    private static final long BASE_GAS = 60;
    private static final long WORD_GAS = 12;

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return BASE_GAS + WORD_GAS * Input.words(input);
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return new PrecompileResult.Output(Bytes.wrap(digest.digest(input.toArrayUnsafe())));
        } catch (NoSuchAlgorithmException brokenJdk) {
            throw new LocalFault("this JDK has no SHA-256", brokenJdk);
        }
    }
}
