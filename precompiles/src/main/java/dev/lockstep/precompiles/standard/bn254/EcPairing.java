package dev.lockstep.precompiles.standard.bn254;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.standard.InvalidPoint;
import dev.lockstep.types.Fork;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Whether the product of pairings on alt_bn128 is one.
 *
 * @shape in: pairs of a point of the curve (x 32 · y 32) and one of its twist (x and y, of each the
 *     coefficient of u first, 4 · 32), any number of them; zeros are the point at infinity · out: 1
 *     or 0 as a word
 * @cost 100,000 gas and 80,000 a pair, from Istanbul on 45,000 and 34,000
 * @fails where the size is no multiple of 192 bytes, a coordinate is not below p, a point not on
 *     its curve, or one of the twist not in the group of order r
 * @source EIP-197; EIP-1108 for the price
 */
public final class EcPairing implements Precompile {
    private static final int PAIR_BYTES = G1Point.BYTES + G2Point.BYTES;

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        long pairs = input.size() / PAIR_BYTES;
        return context.fork().isAtLeast(Fork.ISTANBUL)
                ? 45_000 + 34_000 * pairs
                : 100_000 + 80_000 * pairs;
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        if (input.size() % PAIR_BYTES != 0) {
            return new PrecompileResult.Failed(
                    "an input of " + input.size() + " bytes, must be a multiple of " + PAIR_BYTES);
        }
        try {
            List<Pairing.Pair> pairs = new ArrayList<>();
            for (int at = 0; at < input.size(); at += PAIR_BYTES) {
                pairs.add(
                        new Pairing.Pair(
                                G1Point.decode(input.slice(at, G1Point.BYTES)),
                                G2Point.decode(input.slice(at + G1Point.BYTES, G2Point.BYTES))));
            }
            UInt256 answer = Pairing.isProductOne(pairs) ? UInt256.ONE : UInt256.ZERO;
            return new PrecompileResult.Output(answer.toBytes());
        } catch (InvalidPoint e) {
            return e.result();
        }
    }
}
