package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.standard.InvalidPoint;
import java.math.BigInteger;
import org.apache.tuweni.bytes.Bytes;
import supranational.blst.P2;

/**
 * The sum of multiples of points of BLS12-381's second group.
 *
 * @shape in: terms, one or more, of a point as {@link G2} has them and a factor of 32 bytes, any
 *     number · out: a point
 * @cost {@link MsmGas}
 * @fails where the size is zero or no multiple of a term's, a coordinate not below p, a point not
 *     on the curve or not in the group of order r
 * @source EIP-2537
 */
public final class G2Msm implements Precompile {
    private static final int TERM_BYTES = G2.BYTES + Factor.BYTES;

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return MsmGas.G2.price(input.size() / TERM_BYTES);
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        if (input.isEmpty() || input.size() % TERM_BYTES != 0) {
            return WrongSize.insteadOfMultiple(input, TERM_BYTES);
        }
        Blst.require();
        try {
            P2 sum = new P2();
            for (int at = 0; at < input.size(); at += TERM_BYTES) {
                P2 point = G2.decodeInGroup(input, at).to_jacobian();
                BigInteger factor = Factor.decode(input, at + G2.BYTES);
                if (factor.signum() != 0) sum.add(point.mult(factor));
            }
            return new PrecompileResult.Output(G2.encode(sum));
        } catch (InvalidPoint e) {
            return e.result();
        }
    }
}
