package dev.lockstep.precompiles.standard.bn254;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.standard.Input;
import dev.lockstep.precompiles.standard.InvalidPoint;
import dev.lockstep.types.Fork;
import org.apache.tuweni.bytes.Bytes;

/**
 * A multiple of a point of alt_bn128.
 *
 * @shape in: x 32 · y 32 · factor 32 bytes, padded with zeros; zeros are the point at infinity ·
 *     out: a point
 * @cost 40,000 gas, from Istanbul on 6,000
 * @fails where a coordinate is not below p or the point not on the curve
 * @source EIP-196; EIP-1108 for the price
 */
public final class EcMul implements Precompile {
    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return context.fork().isAtLeast(Fork.ISTANBUL) ? 6_000 : 40_000;
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        try {
            G1Point point = G1Point.decode(Input.slice(input, 0, G1Point.BYTES));
            Bytes factor = Input.slice(input, G1Point.BYTES, 32);
            return new PrecompileResult.Output(point.times(factor).encode());
        } catch (InvalidPoint e) {
            return e.result();
        }
    }
}
