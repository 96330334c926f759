package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.KeyPair;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Others that keep to no rule: their links end, and those of the honest go on. */
class HostilePeerTest {
    private static final Capability CHAT = new Capability("chat", 1, 4);

    /** A message of the chat after which its sender is confirmed, and one that is answered. */
    private static final int CONFIRM = 0;

    private static final int ECHO = 1;
    private static final int ID = 16;

    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private Network network;
    private RawLink honest;

    private final class Echo implements Network.Handler {
        @Override
        public void onConnected(Peer peer) {}

        @Override
        public void onMessage(Peer peer, Capability capability, int code, Bytes payload) {
            if (code == CONFIRM) peer.confirm();
            else peer.send(CHAT, ECHO, payload);
        }

        @Override
        public void onDisconnected(Peer peer, String why) {
            events.add(why);
        }
    }

    @BeforeEach
    void start() throws Exception {
        start(NetworkLimits.DEFAULT);
    }

    private void start(NetworkLimits limits) throws Exception {
        stop();
        KeyPair key = KeyPair.of(Bytes32.random(RawLink.RANDOM));
        network =
                Network.start(
                        new NetworkConfig(
                                key,
                                "test/1",
                                "127.0.0.1",
                                "127.0.0.1",
                                0,
                                10,
                                List.of(),
                                List.of(CHAT)),
                        new Echo(),
                        limits);
        open.add(network);
        honest = confirmed();
        theHonestAreServed();
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open.reversed()) each.close();
        open.clear();
        events.clear();
    }

    private RawLink link() throws IOException {
        RawLink link = RawLink.greeted(network.enode(), CHAT);
        open.add(link);
        return link;
    }

    private RawLink confirmed() throws IOException {
        RawLink link = link();
        link.message(ID + CONFIRM, new byte[0]);
        return link;
    }

    private void theHonestAreServed() throws IOException {
        honest.message(ID + ECHO, new byte[] {42});
        byte[] answer = honest.read();
        assertThat(answer[0]).isEqualTo((byte) (ID + ECHO));
    }

    private String ended() throws InterruptedException {
        return String.valueOf(events.poll(20, TimeUnit.SECONDS));
    }

    private static byte[] header(int size, FrameCipher cipher) {
        byte[] whole = cipher.seal(new byte[size]);
        return Bytes.wrap(whole).slice(0, FrameCipher.HEADER_BYTES).toArray();
    }

    @Test
    void aFrameOverTheLimitIsRefusedByItsHeaderAndWhoeverSentItIsDenied() throws Exception {
        RawLink hostile = link();
        hostile.write(header(Peer.UNCONFIRMED_BYTES_MAX + 1, hostile.cipher));
        assertThat(hostile.reason()).isEqualTo(DisconnectReason.BREACH_OF_PROTOCOL.code());
        assertThat(ended()).isEqualTo("a frame of 16385 bytes; at most 16384");
        RawLink again = RawLink.greeted(network.enode(), hostile.key, CHAT);
        open.add(again);
        assertThat(again.reason()).isEqualTo(DisconnectReason.USELESS_PEER.code());

        RawLink known = confirmed();
        known.write(header(Link.FRAME_BYTES_MAX + 1, known.cipher));
        assertThat(known.reason()).isEqualTo(DisconnectReason.BREACH_OF_PROTOCOL.code());
        theHonestAreServed();
    }

    @Test
    void aMessageThatSaysItDecompressesToMoreThanIsAllowedIsNotDecompressed() throws Exception {
        RawLink hostile = confirmed();
        // A length of 2^31-1, and one literal byte.
        hostile.frame(ID + ECHO, Bytes.fromHexString("0xffffffff0700aa").toArray());
        assertThat(hostile.reason()).isEqualTo(DisconnectReason.BREACH_OF_PROTOCOL.code());
        assertThat(ended()).isEqualTo("a message of 2147483647 bytes; at most 10485760");
        RawLink other = confirmed();
        other.frame(ID + ECHO, Bytes.fromHexString("0xffffff7f00aa").toArray());
        assertThat(ended()).contains("at most 10485760");
        theHonestAreServed();
    }

    @Test
    void aWrongMacEndsTheLinkAndAnUnknownMessageToo() throws Exception {
        RawLink hostile = confirmed();
        byte[] frame = hostile.cipher.seal(new byte[40]);
        frame[frame.length - 1] ^= 1;
        hostile.write(frame);
        assertThat(hostile.reason()).isEqualTo(DisconnectReason.BREACH_OF_PROTOCOL.code());
        assertThat(ended()).isEqualTo("the MAC of a frame is wrong");
        RawLink other = confirmed();
        other.message(ID + 4, new byte[0]);
        assertThat(ended()).isEqualTo("message 20, which no shared capability has");
        theHonestAreServed();
    }

    @Test
    void anAddressThatSendsGarbageForHandshakesIsDeniedWhereNobodyElseIsLinkedFromThere()
            throws Exception {
        for (int i = 0; i < 11; i++) {
            try (RawLink hostile = new RawLink(network.enode(), honest.key, "127.0.0.2")) {
                hostile.write(
                        Bytes.concatenate(Bytes.ofUnsignedShort(300), Bytes.random(300)).toArray());
                assertThat(hostile.socket.getInputStream().read()).isEqualTo(-1);
            }
        }
        RawLink denied =
                new RawLink(
                        network.enode(), KeyPair.of(Bytes32.random(RawLink.RANDOM)), "127.0.0.2");
        open.add(denied);
        try {
            denied.shake(network.enode().id());
            assertThat(false).as("a link of a denied address").isTrue();
        } catch (IOException closed) {
            // As it should be.
        }
        RawLink elsewhere = confirmed();
        elsewhere.message(ID + ECHO, new byte[] {1});
        elsewhere.read();
    }

    @Test
    void thousandsOfConnectionsThatSayNothingTakeNoMoreThanTheirPlaces() throws Exception {
        List<RawLink> silent = new ArrayList<>();
        int unsettledMax = 0;
        for (int i = 0; i < 3000; i++) {
            silent.add(new RawLink(network.enode(), honest.key, "127.0.0." + (2 + i % 8)));
            unsettledMax = Math.max(unsettledMax, network.unsettled());
            if (i % 500 == 0) {
                confirmed();
                theHonestAreServed();
            }
            if (i >= 1000) silent.get(i - 1000).close();
        }
        assertThat(unsettledMax).isBetween(1, NetworkLimits.DEFAULT.pendingMax() + 10);
        for (RawLink link : silent) link.close();
    }

    @Test
    void linksThatNeverSayTheirChainPushEachOtherOut() throws Exception {
        start(NetworkLimits.DEFAULT.withMillis(120_000));
        int places = NetworkLimits.DEFAULT.unconfirmedMax();
        int pushedOut = 0;
        for (int i = 0; pushedOut < 10; i++) {
            assertThat(i).isLessThan(50 * places);
            link();
            String why = events.poll();
            if (why == null) continue;
            assertThat(why).isEqualTo("newer links took its place before it said its chain");
            pushedOut++;
        }
        assertThat(network.unsettled())
                .isLessThanOrEqualTo(places + NetworkLimits.DEFAULT.pendingOfAddressMax() + 1);
        confirmed();
        theHonestAreServed();
    }

    @Test
    void whoeverLetsAMessageTrickleInIsEndedAndOthersGetTheirLargeOnesThrough() throws Exception {
        start(NetworkLimits.DEFAULT.withMillis(2_000));
        List<RawLink> slow = new ArrayList<>();
        for (int i = 0; i < NetworkLimits.DEFAULT.largeMessagesMax(); i++) {
            RawLink link = confirmed();
            link.write(header(8 << 20, link.cipher));
            link.write(new byte[1000]);
            slow.add(link);
        }
        RawLink large = confirmed();
        large.message(ID + ECHO, Bytes.random(1 << 20).toArray());
        assertThat(large.read().length).isGreaterThan(1 << 20);
        for (int i = 0; i < slow.size(); i++) {
            assertThat(ended()).isEqualTo("a message of it does not come to its end");
        }
        theHonestAreServed();
    }

    @Test
    void whoeverSendsAtFullSpeedIsReadNoFasterThanAllowedAndThenEnded() throws Exception {
        RawLink hostile = confirmed();
        Thread flood =
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    try {
                                        while (true) hostile.message(2, new byte[] {(byte) 0xc0});
                                    } catch (IOException ended) {
                                        // As it should be.
                                    }
                                });
        Thread reader = Thread.ofPlatform().daemon().start(hostile::reason);
        long served = 0;
        String why = null;
        long until = System.nanoTime() + 30_000_000_000L;
        while (why == null && System.nanoTime() < until) {
            theHonestAreServed();
            served++;
            why = events.poll(50, TimeUnit.MILLISECONDS);
        }
        assertThat(why).isEqualTo("it sends more than is read");
        assertThat(served).isGreaterThan(10);
        flood.join(10_000);
        reader.join(10_000);
        theHonestAreServed();
    }

    @Test
    void whoeverDoesNotReadWhatItAskedForIsEnded() throws Exception {
        RawLink hostile = confirmed();
        byte[] large = Bytes.random(1 << 20).toArray();
        Thread flood =
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    try {
                                        for (int i = 0; i < 100; i++)
                                            hostile.message(ID + ECHO, large);
                                    } catch (IOException ended) {
                                        // As it should be.
                                    }
                                });
        assertThat(ended()).startsWith("it does not take what it is sent");
        flood.join(10_000);
        theHonestAreServed();
    }
}
