package dev.lockstep.consensus.core;

import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.QbftExtraData;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The tally after each block of a chain, from its headers alone: counted from the last epoch block,
 * whose header names the validators, or from the last override. The latest are kept, so that only a
 * start of the node walks back.
 *
 * @cost at most an epoch of headers the first time, one afterwards
 */
public final class VoteTallies {
    private static final int KEPT_MAX = 128;

    private final long epochLength;
    private final SortedMap<Long, ValidatorSet> overrides;
    private final LongFunction<@Nullable BlockHeader> headers;
    private final LinkedHashMap<Hash, VoteTally> kept = new LinkedHashMap<>();

    /**
     * @param epochLength blocks after which votes are forgotten, at least 1
     * @param overrides who decides on a block of this number, whatever was voted for before
     * @param headers of the chain by number; null where there is none
     */
    public VoteTallies(
            long epochLength,
            SortedMap<Long, ValidatorSet> overrides,
            LongFunction<@Nullable BlockHeader> headers) {
        this.epochLength = epochLength;
        this.overrides = Collections.unmodifiableSortedMap(new TreeMap<>(overrides));
        this.headers = headers;
    }

    /** Whether votes in this block don't count, and all before it are forgotten. */
    public boolean isEpochBlock(long number) {
        return number % epochLength == 0;
    }

    /**
     * After a block of the chain, its own vote included.
     *
     * @fails LocalFault where a header that the chain must have is missing
     */
    public synchronized VoteTally after(BlockHeader header) {
        Hash hash = HeaderForm.QBFT.hash(header);
        List<BlockHeader> newestFirst = new ArrayList<>();
        BlockHeader at = header;
        Hash atHash = hash;
        VoteTally tally = kept.get(atHash);
        while (tally == null) {
            newestFirst.add(at);
            tally = beginningAt(at);
            if (tally != null) break;
            atHash = at.parentHash();
            tally = kept.get(atHash);
            if (tally == null) at = parent(at);
        }
        for (int i = newestFirst.size() - 1; i >= 0; i--) {
            tally = counted(tally, newestFirst.get(i));
            if (i < KEPT_MAX) keep(i == 0 ? hash : newestFirst.get(i - 1).parentHash(), tally);
        }
        return tally;
    }

    /** Where counting begins anew, with no votes: before this block's own, if that counts. */
    private @Nullable VoteTally beginningAt(BlockHeader header) {
        ValidatorSet override = overrides.get(header.number() + 1);
        if (override != null) return VoteTally.of(override);
        if (!isEpochBlock(header.number())) return null;
        return VoteTally.of(
                new ValidatorSet(QbftExtraData.decode(header.extraData()).validators()));
    }

    private VoteTally counted(VoteTally tally, BlockHeader header) {
        if (isEpochBlock(header.number())) return tally;
        QbftExtraData.Vote vote = QbftExtraData.decode(header.extraData()).vote();
        return vote == null ? tally : tally.plus(header.coinbase(), vote);
    }

    private BlockHeader parent(BlockHeader header) {
        BlockHeader parent = headers.apply(header.number() - 1);
        if (parent != null) return parent;
        throw new LocalFault(
                "block "
                        + (header.number() - 1)
                        + " is missing, so the votes since the last epoch can't be counted");
    }

    private void keep(Hash hash, VoteTally tally) {
        kept.put(hash, tally);
        if (kept.size() > KEPT_MAX) kept.remove(kept.firstEntry().getKey());
    }
}
