package dev.lockstep.rpc;

import io.helidon.common.buffers.BufferData;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.websocket.WsCloseCodes;
import io.helidon.websocket.WsListener;
import io.helidon.websocket.WsSession;
import io.helidon.websocket.WsUpgradeException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket connection. Requests are answered one after the other by the connection's own
 * thread; answers and what is subscribed to leave through one queue with one writer, so that a
 * client that reads slowly holds up nobody: when its queue is full it is cut off.
 */
final class RpcSocket implements WsListener {
    private static final int QUEUE_MAX = 10_000;

    /** Keeps connections that only listen from looking idle, and finds those that are gone. */
    static final long PING_MILLIS = 30_000;

    private final BoundedRpc bounded;
    private final Visitors visitors;
    private final int messageBytesMax;
    private final long pingNanos;
    private final BlockingQueue<Bytes> outgoing = new ArrayBlockingQueue<>(QUEUE_MAX);
    private final @Nullable Subscriptions offered;
    private final StringBuilder partial = new StringBuilder();
    private JsonRpc rpc;
    private Subscriptions.@Nullable Session subscribed;
    private volatile @Nullable WsSession session;
    private @Nullable Thread writer;

    RpcSocket(
            JsonRpc rpc,
            BoundedRpc bounded,
            Visitors visitors,
            RpcConfig config,
            @Nullable Subscriptions offered,
            long pingMillis) {
        this.rpc = rpc;
        this.bounded = bounded;
        this.visitors = visitors;
        this.messageBytesMax = config.limits().requestBytesMax();
        this.offered = offered;
        this.pingNanos = TimeUnit.MILLISECONDS.toNanos(pingMillis);
    }

    @Override
    public Optional<Headers> onHttpUpgrade(HttpPrologue prologue, Headers headers)
            throws WsUpgradeException {
        String host = headers.first(HeaderNames.HOST).orElse(null);
        String refusal = visitors.refusal(host, headers.first(HeaderNames.ORIGIN).orElse(null));
        if (refusal != null) throw new WsUpgradeException(refusal);
        return Optional.empty();
    }

    @Override
    public void onOpen(WsSession opened) {
        session = opened;
        if (offered != null) {
            subscribed = offered.open(this::send);
            rpc = rpc.with(subscribed.rows());
        }
        writer = Thread.ofVirtual().start(() -> write(opened));
    }

    @Override
    public void onMessage(WsSession from, String text, boolean last) {
        partial.append(text);
        if (partial.length() > messageBytesMax) {
            partial.setLength(0);
            from.close(
                    WsCloseCodes.TOO_BIG,
                    "a message is larger than " + messageBytesMax + " characters");
            return;
        }
        if (!last) return;
        byte[] request = partial.toString().getBytes(StandardCharsets.UTF_8);
        partial.setLength(0);
        Bytes answer = bounded.answer(rpc, request).body();
        if (answer != null) send(answer);
        if (subscribed != null) subscribed.activate();
    }

    @Override
    public void onMessage(WsSession from, BufferData data, boolean last) {
        onMessage(from, data.readString(data.available(), StandardCharsets.UTF_8), last);
    }

    @Override
    public void onClose(WsSession from, int status, String reason) {
        end();
    }

    @Override
    public void onError(WsSession from, Throwable cause) {
        end();
    }

    private void send(Bytes message) {
        if (outgoing.offer(message)) return;
        WsSession slow = session;
        if (slow != null) slow.terminate();
        end();
    }

    private void end() {
        Subscriptions.Session ending = subscribed;
        if (ending != null) ending.close();
        Thread running = writer;
        if (running != null) running.interrupt();
    }

    private void write(WsSession to) {
        try {
            long pingedNanos = System.nanoTime();
            while (true) {
                // Also one that is sent much says nothing by itself.
                long untilPingNanos = pingNanos - (System.nanoTime() - pingedNanos);
                Bytes message = outgoing.poll(untilPingNanos, TimeUnit.NANOSECONDS);
                if (message != null) {
                    to.send(new String(message.toArrayUnsafe(), StandardCharsets.UTF_8), true);
                }
                if (untilPingNanos <= 0) {
                    to.ping(BufferData.empty());
                    pingedNanos = System.nanoTime();
                }
            }
        } catch (InterruptedException _) {
            // The connection has ended.
        } catch (RuntimeException _) {
            end();
        }
    }
}
