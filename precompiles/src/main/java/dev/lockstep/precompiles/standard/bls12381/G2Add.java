package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.standard.InvalidPoint;
import org.apache.tuweni.bytes.Bytes;
import supranational.blst.P2;

/**
 * The sum of two points of BLS12-381's twist.
 *
 * @shape in: two points as {@link G2} has them, no more and no less · out: a point
 * @cost 600 gas
 * @fails where the size is wrong, a coordinate not below p or a point not on the curve; the group
 *     is not looked at
 * @source EIP-2537
 */
public final class G2Add implements Precompile {
    private static final long GAS = 600;

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return GAS;
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        if (input.size() != 2 * G2.BYTES) return WrongSize.instead(input, 2 * G2.BYTES);
        Blst.require();
        try {
            P2 sum = G2.decode(input, 0).to_jacobian();
            sum.add(G2.decode(input, G2.BYTES));
            return new PrecompileResult.Output(G2.encode(sum));
        } catch (InvalidPoint e) {
            return e.result();
        }
    }
}
