package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Whether the product of pairings on BLS12-381 is one.
 *
 * @shape in: pairs, one or more, of a point of the first {@link Group} and one of the second · out:
 *     1 or 0 as a word
 * @cost 37,700 gas and 32,600 a pair
 * @fails where the size is zero or no multiple of a pair's, a coordinate not below p, a point not
 *     on its curve or not in its group of order r
 * @source EIP-2537
 */
public final class PairingCheck implements Precompile {
    private static final long BASE_GAS = 37_700;
    private static final long PAIR_GAS = 32_600;
    private static final int PAIR_BYTES = Group.FIRST_BYTES + Group.SECOND_BYTES;

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return BASE_GAS + PAIR_GAS * (input.size() / PAIR_BYTES);
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        if (input.isEmpty() || input.size() % PAIR_BYTES != 0) {
            return WrongSize.insteadOfMultiple(input, PAIR_BYTES);
        }
        return Blst.run(
                input,
                (given, arena) -> {
                    boolean one = Pairing.isProductOne(given, arena);
                    return (one ? UInt256.ONE : UInt256.ZERO).toBytes();
                });
    }
}
