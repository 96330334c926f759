package dev.lockstep.rpc;

import dev.lockstep.ledger.HeadEvent;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.LocatedLog;
import dev.lockstep.ledger.LogFilter;
import dev.lockstep.ledger.ReceiptView;
import dev.lockstep.ledger.Subscription;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.SignedTransaction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.apache.tuweni.bytes.Bytes;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What WebSocket clients may subscribe to: newHeads, logs, newPendingTransactions. The threads that
 * commit blocks and take transactions only leave a note; one thread of this class writes the
 * messages, so that no number of clients slows the chain down.
 */
public final class Subscriptions implements AutoCloseable {
    private final Ledger ledger;
    private final int perSessionMax;
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Runnable> notes = new LinkedBlockingQueue<>();
    private final Subscription heads;
    private final Subscription pending;
    private final Thread writer;

    public Subscriptions(Ledger ledger, TxPool pool, RpcLimits limits) {
        this.ledger = ledger;
        this.perSessionMax = limits.subscriptionsMax();
        this.heads = ledger.onHead(event -> note(() -> tell(event)));
        this.pending = pool.onPending(tx -> note(() -> tell(tx)));
        this.writer = Thread.ofVirtual().name("rpc-subscriptions").start(this::write);
    }

    private void note(Runnable work) {
        if (!sessions.isEmpty()) notes.add(work);
    }

    private void write() {
        try {
            while (true) notes.take().run();
        } catch (InterruptedException _) {
            // Closed.
        }
    }

    private void tell(HeadEvent event) {
        for (Session session : sessions) session.onHead(event);
    }

    private void tell(SignedTransaction tx) {
        for (Session session : sessions) session.onPending(tx);
    }

    /**
     * The subscriptions of a new connection.
     *
     * @param out takes each message; must not block
     */
    Session open(Consumer<Bytes> out) {
        Session session = new Session(out);
        sessions.add(session);
        return session;
    }

    @Override
    public void close() {
        heads.close();
        pending.close();
        writer.interrupt();
    }

    /** What a client subscribed to. */
    private sealed interface Topic {
        record NewHeads() implements Topic {}

        record Logs(LogFilter filter) implements Topic {}

        record Pending(boolean isFull) implements Topic {}
    }

    /** The subscriptions of one connection. */
    final class Session implements AutoCloseable {
        private final Consumer<Bytes> out;

        /** Guarded by itself. */
        private final Map<String, Topic> topics = new HashMap<>();

        /** Subscribed to by an answer that has not been sent; guarded by {@code topics}. */
        private final Map<String, Topic> fresh = new HashMap<>();

        private long lastId;

        private Session(Consumer<Bytes> out) {
            this.out = out;
        }

        List<RpcMethod> rows() {
            return List.of(
                    new RpcMethod("eth_subscribe", this::subscribe),
                    new RpcMethod("eth_unsubscribe", this::unsubscribe));
        }

        private JsonNode subscribe(Params params) {
            Topic topic = topic(params.at(0, "subscription"), params.at(1, "options"));
            synchronized (topics) {
                if (topics.size() + fresh.size() >= perSessionMax) {
                    throw new RpcException(
                            RpcError.Kind.LIMIT_EXCEEDED,
                            "this connection has " + perSessionMax + " subscriptions already");
                }
                String id = "0x" + Long.toHexString(++lastId);
                fresh.put(id, topic);
                return Json.text(id);
            }
        }

        /** To be called when answers have been sent: no message may come before its id does. */
        void activate() {
            synchronized (topics) {
                topics.putAll(fresh);
                fresh.clear();
            }
        }

        private Topic topic(Param name, Param options) {
            return switch (name.text()) {
                case "newHeads" -> new Topic.NewHeads();
                case "logs" -> new Topic.Logs(logFilter(options));
                case "newPendingTransactions" ->
                        new Topic.Pending(
                                options.isObject()
                                        ? options.member("includeTransactions").flag(false)
                                        : options.flag(false));
                default -> throw name.refuse("newHeads, logs or newPendingTransactions");
            };
        }

        private LogFilter logFilter(Param options) {
            Param filter = options.isAbsent() ? new Param("filter", Json.object()) : options;
            return LogQuery.read(filter, ledger).filter(0, Long.MAX_VALUE);
        }

        private JsonNode unsubscribe(Params params) {
            String id = params.at(0, "subscriptionId").text();
            synchronized (topics) {
                boolean wasFresh = fresh.remove(id) != null;
                return Json.flag(topics.remove(id) != null || wasFresh);
            }
        }

        private void onHead(HeadEvent event) {
            each(
                    (id, topic) -> {
                        switch (topic) {
                            case Topic.NewHeads _ ->
                                    send(id, Json.header(event.block().header(), event.hash()));
                            case Topic.Logs logs -> sendLogs(id, logs.filter, event);
                            case Topic.Pending _ -> {}
                        }
                    });
        }

        private void sendLogs(String id, LogFilter filter, HeadEvent event) {
            for (ReceiptView receipt : event.receipts()) {
                for (LocatedLog log : receipt.logs()) {
                    if (filter.matches(log.log())) {
                        send(id, LogQuery.json(log, event.block().header()));
                    }
                }
            }
        }

        private void onPending(SignedTransaction tx) {
            each(
                    (id, topic) -> {
                        if (topic instanceof Topic.Pending wanted) {
                            send(
                                    id,
                                    wanted.isFull
                                            ? Json.transaction(tx, null)
                                            : Json.hash(tx.hash()));
                        }
                    });
        }

        private void each(java.util.function.BiConsumer<String, Topic> action) {
            Map<String, Topic> now;
            synchronized (topics) {
                now = Map.copyOf(topics);
            }
            now.forEach(action);
        }

        private void send(String id, JsonNode result) {
            ObjectNode message = Json.object().put("jsonrpc", "2.0");
            message.put("method", "eth_subscription");
            ObjectNode params = message.putObject("params").put("subscription", id);
            params.set("result", result);
            out.accept(Bytes.wrap(Json.bytes(message)));
        }

        @Override
        public void close() {
            sessions.remove(this);
        }
    }
}
