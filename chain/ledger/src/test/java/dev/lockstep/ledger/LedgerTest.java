package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.CallRecord;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.InferenceRoot;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Withdrawal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;

class LedgerTest {
    /** Stores 42 in slot 0 and logs topic 7. */
    private static final Bytes STORE_AND_LOG = Bytes.fromHexString("0x602a5f5560075f5fa100");

    /** Hands its call data to the model and reverts. */
    private static final Bytes ASK_AND_REVERT =
            Bytes.fromHexString("0x365f5f375f5f365f610a015afa5f5ffd");

    private static final Wallet ALICE = TestChain.ALICE;
    private static final Wallet BOB = TestChain.BOB;

    private final TestChain chain = TestChain.create();
    private final Ledger ledger = chain.ledger;

    @Test
    void anEmptyStoreBeginsWithTheGenesisBlock() {
        assertThat(ledger.head()).isEqualTo(chain.genesis.header());
        assertThat(ledger.headHash()).isEqualTo(chain.genesis.hash());
        assertThat(ledger.hash(0)).isEqualTo(chain.genesis.hash());
        assertThat(ledger.block(0))
                .isEqualTo(new Block(ledger.head(), List.of(), List.of(), List.of()));
        assertThat(ledger.receipts(0)).isEmpty();
        assertThat(ledger.header(1)).isNull();
    }

    @Test
    void aTransferMovesValueAndPaysTheProposer() {
        UInt256 before = ledger.headAccount(ALICE.address()).balance();
        PreparedBlock block = chain.mine(ALICE.transfer(0, Address.ofNumber(0xbeef), 1_000));
        UInt256 gas = UInt256.valueOf(21_000);
        UInt256 baseFee = Objects.requireNonNull(block.block().header().baseFee());
        UInt256 paid = gas.multiply(baseFee.add(Wallet.GWEI));
        assertThat(ledger.headAccount(Address.ofNumber(0xbeef)).balance())
                .isEqualTo(UInt256.valueOf(1_000));
        assertThat(ledger.headAccount(TestChain.PROPOSER).balance())
                .isEqualTo(gas.multiply(Wallet.GWEI));
        Account alice = ledger.headAccount(ALICE.address());
        assertThat(alice.nonce()).isEqualTo(1);
        assertThat(alice.balance()).isEqualTo(before.subtract(paid).subtract(1_000));
    }

    @Test
    void aBlockIsFoundByEveryWayIn() {
        SignedTransaction first = ALICE.transfer(0, BOB.address(), 1);
        SignedTransaction second = BOB.transfer(0, ALICE.address(), 2);
        PreparedBlock mined = chain.mine(first, second);
        assertThat(ledger.block(1)).isEqualTo(mined.block());
        assertThat(ledger.header(mined.hash())).isEqualTo(mined.block().header());
        assertThat(ledger.number(mined.hash())).isEqualTo(1L);
        assertThat(ledger.transactions(1)).containsExactly(first, second);
        assertThat(ledger.find(second.hash())).isEqualTo(new TransactionLocation(1, 1));
        assertThat(ledger.find(Hash.ZERO)).isNull();
    }

    @Test
    void receiptsCarryWhatClientsAskFor() {
        Address contract = Address.created(ALICE.address(), 0);
        chain.mine(ALICE.create(0, TestChain.deploying(STORE_AND_LOG), 200_000));
        PreparedBlock mined =
                chain.mine(
                        ALICE.call(1, contract, 0, Bytes.EMPTY, 100_000),
                        ALICE.call(2, contract, 0, Bytes.EMPTY, 100_000));
        List<ReceiptView> creation = Objects.requireNonNull(ledger.receipts(1));
        assertThat(creation.getFirst().created()).isEqualTo(contract);
        assertThat(creation.getFirst().receipt().succeeded()).isTrue();
        List<ReceiptView> calls = Objects.requireNonNull(ledger.receipts(2));
        assertThat(calls).extracting(ReceiptView::created).containsOnlyNulls();
        assertThat(calls).extracting(ReceiptView::firstLogIndex).containsExactly(0, 1);
        assertThat(calls.get(1).gasUsed())
                .isEqualTo(
                        mined.block().header().gasUsed()
                                - calls.get(0).receipt().cumulativeGasUsed());
        assertThat(calls.get(0).effectiveGasPrice())
                .isEqualTo(mined.block().header().baseFeeOrZero().add(Wallet.GWEI));
        assertThat(calls.get(1).logs())
                .containsExactly(
                        new LocatedLog(
                                calls.get(1).receipt().logs().getFirst(),
                                2,
                                mined.hash(),
                                calls.get(1).transaction().hash(),
                                1,
                                1));
        assertThat(ledger.<UInt256>stateAt(2, s -> s.storage(contract, UInt256.ZERO)))
                .isEqualTo(UInt256.valueOf(42));
    }

    @Test
    void modelCallsAreRecordedAndUnderTheBlockHashEvenWhereTheyRevert() {
        Bytes input = Bytes.of(1, 2, 3, 4);
        Address contract = Address.created(ALICE.address(), 0);
        chain.mine(ALICE.create(0, TestChain.deploying(ASK_AND_REVERT), 200_000));
        PreparedBlock mined =
                chain.mine(
                        ALICE.transfer(1, BOB.address(), 1),
                        ALICE.call(2, contract, 0, input, 100_000),
                        BOB.call(0, TestChain.MODEL_ADDRESS, 0, input, 100_000));
        Hash digest = Keccak.hash(input);
        List<CallRecord> records = Objects.requireNonNull(ledger.callRecords(2));
        assertThat(records)
                .containsExactly(
                        new CallRecord(1, 0, contract, TestChain.MODEL, digest, digest, 5_000),
                        new CallRecord(
                                2, 0, BOB.address(), TestChain.MODEL, digest, digest, 5_000));
        assertThat(mined.receipts().get(1).succeeded()).isFalse();
        Bytes32 vanity = QbftExtraData.decode(ledger.head().extraData()).vanity();
        assertThat(vanity).isEqualTo(InferenceRoot.of(records).bytes());
        assertThat(vanity).isNotEqualTo(Bytes32.ZERO);
    }

    @Test
    void anotherNodeChecksTheSameBlocksToTheSameHead() {
        Ledger twin = chain.twin().ledger;
        chain.mine(ALICE.create(0, TestChain.deploying(STORE_AND_LOG), 200_000));
        chain.mine(
                ALICE.call(1, Address.created(ALICE.address(), 0), 0, Bytes.EMPTY, 100_000),
                BOB.call(0, TestChain.MODEL_ADDRESS, 0, Bytes.of(9), 100_000));
        for (long number = 1; number <= 2; number++) {
            Block block = Block.decode(Objects.requireNonNull(ledger.block(number)).encode());
            Verdict verdict = twin.check(block);
            assertThat(verdict).isInstanceOf(Verdict.Valid.class);
            if (verdict instanceof Verdict.Valid(PreparedBlock prepared)) {
                twin.commit(prepared, block);
            }
        }
        assertThat(twin.headHash()).isEqualTo(ledger.headHash());
        assertThat(twin.receipts(2)).isEqualTo(ledger.receipts(2));
        assertThat(twin.callRecords(2)).isEqualTo(ledger.callRecords(2));
    }

    @Test
    void whoeverIsSaidToHaveSentAKnownTransactionIsNotRecoveredAgain() {
        SignedTransaction sent = ALICE.transfer(0, BOB.address(), 1);
        Block block = chain.build(sent).block();
        SignedTransaction ofNobody = SignedTransaction.of(sent.transaction(), TestChain.PROPOSER);
        assertThat(ledger.check(block, Map.of(sent.hash(), sent)::get))
                .isInstanceOf(Verdict.Valid.class);
        assertThat(ledger.check(block, Map.of(sent.hash(), ofNobody)::get))
                .isInstanceOf(Verdict.Invalid.class);
    }

    @Test
    void anAlteredModelAnswerIsNamed() {
        Block block =
                chain.build(BOB.call(0, TestChain.MODEL_ADDRESS, 0, Bytes.of(9), 100_000)).block();
        Block altered =
                TestChain.withHeader(
                        block,
                        h -> {
                            QbftExtraData extra = QbftExtraData.decode(h.extraData);
                            h.extraData =
                                    extra.withVanity(Bytes32.wrap(extra.vanity().not())).encode();
                        });
        assertThat(ledger.check(altered))
                .isInstanceOfSatisfying(
                        Verdict.Invalid.class,
                        invalid ->
                                assertThat(invalid.fault()).isEqualTo(BlockFault.INFERENCE_ROOT));
    }

    @Test
    void candidatesThatDoNotFitAreLeftOut() {
        Wallet poor = new Wallet(77);
        PreparedBlock built =
                chain.build(
                        ALICE.transfer(1, BOB.address(), 1),
                        poor.transfer(0, BOB.address(), 1),
                        ALICE.transfer(0, BOB.address(), 1),
                        ALICE.transfer(0, BOB.address(), 2),
                        BOB.call(0, BOB.address(), 0, Bytes.EMPTY, TestChain.GAS_LIMIT + 1),
                        ALICE.transfer(1, BOB.address(), 1));
        assertThat(built.block().transactions())
                .containsExactly(
                        ALICE.transfer(0, BOB.address(), 1).transaction(),
                        ALICE.transfer(1, BOB.address(), 1).transaction());
        assertThat(ledger.check(built.block())).isInstanceOf(Verdict.Valid.class);
    }

    @Test
    void aBlockThatWasBegunTakesWhatCameSince() {
        BuildRequest request =
                BuildRequest.qbft(
                        2_000, TestChain.PROPOSER, TestChain.GAS_LIMIT, TestChain.extraData());
        SignedTransaction first = ALICE.transfer(0, BOB.address(), 1);
        SignedTransaction second = ALICE.transfer(1, BOB.address(), 1);
        BlockBuilder begun = ledger.open(request).fill(List.of(first).iterator());
        assertThat(begun.isOn(ledger.headHash())).isTrue();
        PreparedBlock built = begun.fill(List.of(first, second).iterator()).build();
        assertThat(built.hash())
                .isEqualTo(ledger.build(request, List.of(first, second).iterator()).hash());
        assertThat(built.block().transactions()).hasSize(2);
        assertThat(ledger.check(built.block())).isInstanceOf(Verdict.Valid.class);
        ledger.commit(built, built.block());
        assertThat(begun.isOn(ledger.headHash())).isFalse();
    }

    @Test
    void theGasLimitMovesTowardsItsTargetByLessThanA1024th() {
        assertThat(buildWithTarget(60_000_000)).isEqualTo(30_029_295);
        assertThat(buildWithTarget(30_000_100)).isEqualTo(30_000_100);
        assertThat(buildWithTarget(1)).isEqualTo(29_970_705);
    }

    private long buildWithTarget(long target) {
        BuildRequest request =
                BuildRequest.qbft(2_000, TestChain.PROPOSER, target, TestChain.extraData());
        Block block = ledger.build(request, List.<SignedTransaction>of().iterator()).block();
        assertThat(ledger.check(block)).isInstanceOf(Verdict.Valid.class);
        return block.header().gasLimit();
    }

    @Test
    void sealsMayBeAddedBetweenBuildingAndCommitting() {
        PreparedBlock built = chain.build(ALICE.transfer(0, BOB.address(), 1));
        List<Bytes> seals = List.of(Bytes.repeat((byte) 1, 65));
        Block sealed =
                TestChain.withHeader(
                        built.block(),
                        h ->
                                h.extraData =
                                        QbftExtraData.decode(h.extraData)
                                                .withSeals(seals)
                                                .withRound(3)
                                                .encode());
        ledger.commit(built, sealed);
        assertThat(ledger.headHash()).isEqualTo(built.hash());
        assertThat(ledger.block(1)).isEqualTo(sealed);
        assertThat(QbftExtraData.decode(ledger.head().extraData()).seals()).isEqualTo(seals);
    }

    @Test
    void onlyThePreparedBlockIsCommittedAndOnlyOnce() {
        PreparedBlock built = chain.build();
        Block other = TestChain.withHeader(built.block(), h -> h.timestamp++);
        assertThatThrownBy(() -> ledger.commit(built, other))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("is not the prepared " + built.hash());
        ledger.commit(built, built.block());
        assertThatThrownBy(() -> ledger.commit(built, built.block()))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("but the head is " + built.hash());
    }

    @Test
    void subscribersHearOfABlockOnceItIsStored() {
        List<HeadEvent> events = new ArrayList<>();
        Subscription subscription =
                ledger.onHead(
                        event -> {
                            assertThat(ledger.block(1)).isEqualTo(event.block());
                            assertThat(ledger.headHash()).isEqualTo(event.hash());
                            events.add(event);
                        });
        SignedTransaction tx = ALICE.transfer(0, BOB.address(), 1);
        chain.mine(tx);
        subscription.close();
        subscription.close();
        chain.mine();
        assertThat(events).hasSize(1);
        assertThat(events.getFirst().transactions()).containsExactly(tx);
        assertThat(events.getFirst().receipts()).isEqualTo(ledger.receipts(1));
        assertThat(events.getFirst().touched())
                .contains(ALICE.address(), BOB.address(), TestChain.PROPOSER);
    }

    @Test
    void aStoreIsOpenedWhereItWasLeft() {
        chain.mine(ALICE.transfer(0, BOB.address(), 1));
        Ledger again = TestChain.over(chain.genesis, chain.store).ledger;
        assertThat(again.headHash()).isEqualTo(ledger.headHash());
        PreparedBlock next = chain.build(ALICE.transfer(1, BOB.address(), 1));
        assertThat(again.check(next.block())).isInstanceOf(Verdict.Valid.class);
    }

    @Test
    void aStoreOfAnotherChainIsRefusedWithBothHashes() {
        Genesis other = TestChain.genesis(true);
        assertThatThrownBy(() -> TestChain.over(other, chain.store))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining(chain.genesis.hash().toString())
                .hasMessageContaining(other.hash().toString());
    }

    @Test
    void aGenesisWhoseStateRootIsNotOfItsAccountsIsRefused() {
        Genesis genesis = chain.genesis;
        var header = genesis.header().toBuilder();
        header.stateRoot = Hash.ZERO;
        Genesis wrong = new Genesis(genesis.spec(), header.build(), genesis.alloc());
        assertThatThrownBy(() -> TestChain.over(wrong, new MemoryStore()))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining(genesis.header().stateRoot().toString());
    }

    @Test
    void oldStatesCanBeRead() {
        chain.mine(ALICE.transfer(0, Address.ofNumber(5_000), 1));
        chain.mine(ALICE.transfer(1, Address.ofNumber(5_000), 1));
        for (long number = 0; number <= 2; number++) {
            long nonce = number;
            assertThat(
                            ledger.<Long>stateAt(
                                    number,
                                    s ->
                                            Objects.requireNonNull(s.account(ALICE.address()))
                                                    .nonce()))
                    .isEqualTo(nonce);
        }
    }

    @Test
    void withdrawalsCreditTheirAccounts() {
        BlockRun run = emptyRun(ledger.spec());
        Address to = Address.ofNumber(1);
        run.end(List.of(), List.of(new Withdrawal(0, 0, to, 3), new Withdrawal(1, 0, to, 4)));
        run.end(List.of(), List.of(new Withdrawal(2, 0, Address.ofNumber(2), 0)));
        assertThat(Objects.requireNonNull(run.state().account(to)).balance())
                .isEqualTo(UInt256.valueOf(7_000_000_000L));
        assertThat(run.state().account(Address.ofNumber(2))).isNull();
    }

    @Test
    void requestContractsMayBeMissingOnAQbftChainAlone() {
        assertThat(emptyRun(ledger.spec()).end(List.of(), List.of())).isNull();
        assertThat(emptyRun(ChainSpec.plain(1, Fork.OSAKA)).end(List.of(), List.of()))
                .isEqualTo(
                        new Verdict.Invalid(
                                BlockFault.SYSTEM_CALL,
                                "the request contract 0x00000961ef480eb55e80d19ad83579a64c007002"
                                        + " has no code; it must be there"));
    }

    private BlockRun emptyRun(ChainSpec spec) {
        return new BlockRun(
                spec,
                TestChain.EXECUTOR,
                ledger.pendingContext(2_000),
                new dev.lockstep.state.OverlayView(EmptyView.INSTANCE),
                _ -> Hash.ZERO);
    }
}
