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

    /** The mix hash of every QBFT block. @source EEA QBFT specification, section 5.3 */
    public static final Hash QBFT_MIX_HASH =
            Hash.fromHex("0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365");

    /** For a QBFT chain; the seals are added after building, at commit. */
    public static BuildRequest qbft(
            long timestamp, Address coinbase, long gasLimitTarget, QbftExtraData extraData) {
        return new BuildRequest(
                timestamp, coinbase, gasLimitTarget, extraData.encode(), QBFT_MIX_HASH);
    }
}
