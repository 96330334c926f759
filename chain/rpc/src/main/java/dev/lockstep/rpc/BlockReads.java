package dev.lockstep.rpc;

import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.LocatedLog;
import dev.lockstep.ledger.ReceiptView;
import dev.lockstep.ledger.TransactionLocation;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.Receipt;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import java.util.List;
import java.util.Objects;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Blocks, transactions and receipts. */
final class BlockReads {
    private static final Json.@Nullable Place PENDING = null;

    private final Ledger ledger;
    private final TxPool pool;
    private final Blocks blocks;

    BlockReads(Ledger ledger, TxPool pool) {
        this.ledger = ledger;
        this.pool = pool;
        this.blocks = new Blocks(ledger);
    }

    List<RpcMethod> rows() {
        return List.of(
                RpcMethod.prompt("eth_blockNumber", _ -> Json.quantity(ledger.head().number())),
                RpcMethod.prompt("eth_getBlockByNumber", p -> block(byNumber(p), isFull(p))),
                RpcMethod.prompt("eth_getBlockByHash", p -> block(byHash(p), isFull(p))),
                new RpcMethod("eth_getBlockTransactionCountByNumber", p -> count(byNumber(p))),
                new RpcMethod("eth_getBlockTransactionCountByHash", p -> count(byHash(p))),
                new RpcMethod("eth_getUncleCountByBlockNumber", p -> uncleCount(byNumber(p))),
                new RpcMethod("eth_getUncleCountByBlockHash", p -> uncleCount(byHash(p))),
                new RpcMethod(
                        "eth_getUncleByBlockNumberAndIndex", p -> uncle(byNumber(p), index(p))),
                new RpcMethod("eth_getUncleByBlockHashAndIndex", p -> uncle(byHash(p), index(p))),
                RpcMethod.prompt("eth_getTransactionByHash", this::transaction),
                new RpcMethod(
                        "eth_getTransactionByBlockNumberAndIndex",
                        p -> transactionAt(byNumber(p), index(p))),
                new RpcMethod(
                        "eth_getTransactionByBlockHashAndIndex",
                        p -> transactionAt(byHash(p), index(p))),
                RpcMethod.prompt("eth_getTransactionReceipt", this::receipt),
                new RpcMethod("eth_getBlockReceipts", p -> receipts(byNumber(p))),
                new RpcMethod("debug_getRawHeader", p -> rawHeader(byNumber(p))),
                new RpcMethod("debug_getRawBlock", p -> rawBlock(byNumber(p))),
                new RpcMethod("debug_getRawReceipts", p -> rawReceipts(byNumber(p))),
                new RpcMethod("debug_getRawTransaction", this::rawTransaction));
    }

    private @Nullable Long byNumber(Params params) {
        return blocks.find(params.at(0, "block").blockTag());
    }

    private @Nullable Long byHash(Params params) {
        return ledger.number(params.at(0, "blockHash").hash());
    }

    private static boolean isFull(Params params) {
        return params.at(1, "fullTransactions").flag(false);
    }

    private static int index(Params params) {
        return (int) params.at(1, "index").count(Integer.MAX_VALUE);
    }

    private JsonNode block(@Nullable Long number, boolean isFull) {
        Block block = number == null ? null : ledger.block(number);
        if (block == null) return Json.none();
        BlockHeader header = block.header();
        Hash hash = ledger.hash(header);
        ObjectNode json = Json.block(block, hash, ledger::hash);
        if (ledger.spec().headerForm() == HeaderForm.QBFT) {
            // Every block of such a chain has difficulty 1, so the sum needs no bookkeeping.
            UInt256 first = blocks.header(0).difficulty();
            json.set("totalDifficulty", Json.quantity(first.add(header.number())));
        }
        ArrayNode transactions = json.putArray("transactions");
        if (!isFull) {
            for (Transaction tx : block.transactions()) transactions.add(Json.hash(tx.hash()));
            return json;
        }
        List<SignedTransaction> signed = signed(header.number());
        for (int i = 0; i < signed.size(); i++) {
            transactions.add(Json.transaction(signed.get(i), new Json.Place(header, hash, i)));
        }
        return json;
    }

    private List<SignedTransaction> signed(long number) {
        return Objects.requireNonNull(ledger.transactions(number));
    }

    private JsonNode count(@Nullable Long number) {
        Block block = number == null ? null : ledger.block(number);
        return block == null ? Json.none() : Json.quantity(block.transactions().size());
    }

    private JsonNode uncleCount(@Nullable Long number) {
        Block block = number == null ? null : ledger.block(number);
        return block == null ? Json.none() : Json.quantity(block.ommers().size());
    }

    private JsonNode uncle(@Nullable Long number, int index) {
        Block block = number == null ? null : ledger.block(number);
        if (block == null || index >= block.ommers().size()) return Json.none();
        BlockHeader ommer = block.ommers().get(index);
        Block alone = new Block(ommer, List.of(), List.of(), null);
        return Json.block(alone, ledger.hash(ommer), ledger::hash);
    }

    private JsonNode transaction(Params params) {
        Hash hash = params.at(0, "transactionHash").hash();
        TransactionLocation location = ledger.find(hash);
        if (location != null) return transactionAt(location.number(), location.index());
        SignedTransaction waiting = pool.find(hash);
        return waiting == null ? Json.none() : Json.transaction(waiting, PENDING);
    }

    private JsonNode transactionAt(@Nullable Long number, int index) {
        List<SignedTransaction> signed = number == null ? null : ledger.transactions(number);
        if (number == null || signed == null || index >= signed.size()) return Json.none();
        return Json.transaction(signed.get(index), place(number, index));
    }

    private Json.Place place(long number, int index) {
        BlockHeader header = blocks.header(number);
        return new Json.Place(header, ledger.hash(header), index);
    }

    private JsonNode receipt(Params params) {
        TransactionLocation location = ledger.find(params.at(0, "transactionHash").hash());
        if (location == null) return Json.none();
        List<ReceiptView> receipts = Objects.requireNonNull(ledger.receipts(location.number()));
        return receipt(receipts.get(location.index()), blocks.header(location.number()));
    }

    private JsonNode receipts(@Nullable Long number) {
        List<ReceiptView> receipts = number == null ? null : ledger.receipts(number);
        if (number == null || receipts == null) return Json.none();
        BlockHeader header = blocks.header(number);
        ArrayNode json = Json.array();
        for (ReceiptView view : receipts) json.add(receipt(view, header));
        return json;
    }

    private static ObjectNode receipt(ReceiptView view, BlockHeader header) {
        Transaction tx = view.transaction().transaction();
        Receipt receipt = view.receipt();
        Json.Place place = new Json.Place(header, view.blockHash(), view.index());
        ObjectNode json = Json.object();
        json.set("transactionHash", Json.hash(view.transaction().hash()));
        json.set("transactionIndex", Json.quantity(view.index()));
        json.set("blockHash", Json.hash(view.blockHash()));
        json.set("blockNumber", Json.quantity(view.blockNumber()));
        json.set("from", Json.address(view.transaction().sender()));
        json.set("to", Json.address(tx.to()));
        json.set("contractAddress", Json.address(view.created()));
        json.set("type", Json.quantity(receipt.type()));
        json.set("gasUsed", Json.quantity(view.gasUsed()));
        json.set("cumulativeGasUsed", Json.quantity(receipt.cumulativeGasUsed()));
        json.set("effectiveGasPrice", Json.quantity(view.effectiveGasPrice()));
        json.set("logsBloom", Json.data(receipt.bloom().bytes()));
        boolean hasRoot = receipt.outcome().size() == 32;
        if (hasRoot) json.set("root", Json.data(receipt.outcome()));
        else json.set("status", Json.quantity(receipt.succeeded() ? 1 : 0));
        UInt256 blobGasPrice = view.blobGasPrice();
        if (blobGasPrice != null) {
            long blobGasUsed = tx.blobHashes().size() * BlobSchedule.GAS_PER_BLOB;
            json.set("blobGasUsed", Json.quantity(blobGasUsed));
            json.set("blobGasPrice", Json.quantity(blobGasPrice));
        }
        ArrayNode logs = json.putArray("logs");
        for (LocatedLog log : view.logs()) {
            logs.add(Json.log(log.log(), place, log.transactionHash(), log.logIndex()));
        }
        return json;
    }

    private JsonNode rawHeader(@Nullable Long number) {
        return number == null ? Json.none() : Json.data(blocks.header(number).encode());
    }

    private JsonNode rawBlock(@Nullable Long number) {
        Block block = number == null ? null : ledger.block(number);
        return block == null ? Json.none() : Json.data(block.encode());
    }

    private JsonNode rawReceipts(@Nullable Long number) {
        List<ReceiptView> receipts = number == null ? null : ledger.receipts(number);
        if (receipts == null) return Json.none();
        ArrayNode json = Json.array();
        for (ReceiptView view : receipts) json.add(Json.data(view.receipt().encode()));
        return json;
    }

    private JsonNode rawTransaction(Params params) {
        Hash hash = params.at(0, "transactionHash").hash();
        SignedTransaction waiting = pool.find(hash);
        if (waiting != null) return Json.data(waiting.encoded());
        TransactionLocation location = ledger.find(hash);
        if (location == null) return Json.none();
        SignedTransaction signed = signed(location.number()).get(location.index());
        return Json.data(signed.encoded());
    }
}
