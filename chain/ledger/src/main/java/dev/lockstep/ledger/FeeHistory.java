package dev.lockstep.ledger;

import java.util.List;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * What gas cost in a run of blocks.
 *
 * @param oldest number of the first block
 * @param baseFees one a block and one for the block after @unit wei
 * @param blobBaseFees likewise @unit wei
 * @param fills one a block
 * @param rewards by block, the tips at the percentiles asked for; empty where none were asked for
 * @unit wei
 */
public record FeeHistory(
        long oldest,
        List<UInt256> baseFees,
        List<UInt256> blobBaseFees,
        List<Fill> fills,
        List<List<UInt256>> rewards) {

    /** How full a block was. @unit gas, blob gas */
    public record Fill(long gasUsed, long gasLimit, long blobGasUsed, long blobGasMax) {}
}
