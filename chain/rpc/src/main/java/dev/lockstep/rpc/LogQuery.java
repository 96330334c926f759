package dev.lockstep.rpc;

import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.LocatedLog;
import dev.lockstep.ledger.LogAnswer;
import dev.lockstep.ledger.LogFilter;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.tuweni.bytes.Bytes32;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;

/**
 * Which logs a request asks for.
 *
 * @param from first block, null for the head at the time of asking
 * @param to last block, null for the head at the time of asking
 */
record LogQuery(
        @Nullable Long from, @Nullable Long to, Set<Address> addresses, List<Set<Bytes32>> topics) {
    private static final int ADDRESSES_MAX = 1000;
    private static final int TOPIC_PLACES_MAX = 4;
    private static final int TOPICS_MAX = 1000;

    /** From the object that eth_getLogs, eth_newFilter and eth_subscribe take. */
    static LogQuery read(Param filter, Ledger ledger) {
        Param blockHash = filter.member("blockHash");
        Param from = filter.member("fromBlock");
        Param to = filter.member("toBlock");
        Set<Address> addresses = addresses(filter.member("address"));
        List<Set<Bytes32>> topics = topics(filter.member("topics"));
        if (!blockHash.isAbsent()) {
            if (!from.isAbsent()) throw from.refuse("nothing, since blockHash is given");
            if (!to.isAbsent()) throw to.refuse("nothing, since blockHash is given");
            long number = new Blocks(ledger).require(blockHash);
            return new LogQuery(number, number, addresses, topics);
        }
        LogQuery query = new LogQuery(bound(from, ledger), bound(to, ledger), addresses, topics);
        query.checkRange(from, to, ledger.head().number());
        return query;
    }

    private void checkRange(Param fromParam, Param toParam, long head) {
        if (to != null && to > head) throw toParam.refuse("at most the head, " + head);
        if (from != null && to != null && from > to) {
            throw fromParam.refuse("at most toBlock, " + to);
        }
    }

    private static @Nullable Long bound(Param param, Ledger ledger) {
        if (param.isAbsent()) return null;
        return switch (param.blockTag()) {
            case BlockTag.Named.EARLIEST -> 0L;
            case BlockTag.Named _ -> null;
            case BlockTag.Numbered numbered -> numbered.number();
            case BlockTag.Hashed _ -> new Blocks(ledger).require(param);
        };
    }

    private static Set<Address> addresses(Param param) {
        Set<Address> addresses = new HashSet<>();
        if (param.isAbsent()) return addresses;
        if (!param.isArray()) addresses.add(param.address());
        else for (Param item : param.items(ADDRESSES_MAX)) addresses.add(item.address());
        return addresses;
    }

    private static List<Set<Bytes32>> topics(Param param) {
        List<Set<Bytes32>> topics = new ArrayList<>();
        if (param.isAbsent()) return topics;
        for (Param place : param.items(TOPIC_PLACES_MAX)) {
            Set<Bytes32> wanted = new HashSet<>();
            if (place.isArray()) {
                for (Param topic : place.items(TOPICS_MAX)) {
                    // One null among several topics means any topic, as it does alone.
                    if (topic.isAbsent()) {
                        wanted.clear();
                        break;
                    }
                    wanted.add(topic.word());
                }
            } else if (!place.isAbsent()) {
                wanted.add(place.word());
            }
            topics.add(wanted);
        }
        return topics;
    }

    /** The logs of these blocks that are asked for, as JSON. */
    ArrayNode find(Ledger ledger, long first, long last) {
        ArrayNode json = Json.array();
        if (first > last) return json;
        return switch (ledger.logs(filter(first, last))) {
            case LogAnswer.Found found -> json(found.logs(), ledger, json);
            case LogAnswer.TooMany tooMany ->
                    throw new RpcException(RpcError.Kind.LIMIT_EXCEEDED, tooMany.message());
        };
    }

    LogFilter filter(long first, long last) {
        return new LogFilter(first, last, addresses, topics);
    }

    private static ArrayNode json(List<LocatedLog> logs, Ledger ledger, ArrayNode json) {
        BlockHeader header = null;
        for (LocatedLog log : logs) {
            if (header == null || header.number() != log.blockNumber()) {
                header = new Blocks(ledger).header(log.blockNumber());
            }
            json.add(json(log, header));
        }
        return json;
    }

    static tools.jackson.databind.node.ObjectNode json(LocatedLog log, BlockHeader header) {
        Json.Place place = new Json.Place(header, log.blockHash(), log.transactionIndex());
        return Json.log(log.log(), place, log.transactionHash(), log.logIndex());
    }
}
