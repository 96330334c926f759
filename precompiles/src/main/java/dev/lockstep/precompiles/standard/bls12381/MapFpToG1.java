package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import org.apache.tuweni.bytes.Bytes;

/**
 * The point of BLS12-381's first group that a field's element is mapped to.
 *
 * @shape in: 64 bytes, the first 16 zero · out: a point as {@link Group} describes
 * @cost 5,500 gas
 * @fails where the size is wrong or a number not below p
 * @source EIP-2537; RFC 9380
 */
public final class MapFpToG1 implements Precompile {
    private static final long GAS = 5_500;
    private static final int INPUT_BYTES = Coordinate.BYTES;

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return GAS;
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        if (input.size() != INPUT_BYTES) return WrongSize.instead(input, INPUT_BYTES);
        return Blst.run(input, (given, arena) -> Group.FIRST.map(given, arena));
    }
}
