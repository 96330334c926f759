package dev.lockstep.consensus.core;

import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.QbftExtraData;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;

/**
 * A block that is being agreed on. Its extra data names the round in which it is proposed.
 *
 * @param round that of the block's extra data
 * @param digest what validators prepare and seal; differs from round to round
 * @param blockHash what the block is called once it is final; the same in every round
 * @source EEA QBFT specification, section 5.3
 */
public record Candidate(Block block, long round, Hash digest, Hash blockHash) {
    /**
     * @fails RlpException where the header's extra data is not QBFT's
     */
    public static Candidate of(Block block) {
        BlockHeader header = block.header();
        return new Candidate(
                block,
                QbftExtraData.decode(header.extraData()).round(),
                QbftExtraData.commitSealHash(header),
                HeaderForm.QBFT.hash(header));
    }

    /** The same block, proposed in another round; all else stays, its coinbase too. */
    public Candidate inRound(long otherRound) {
        if (otherRound == round) return this;
        QbftExtraData extraData = QbftExtraData.decode(block.header().extraData());
        return of(with(extraData.withRound(otherRound)));
    }

    /** The final block. */
    public Block sealed(List<Bytes> seals) {
        return with(QbftExtraData.decode(block.header().extraData()).withSeals(seals));
    }

    private Block with(QbftExtraData extraData) {
        BlockHeader.Builder header = block.header().toBuilder();
        header.extraData = extraData.encode();
        return new Block(header.build(), block.transactions(), block.ommers(), block.withdrawals());
    }
}
