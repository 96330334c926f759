package dev.lockstep.precompiles.standard.bn254;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.standard.Input;
import dev.lockstep.precompiles.standard.InvalidPoint;
import dev.lockstep.types.Fork;
import org.apache.tuweni.bytes.Bytes;

/**
 * The sum of two points of alt_bn128.
 *
 * @shape in: two points of x 32 · y 32 bytes, padded with zeros; zeros are the point at infinity ·
 *     out: a point
 * @cost 500 gas, from Istanbul on 150
 * @fails where a coordinate is not below p or a point not on the curve
 * @source EIP-196; EIP-1108 for the price
 */
public final class EcAdd implements Precompile {
    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return context.fork().isAtLeast(Fork.ISTANBUL) ? 150 : 500;
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        try {
            G1Point sum = G1Point.decode(Input.slice(input, 0, G1Point.BYTES));
            sum.add(G1Point.decode(Input.slice(input, G1Point.BYTES, G1Point.BYTES)));
            return new PrecompileResult.Output(sum.encode());
        } catch (InvalidPoint e) {
            return e.result();
        }
    }
}
