package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.Precompiles;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.ChainSpec.Rules;
import dev.lockstep.types.ChainSpec.Schedule;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Chains of empty blocks before Paris; the official tests have the rest. */
class ProofOfWorkTest {
    private static final Address MINER = Address.ofNumber(1);
    private static final Address OMMER_MINER = Address.ofNumber(2);
    private static final Address DAO =
            Address.fromHex("0xbb9bc244d798123fde783fcc1c72d3bb8c189413");
    private static final Address REFUNDS =
            Address.fromHex("0xbf4ed7b27f1d666546e30d74d50d173d20bca754");
    private static final UInt256 ETHER = UInt256.valueOf(1_000_000_000_000_000_000L);
    private static final TransactionExecutor EXECUTOR = new TransactionExecutor(Precompiles.NONE);

    @ParameterizedTest
    @CsvSource({
        // The first block of mainnet.
        "FRONTIER, 0, 17179869184, 1438269988, 17171480576",
        "FRONTIER, 0, 2048000, 12, 2049000",
        "FRONTIER, 0, 2048000, 13, 2047000",
        "FRONTIER, 0, 131072, 13, 131072",
        "HOMESTEAD, 0, 2048000, 9, 2049000",
        "HOMESTEAD, 0, 2048000, 10, 2048000",
        "HOMESTEAD, 0, 2048000, 20, 2047000",
        "HOMESTEAD, 0, 2048000, 100000, 1949000",
        "BYZANTIUM, 0, 2048000, 8, 2049000",
        "BYZANTIUM, 0, 2048000, 9, 2048000",
        // The bomb: at 200,000 it is 1, and doubles each 100,000 blocks; forks put it off.
        "HOMESTEAD, 199998, 2048000, 10, 2048000",
        "HOMESTEAD, 199999, 2048000, 10, 2048001",
        "HOMESTEAD, 499999, 2048000, 10, 2048008",
        "BYZANTIUM, 3499999, 2048000, 9, 2048008",
        "CONSTANTINOPLE, 5499999, 2048000, 9, 2048008",
        "BERLIN, 9499999, 2048000, 9, 2048008",
        "LONDON, 10199999, 2048000, 9, 2048008",
    })
    void difficultyFollowsTheTimeBetweenBlocks(
            Fork fork, long parentNumber, long parentDifficulty, long seconds, long expected) {
        BlockHeader.Builder parent = new BlockHeader.Builder();
        parent.number = parentNumber;
        parent.difficulty = UInt256.valueOf(parentDifficulty);
        parent.timestamp = 5;
        assertThat(ProofOfWork.difficultyAfter(parent.build(), 5 + seconds, fork))
                .isEqualTo(UInt256.valueOf(expected));
    }

    @Test
    void aParentWithOmmersRaisesTheDifficultySinceByzantium() {
        BlockHeader.Builder parent = new BlockHeader.Builder();
        parent.difficulty = UInt256.valueOf(2_048_000);
        parent.ommersHash = Hash.ZERO;
        assertThat(ProofOfWork.difficultyAfter(parent.build(), 8, Fork.BYZANTIUM))
                .isEqualTo(UInt256.valueOf(2_050_000));
    }

    @Test
    void aMinerIsPaidByTheFork() {
        for (var reward :
                Map.of(Fork.FRONTIER, 5, Fork.BYZANTIUM, 3, Fork.PETERSBURG, 2, Fork.LONDON, 2)
                        .entrySet()) {
            Miner miner = new Miner(always(reward.getKey()));
            miner.mine(List.of());
            assertThat(miner.balance(MINER))
                    .as(reward.getKey().name())
                    .isEqualTo(ETHER.multiply(reward.getValue()));
        }
    }

    @Test
    void anOmmerPaysBothMinersAndLessTheOlderItIs() {
        Miner miner = new Miner(always(Fork.HOMESTEAD));
        BlockHeader first = miner.ommer();
        miner.mine(List.of());
        BlockHeader second = miner.ommer();
        miner.mine(List.of());
        miner.mine(List.of(first, second));
        // Depths 2 and 1.
        assertThat(miner.balance(OMMER_MINER)).isEqualTo(ETHER.multiply(5 * 6 + 5 * 7).divide(8));
        assertThat(miner.balance(MINER))
                .isEqualTo(ETHER.multiply(15).add(ETHER.multiply(10).divide(32)));
    }

    @Test
    void ommersMustBeNewAndNearAndValid() {
        Miner miner = new Miner(always(Fork.HOMESTEAD));
        BlockHeader old = miner.ommer();
        miner.mine(List.of());
        BlockHeader ommer = miner.ommer();
        BlockHeader third = miner.ommer(h -> h.extraData = Bytes.of(3));
        BlockHeader fourth = miner.ommer(h -> h.extraData = Bytes.of(4));
        BlockHeader wrong = miner.ommer(h -> h.difficulty = h.difficulty.add(1));
        miner.mine(List.of());
        BlockHeader brother = miner.ommer();
        assertThat(miner.refusal(List.of(ommer, third, fourth))).contains("at most 2");
        assertThat(miner.refusal(List.of(ommer, ommer))).contains("has been an ommer before");
        assertThat(miner.refusal(List.of(brother))).contains("2 to 7 blocks back");
        assertThat(miner.refusal(List.of(wrong))).contains("the difficulty is");
        assertThat(miner.refusal(List.of(miner.ledger.head()))).contains("is an ancestor");
        miner.mine(List.of(ommer));
        assertThat(miner.refusal(List.of(ommer))).contains("has been an ommer before");
        for (int i = 0; i < 4; i++) miner.mine(List.of());
        assertThat(miner.refusal(List.of(old))).contains("2 to 7 blocks back");
    }

    @Test
    void theDaoForkMovesEtherOnceAndMarksTenBlocks() {
        Schedule schedule =
                new Schedule(
                        new TreeMap<>(Map.of(0L, rules(Fork.HOMESTEAD), 2L, rules(Fork.DAO))),
                        new TreeMap<>());
        Miner miner = new Miner(schedule);
        miner.extraData = Bytes.EMPTY;
        miner.mine(List.of());
        assertThat(miner.balance(DAO)).isEqualTo(ETHER);
        assertThat(miner.refusal(List.of()))
                .isEqualTo("the extra data is 0x, expected 0x64616f2d686172642d666f726b");
        miner.extraData = Bytes.fromHexString("0x64616f2d686172642d666f726b");
        for (int i = 2; i <= 11; i++) miner.mine(List.of());
        miner.extraData = Bytes.EMPTY;
        miner.mine(List.of());
        assertThat(miner.balance(DAO)).isEqualTo(UInt256.ZERO);
        assertThat(miner.balance(REFUNDS)).isEqualTo(ETHER);
    }

    private static Schedule always(Fork fork) {
        return Schedule.always(fork);
    }

    private static Rules rules(Fork fork) {
        return new Rules(fork, BlobSchedule.CANCUN);
    }

    /** Makes empty blocks ten seconds apart, all of the ledger's own making but for ommers. */
    private static final class Miner {
        private final ChainSpec spec;
        private final Ledger ledger;
        private Bytes extraData = Bytes.EMPTY;

        Miner(Schedule schedule) {
            spec =
                    new ChainSpec(
                            UInt256.ONE,
                            schedule,
                            HeaderForm.PLAIN,
                            false,
                            0,
                            null,
                            ChainSpec.SystemContracts.of(null),
                            new TreeMap<>(),
                            null);
            BlockHeader.Builder header = new BlockHeader.Builder();
            header.difficulty = UInt256.valueOf(2_048_000);
            header.gasLimit = 8_000_000;
            if (schedule.at(0, 0).fork().isAtLeast(Fork.LONDON)) header.baseFee = BaseFee.INITIAL;
            StateDiff.Fields rich = new StateDiff.Fields(0, ETHER, Hash.EMPTY);
            StateDiff alloc =
                    new StateDiff(
                            new TreeMap<>(
                                    Map.of(DAO, new AccountChange(rich, false, new TreeMap<>()))),
                            new TreeMap<>());
            ledger =
                    Ledger.open(
                            Genesis.of(spec, header, alloc),
                            new MemoryStore(),
                            EXECUTOR,
                            List.of());
        }

        private BuildRequest request(Address coinbase, Bytes extra) {
            long timestamp = ledger.head().timestamp() + 10;
            return new BuildRequest(timestamp, coinbase, 8_000_000, extra, Hash.ZERO);
        }

        /** A block beside the next one. */
        BlockHeader ommer() {
            return ommer(_ -> {});
        }

        BlockHeader ommer(Consumer<BlockHeader.Builder> change) {
            BuildRequest request = request(OMMER_MINER, Bytes.EMPTY);
            BlockHeader.Builder header =
                    ledger.build(request, Collections.emptyIterator()).block().header().toBuilder();
            change.accept(header);
            return header.build();
        }

        void mine(List<BlockHeader> ommers) {
            Block block = next(ommers);
            Verdict verdict = ledger.check(block);
            assertThat(verdict).isInstanceOf(Verdict.Valid.class);
            if (verdict instanceof Verdict.Valid(PreparedBlock prepared)) {
                ledger.commit(prepared, block);
            }
        }

        String refusal(List<BlockHeader> ommers) {
            return ledger.check(next(ommers)) instanceof Verdict.Invalid(_, String message)
                    ? message
                    : "valid";
        }

        private Block next(List<BlockHeader> ommers) {
            BlockHeader.Builder header =
                    ledger
                            .build(request(MINER, extraData), Collections.emptyIterator())
                            .block()
                            .header()
                            .toBuilder();
            header.ommersHash = HeaderDraft.ommersHash(ommers);
            header.stateRoot = stateRoot(header.build(), ommers);
            return new Block(header.build(), List.of(), ommers, null);
        }

        /** The ledger builds no block with ommers, so their rewards are missing in its root. */
        private Hash stateRoot(BlockHeader header, List<BlockHeader> ommers) {
            if (ommers.isEmpty()) return header.stateRoot();
            return ledger.check(new Block(header, List.of(), ommers, null))
                                    instanceof Verdict.Invalid(BlockFault fault, String message)
                            && fault == BlockFault.STATE_ROOT
                    ? Hash.fromHex(message.substring(message.length() - 66))
                    : header.stateRoot();
        }

        UInt256 balance(Address address) {
            return ledger.headAccount(address).balance();
        }
    }
}
