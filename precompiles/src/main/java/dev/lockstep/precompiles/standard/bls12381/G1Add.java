package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import org.apache.tuweni.bytes.Bytes;

/**
 * The sum of two points of BLS12-381's curve.
 *
 * @shape in: two points as {@link Group} describes, no more and no less · out: a point
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
        if (input.size() != 2 * Group.FIRST_BYTES)
            return WrongSize.instead(input, 2 * Group.FIRST_BYTES);
        return Blst.run(input, (given, arena) -> Group.FIRST.add(given, arena));
    }
}
