package dev.lockstep.rpc;

import dev.lockstep.types.AccessListEntry;
import dev.lockstep.types.AccessListTransaction;
import dev.lockstep.types.Address;
import dev.lockstep.types.Authorization;
import dev.lockstep.types.BlobTransaction;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LegacyTransaction;
import dev.lockstep.types.Log;
import dev.lockstep.types.SetCodeTransaction;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import dev.lockstep.types.Withdrawal;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns the protocol's nouns into the JSON that Ethereum's tools read: numbers as quantities (0x
 * and hex digits without leading zeros), bytes as data (0x and an even number of hex digits).
 *
 * @source execution-apis, schemas
 */
public final class Json {
    static final int DEPTH_MAX = 64;

    /** Calls nest 1024 deep, and each level of a call tree is an object in an array. */
    private static final int WRITTEN_DEPTH_MAX = 4096;

    private static final JsonMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(DEPTH_MAX)
                                                    .maxStringLength(Integer.MAX_VALUE)
                                                    .build())
                                    .streamWriteConstraints(
                                            StreamWriteConstraints.builder()
                                                    .maxNestingDepth(WRITTEN_DEPTH_MAX)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private Json() {}

    /** Where in the chain a transaction stands. */
    public record Place(BlockHeader header, Hash blockHash, int index) {}

    /**
     * @fails JacksonException where it is not one JSON value, or nests deeper than 64
     */
    static JsonNode parse(byte[] json) throws JacksonException {
        return MAPPER.readTree(json);
    }

    static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    public static ObjectNode object() {
        return NODES.objectNode();
    }

    public static ArrayNode array() {
        return NODES.arrayNode();
    }

    /** null. */
    public static JsonNode none() {
        return NODES.nullNode();
    }

    public static JsonNode flag(boolean value) {
        return NODES.booleanNode(value);
    }

    public static JsonNode text(String value) {
        return NODES.stringNode(value);
    }

    /** An unsigned number. */
    public static JsonNode quantity(long value) {
        return text("0x" + Long.toHexString(value));
    }

    public static JsonNode quantity(UInt256 value) {
        return text(value.toQuantityHexString());
    }

    public static JsonNode data(Bytes value) {
        return text(value.toHexString());
    }

    public static JsonNode hash(@Nullable Hash value) {
        return value == null ? none() : data(value.bytes());
    }

    public static JsonNode address(@Nullable Address value) {
        return value == null ? none() : data(value.bytes());
    }

    /** A header's own fields and its hash, as a newHeads subscription sends it. */
    public static ObjectNode header(BlockHeader header, Hash hash) {
        ObjectNode json = object();
        json.set("number", quantity(header.number()));
        json.set("hash", hash(hash));
        json.set("parentHash", hash(header.parentHash()));
        json.set("nonce", data(header.nonce()));
        json.set("mixHash", hash(header.mixHash()));
        json.set("sha3Uncles", hash(header.ommersHash()));
        json.set("logsBloom", data(header.bloom().bytes()));
        json.set("transactionsRoot", hash(header.transactionsRoot()));
        json.set("stateRoot", hash(header.stateRoot()));
        json.set("receiptsRoot", hash(header.receiptsRoot()));
        json.set("miner", address(header.coinbase()));
        json.set("difficulty", quantity(header.difficulty()));
        json.set("extraData", data(header.extraData()));
        json.set("gasLimit", quantity(header.gasLimit()));
        json.set("gasUsed", quantity(header.gasUsed()));
        json.set("timestamp", quantity(header.timestamp()));
        UInt256 baseFee = header.baseFee();
        if (baseFee != null) json.set("baseFeePerGas", quantity(baseFee));
        if (header.withdrawalsRoot() != null) {
            json.set("withdrawalsRoot", hash(header.withdrawalsRoot()));
        }
        Long blobGasUsed = header.blobGasUsed();
        if (blobGasUsed != null) json.set("blobGasUsed", quantity(blobGasUsed));
        Long excessBlobGas = header.excessBlobGas();
        if (excessBlobGas != null) json.set("excessBlobGas", quantity(excessBlobGas));
        if (header.parentBeaconBlockRoot() != null) {
            json.set("parentBeaconBlockRoot", hash(header.parentBeaconBlockRoot()));
        }
        if (header.requestsHash() != null) json.set("requestsHash", hash(header.requestsHash()));
        return json;
    }

    /**
     * A block without its transactions, which the caller adds: hashes or objects.
     *
     * @param hasher how this chain hashes the headers of ommers
     */
    static ObjectNode block(
            Block block, Hash hash, java.util.function.Function<BlockHeader, Hash> hasher) {
        ObjectNode json = header(block.header(), hash);
        json.set("size", quantity(block.encode().size()));
        ArrayNode uncles = json.putArray("uncles");
        for (BlockHeader ommer : block.ommers()) uncles.add(hash(hasher.apply(ommer)));
        List<Withdrawal> withdrawals = block.withdrawals();
        if (withdrawals != null) {
            ArrayNode items = json.putArray("withdrawals");
            for (Withdrawal withdrawal : withdrawals) items.add(withdrawal(withdrawal));
        }
        return json;
    }

    private static ObjectNode withdrawal(Withdrawal withdrawal) {
        ObjectNode json = object();
        json.set("index", quantity(withdrawal.index()));
        json.set("validatorIndex", quantity(withdrawal.validatorIndex()));
        json.set("address", address(withdrawal.address()));
        json.set("amount", quantity(withdrawal.amountGwei()));
        return json;
    }

    /**
     * @param place null for a transaction that waits in the pool
     */
    public static ObjectNode transaction(SignedTransaction signed, @Nullable Place place) {
        Transaction tx = signed.transaction();
        ObjectNode json = object();
        json.set("blockHash", hash(place == null ? null : place.blockHash));
        json.set("blockNumber", place == null ? none() : quantity(place.header.number()));
        json.set("blockTimestamp", place == null ? none() : quantity(place.header.timestamp()));
        json.set("transactionIndex", place == null ? none() : quantity(place.index));
        json.set("hash", hash(signed.hash()));
        json.set("type", quantity(tx.type()));
        json.set("from", address(signed.sender()));
        json.set("to", address(tx.to()));
        json.set("nonce", quantity(tx.nonce()));
        json.set("gas", quantity(tx.gasLimit()));
        json.set("value", quantity(tx.value()));
        json.set("input", data(tx.data()));
        json.set(
                "gasPrice",
                quantity(
                        place == null
                                ? tx.maxFeePerGas()
                                : tx.effectiveGasPrice(place.header.baseFeeOrZero())));
        UInt256 chainId = tx.chainId();
        if (chainId != null) json.set("chainId", quantity(chainId));
        typed(json, tx);
        json.set("r", quantity(tx.signature().r()));
        json.set("s", quantity(tx.signature().s()));
        return json;
    }

    /** What a transaction has by its type. */
    private static void typed(ObjectNode json, Transaction tx) {
        switch (tx) {
            case LegacyTransaction legacy -> {
                json.set("v", quantity(legacy.v()));
                return;
            }
            case AccessListTransaction _ -> {}
            case DynamicFeeTransaction _ -> fees(json, tx);
            case BlobTransaction blob -> {
                fees(json, tx);
                json.set("maxFeePerBlobGas", quantity(blob.maxFeePerBlobGas()));
                ArrayNode hashes = json.putArray("blobVersionedHashes");
                for (Hash hash : blob.blobHashes()) hashes.add(hash(hash));
            }
            case SetCodeTransaction setCode -> {
                fees(json, tx);
                ArrayNode list = json.putArray("authorizationList");
                for (Authorization item : setCode.authorizations()) list.add(authorization(item));
            }
        }
        json.set("accessList", accessList(tx.accessList()));
        json.set("v", quantity(tx.signature().yParity()));
        json.set("yParity", quantity(tx.signature().yParity()));
    }

    private static void fees(ObjectNode json, Transaction tx) {
        json.set("maxFeePerGas", quantity(tx.maxFeePerGas()));
        json.set("maxPriorityFeePerGas", quantity(tx.maxPriorityFeePerGas()));
    }

    static ArrayNode accessList(List<AccessListEntry> entries) {
        ArrayNode list = array();
        for (AccessListEntry entry : entries) {
            ObjectNode json = list.addObject();
            json.set("address", address(entry.address()));
            ArrayNode keys = json.putArray("storageKeys");
            for (Bytes32 key : entry.storageKeys()) keys.add(data(key));
        }
        return list;
    }

    private static ObjectNode authorization(Authorization authorization) {
        ObjectNode json = object();
        json.set("chainId", quantity(authorization.chainId()));
        json.set("address", address(authorization.address()));
        json.set("nonce", quantity(authorization.nonce()));
        json.set("yParity", quantity(authorization.yParity()));
        json.set("r", quantity(authorization.r()));
        json.set("s", quantity(authorization.s()));
        return json;
    }

    /**
     * @param logIndex the log's place among all of its block
     */
    public static ObjectNode log(Log log, Place place, Hash transaction, int logIndex) {
        ObjectNode json = object();
        json.set("address", address(log.address()));
        ArrayNode topics = json.putArray("topics");
        for (Bytes32 topic : log.topics()) topics.add(data(topic));
        json.set("data", data(log.data()));
        json.set("blockNumber", quantity(place.header.number()));
        json.set("blockHash", hash(place.blockHash));
        json.set("blockTimestamp", quantity(place.header.timestamp()));
        json.set("transactionHash", hash(transaction));
        json.set("transactionIndex", quantity(place.index));
        json.set("logIndex", quantity(logIndex));
        return json.put("removed", false);
    }
}
