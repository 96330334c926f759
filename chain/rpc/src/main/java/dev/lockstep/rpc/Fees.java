package dev.lockstep.rpc;

import dev.lockstep.evm.BlockContext;
import dev.lockstep.ledger.FeeHistory;
import dev.lockstep.ledger.Ledger;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What gas costs: now, and lately. */
final class Fees {
    private static final int HISTORY_BLOCKS_MAX = 1024;
    private static final int PERCENTILES_MAX = 100;
    private static final BigDecimal PERCENT_MAX = BigDecimal.valueOf(100);

    private final Ledger ledger;
    private final Blocks blocks;
    private final Clock clock;

    Fees(Ledger ledger, Clock clock) {
        this.ledger = ledger;
        this.blocks = new Blocks(ledger);
        this.clock = clock;
    }

    List<RpcMethod> rows() {
        return List.of(
                RpcMethod.prompt("eth_gasPrice", _ -> Json.quantity(gasPrice())),
                new RpcMethod(
                        "eth_maxPriorityFeePerGas", _ -> Json.quantity(ledger.suggestedTip())),
                new RpcMethod("eth_baseFee", _ -> Json.quantity(next().baseFee())),
                new RpcMethod("eth_blobBaseFee", _ -> Json.quantity(next().blobBaseFee())),
                new RpcMethod("eth_feeHistory", this::feeHistory));
    }

    /** What the next block gives, were it made now. */
    private BlockContext next() {
        long earliest = ledger.head().timestamp() + 1;
        return ledger.pendingContext(Math.max(earliest, clock.instant().getEpochSecond()));
    }

    private UInt256 gasPrice() {
        return next().baseFee().add(ledger.suggestedTip());
    }

    private JsonNode feeHistory(Params params) {
        long asked = params.at(0, "blockCount").count(Long.MAX_VALUE);
        long newest = blocks.require(params.at(1, "newestBlock"));
        Param percentiles = params.at(2, "rewardPercentiles");
        List<Integer> hundredths = hundredths(percentiles);
        int blockCount = (int) Math.min(asked, HISTORY_BLOCKS_MAX);
        ObjectNode json = Json.object();
        if (blockCount == 0) {
            json.set("oldestBlock", Json.quantity(0));
            json.putArray("gasUsedRatio");
            return json;
        }
        FeeHistory history = ledger.feeHistory(blockCount, newest, hundredths);
        json.set("oldestBlock", Json.quantity(history.oldest()));
        json.set("baseFeePerGas", quantities(history.baseFees()));
        ArrayNode gasUsed = json.putArray("gasUsedRatio");
        json.set("baseFeePerBlobGas", quantities(history.blobBaseFees()));
        ArrayNode blobGasUsed = json.putArray("blobGasUsedRatio");
        for (FeeHistory.Fill fill : history.fills()) {
            gasUsed.add(ratio(fill.gasUsed(), fill.gasLimit()));
            blobGasUsed.add(ratio(fill.blobGasUsed(), fill.blobGasMax()));
        }
        if (hundredths.isEmpty()) return json;
        ArrayNode rewards = json.putArray("reward");
        for (List<UInt256> ofBlock : history.rewards()) rewards.add(quantities(ofBlock));
        return json;
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }

    private static ArrayNode quantities(List<UInt256> values) {
        ArrayNode json = Json.array();
        for (UInt256 value : values) json.add(Json.quantity(value));
        return json;
    }

    /** Percentiles as the ledger counts them, in hundredths. */
    private static List<Integer> hundredths(Param percentiles) {
        List<Integer> hundredths = new ArrayList<>();
        if (percentiles.isAbsent()) return hundredths;
        BigDecimal before = BigDecimal.ZERO;
        for (Param item : percentiles.items(PERCENTILES_MAX)) {
            JsonNode value = item.value();
            BigDecimal percentile =
                    value != null && value.isNumber()
                            ? value.decimalValue()
                            : BigDecimal.ONE.negate();
            if (percentile.compareTo(before) < 0 || percentile.compareTo(PERCENT_MAX) > 0) {
                throw item.refuse("a number from 0 to 100, none less than the one before it");
            }
            hundredths.add(percentile.movePointRight(2).intValue());
            before = percentile;
        }
        return hundredths;
    }
}
