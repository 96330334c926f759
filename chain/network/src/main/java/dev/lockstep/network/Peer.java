package dev.lockstep.network;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
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
    private static final long WAITING_BYTES_MAX = 32L << 20;

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

    private sealed interface Outgoing {
        record Message(Capability capability, int code, Bytes payload) implements Outgoing {}

        record Ping() implements Outgoing {}

        record Disconnect(DisconnectReason reason) implements Outgoing {}
    }

    Peer(Link link, Socket socket, boolean isInbound) {
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

    /** Says that it is on the same chain; until then it takes one of few places. */
    public void confirm() {
        isConfirmed = true;
    }

    boolean isConfirmed() {
        return isConfirmed;
    }

    /** Ends the link after all that waits to be sent, and the reason. */
    public void disconnect(DisconnectReason reason, String why) {
        if (ended.compareAndSet(null, why) && !waiting.offer(new Outgoing.Disconnect(reason))) {
            close();
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

    /** The next message, on the one thread that receives. */
    Link.Message receive() throws IOException {
        while (true) {
            Link.Message message = link.receive();
            lastFrameNanos = System.nanoTime();
            isPinged = false;
            if (message != null) return message;
        }
    }

    /** Sends what waits until the link ends, on the one thread that sends. */
    void sendWaiting() throws IOException, InterruptedException {
        while (true) {
            switch (waiting.take()) {
                case Outgoing.Message m -> {
                    link.send(m.capability, m.code, m.payload);
                    waitingBytes.addAndGet(-m.payload.size());
                }
                case Outgoing.Ping _ -> link.ping();
                case Outgoing.Disconnect d -> {
                    link.disconnect(d.reason);
                    close();
                    return;
                }
            }
        }
    }

    @Override
    public String toString() {
        return id().slice(0, 4).toUnprefixedHexString() + "…@" + address();
    }
}
