package dev.lockstep.rpc;

import dev.lockstep.pool.AddResult;
import dev.lockstep.pool.TxPool;
import dev.lockstep.rpc.RpcError.Kind;
import dev.lockstep.types.Address;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.SignedTransaction;
import java.util.List;
import java.util.SortedMap;
import org.apache.tuweni.bytes.Bytes;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Transactions on their way into the chain: sending them, and looking at those that wait. */
final class PoolCalls {
    private static final int BLOB_TYPE = 3;

    private final TxPool pool;

    PoolCalls(TxPool pool) {
        this.pool = pool;
    }

    List<RpcMethod> rows() {
        return List.of(
                RpcMethod.prompt("eth_sendRawTransaction", this::send),
                new RpcMethod("txpool_status", _ -> status()),
                new RpcMethod("txpool_content", _ -> content()),
                new RpcMethod("txpool_contentFrom", this::contentFrom));
    }

    private JsonNode send(Params params) {
        SignedTransaction tx = decode(params.at(0, "transaction"));
        return switch (pool.add(tx)) {
            case AddResult.Accepted accepted -> Json.hash(accepted.hash());
            case AddResult.Rejected rejected -> throw new RpcException(Rejections.of(rejected));
        };
    }

    private static SignedTransaction decode(Param param) {
        Bytes encoded = param.data();
        if (!encoded.isEmpty() && encoded.get(0) == BLOB_TYPE) {
            // They come wrapped with their blobs, for which there is no place to go to.
            throw new RpcException(
                    Kind.SERVER,
                    "transaction type not supported: type 3 carries blobs, which this chain does"
                            + " not store; types 0, 1, 2 and 4 are taken");
        }
        try {
            return SignedTransaction.decode(encoded);
        } catch (RlpException e) {
            throw param.refuse("a signed transaction: " + e.getMessage());
        }
    }

    private ObjectNode status() {
        TxPool.Contents contents = pool.contents();
        ObjectNode json = Json.object();
        json.set("pending", Json.quantity(count(contents.pending())));
        json.set("queued", Json.quantity(count(contents.queued())));
        return json;
    }

    private static int count(SortedMap<Address, List<SignedTransaction>> part) {
        return part.values().stream().mapToInt(List::size).sum();
    }

    private ObjectNode content() {
        TxPool.Contents contents = pool.contents();
        ObjectNode json = Json.object();
        json.set("pending", bySender(contents.pending()));
        json.set("queued", bySender(contents.queued()));
        return json;
    }

    private static ObjectNode bySender(SortedMap<Address, List<SignedTransaction>> part) {
        ObjectNode json = Json.object();
        part.forEach((sender, txs) -> json.set(sender.checksummed(), byNonce(txs)));
        return json;
    }

    private static ObjectNode byNonce(List<SignedTransaction> txs) {
        ObjectNode json = Json.object();
        for (SignedTransaction tx : txs) {
            String nonce = Long.toUnsignedString(tx.transaction().nonce());
            json.set(nonce, Json.transaction(tx, null));
        }
        return json;
    }

    private JsonNode contentFrom(Params params) {
        Address sender = params.at(0, "address").address();
        TxPool.Contents contents = pool.contents();
        ObjectNode json = Json.object();
        json.set("pending", byNonce(contents.pending().getOrDefault(sender, List.of())));
        json.set("queued", byNonce(contents.queued().getOrDefault(sender, List.of())));
        return json;
    }
}
