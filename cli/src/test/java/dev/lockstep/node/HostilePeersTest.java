package dev.lockstep.node;

import static dev.lockstep.node.LoneNode.transfer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.network.EthMessage;
import dev.lockstep.network.EthProtocol;
import dev.lockstep.types.Hash;
import dev.lockstep.types.SignedTransaction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A chain goes on and serves the honest whatever others send. */
class HostilePeersTest {
    @TempDir Path scratch;
    private Node node;
    private WirePeer honest;
    private final List<WirePeer> peers = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        node = LoneNode.start(scratch.resolve("node"), 1);
        honest = link();
    }

    @AfterEach
    void stop() {
        peers.forEach(WirePeer::close);
        node.close();
    }

    private WirePeer link() throws Exception {
        return keep(new WirePeer(node, EthProtocol.ETH_69));
    }

    private WirePeer keep(WirePeer peer) {
        peers.add(peer);
        return peer;
    }

    private static void isEnded(WirePeer peer, String reason) throws InterruptedException {
        assertThat(peer.gone.await(60, TimeUnit.SECONDS)).as("ended").isTrue();
        // What it has sent and nobody read may cost it the last word.
        assertThat(peer.goneBecause).containsAnyOf(reason, "the connection ended");
    }

    private void theChainGoesOnAndTheHonestAreServed() throws Exception {
        long before = node.chain().ledger().head().number();
        for (long number = before; number < before + 2; ) {
            honest.send(new EthMessage.GetBlockHeaders(7, null, number, 1, 0, false));
            var answer = honest.next(EthMessage.BlockHeaders.class);
            if (answer.headers().isEmpty()) Thread.sleep(100);
            else number++;
        }
        assertThat(honest.gone.getCount()).isEqualTo(1);
    }

    @Test
    void whoeverIsOnAnotherNetworkIsLeft() throws Exception {
        WirePeer other = keep(new WirePeer(node, EthProtocol.ETH_68, UInt256.valueOf(7)));
        isEnded(other, "SUBPROTOCOL");
        theChainGoesOnAndTheHonestAreServed();
    }

    @Test
    void whoeverSendsGarbageIsLeft() throws Exception {
        Random random = new Random(11);
        for (int code : new int[] {0x00, 0x01, 0x05, 0x07, 0x10, 0x11}) {
            WirePeer hostile = link();
            byte[] garbage = new byte[200];
            random.nextBytes(garbage);
            garbage[0] = (byte) 0xf8;
            hostile.send(code, Bytes.wrap(garbage));
            isEnded(hostile, "BREACH_OF_PROTOCOL");
        }
        WirePeer hostile = link();
        hostile.peer().send(Peers.ISTANBUL, 0x12, Bytes.fromHexString("0xc0"));
        isEnded(hostile, "BREACH_OF_PROTOCOL");
        WirePeer unknown = link();
        unknown.peer().send(Peers.ISTANBUL, 0x01, Bytes.fromHexString("0xc0"));
        isEnded(unknown, "BREACH_OF_PROTOCOL");
        theChainGoesOnAndTheHonestAreServed();
    }

    @Test
    void whoeverSendsTransactionsThatNoBlockCanHoldIsLeft() throws Exception {
        WirePeer hostile = link();
        for (int i = 0; i < 20; i++) {
            SignedTransaction foreign = transfer(1, i, UInt256.valueOf(5));
            hostile.send(new EthMessage.Transactions(List.of(foreign.transaction())));
        }
        isEnded(hostile, "SUBPROTOCOL");
        theChainGoesOnAndTheHonestAreServed();
    }

    @Test
    void whoeverAsksAndTellsWithoutEndIsReadNoFasterThanAllowed() throws Exception {
        List<Hash> hashes = Collections.nCopies(1024, node.chain().genesis().hash());
        List<EthMessage> irrelevant =
                List.of(
                        new EthMessage.GetBlockBodies(1, hashes),
                        new EthMessage.GetReceipts(2, hashes),
                        new EthMessage.GetBlockHeaders(3, null, 0, 1024, 0, false),
                        new EthMessage.NewBlockHashes(
                                List.of(new EthMessage.NumberedHash(Hash.ZERO, 1_000_000))),
                        new EthMessage.GetPooledTransactions(4, hashes));
        for (EthMessage message : irrelevant) {
            WirePeer hostile = link();
            Thread.ofPlatform().daemon().start(() -> flood(hostile, message));
        }
        Random random = new Random(12);
        WirePeer announcer = link();
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            while (announcer.gone.getCount() > 0) {
                                announcer.send(announcements(random));
                                announcer.heard.clear();
                            }
                        });
        for (int i = 0; i < 2; i++) theChainGoesOnAndTheHonestAreServed();
    }

    private static EthMessage announcements(Random random) {
        List<EthMessage.Announcement> list = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            byte[] hash = new byte[32];
            random.nextBytes(hash);
            list.add(new EthMessage.Announcement(2, 100, new Hash(Bytes32.wrap(hash))));
        }
        return new EthMessage.NewPooledTransactionHashes(list);
    }

    private static void flood(WirePeer hostile, EthMessage message) {
        while (hostile.gone.getCount() > 0) {
            hostile.send(message);
            hostile.heard.clear();
        }
    }
}
