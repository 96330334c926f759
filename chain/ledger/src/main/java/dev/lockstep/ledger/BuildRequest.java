package dev.lockstep.ledger;

import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.QbftExtraData;
import org.apache.tuweni.bytes.Bytes;

/**
 * What a proposer decides of its block.
 *
 * @param timestamp @unit seconds since 1970; over the parent's
 * @param coinbase who gets the tips
 * @param gasLimitTarget where the gas limit moves to, by less than 1/1024 a block
 * @param extraData the header's, less the inference root, which the ledger writes
 * @param mixHash what PREVRANDAO answers
 */
public record BuildRequest(
        long timestamp, Address coinbase, long gasLimitTarget, Bytes extraData, Hash mixHash) {

    /** For a QBFT chain; the seals are added after building, at commit. */
    public static BuildRequest qbft(
            long timestamp, Address coinbase, long gasLimitTarget, QbftExtraData extraData) {
        return new BuildRequest(
                timestamp, coinbase, gasLimitTarget, extraData.encode(), QbftExtraData.MIX_HASH);
    }
}
