package dev.lockstep.node.reference;

import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Bloom;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A header as fixtures list it. */
final class FixtureHeader {
    private FixtureHeader() {}

    static BlockHeader read(JsonNode object, String name) {
        JsonNode node = Fields.get(object, name);
        try {
            return fields(node);
        } catch (IllegalArgumentException impossible) {
            throw new FixtureException("`" + name + "`: " + impossible.getMessage());
        }
    }

    private static BlockHeader fields(JsonNode node) {
        BlockHeader.Builder b = new BlockHeader.Builder();
        b.parentHash = Fields.hash(node, "parentHash");
        b.ommersHash = Fields.hash(node, "uncleHash");
        b.coinbase = Fields.address(node, "coinbase");
        b.stateRoot = Fields.hash(node, "stateRoot");
        b.transactionsRoot = Fields.hash(node, "transactionsTrie");
        b.receiptsRoot = Fields.hash(node, "receiptTrie");
        b.bloom = new Bloom(Fields.bytes(node, "bloom"));
        b.difficulty = Fields.word(node, "difficulty");
        b.number = Fields.number(node, "number");
        b.gasLimit = Fields.number(node, "gasLimit");
        b.gasUsed = Fields.number(node, "gasUsed");
        b.timestamp = Fields.number(node, "timestamp");
        b.extraData = Fields.bytes(node, "extraData");
        b.mixHash = Fields.hash(node, "mixHash");
        b.nonce = Fields.bytes(node, "nonce");
        b.baseFee = optional(node, "baseFeePerGas", Fields::word);
        b.withdrawalsRoot = optional(node, "withdrawalsRoot", Fields::hash);
        b.blobGasUsed = optional(node, "blobGasUsed", Fields::number);
        b.excessBlobGas = optional(node, "excessBlobGas", Fields::number);
        b.parentBeaconBlockRoot = optional(node, "parentBeaconBlockRoot", Fields::hash);
        b.requestsHash = optional(node, "requestsHash", Fields::hash);
        return b.build();
    }

    private static <T> @Nullable T optional(
            JsonNode node, String name, BiFunction<JsonNode, String, T> field) {
        return node.has(name) ? field.apply(node, name) : null;
    }
}
