package dev.lockstep.node;

import dev.lockstep.consensus.core.HeaderFault;
import dev.lockstep.consensus.core.PendingVotes;
import dev.lockstep.consensus.core.QbftRules;
import dev.lockstep.consensus.core.Selection;
import dev.lockstep.consensus.core.ValidatorSet;
import dev.lockstep.consensus.core.VoteTallies;
import dev.lockstep.consensus.core.VoteTally;
import dev.lockstep.genesis.QbftConfig;
import dev.lockstep.ledger.BuildRequest;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.QbftExtraData;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes32;
import org.jspecify.annotations.Nullable;

/**
 * Who decides on each block of a QBFT chain and what its header must be, from the genesis file and
 * the chain itself. May be called from any thread.
 */
final class Validators {
    private final QbftConfig qbft;
    private final VoteTallies tallies;
    private final PendingVotes pendingVotes = new PendingVotes();
    private volatile @Nullable Ledger ledger;
    private volatile @Nullable AfterHead afterHead;

    /** What is settled about the block after another. */
    sealed interface Terms {}

    record Known(QbftRules rules) implements Terms {}

    /** Nobody can decide on it, for this reason. */
    record Unknown(String reason) implements Terms {}

    /** What was asked for last; every message of a validator asks for it. */
    private record AfterHead(BlockHeader head, Terms terms) {}

    Validators(QbftConfig qbft) {
        this.qbft = qbft;
        SortedMap<Long, ValidatorSet> overrides = new TreeMap<>();
        qbft.overrides()
                .forEach((number, addresses) -> overrides.put(number, new ValidatorSet(addresses)));
        tallies = new VoteTallies(qbft.epochLength(), overrides, number -> ledger().header(number));
    }

    /** The chain, which is opened with rules that look into it. */
    void serve(Ledger opened) {
        ledger = opened;
    }

    private Ledger ledger() {
        Ledger opened = ledger;
        if (opened == null) throw new IllegalStateException("the chain is not open yet");
        return opened;
    }

    /** Whom this node wants added and removed. */
    PendingVotes pendingVotes() {
        return pendingVotes;
    }

    /** What holds for the block after {@code parent}, a block of the chain. */
    Terms after(BlockHeader parent) {
        AfterHead last = afterHead;
        if (last != null && last.head.equals(parent)) return last.terms;
        Terms terms = find(parent);
        afterHead = new AfterHead(parent, terms);
        return terms;
    }

    private Terms find(BlockHeader parent) {
        long number = parent.number() + 1;
        QbftConfig.Settings settings = qbft.at(number);
        Address contract = settings.validatorContract();
        if (contract == null) {
            Selection selection =
                    new Selection.ByVotes(tallies.after(parent), tallies.isEpochBlock(number));
            return new Known(new QbftRules(settings.blockPeriodSeconds(), selection));
        }
        return switch (new ValidatorContract(contract).after(ledger(), parent)) {
            case ValidatorContract.Answer.Named(var validators) ->
                    new Known(
                            new QbftRules(
                                    settings.blockPeriodSeconds(),
                                    new Selection.ByContract(validators)));
            case ValidatorContract.Answer.None(var reason) -> new Unknown(reason);
        };
    }

    /** Who decides on the block after {@code parent}; null where nobody can. */
    @Nullable ValidatorSet setAfter(BlockHeader parent) {
        return after(parent) instanceof Known(var rules) ? rules.selection().validators() : null;
    }

    /** Who decided on a block of the chain; of block 0, whom it names. */
    List<Address> of(BlockHeader header) {
        long number = header.number();
        if (number == 0 || qbft.at(number).validatorContract() == null) {
            return QbftExtraData.decode(header.extraData()).validators();
        }
        BlockHeader parent = ledger().header(number - 1);
        return parent != null && find(parent) instanceof Known(var rules)
                ? rules.selection().validators().addresses()
                : List.of();
    }

    /** Of a block that claims to be final. */
    Optional<String> check(BlockHeader header, BlockHeader parent) {
        return judge(parent, rules -> rules.check(header, parent));
    }

    /** Of a block that is only proposed. */
    Optional<String> checkUnsealed(BlockHeader header, BlockHeader parent) {
        return judge(parent, rules -> rules.checkUnsealed(header, parent));
    }

    private Optional<String> judge(
            BlockHeader parent, Function<QbftRules, Optional<HeaderFault>> check) {
        return switch (after(parent)) {
            case Known(var rules) -> check.apply(rules).map(HeaderFault::describe);
            case Unknown(var reason) -> Optional.of("nobody can decide on it: " + reason);
        };
    }

    /**
     * From a block's parent to it: a second at least, since every block is later than its parent.
     * Where blocks come faster than that, their time runs ahead. @unit seconds
     */
    long periodSeconds(long height) {
        return Math.max(1, qbft.at(height).blockPeriodSeconds());
    }

    /** The least timestamp after {@code parent}. @unit seconds since 1970 */
    long earliestAfter(BlockHeader parent) {
        return parent.timestamp() + periodSeconds(parent.number() + 1);
    }

    /**
     * What a validator decides of a block.
     *
     * @param rules those after {@code parent}
     * @param self who proposes it
     */
    BuildRequest draft(QbftRules rules, BlockHeader parent, long round, Address self, Clock clock) {
        long timestamp = Math.max(earliestAfter(parent), clock.instant().getEpochSecond());
        Selection selection = rules.selection();
        QbftExtraData extraData =
                new QbftExtraData(
                        Bytes32.ZERO, selection.named(), vote(selection, self), round, List.of());
        return BuildRequest.qbft(timestamp, self, parent.gasLimit(), extraData);
    }

    private QbftExtraData.@Nullable Vote vote(Selection selection, Address self) {
        return switch (selection) {
            case Selection.ByContract _ -> null;
            case Selection.ByVotes(VoteTally tally, boolean isEpochBlock) ->
                    isEpochBlock ? null : pendingVotes.next(self, tally);
        };
    }
}
