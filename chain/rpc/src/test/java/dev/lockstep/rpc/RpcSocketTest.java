package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.socket.SocketContext;
import io.helidon.websocket.WsSession;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RpcSocketTest {
    private static final long PATIENCE_MILLIS = 60_000;
    private static final RpcLimits LIMITS =
            new RpcLimits(1000, 1000, 10, 2, 50, 20_000, 1, 1, 1000, 10);
    private static final RpcConfig CONFIG =
            new RpcConfig("127.0.0.1", 0, List.of(), List.of(), LIMITS, RpcConfig.APIS);

    /** Counts what it is sent. */
    private static final class Listener implements WsSession {
        final AtomicInteger messages = new AtomicInteger();
        final AtomicInteger pings = new AtomicInteger();

        @Override
        public WsSession send(String text, boolean last) {
            messages.incrementAndGet();
            return this;
        }

        @Override
        public WsSession send(BufferData data, boolean last) {
            throw new UnsupportedOperationException("answers are text");
        }

        @Override
        public WsSession ping(BufferData data) {
            pings.incrementAndGet();
            return this;
        }

        @Override
        public WsSession pong(BufferData data) {
            return this;
        }

        @Override
        public WsSession close(int code, String reason) {
            return this;
        }

        @Override
        public WsSession terminate() {
            return this;
        }

        @Override
        public SocketContext socketContext() {
            throw new UnsupportedOperationException("there is no socket");
        }
    }

    /** Else it would look idle to the server, which hears nothing from whoever only listens. */
    @Test
    void pingsAlsoAClientThatIsSentMessagesAllTheTime() throws Exception {
        RpcMethods methods =
                RpcMethods.of(List.of(new RpcMethod("test_one", params -> Json.quantity(1))));
        Listener listener = new Listener();
        long pingMillis = 200;
        RpcSocket socket =
                new RpcSocket(
                        new JsonRpc(methods, LIMITS),
                        new BoundedRpc(LIMITS),
                        new Visitors(CONFIG),
                        CONFIG,
                        null,
                        pingMillis);
        socket.onOpen(listener);
        long until = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (listener.pings.get() < 2) {
            socket.onMessage(
                    listener, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"test_one\"}", true);
            assertThat(System.currentTimeMillis())
                    .as("patience, after %d messages", listener.messages.get())
                    .isLessThan(until);
            Thread.sleep(5);
        }
        assertThat(listener.messages.get()).isPositive();
        socket.onClose(listener, 1000, "done");
    }
}
