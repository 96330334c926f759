package dev.lockstep.precompiles.standard;

import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Signature;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * The account that signed a digest.
 *
 * @shape in: digest 32 · v 32 · r 32 · s 32 bytes, padded with zeros · out: address in 32 bytes, or
 *     nothing where nobody signed
 * @cost 3,000 gas
 * @fails never
 * @source Yellow Paper, appendix E
 */
public final class EcRecover implements Precompile {
    private static final long GAS = 3_000;
    private static final UInt256 EVEN = UInt256.valueOf(27);
    private static final UInt256 ODD = UInt256.valueOf(28);

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return GAS;
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        UInt256 v = UInt256.fromBytes(Input.word(input, 32));
        if (!v.equals(EVEN) && !v.equals(ODD)) return new PrecompileResult.Output(Bytes.EMPTY);
        Signature signature =
                new Signature(
                        v.equals(ODD) ? 1 : 0,
                        UInt256.fromBytes(Input.word(input, 64)),
                        UInt256.fromBytes(Input.word(input, 96)));
        Address signer = Secp256k1.recover(new Hash(Input.word(input, 0)), signature);
        return new PrecompileResult.Output(signer == null ? Bytes.EMPTY : signer.word());
    }
}
