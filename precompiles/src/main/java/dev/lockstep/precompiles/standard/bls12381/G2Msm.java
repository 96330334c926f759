package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import org.apache.tuweni.bytes.Bytes;

/**
 * The sum of multiples of points of BLS12-381's second group.
 *
 * @shape in: terms, one or more, of a point as {@link Group} describes and a factor of 32 bytes,
 *     any number · out: a point
 * @cost {@link MsmGas}
 * @fails where the size is zero or no multiple of a term's, a coordinate not below p, a point not
 *     on the curve or not in the group of order r
 * @source EIP-2537
 */
public final class G2Msm implements Precompile {
    private static final int TERM_BYTES = Group.SECOND_BYTES + Factor.BYTES;

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return MsmGas.G2.price(input.size() / TERM_BYTES);
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        if (input.isEmpty() || input.size() % TERM_BYTES != 0) {
            return WrongSize.insteadOfMultiple(input, TERM_BYTES);
        }
        return Blst.run(input, (given, arena) -> Group.SECOND.sum(given, arena));
    }
}
