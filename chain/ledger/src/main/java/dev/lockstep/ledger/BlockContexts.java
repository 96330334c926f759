package dev.lockstep.ledger;

import dev.lockstep.evm.BlockContext;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Hash;
import java.util.Objects;
import org.apache.tuweni.units.bigints.UInt256;

/** What headers give to execution. */
final class BlockContexts {
    private final ChainSpec spec;
    private final BlockStore blocks;

    BlockContexts(ChainSpec spec, BlockStore blocks) {
        this.spec = spec;
        this.blocks = blocks;
    }

    BlockContext of(BlockHeader header) {
        ChainSpec.Rules rules = spec.rules(header);
        Long excess = header.excessBlobGas();
        Address beneficiary = spec.payout(header.number()).beneficiary();
        return new BlockContext(
                rules.fork(),
                spec.chainId(),
                header.number(),
                header.timestamp(),
                header.gasLimit(),
                beneficiary != null ? beneficiary : header.coinbase(),
                header.baseFeeOrZero(),
                header.difficulty(),
                header.mixHash().bytes(),
                excess == null || spec.zeroBaseFee()
                        ? UInt256.ZERO
                        : BlobFee.price(excess, rules.blobs()),
                rules.blobs(),
                spec.transactionGasLimitMax(),
                spec.codeBytesMax(),
                this::ancestorHash);
    }

    private Hash ancestorHash(long number) {
        return Objects.requireNonNullElse(blocks.hash(number), Hash.ZERO);
    }

    /** The block after {@code parent}, made like it. */
    BlockContext after(Head parent, long timestamp) {
        BlockHeader.Builder draft =
                HeaderDraft.after(parent.header(), parent.hash(), timestamp, spec);
        draft.gasLimit = parent.header().gasLimit();
        draft.coinbase = parent.header().coinbase();
        draft.mixHash = parent.header().mixHash();
        return of(draft.build());
    }
}
