package dev.lockstep.ledger;

import dev.lockstep.ledger.Verdict.Invalid;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.Withdrawal;
import java.util.List;
import java.util.Objects;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * What a block must satisfy, one rule a method: {@link #HEADER} and {@link #BODY} look at the block
 * and its parent, {@link #AFTER} at what its execution gave.
 */
final class BlockRules {
    /**
     * @source EIP-7934: 10 MiB less a margin of 2 MiB
     */
    static final int BLOCK_SIZE_BYTES_MAX = 8 << 20;

    private static final long GAS_LIMIT_MIN = 5000;
    private static final long GAS_LIMIT_CHANGE_DENOMINATOR = 1024;
    private static final int PLAIN_EXTRA_DATA_BYTES_MAX = 32;

    private static final List<Before> HEADER =
            List.of(
                    BlockRules::number,
                    BlockRules::timestamp,
                    BlockRules::gasLimit,
                    BlockRules::gasUnderLimit,
                    BlockRules::baseFee,
                    BlockRules::extraData,
                    BlockRules::difficulty,
                    BlockRules::nonce,
                    BlockRules::mixHash,
                    BlockRules::excessBlobGas,
                    BlockRules::parentBeaconBlockRoot,
                    BlockRules::requestsHashPresence);

    private static final List<Before> BODY =
            List.of(
                    BlockRules::ommers,
                    BlockRules::withdrawals,
                    BlockRules::noWithdrawalsOnQbft,
                    BlockRules::blobGasUsed,
                    BlockRules::blockSize,
                    BlockRules::transactionsRoot);

    private static final List<After> AFTER =
            List.of(
                    BlockRules::gasUsed,
                    BlockRules::receiptsRoot,
                    BlockRules::bloom,
                    BlockRules::inferenceRoot,
                    BlockRules::stateRoot,
                    BlockRules::requestsHash);

    private BlockRules() {}

    private interface Before {
        @Nullable Invalid check(Candidate candidate);
    }

    private interface After {
        @Nullable Invalid check(BlockHeader actual, BlockHeader expected);
    }

    /**
     * A block that claims a parent.
     *
     * @param draft a header with all that the parent fixes
     */
    private record Candidate(ChainSpec spec, Block block, BlockHeader parent, BlockHeader draft) {
        BlockHeader header() {
            return block.header();
        }

        Fork fork() {
            return spec.schedule().at(draft.number(), draft.timestamp()).fork();
        }

        boolean isQbft() {
            return spec.headerForm() == HeaderForm.QBFT;
        }

        boolean isProofOfWork() {
            return ProofOfWork.holds(spec, draft.number(), draft.timestamp());
        }
    }

    /** The first fault that shows before execution, or null. */
    static @Nullable Invalid beforeExecution(
            ChainSpec spec, Block block, BlockHeader parent, Hash parentHash) {
        BlockHeader draft =
                HeaderDraft.after(parent, parentHash, block.header().timestamp(), spec).build();
        Candidate candidate = new Candidate(spec, block, parent, draft);
        Invalid fault = first(HEADER, candidate);
        return fault != null ? fault : first(BODY, candidate);
    }

    /** The first fault of a header without its body, or null. */
    static @Nullable Invalid ofHeader(ChainSpec spec, BlockHeader header, BlockHeader parent) {
        BlockHeader draft =
                HeaderDraft.after(parent, header.parentHash(), header.timestamp(), spec).build();
        Block bare = new Block(header, List.of(), List.of(), null);
        return first(HEADER, new Candidate(spec, bare, parent, draft));
    }

    private static @Nullable Invalid first(List<Before> rules, Candidate candidate) {
        for (Before rule : rules) {
            Invalid fault = rule.check(candidate);
            if (fault != null) return fault;
        }
        return null;
    }

    /** The first field that differs from what execution gave, or null. */
    static @Nullable Invalid afterExecution(BlockHeader actual, BlockHeader expected) {
        for (After rule : AFTER) {
            Invalid fault = rule.check(actual, expected);
            if (fault != null) return fault;
        }
        return null;
    }

    private static @Nullable Invalid number(Candidate c) {
        return same(BlockFault.NUMBER, "number", c.header().number(), c.draft().number());
    }

    private static @Nullable Invalid timestamp(Candidate c) {
        long timestamp = c.header().timestamp();
        if (Long.compareUnsigned(timestamp, c.parent().timestamp()) > 0) return null;
        return new Invalid(
                BlockFault.TIMESTAMP,
                "the timestamp is "
                        + Long.toUnsignedString(timestamp)
                        + ", it must be over the parent's "
                        + Long.toUnsignedString(c.parent().timestamp()));
    }

    private static @Nullable Invalid gasLimit(Candidate c) {
        long gasLimit = c.header().gasLimit();
        Fork parentFork = c.spec().rules(c.parent()).fork();
        long before = BaseFee.gasLimitBefore(c.parent(), parentFork, c.fork());
        long change = before / GAS_LIMIT_CHANGE_DENOMINATOR;
        boolean near = gasLimit > before - change && gasLimit - before < change;
        if (gasLimit >= GAS_LIMIT_MIN && near) return null;
        return new Invalid(
                BlockFault.GAS_LIMIT,
                "the gas limit is "
                        + gasLimit
                        + ", allowed are "
                        + Math.max(GAS_LIMIT_MIN, before - change + 1)
                        + " to "
                        + (before + change - 1));
    }

    /** The limit nearest to {@code target} that is allowed after {@code parent}. */
    static long gasLimitTowards(long target, BlockHeader parent, Fork fork, ChainSpec spec) {
        long before = BaseFee.gasLimitBefore(parent, spec.rules(parent).fork(), fork);
        long step = Math.max(0, before / GAS_LIMIT_CHANGE_DENOMINATOR - 1);
        long wanted = Math.max(GAS_LIMIT_MIN, target);
        if (wanted > before) return wanted - before > step ? before + step : wanted;
        return before - wanted > step ? before - step : wanted;
    }

    private static @Nullable Invalid gasUnderLimit(Candidate c) {
        BlockHeader header = c.header();
        if (header.gasUsed() <= header.gasLimit()) return null;
        return new Invalid(
                BlockFault.GAS_USED,
                "the gas used is "
                        + header.gasUsed()
                        + ", over the gas limit of "
                        + header.gasLimit());
    }

    private static @Nullable Invalid baseFee(Candidate c) {
        return same(BlockFault.BASE_FEE, "base fee", c.header().baseFee(), c.draft().baseFee());
    }

    /** QBFT's structure has been decoded for the block's hash already. */
    private static @Nullable Invalid extraData(Candidate c) {
        Bytes extraData = c.header().extraData();
        int size = extraData.size();
        if (!c.isQbft() && size > PLAIN_EXTRA_DATA_BYTES_MAX) {
            return new Invalid(
                    BlockFault.EXTRA_DATA, "the extra data has " + size + " bytes, at most 32");
        }
        Bytes expected = ProofOfWork.daoExtraData(c.spec(), c.draft().number());
        return expected == null
                ? null
                : same(BlockFault.EXTRA_DATA, "extra data", extraData, expected);
    }

    private static @Nullable Invalid difficulty(Candidate c) {
        return same(
                BlockFault.DIFFICULTY,
                "difficulty",
                c.header().difficulty(),
                c.draft().difficulty());
    }

    private static @Nullable Invalid nonce(Candidate c) {
        if (c.isProofOfWork()) return null;
        return same(BlockFault.NONCE, "nonce", c.header().nonce(), c.draft().nonce());
    }

    private static @Nullable Invalid mixHash(Candidate c) {
        if (!c.isQbft()) return null;
        return same(BlockFault.MIX_HASH, "mix hash", c.header().mixHash(), QbftExtraData.MIX_HASH);
    }

    private static @Nullable Invalid ommers(Candidate c) {
        List<BlockHeader> ommers = c.block().ommers();
        if (!ommers.isEmpty() && !c.isProofOfWork()) {
            return new Invalid(
                    BlockFault.OMMERS,
                    "the block has " + ommers.size() + " ommers, none are allowed");
        }
        return same(
                BlockFault.OMMERS,
                "ommers hash",
                c.header().ommersHash(),
                HeaderDraft.ommersHash(ommers));
    }

    private static @Nullable Invalid withdrawals(Candidate c) {
        List<Withdrawal> withdrawals = c.block().withdrawals();
        boolean isAbsent = withdrawals == null && c.header().withdrawalsRoot() == null;
        // Besu before 26.1 left both out of its QBFT blocks of Shanghai; later forks can't.
        if (isAbsent && c.isQbft()) return null;
        boolean expected = c.draft().withdrawalsRoot() != null;
        if (expected != (withdrawals != null)) {
            return new Invalid(
                    BlockFault.WITHDRAWALS,
                    expected
                            ? "the list of withdrawals is absent, it must be there"
                            : "a list of withdrawals is there, this fork has none");
        }
        return same(
                BlockFault.WITHDRAWALS,
                "withdrawals root",
                c.header().withdrawalsRoot(),
                HeaderDraft.withdrawalsRoot(withdrawals));
    }

    private static @Nullable Invalid noWithdrawalsOnQbft(Candidate c) {
        List<Withdrawal> withdrawals = c.block().withdrawals();
        if (!c.isQbft() || withdrawals == null || withdrawals.isEmpty()) return null;
        return new Invalid(
                BlockFault.WITHDRAWALS,
                "the block has " + withdrawals.size() + " withdrawals, a QBFT chain has none");
    }

    private static @Nullable Invalid excessBlobGas(Candidate c) {
        return same(
                BlockFault.BLOB_GAS,
                "excess blob gas",
                c.header().excessBlobGas(),
                c.draft().excessBlobGas());
    }

    private static @Nullable Invalid blobGasUsed(Candidate c) {
        Long expected = c.draft().blobGasUsed();
        if (expected != null) {
            long blobs =
                    c.block().transactions().stream().mapToLong(tx -> tx.blobHashes().size()).sum();
            expected = blobs * dev.lockstep.types.BlobSchedule.GAS_PER_BLOB;
        }
        return same(BlockFault.BLOB_GAS, "blob gas used", c.header().blobGasUsed(), expected);
    }

    private static @Nullable Invalid parentBeaconBlockRoot(Candidate c) {
        return presence(
                BlockFault.PARENT_BEACON_BLOCK_ROOT,
                "parent beacon block root",
                c.header().parentBeaconBlockRoot(),
                c.draft().parentBeaconBlockRoot());
    }

    private static @Nullable Invalid requestsHashPresence(Candidate c) {
        return presence(
                BlockFault.REQUESTS_HASH,
                "requests hash",
                c.header().requestsHash(),
                c.draft().requestsHash());
    }

    private static @Nullable Invalid blockSize(Candidate c) {
        if (!c.fork().isAtLeast(Fork.OSAKA)) return null;
        int size = c.block().encode().size();
        if (size <= BLOCK_SIZE_BYTES_MAX) return null;
        return new Invalid(
                BlockFault.BLOCK_SIZE,
                "the block has " + size + " bytes, at most " + BLOCK_SIZE_BYTES_MAX);
    }

    private static @Nullable Invalid transactionsRoot(Candidate c) {
        return same(
                BlockFault.TRANSACTIONS_ROOT,
                "transactions root",
                c.header().transactionsRoot(),
                HeaderDraft.transactionsRoot(c.block().transactions()));
    }

    private static @Nullable Invalid gasUsed(BlockHeader actual, BlockHeader expected) {
        return same(BlockFault.GAS_USED, "gas used", actual.gasUsed(), expected.gasUsed());
    }

    private static @Nullable Invalid receiptsRoot(BlockHeader actual, BlockHeader expected) {
        return same(
                BlockFault.RECEIPTS_ROOT,
                "receipts root",
                actual.receiptsRoot(),
                expected.receiptsRoot());
    }

    private static @Nullable Invalid bloom(BlockHeader actual, BlockHeader expected) {
        return same(BlockFault.BLOOM, "bloom", actual.bloom().bytes(), expected.bloom().bytes());
    }

    /**
     * Where the chain has one, execution wrote it into the expected vanity; elsewhere the expected
     * extra data is the header's own.
     *
     * @source protocol, section 6
     */
    private static @Nullable Invalid inferenceRoot(BlockHeader actual, BlockHeader expected) {
        if (actual.extraData().equals(expected.extraData())) return null;
        return same(
                BlockFault.INFERENCE_ROOT,
                "inference root",
                QbftExtraData.decode(actual.extraData()).vanity(),
                QbftExtraData.decode(expected.extraData()).vanity());
    }

    private static @Nullable Invalid stateRoot(BlockHeader actual, BlockHeader expected) {
        return same(BlockFault.STATE_ROOT, "state root", actual.stateRoot(), expected.stateRoot());
    }

    private static @Nullable Invalid requestsHash(BlockHeader actual, BlockHeader expected) {
        return same(
                BlockFault.REQUESTS_HASH,
                "requests hash",
                actual.requestsHash(),
                expected.requestsHash());
    }

    private static @Nullable Invalid same(
            BlockFault fault, String what, @Nullable Object actual, @Nullable Object expected) {
        if (Objects.equals(actual, expected)) return null;
        return new Invalid(
                fault, "the " + what + " is " + show(actual) + ", expected " + show(expected));
    }

    private static @Nullable Invalid presence(
            BlockFault fault, String what, @Nullable Object actual, @Nullable Object expected) {
        if ((actual == null) == (expected == null)) return null;
        return new Invalid(
                fault,
                expected == null
                        ? "the " + what + " is there, this fork has none"
                        : "the " + what + " is absent, it must be there");
    }

    private static String show(@Nullable Object value) {
        return switch (value) {
            case null -> "absent";
            case UInt256 number -> number.toDecimalString();
            default -> value.toString();
        };
    }
}
