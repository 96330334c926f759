package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.standard.InvalidPoint;
import org.apache.tuweni.bytes.Bytes;
import supranational.blst.P1;

/**
 * The sum of two points of BLS12-381's curve.
 *
 * @shape in: two points as {@link G1} has them, no more and no less · out: a point
 * @cost 375 gas
 * @fails where the size is wrong, a coordinate not below p or a point not on the curve; the group
 *     is not looked at
 * @source EIP-2537
 */
public final class G1Add implements Precompile {
    private static final long GAS = 375;

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return GAS;
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        if (input.size() != 2 * G1.BYTES) return WrongSize.instead(input, 2 * G1.BYTES);
        Blst.require();
        try {
            P1 sum = G1.decode(input, 0).to_jacobian();
            sum.add(G1.decode(input, G1.BYTES));
            return new PrecompileResult.Output(G1.encode(sum));
        } catch (InvalidPoint e) {
            return e.result();
        }
    }
}
