package dev.lockstep.rpc;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.pool.TxPool;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.units.bigints.UInt256;

/** The methods that every Ethereum node has: eth, net, web3, txpool, and the raw ones of debug. */
public final class EthereumMethods {
    private EthereumMethods() {}

    /**
     * The table for one chain and its pool. A node with peers replaces {@code net_peerCount} and
     * {@code eth_syncing} by {@link RpcMethods#with}.
     *
     * @param clientVersion what web3_clientVersion answers, as {@code Lockstep/v1.0/linux/java25}
     */
    public static RpcMethods of(
            Ledger ledger, TxPool pool, RpcLimits limits, String clientVersion) {
        List<RpcMethod> rows = new ArrayList<>();
        rows.addAll(new BlockReads(ledger, pool).rows());
        rows.addAll(new StateReads(ledger, pool).rows());
        Calls calls = new Calls(ledger, limits);
        rows.addAll(calls.rows());
        rows.addAll(new Fees(ledger, Clock.systemUTC()).rows());
        rows.addAll(new Filters(ledger, pool, limits, () -> System.nanoTime() / 1_000_000).rows());
        rows.addAll(new Traces(ledger, calls, limits).rows());
        rows.addAll(new PoolCalls(pool).rows());
        rows.addAll(network(ledger.spec().chainId(), clientVersion));
        return RpcMethods.of(rows);
    }

    private static List<RpcMethod> network(UInt256 chainId, String clientVersion) {
        String decimal = chainId.toBigInteger().toString();
        return List.of(
                RpcMethod.prompt("eth_chainId", _ -> Json.quantity(chainId)),
                RpcMethod.prompt("eth_syncing", _ -> Json.flag(false)),
                RpcMethod.prompt("net_version", _ -> Json.text(decimal)),
                new RpcMethod("net_listening", _ -> Json.flag(true)),
                new RpcMethod("net_peerCount", _ -> Json.quantity(0)),
                RpcMethod.prompt("web3_clientVersion", _ -> Json.text(clientVersion)),
                new RpcMethod("web3_sha3", p -> Json.hash(Keccak.hash(p.at(0, "bytes").data()))));
    }
}
