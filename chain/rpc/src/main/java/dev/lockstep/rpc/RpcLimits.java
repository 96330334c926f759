package dev.lockstep.rpc;

/**
 * What one client may ask of a node.
 *
 * @param requestBytesMax body of one HTTP request or WebSocket message @unit bytes
 * @param responseBytesMax answers to one request or batch @unit bytes
 * @param batchSizeMax requests in a batch
 * @param concurrentRequestsMax requests being worked on at once; more are turned away
 * @param connectionsMax open connections
 * @param timeoutMillis how long an answer may take
 * @param callGasMax gas of an eth_call or estimate, and what it has where the caller names none
 * @param filtersMax filters at once
 * @param filterTimeoutMillis how long a filter lives that nobody asks
 * @param subscriptionsMax subscriptions of one WebSocket connection
 */
public record RpcLimits(
        int requestBytesMax,
        int responseBytesMax,
        int batchSizeMax,
        int concurrentRequestsMax,
        int connectionsMax,
        long timeoutMillis,
        long callGasMax,
        int filtersMax,
        long filterTimeoutMillis,
        int subscriptionsMax) {

    public static final RpcLimits DEFAULT =
            new RpcLimits(
                    8 << 20, 64 << 20, 1024, 80, 1000, 30_000, 100_000_000, 1000, 120_000, 1000);

    public RpcLimits withCallGasMax(long gas) {
        return new RpcLimits(
                requestBytesMax,
                responseBytesMax,
                batchSizeMax,
                concurrentRequestsMax,
                connectionsMax,
                timeoutMillis,
                gas,
                filtersMax,
                filterTimeoutMillis,
                subscriptionsMax);
    }
}
