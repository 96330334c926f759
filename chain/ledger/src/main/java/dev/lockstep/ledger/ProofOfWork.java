package dev.lockstep.ledger;

import dev.lockstep.ledger.Verdict.Invalid;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.LocalFault;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a plain chain's blocks before Paris: what it takes to import them, and no more.
 * Seals are not looked at, and which of two branches is the chain is not decided here.
 *
 * @source Yellow Paper, sections 4.3 and 11; EIP-2, 100, 649, 779, 1234, 3554
 */
final class ProofOfWork {
    private static final int OMMERS_MAX = 2;

    /** How far back the parent of an ommer may be, the block's own parent being 1. */
    private static final int OMMER_DEPTH_MAX = 7;

    private static final BigInteger DIFFICULTY_MIN = BigInteger.valueOf(131_072);
    private static final BigInteger DIFFICULTY_STEPS = BigInteger.valueOf(2048);
    private static final long STEPS_DOWN_MAX = 99;
    private static final long BOMB_PERIOD_BLOCKS = 100_000;

    private static final UInt256 WEI_PER_ETHER = UInt256.valueOf(1_000_000_000_000_000_000L);

    private static final Bytes DAO_EXTRA_DATA =
            Bytes.wrap("dao-hard-fork".getBytes(StandardCharsets.US_ASCII));
    private static final long DAO_EXTRA_DATA_BLOCKS = 10;
    private static final Address DAO_REFUNDS =
            Address.fromHex("0xbf4ed7b27f1d666546e30d74d50d173d20bca754");

    private ProofOfWork() {}

    /** Whether such a block is one of proof of work. QBFT chains have their own rules from 0 on. */
    static boolean holds(ChainSpec spec, long number, long timestamp) {
        return spec.headerForm() == HeaderForm.PLAIN
                && !spec.schedule().at(number, timestamp).fork().isAtLeast(Fork.PARIS);
    }

    // Difficulty.

    static UInt256 difficultyAfter(BlockHeader parent, long timestamp, Fork fork) {
        BigInteger before = parent.difficulty().toUnsignedBigInteger();
        BigInteger steps = BigInteger.valueOf(steps(parent, timestamp, fork));
        BigInteger difficulty = before.add(before.divide(DIFFICULTY_STEPS).multiply(steps));
        long number = Math.max(0, parent.number() + 1 - bombDelayBlocks(fork));
        long exponent = number / BOMB_PERIOD_BLOCKS - 2;
        BigInteger bomb = exponent < 0 ? BigInteger.ZERO : BigInteger.ONE.shiftLeft((int) exponent);
        return UInt256.valueOf(difficulty.max(DIFFICULTY_MIN).add(bomb));
    }

    private static long steps(BlockHeader parent, long timestamp, Fork fork) {
        // A time that is not over the parent's is another rule's to refuse.
        long seconds = Math.max(0, timestamp - parent.timestamp());
        if (!fork.isAtLeast(Fork.HOMESTEAD)) return seconds < 13 ? 1 : -1;
        if (!fork.isAtLeast(Fork.BYZANTIUM)) return Math.max(1 - seconds / 10, -STEPS_DOWN_MAX);
        int most = parent.ommersHash().equals(Hash.EMPTY_LIST) ? 1 : 2;
        return Math.max(most - seconds / 9, -STEPS_DOWN_MAX);
    }

    /** The delays of the glaciers are those of the next fork that has a row. */
    private static long bombDelayBlocks(Fork fork) {
        if (fork.isAtLeast(Fork.LONDON)) return 9_700_000;
        if (fork.isAtLeast(Fork.BERLIN)) return 9_000_000;
        if (fork.isAtLeast(Fork.CONSTANTINOPLE)) return 5_000_000;
        return fork.isAtLeast(Fork.BYZANTIUM) ? 3_000_000 : 0;
    }

    // Ommers.

    /** Their hash in the header is looked at elsewhere. */
    static @Nullable Invalid checkOmmers(ChainSpec spec, BlockStore blocks, Block block) {
        List<BlockHeader> ommers = block.ommers();
        if (ommers.isEmpty()) return null;
        if (ommers.size() > OMMERS_MAX) {
            return invalid("the block has " + ommers.size() + " ommers, at most " + OMMERS_MAX);
        }
        Map<Hash, BlockHeader> ancestors = new HashMap<>();
        Set<Hash> taken = new HashSet<>();
        long number = block.header().number();
        for (long n = number - 1; n >= Math.max(0, number - OMMER_DEPTH_MAX); n--) {
            Block ancestor = blocks.block(n);
            if (ancestor == null) throw new LocalFault("block " + n + " is not in the database");
            ancestors.put(ancestor.header().plainHash(), ancestor.header());
            ancestor.ommers().forEach(ommer -> taken.add(ommer.plainHash()));
        }
        for (BlockHeader ommer : ommers) {
            Hash hash = ommer.plainHash();
            if (ancestors.containsKey(hash)) return invalid(hash + " is an ancestor of the block");
            if (!taken.add(hash)) return invalid(hash + " has been an ommer before");
            BlockHeader parent = ancestors.get(ommer.parentHash());
            if (parent == null || ommer.parentHash().equals(block.header().parentHash())) {
                return invalid(
                        hash
                                + " stands on "
                                + ommer.parentHash()
                                + ", it must stand on an ancestor 2 to "
                                + OMMER_DEPTH_MAX
                                + " blocks back");
            }
            Invalid fault = BlockRules.ofHeader(spec, ommer, parent);
            if (fault != null) return invalid(hash + ": " + fault.message());
        }
        return null;
    }

    private static Invalid invalid(String message) {
        return new Invalid(BlockFault.OMMERS, "ommers: " + message);
    }

    // Rewards.

    /** What the block's own proposer gets. @unit wei */
    static UInt256 reward(Fork fork, int ommers) {
        UInt256 reward = reward(fork);
        return reward.add(reward.divide(32).multiply(ommers));
    }

    /**
     * What the proposer of an ommer gets, which is less the older it is. @unit wei
     *
     * @param depth how many blocks it is under the one that takes it in
     */
    static UInt256 ommerReward(Fork fork, long depth) {
        return reward(fork).divide(8).multiply(8 - depth);
    }

    private static UInt256 reward(Fork fork) {
        int ether = 5;
        if (fork.isAtLeast(Fork.BYZANTIUM)) ether = 3;
        if (fork.isAtLeast(Fork.CONSTANTINOPLE)) ether = 2;
        return WEI_PER_ETHER.multiply(ether);
    }

    // The DAO fork.

    /** The extra data that a block must have to be on the forked chain, or null for any. */
    static @Nullable Bytes daoExtraData(ChainSpec spec, long number) {
        Long first = daoBlock(spec);
        boolean isNear = first != null && number >= first && number < first + DAO_EXTRA_DATA_BLOCKS;
        return isNear ? DAO_EXTRA_DATA : null;
    }

    static boolean isDaoBlock(ChainSpec spec, long number) {
        Long first = daoBlock(spec);
        return first != null && number == first;
    }

    private static @Nullable Long daoBlock(ChainSpec spec) {
        for (var entry : spec.schedule().byNumber().entrySet()) {
            if (entry.getValue().fork() == Fork.DAO) return entry.getKey();
        }
        return null;
    }

    /** Where the accounts' ether goes. */
    static Address daoRefunds() {
        return DAO_REFUNDS;
    }

    /** Whose ether is moved. */
    static List<Address> daoAccounts() {
        try (InputStream in = ProofOfWork.class.getResourceAsStream("/dao/accounts.txt")) {
            if (in == null) throw new LocalFault("dao/accounts.txt is missing in the program");
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .map(Address::fromHex)
                    .toList();
        } catch (IOException unreadable) {
            throw new LocalFault("dao/accounts.txt can't be read", unreadable);
        }
    }
}
