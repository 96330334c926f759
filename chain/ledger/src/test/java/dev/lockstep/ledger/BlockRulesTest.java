package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Bloom;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.Signature;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.Transaction;
import dev.lockstep.types.Withdrawal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A good block with one thing wrong at a time. */
class BlockRulesTest {
    private static final Hash WRONG = Hash.of(Bytes32.repeat((byte) 7));

    private final TestChain chain = TestChain.create();
    private final Block good =
            chain.build(
                            TestChain.ALICE.call(
                                    0, TestChain.MODEL_ADDRESS, 0, Bytes.of(1, 2), 100_000))
                    .block();

    private record Bad(BlockFault fault, String says, UnaryOperator<Block> change) {}

    private static Bad header(BlockFault fault, String says, Consumer<BlockHeader.Builder> change) {
        return new Bad(fault, says, block -> TestChain.withHeader(block, change));
    }

    private static Bad body(
            BlockFault fault, String says, UnaryOperator<List<Transaction>> change) {
        return new Bad(
                fault,
                says,
                block -> {
                    List<Transaction> txs = change.apply(block.transactions());
                    Block other =
                            new Block(block.header(), txs, block.ommers(), block.withdrawals());
                    return TestChain.withHeader(
                            other, h -> h.transactionsRoot = HeaderDraft.transactionsRoot(txs));
                });
    }

    private static final List<Bad> TABLE =
            List.of(
                    header(BlockFault.NUMBER, "the number is 2, expected 1", h -> h.number = 2),
                    header(
                            BlockFault.TIMESTAMP,
                            "the timestamp is 1000, it must be over the parent's 1000",
                            h -> h.timestamp = 1000),
                    header(
                            BlockFault.GAS_LIMIT,
                            "the gas limit is 30029296, allowed are 29970705 to 30029295",
                            h -> h.gasLimit = 30_029_296),
                    header(BlockFault.GAS_LIMIT, "29970704", h -> h.gasLimit = 29_970_704),
                    header(BlockFault.GAS_LIMIT, "4999", h -> h.gasLimit = 4_999),
                    header(
                            BlockFault.GAS_USED,
                            "over the gas limit",
                            h -> h.gasUsed = h.gasLimit + 1),
                    header(BlockFault.GAS_USED, "expected", h -> h.gasUsed++),
                    header(
                            BlockFault.BASE_FEE,
                            "the base fee is 7, expected 875000000",
                            h -> h.baseFee = UInt256.valueOf(7)),
                    header(
                            BlockFault.EXTRA_DATA,
                            "extra data: RLP",
                            h -> h.extraData = Bytes.of(1, 2)),
                    header(
                            BlockFault.DIFFICULTY,
                            "the difficulty is 2, expected 1",
                            h -> h.difficulty = UInt256.valueOf(2)),
                    header(
                            BlockFault.NONCE,
                            "the nonce is 0x0000000000000001",
                            h -> h.nonce = Bytes.fromHexString("0x0000000000000001")),
                    header(BlockFault.MIX_HASH, "the mix hash is 0x0707", h -> h.mixHash = WRONG),
                    header(
                            BlockFault.OMMERS,
                            "the ommers hash is 0x0707",
                            h -> h.ommersHash = WRONG),
                    new Bad(
                            BlockFault.OMMERS,
                            "the block has 1 ommers, none are allowed",
                            b ->
                                    new Block(
                                            b.header(),
                                            b.transactions(),
                                            List.of(b.header()),
                                            b.withdrawals())),
                    header(
                            BlockFault.WITHDRAWALS,
                            "the withdrawals root is 0x0707",
                            h -> h.withdrawalsRoot = WRONG),
                    new Bad(
                            BlockFault.WITHDRAWALS,
                            "the list of withdrawals is absent",
                            b -> new Block(b.header(), b.transactions(), List.of(), null)),
                    new Bad(
                            BlockFault.WITHDRAWALS,
                            "the block has 1 withdrawals, a QBFT chain has none",
                            BlockRulesTest::withWithdrawal),
                    header(
                            BlockFault.BLOB_GAS,
                            "the excess blob gas is 1, expected 0",
                            h -> h.excessBlobGas = 1L),
                    header(
                            BlockFault.BLOB_GAS,
                            "the blob gas used is 131072, expected 0",
                            h -> h.blobGasUsed = 131_072L),
                    header(
                            BlockFault.BLOB_GAS,
                            "the excess blob gas is absent",
                            h -> {
                                h.excessBlobGas = null;
                                h.blobGasUsed = null;
                                h.parentBeaconBlockRoot = null;
                                h.requestsHash = null;
                            }),
                    header(
                            BlockFault.PARENT_BEACON_BLOCK_ROOT,
                            "is absent, it must be there",
                            h -> {
                                h.parentBeaconBlockRoot = null;
                                h.requestsHash = null;
                            }),
                    header(
                            BlockFault.REQUESTS_HASH,
                            "is absent, it must be there",
                            h -> h.requestsHash = null),
                    header(
                            BlockFault.REQUESTS_HASH,
                            "the requests hash is 0x0707",
                            h -> h.requestsHash = WRONG),
                    header(
                            BlockFault.TRANSACTIONS_ROOT,
                            "the transactions root is 0x0707",
                            h -> h.transactionsRoot = WRONG),
                    header(
                            BlockFault.RECEIPTS_ROOT,
                            "the receipts root is 0x0707",
                            h -> h.receiptsRoot = WRONG),
                    header(
                            BlockFault.BLOOM,
                            "the bloom is 0x0101",
                            h -> h.bloom = new Bloom(Bytes.repeat((byte) 1, 256))),
                    header(
                            BlockFault.STATE_ROOT,
                            "the state root is 0x0707",
                            h -> h.stateRoot = WRONG),
                    header(
                            BlockFault.INFERENCE_ROOT,
                            "the inference root is 0x0707",
                            h ->
                                    h.extraData =
                                            QbftExtraData.decode(h.extraData)
                                                    .withVanity(WRONG.bytes())
                                                    .encode()),
                    body(
                            BlockFault.TRANSACTION_REFUSED,
                            "transaction 1",
                            txs -> List.of(txs.getFirst(), txs.getFirst())),
                    body(
                            BlockFault.TRANSACTION_SIGNATURE,
                            "the signature of transaction 0 recovers to nobody",
                            txs ->
                                    List.of(
                                            txs.getFirst()
                                                    .withSignature(
                                                            new Signature(
                                                                    0,
                                                                    UInt256.ZERO,
                                                                    UInt256.ONE)))),
                    body(
                            BlockFault.TRANSACTION_GAS_LIMIT,
                            "has a gas limit of 15000000, the block has",
                            BlockRulesTest::overfull),
                    new Bad(
                            BlockFault.BLOCK_SIZE,
                            "bytes, at most 8388608",
                            BlockRulesTest::oversized));

    private static Block withWithdrawal(Block block) {
        List<Withdrawal> withdrawals = List.of(new Withdrawal(0, 0, TestChain.BOB.address(), 1));
        Block other = new Block(block.header(), block.transactions(), block.ommers(), withdrawals);
        return TestChain.withHeader(
                other, h -> h.withdrawalsRoot = HeaderDraft.withdrawalsRoot(withdrawals));
    }

    private static List<Transaction> overfull(List<Transaction> txs) {
        List<Transaction> longer = new ArrayList<>(txs);
        for (int i = 1; i <= 3; i++) {
            // Each burns all the gas that it has.
            longer.add(TestChain.ALICE.create(i, Bytes.of(0xfe), 15_000_000).transaction());
        }
        return longer;
    }

    private static Block oversized(Block block) {
        List<Transaction> longer = new ArrayList<>(block.transactions());
        for (int i = 1; i <= 65; i++) {
            longer.add(
                    TestChain.ALICE
                            .call(
                                    i,
                                    TestChain.BOB.address(),
                                    0,
                                    Bytes.wrap(new byte[1 << 17]),
                                    16_000_000)
                            .transaction());
        }
        return new Block(block.header(), longer, block.ommers(), block.withdrawals());
    }

    @TestFactory
    List<DynamicTest> aBlockWithOneThingWrongIsInvalidForThatReason() {
        return TABLE.stream()
                .map(
                        bad ->
                                dynamicTest(
                                        bad.fault + ": " + bad.says,
                                        () -> expectFault(bad.change.apply(good), bad)))
                .toList();
    }

    private void expectFault(Block block, Bad bad) {
        assertThat(chain.ledger.check(block))
                .isInstanceOfSatisfying(
                        Verdict.Invalid.class,
                        invalid -> {
                            assertThat(invalid.fault()).isEqualTo(bad.fault);
                            assertThat(invalid.message()).contains(bad.says);
                        });
    }

    /** BLOB_GAS, by count, needs a chain that takes blobs; SYSTEM_CALL a contract that fails. */
    @Test
    void theTableHasEveryFaultButThoseTestedElsewhere() {
        Set<BlockFault> tested = EnumSet.noneOf(BlockFault.class);
        TABLE.forEach(bad -> tested.add(bad.fault));
        assertThat(EnumSet.complementOf(EnumSet.copyOf(tested)))
                .containsExactlyInAnyOrder(
                        BlockFault.SYSTEM_CALL, BlockFault.DEPOSIT, BlockFault.CONSENSUS);
    }

    @Test
    void theGoodBlockIsValid() {
        assertThat(chain.ledger.check(good)).isInstanceOf(Verdict.Valid.class);
    }

    @Test
    void aRuleFromOutsideIsAskedWithHeaderAndParent() {
        BlockRule rule =
                (header, parent) ->
                        Optional.of("no to " + header.number() + " on " + parent.number());
        assertThat(chain.ledger.check(good, List.of(rule)))
                .isEqualTo(new Verdict.Invalid(BlockFault.CONSENSUS, "no to 1 on 0"));
    }

    @Test
    void aBlockWithAnUnknownParentIsUndecided() {
        Block orphan = TestChain.withHeader(good, h -> h.parentHash = WRONG);
        assertThat(chain.ledger.check(orphan))
                .isInstanceOfSatisfying(
                        Verdict.Undecided.class,
                        undecided ->
                                assertThat(undecided.reason())
                                        .contains(WRONG + " of block 1 is unknown"));
    }

    @Test
    void aBlockBesideACommittedOneIsUndecided() {
        chain.mine(TestChain.BOB.transfer(0, TestChain.CAROL.address(), 1));
        assertThat(chain.ledger.check(good))
                .isInstanceOfSatisfying(
                        Verdict.Undecided.class,
                        undecided -> assertThat(undecided.reason()).contains("is block 0"));
    }

    @Test
    void checkingABlockChangesNothing() {
        Hash before = chain.ledger.headHash();
        chain.ledger.check(good);
        assertThat(chain.ledger.headHash()).isEqualTo(before);
        assertThat(chain.ledger.block(1)).isNull();
    }

    @Test
    void aQbftBlockOfShanghaiMayLackWithdrawalsInHeaderAndBodyButNotInOneOfThem() {
        ChainSpec spec =
                new ChainSpec(
                        Wallet.CHAIN_ID,
                        ChainSpec.Schedule.always(Fork.SHANGHAI),
                        HeaderForm.QBFT,
                        false,
                        ChainSpec.TRANSACTION_GAS_LIMIT_MAX,
                        null,
                        ChainSpec.SystemContracts.of(null).whereDeployed(),
                        new TreeMap<>(),
                        null);
        BlockHeader.Builder header = new BlockHeader.Builder();
        header.difficulty = UInt256.ONE;
        header.gasLimit = TestChain.GAS_LIMIT;
        header.timestamp = 1_000;
        header.extraData = TestChain.extraData().encode();
        header.mixHash = QbftExtraData.MIX_HASH;
        header.baseFee = BaseFee.INITIAL;
        header.withdrawalsRoot = Hash.EMPTY_TRIE;
        StateDiff nothing = new StateDiff(new TreeMap<>(), new TreeMap<>());
        TestChain shanghai = TestChain.over(Genesis.of(spec, header, nothing), new MemoryStore());
        Block present = shanghai.build().block();
        Block noRoot = TestChain.withHeader(present, h -> h.withdrawalsRoot = null);
        Block noList = new Block(present.header(), List.of(), List.of(), null);
        Block neither = new Block(noRoot.header(), List.of(), List.of(), null);
        assertThat(shanghai.ledger.check(present)).isInstanceOf(Verdict.Valid.class);
        assertThat(shanghai.ledger.check(neither)).isInstanceOf(Verdict.Valid.class);
        for (Block half : List.of(noRoot, noList)) {
            assertThat(shanghai.ledger.check(half))
                    .isInstanceOfSatisfying(
                            Verdict.Invalid.class,
                            no -> assertThat(no.fault()).isEqualTo(BlockFault.WITHDRAWALS));
        }
    }
}
