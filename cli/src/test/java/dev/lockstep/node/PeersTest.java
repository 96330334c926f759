package dev.lockstep.node;

import static dev.lockstep.node.LoneNode.transfer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.ReceiptView;
import dev.lockstep.network.Capability;
import dev.lockstep.network.EthMessage;
import dev.lockstep.network.EthProtocol;
import dev.lockstep.pool.AddResult;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node with one validator, and what it says to peers that ask and tell. */
class PeersTest {
    private static final long PATIENCE_MILLIS = 60_000;
    private static final Hash UNKNOWN = Hash.of(Bytes.repeat((byte) 7, 32));

    @TempDir Path scratch;
    private Node node;
    private Ledger ledger;
    private final List<WirePeer> peers = new ArrayList<>();

    private void start(long periodSeconds) throws Exception {
        node = LoneNode.start(scratch.resolve("node"), periodSeconds);
        ledger = node.chain().ledger();
    }

    @AfterEach
    void stop() {
        peers.forEach(WirePeer::close);
        node.close();
    }

    @Test
    void whoeverHasTheNetworkIdThatIsNamedIsLinkedAndNobodyElse() throws Exception {
        KeyPair key = DataFolder.newKey();
        DataFolder folder =
                DataFolder.create(scratch.resolve("node"), LoneNode.genesis(key, 1), key);
        UInt256 id = UInt256.valueOf(2018);
        P2pConfig p2p =
                new P2pConfig(id, "127.0.0.1", "127.0.0.1", 0, 25, List.of(), false, List.of());
        node = LoneNode.start(folder, key, p2p);
        for (Capability eth : List.of(EthProtocol.ETH_68, EthProtocol.ETH_69)) {
            WirePeer other = new WirePeer(node, eth, LoneNode.CHAIN_ID);
            peers.add(other);
            assertThat(other.gone.await(60, TimeUnit.SECONDS)).as("left").isTrue();
            WirePeer same = new WirePeer(node, eth, id);
            peers.add(same);
            same.awaitLink();
        }
    }

    private WirePeer link(int version) throws Exception {
        WirePeer peer = new WirePeer(node, version == 68 ? EthProtocol.ETH_68 : EthProtocol.ETH_69);
        peers.add(peer);
        return peer;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long until = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!condition.getAsBoolean()) {
            assertThat(System.currentTimeMillis()).as("patience").isLessThan(until);
            Thread.sleep(20);
        }
    }

    private static EthMessage.GetBlockHeaders ask(
            @Nullable Hash hash, long number, long limit, long skip, boolean isReverse) {
        return new EthMessage.GetBlockHeaders(9, hash, number, limit, skip, isReverse);
    }

    private List<Long> numbers(WirePeer peer, EthMessage.GetBlockHeaders ask) throws Exception {
        peer.send(ask);
        EthMessage.BlockHeaders answer = peer.next(EthMessage.BlockHeaders.class);
        assertThat(answer.requestId()).isEqualTo(9);
        for (BlockHeader header : answer.headers()) {
            assertThat(header).isEqualTo(ledger.header(header.number()));
        }
        return answer.headers().stream().map(BlockHeader::number).toList();
    }

    @Test
    void headersAreHandedOutByNumberAndHashWithSkipAndInReverse() throws Exception {
        start(1);
        await(() -> ledger.head().number() >= 7);
        WirePeer peer = link(68);
        assertThat(numbers(peer, ask(null, 1, 3, 0, false))).containsExactly(1L, 2L, 3L);
        assertThat(numbers(peer, ask(null, 0, 3, 2, false))).containsExactly(0L, 3L, 6L);
        assertThat(numbers(peer, ask(null, 6, 9, 1, true))).containsExactly(6L, 4L, 2L, 0L);
        Hash third = ledger.hash(3);
        assertThat(numbers(peer, ask(third, 0, 2, 0, false))).containsExactly(3L, 4L);
        assertThat(numbers(peer, ask(third, 0, 2, 2, true))).containsExactly(3L, 0L);
        assertThat(numbers(peer, ask(UNKNOWN, 0, 2, 0, false))).isEmpty();
        assertThat(numbers(peer, ask(null, 1_000_000, 2, 0, false))).isEmpty();
        assertThat(numbers(peer, ask(null, -1, 2, 0, false))).isEmpty();
        assertThat(numbers(peer, ask(null, 1, 0, 0, false))).isEmpty();
        assertThat(numbers(peer, ask(null, 2, 5, -1, false))).containsExactly(2L);
        assertThat(numbers(peer, ask(null, 2, 5, Long.MAX_VALUE, true))).containsExactly(2L);
        assertThat(numbers(peer, ask(null, 5, -1, 0, true)))
                .containsExactly(5L, 4L, 3L, 2L, 1L, 0L);
    }

    @Test
    void bodiesAndReceiptsAreHandedOutAndWhatIsUnknownIsLeftOut() throws Exception {
        start(1);
        for (int i = 0; i < 3; i++) {
            assertThat(node.pool().add(transfer(0, i))).isInstanceOf(AddResult.Accepted.class);
        }
        await(() -> node.pool().size() == 0);
        long number = ledger.find(transfer(0, 0).hash()).number();
        Block block = ledger.block(number);
        for (int version = 68; version <= 69; version++) {
            WirePeer peer = link(version);
            List<Hash> hashes = List.of(UNKNOWN, ledger.hash(number), ledger.hash(0));
            peer.send(new EthMessage.GetBlockBodies(5, hashes));
            assertThat(peer.next(EthMessage.BlockBodies.class))
                    .isEqualTo(
                            new EthMessage.BlockBodies(
                                    5, List.of(block.body(), ledger.block(0).body())));
            peer.send(new EthMessage.GetReceipts(6, hashes));
            assertThat(peer.next(EthMessage.Receipts.class))
                    .isEqualTo(
                            new EthMessage.Receipts(
                                    6,
                                    List.of(
                                            ledger.receipts(number).stream()
                                                    .map(ReceiptView::receipt)
                                                    .toList(),
                                            List.of())));
            peer.send(new EthMessage.GetBlockBodies(7, List.of(UNKNOWN)));
            assertThat(peer.next(EthMessage.BlockBodies.class).bodies()).isEmpty();
            peer.send(new EthMessage.GetReceipts(8, List.of()));
            assertThat(peer.next(EthMessage.Receipts.class).blocks()).isEmpty();
            peer.send(new EthMessage.GetPooledTransactions(9, List.of(UNKNOWN)));
            assertThat(peer.next(EthMessage.PooledTransactions.class).transactions()).isEmpty();
        }
    }

    @Test
    void anAnswerHasNoMoreThan1024Items() throws Exception {
        start(1);
        WirePeer peer = link(69);
        List<Hash> many = new ArrayList<>();
        for (int i = 0; i < 1500; i++) many.add(ledger.hash(0));
        peer.send(new EthMessage.GetBlockBodies(5, many));
        assertThat(peer.next(EthMessage.BlockBodies.class).bodies()).hasSize(1024);
    }

    @Test
    void aLargePoolIsAnnouncedToANewPeerInFewMessagesAndThePeerStays() throws Exception {
        start(3_600);
        await(() -> ledger.head().number() == 1);
        int perUser = 900;
        Set<Hash> all = new HashSet<>();
        for (int user = 0; user < LoneNode.USERS.size(); user++) {
            for (int i = 0; i < perUser; i++) {
                SignedTransaction tx = transfer(user, i);
                if (node.pool().add(tx) instanceof AddResult.Accepted) all.add(tx.hash());
            }
        }
        assertThat(all.size()).isGreaterThan(TransactionGossip.ANNOUNCED_MAX);
        WirePeer peer = link(68);
        int messages = 0;
        Set<Hash> told = new HashSet<>();
        while (!told.containsAll(all)) {
            switch (peer.next(EthMessage.class)) {
                case EthMessage.NewPooledTransactionHashes(var list) -> {
                    assertThat(list.size()).isLessThanOrEqualTo(TransactionGossip.ANNOUNCED_MAX);
                    list.forEach(one -> told.add(one.hash()));
                    messages++;
                }
                // What came in just now goes whole.
                case EthMessage.Transactions(var list) -> {
                    list.forEach(tx -> told.add(tx.hash()));
                    messages++;
                }
                default -> {}
            }
            assertThat(messages).isLessThan(10);
        }
        assertThat(peer.gone.getCount()).isEqualTo(1);
    }

    @Test
    void anAnnouncedTransactionIsFetchedAndFromAnotherPeerWhereTheFirstDoesNotSendIt()
            throws Exception {
        start(1);
        WirePeer silent = link(68);
        WirePeer honest = link(69);
        SignedTransaction tx = transfer(1, 0);
        Transaction whole = tx.transaction();
        var announcement =
                new EthMessage.NewPooledTransactionHashes(
                        List.of(
                                new EthMessage.Announcement(
                                        whole.type(), whole.encode().size(), tx.hash())));
        silent.send(announcement);
        var asked = silent.next(EthMessage.GetPooledTransactions.class);
        assertThat(asked.hashes()).containsExactly(tx.hash());
        honest.send(announcement);
        silent.send(new EthMessage.PooledTransactions(asked.requestId(), List.of()));
        asked = honest.next(EthMessage.GetPooledTransactions.class);
        assertThat(asked.hashes()).containsExactly(tx.hash());
        honest.send(new EthMessage.PooledTransactions(asked.requestId(), List.of(whole)));
        await(() -> ledger.find(tx.hash()) != null);
    }

    /** How many of the peers are sent the whole of it; the others are told its hash. */
    private int sentWhole(SignedTransaction tx) throws Exception {
        int whole = 0;
        for (WirePeer peer : peers) {
            boolean isTold = false;
            while (!isTold) {
                EthMessage message = peer.next(EthMessage.class);
                if (message instanceof EthMessage.Transactions(var list)) {
                    assertThat(list).containsExactly(tx.transaction());
                    whole++;
                    isTold = true;
                } else if (message instanceof EthMessage.NewPooledTransactionHashes(var list)) {
                    assertThat(list.getFirst().hash()).isEqualTo(tx.hash());
                    isTold = true;
                }
            }
        }
        return whole;
    }

    @Test
    void eightOfTenPeersAreSentASmallTransactionAndNoneALargeOne() throws Exception {
        start(1);
        for (int i = 0; i < 10; i++) link(68 + i % 2);
        SignedTransaction small = transfer(2, 0);
        node.pool().add(small);
        assertThat(sentWhole(small)).isEqualTo(8);
        SignedTransaction large =
                LoneNode.transaction(
                        3, 0, LoneNode.CHAIN_ID, 1_000_000, Bytes.wrap(new byte[4 << 10]));
        assertThat(node.pool().add(large)).isInstanceOf(AddResult.Accepted.class);
        assertThat(sentWhole(large)).isZero();
    }
}
