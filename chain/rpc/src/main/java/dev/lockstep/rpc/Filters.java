package dev.lockstep.rpc;

import dev.lockstep.ledger.Ledger;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.Hash;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * eth_getLogs, and filters that remember how far their owner has read. Filters are bounded in
 * number and forgotten when nobody asks for some time; their ids cannot be guessed.
 */
final class Filters {
    private static final int ID_BYTES = 16;

    /** Pending transactions that a filter keeps for its owner; the oldest go first. */
    private static final int PENDING_MAX = 10_000;

    private final Ledger ledger;
    private final int filtersMax;
    private final long lifeMillis;
    private final LongSupplier clockMillis;
    private final SecureRandom random = new SecureRandom();

    /** Guarded by itself, with all that the filters hold. */
    private final Map<String, Filter> filters = new HashMap<>();

    /** What a filter waits for, and from where on. */
    private static final class Filter {
        /** Null for blocks and pending transactions. */
        final @Nullable LogQuery query;

        /** Null for blocks and logs. */
        final @Nullable Queue<Hash> pending;

        long nextBlock;
        long askedMillis;

        Filter(@Nullable LogQuery query, @Nullable Queue<Hash> pending, long nextBlock) {
            this.query = query;
            this.pending = pending;
            this.nextBlock = nextBlock;
        }
    }

    /**
     * @param clockMillis any clock that does not go back
     */
    Filters(Ledger ledger, TxPool pool, RpcLimits limits, LongSupplier clockMillis) {
        this.ledger = ledger;
        this.filtersMax = limits.filtersMax();
        this.lifeMillis = limits.filterTimeoutMillis();
        this.clockMillis = clockMillis;
        pool.onPending(tx -> remember(tx.hash()));
    }

    List<RpcMethod> rows() {
        return List.of(
                new RpcMethod("eth_getLogs", this::logs),
                new RpcMethod("eth_newFilter", this::newLogFilter),
                new RpcMethod("eth_newBlockFilter", _ -> add(new Filter(null, null, nextBlock()))),
                new RpcMethod(
                        "eth_newPendingTransactionFilter",
                        _ -> add(new Filter(null, new ArrayDeque<>(), nextBlock()))),
                new RpcMethod("eth_getFilterChanges", this::changes),
                new RpcMethod("eth_getFilterLogs", this::filterLogs),
                new RpcMethod("eth_uninstallFilter", this::uninstall));
    }

    private long nextBlock() {
        return ledger.head().number() + 1;
    }

    private JsonNode logs(Params params) {
        return all(LogQuery.read(params.at(0, "filter"), ledger));
    }

    private ArrayNode all(LogQuery query) {
        long head = ledger.head().number();
        Long from = query.from();
        Long to = query.to();
        return query.find(ledger, from == null ? head : from, to == null ? head : to);
    }

    private JsonNode newLogFilter(Params params) {
        LogQuery query = LogQuery.read(params.at(0, "filter"), ledger);
        return add(new Filter(query, null, nextBlock()));
    }

    private JsonNode add(Filter filter) {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        String name = "0x" + HexFormat.of().formatHex(id);
        synchronized (filters) {
            long now = clockMillis.getAsLong();
            filters.values().removeIf(old -> now - old.askedMillis > lifeMillis);
            if (filters.size() >= filtersMax) {
                throw new RpcException(
                        RpcError.Kind.LIMIT_EXCEEDED,
                        "there are "
                                + filtersMax
                                + " filters already; uninstall some, or wait until they time out");
            }
            filter.askedMillis = now;
            filters.put(name, filter);
        }
        return Json.text(name);
    }

    private void remember(Hash hash) {
        synchronized (filters) {
            for (Filter filter : filters.values()) {
                if (filter.pending == null) continue;
                if (filter.pending.size() == PENDING_MAX) filter.pending.remove();
                filter.pending.add(hash);
            }
        }
    }

    /** The filter, which counts as asked for now. Call with the lock held. */
    private Filter touch(Param id) {
        Filter filter = filters.get(id.text());
        long now = clockMillis.getAsLong();
        if (filter == null || now - filter.askedMillis > lifeMillis) {
            throw new RpcException(
                    RpcError.Kind.SERVER,
                    "filter not found: "
                            + id.value()
                            + "; filters that nobody asks for "
                            + lifeMillis / 1000
                            + " s are dropped");
        }
        filter.askedMillis = now;
        return filter;
    }

    private JsonNode changes(Params params) {
        LogQuery query;
        long first;
        long last = ledger.head().number();
        synchronized (filters) {
            Filter filter = touch(params.at(0, "filterId"));
            if (filter.pending != null) {
                List<Hash> hashes = new ArrayList<>(filter.pending);
                filter.pending.clear();
                return hashes(hashes);
            }
            query = filter.query;
            first = filter.nextBlock;
            filter.nextBlock = Math.max(first, last + 1);
        }
        if (query == null) return blockHashes(first, last);
        Long from = query.from();
        Long to = query.to();
        return query.find(
                ledger,
                from == null ? first : Math.max(first, from),
                to == null ? last : Math.min(last, to));
    }

    private ArrayNode blockHashes(long first, long last) {
        List<Hash> hashes = new ArrayList<>();
        for (long number = first; number <= last; number++) {
            Hash hash = ledger.hash(number);
            if (hash != null) hashes.add(hash);
        }
        return hashes(hashes);
    }

    private static ArrayNode hashes(List<Hash> hashes) {
        ArrayNode json = Json.array();
        for (Hash hash : hashes) json.add(Json.hash(hash));
        return json;
    }

    private JsonNode filterLogs(Params params) {
        LogQuery query;
        synchronized (filters) {
            query = touch(params.at(0, "filterId")).query;
        }
        if (query == null) {
            throw new RpcException(RpcError.Kind.SERVER, "this filter is not one of logs");
        }
        return all(query);
    }

    private JsonNode uninstall(Params params) {
        synchronized (filters) {
            return Json.flag(filters.remove(params.at(0, "filterId").text()) != null);
        }
    }
}
