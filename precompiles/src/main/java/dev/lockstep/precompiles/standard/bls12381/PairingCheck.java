package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.standard.InvalidPoint;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import supranational.blst.P1_Affine;
import supranational.blst.P2_Affine;
import supranational.blst.PT;

/**
 * Whether the product of pairings on BLS12-381 is one.
 *
 * @shape in: pairs, one or more, of a point as {@link G1} and one as {@link G2} have them · out: 1
 *     or 0 as a word
 * @cost 37,700 gas and 32,600 a pair
 * @fails where the size is zero or no multiple of a pair's, a coordinate not below p, a point not
 *     on its curve or not in its group of order r
 * @source EIP-2537
 */
public final class PairingCheck implements Precompile {
    private static final long BASE_GAS = 37_700;
    private static final long PAIR_GAS = 32_600;
    private static final int PAIR_BYTES = G1.BYTES + G2.BYTES;

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return BASE_GAS + PAIR_GAS * (input.size() / PAIR_BYTES);
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        if (input.isEmpty() || input.size() % PAIR_BYTES != 0) {
            return WrongSize.insteadOfMultiple(input, PAIR_BYTES);
        }
        Blst.require();
        try {
            PT product = PT.one();
            for (int at = 0; at < input.size(); at += PAIR_BYTES) {
                P1_Affine p = G1.decodeInGroup(input, at);
                P2_Affine q = G2.decodeInGroup(input, at + G1.BYTES);
                if (!p.is_inf() && !q.is_inf()) product.mul(new PT(p, q));
            }
            UInt256 answer = product.final_exp().is_one() ? UInt256.ONE : UInt256.ZERO;
            return new PrecompileResult.Output(answer.toBytes());
        } catch (InvalidPoint e) {
            return e.result();
        }
    }
}
