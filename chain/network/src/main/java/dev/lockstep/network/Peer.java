package dev.lockstep.network;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Another node that is linked to this one. What is sent to it waits in a queue of bounded size; a
 * peer that does not take it fast enough is disconnected rather than waited for.
 */
public final class Peer {
    private static final int WAITING_MAX = 4096;
    private static final long WAITING_BYTES_MAX = 16L << 20;

    /** Where so much waits, no further request is answered until some of it is gone. */
    private static final long ANSWERS_BYTES_MAX = 4L << 20;

    private static final long ROOM_MILLIS = 10;

    /** From whoever has not said which chain it is on: enough for a status. */
    static final int UNCONFIRMED_BYTES_MAX = 16 << 10;

    /** From this size on messages share few places. */
    static final int LARGE_BYTES = 256 << 10;

    private static final long LARGE_TIMEOUT_MILLIS = 10_000;
    private static final long PACE_MILLIS = 100;

    /** What the links of a node have in common. */
    interface Host {
        /** Whether there is a place for it, which it has then. */
        boolean admit(Peer peer);

        void blame(Peer peer, Penalty penalty, String why);

        /** Whether this node keeps a link to it. */
        boolean isKept(Peer peer);

        /** Places for large messages, of all peers but those that are kept. */
        Semaphore largeMessages();
    }

    private final Host host;
    private final Link link;
    private final Socket socket;
    private final boolean isInbound;
    private final long sinceNanos = System.nanoTime();
    private final BlockingQueue<Outgoing> waiting = new LinkedBlockingQueue<>(WAITING_MAX);
    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicReference<@Nullable String> ended = new AtomicReference<>();
    private volatile long lastFrameNanos = System.nanoTime();
    private volatile boolean isPinged;
    private volatile boolean isConfirmed;
    private volatile boolean isLeaving;
    private final CountDownLatch isSent = new CountDownLatch(1);
    private volatile long sendingSinceNanos;

    /** Of the one thread that receives. */
    private final Pace pace = new Pace(() -> System.nanoTime() / 1_000_000);

    private boolean holdsLarge;

    private sealed interface Outgoing {
        record Message(Capability capability, int code, Bytes payload) implements Outgoing {}

        record Ping() implements Outgoing {}

        record Disconnect(DisconnectReason reason) implements Outgoing {}
    }

    Peer(Host host, Link link, Socket socket, boolean isInbound) {
        this.host = host;
        this.link = link;
        this.socket = socket;
        this.isInbound = isInbound;
    }

    /** Its public key, 64 bytes. */
    public Bytes id() {
        return link.remote().id();
    }

    public Hello hello() {
        return link.remote();
    }

    /** Whether it connected to this node. */
    public boolean isInbound() {
        return isInbound;
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) socket.getRemoteSocketAddress();
    }

    /** This node's end. */
    public InetSocketAddress localAddress() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    /** Whether this node keeps a link to it. */
    public boolean isKept() {
        return host.isKept(this);
    }

    /** The version of a capability that both speak, or null. */
    public @Nullable Capability shared(String name) {
        return link.shared(name);
    }

    /** Sends a message some time soon; in the order of the calls. */
    public void send(Capability capability, int code, Bytes payload) {
        long bytes = waitingBytes.addAndGet(payload.size());
        if (bytes > WAITING_BYTES_MAX
                || !waiting.offer(new Outgoing.Message(capability, code, payload))) {
            end("it does not take what it is sent: " + bytes + " bytes wait");
        }
    }

    /** Waits, where much is on its way to it, until it has taken some. */
    public void awaitRoom() {
        try {
            while (waitingBytes.get() > ANSWERS_BYTES_MAX && ended.get() == null) {
                Thread.sleep(ROOM_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Says that it is on the same chain; until then it takes one of few places.
     *
     * @return false where all places are taken, and its link ends
     */
    public boolean confirm() {
        return host.admit(this);
    }

    void admitted() {
        isConfirmed = true;
    }

    /** It did something wrong; its link may end for it, and it may be denied for a time. */
    public void blame(Penalty penalty, String why) {
        host.blame(this, penalty, why);
    }

    boolean isConfirmed() {
        return isConfirmed;
    }

    /** Ends the link after all that waits to be sent, and the reason. */
    public void disconnect(DisconnectReason reason, String why) {
        if (!ended.compareAndSet(null, why)) return;
        if (waiting.offer(new Outgoing.Disconnect(reason))) isLeaving = true;
        else close();
    }

    /** Waits until the reason is sent for which this side ends the link, where it does. */
    void awaitFarewell(long millis) {
        try {
            if (!isLeaving) return;
            var _ = isSent.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the link at once. */
    void end(String why) {
        ended.compareAndSet(null, why);
        close();
    }

    /** Why it was ended from this side, or null where it was not. */
    @Nullable String endedBecause() {
        return ended.get();
    }

    private void close() {
        try {
            link.close();
        } catch (IOException alreadyGone) {
            // Nothing is left to be closed.
        }
    }

    long ageMillis() {
        return (System.nanoTime() - sinceNanos) / 1_000_000;
    }

    /** How long nothing came from it. */
    long idleMillis() {
        return (System.nanoTime() - lastFrameNanos) / 1_000_000;
    }

    /** Asks for a sign of life, once until there is one. */
    void ping() {
        if (isPinged) return;
        isPinged = true;
        if (!waiting.offer(new Outgoing.Ping())) end("it does not take what it is sent");
    }

    /** How long a message of it has been on its way. */
    long frameMillis() {
        return link.frameMillis();
    }

    /** How long it has not taken a message. */
    long sendingMillis() {
        long since = sendingSinceNanos;
        return since == 0 ? 0 : (System.nanoTime() - since) / 1_000_000;
    }

    /** The next message, on the one thread that receives; the one before is done with. */
    Link.Message receive() throws IOException, InterruptedException {
        while (true) {
            leave();
            while (!pace.isOpen()) {
                blame(Penalty.SPAM, "it sends more than is read");
                Thread.sleep(PACE_MILLIS);
            }
            Link.Message message = link.receive(this::enter);
            lastFrameNanos = System.nanoTime();
            isPinged = false;
            pace.taken(message == null ? 0 : message.payload().size());
            if (message != null) return message;
        }
    }

    private void enter(int sizeBytes) throws IOException {
        Link.limit(sizeBytes, isConfirmed ? Link.FRAME_BYTES_MAX : UNCONFIRMED_BYTES_MAX);
        if (sizeBytes < LARGE_BYTES || holdsLarge || host.isKept(this)) return;
        try {
            holdsLarge =
                    host.largeMessages().tryAcquire(LARGE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!holdsLarge) {
            throw new PeerFault(DisconnectReason.TOO_MANY_PEERS, "too many send large messages");
        }
    }

    /** Gives its place for large messages to others. */
    void leave() {
        if (holdsLarge) host.largeMessages().release();
        holdsLarge = false;
    }

    /** Sends what waits until the link ends, on the one thread that sends. */
    void sendWaiting() throws IOException, InterruptedException {
        while (true) {
            Outgoing next = waiting.take();
            sendingSinceNanos = System.nanoTime();
            switch (next) {
                case Outgoing.Message m -> {
                    link.send(m.capability, m.code, m.payload);
                    waitingBytes.addAndGet(-m.payload.size());
                }
                case Outgoing.Ping _ -> link.ping();
                case Outgoing.Disconnect d -> {
                    link.disconnect(d.reason);
                    isSent.countDown();
                    close();
                    return;
                }
            }
            sendingSinceNanos = 0;
        }
    }

    @Override
    public String toString() {
        return id().slice(0, 4).toUnprefixedHexString() + "…@" + address();
    }
}
