package dev.lockstep.node;

import dev.lockstep.consensus.core.Selection;
import dev.lockstep.consensus.core.VoteTally;
import dev.lockstep.consensus.engine.ConsensusStatus;
import dev.lockstep.genesis.QbftConfig;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.rpc.Json;
import dev.lockstep.rpc.Param;
import dev.lockstep.rpc.Params;
import dev.lockstep.rpc.RpcError;
import dev.lockstep.rpc.RpcException;
import dev.lockstep.rpc.RpcMethod;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.QbftExtraData.Vote;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rows that a QBFT chain adds to the RPC: who decides, whom this node wants to, and where
 * consensus stands.
 *
 * @source Besu's JSON-RPC, qbft_; lockstep_consensusState is Lockstep's own
 */
final class QbftMethods {
    /** What is looked at where the caller names no blocks. */
    private static final long METRICS_BLOCKS = 100;

    private static final long METRICS_BLOCKS_MAX = 100_000;

    private final Ledger ledger;
    private final Validators validators;
    private final QbftConfig qbft;
    private final Supplier<@Nullable ConsensusStatus> status;

    private QbftMethods(Chain chain, Supplier<@Nullable ConsensusStatus> status) {
        ledger = chain.ledger();
        validators = Objects.requireNonNull(chain.validators());
        qbft = Objects.requireNonNull(chain.genesis().qbft());
        this.status = status;
    }

    /**
     * None on a chain without QBFT.
     *
     * @param status where this node stands; null where it runs alone
     */
    static List<RpcMethod> rows(Chain chain, Supplier<@Nullable ConsensusStatus> status) {
        if (chain.validators() == null) return List.of();
        QbftMethods methods = new QbftMethods(chain, status);
        return List.of(
                new RpcMethod("qbft_getValidatorsByBlockNumber", methods::byNumber),
                new RpcMethod("qbft_getValidatorsByBlockHash", methods::byHash),
                new RpcMethod("qbft_proposeValidatorVote", methods::propose),
                new RpcMethod("qbft_discardValidatorVote", methods::discard),
                new RpcMethod("qbft_getPendingVotes", _ -> methods.pendingVotes()),
                new RpcMethod("qbft_getSignerMetrics", methods::signerMetrics),
                new RpcMethod(
                        "qbft_getRequestTimeoutSeconds",
                        _ ->
                                JsonNodeFactory.instance.numberNode(
                                        methods.qbft.requestTimeoutSeconds())),
                new RpcMethod("lockstep_consensusState", _ -> methods.consensusState()));
    }

    private JsonNode byNumber(Params params) {
        Param block = params.at(0, "block");
        boolean isPending = !block.isAbsent() && block.text().equals("pending");
        if (isPending) return addresses(selection().validators().addresses());
        BlockHeader header = ledger.header(number(block));
        return header == null ? Json.none() : addresses(validators.of(header));
    }

    private JsonNode byHash(Params params) {
        BlockHeader header = ledger.header(params.at(0, "block hash").hash());
        return header == null ? Json.none() : addresses(validators.of(header));
    }

    private long number(Param block) {
        long head = ledger.head().number();
        if (block.isAbsent()) return head;
        return switch (block.text()) {
            case "latest", "safe", "finalized", "pending" -> head;
            case "earliest" -> 0;
            default -> block.quantity();
        };
    }

    /** Who decides on the next block. */
    private Selection selection() {
        return switch (validators.after(ledger.head())) {
            case Validators.Known(var rules) -> rules.selection();
            case Validators.Unknown(var reason) ->
                    throw new RpcException(
                            RpcError.Kind.SERVER, "there are no validators: " + reason);
        };
    }

    private JsonNode propose(Params params) {
        VoteTally tally = tally();
        Address recipient = params.at(0, "validator").address();
        Param add = params.at(1, "add");
        if (add.isAbsent()) throw add.refuse("true to add the validator, false to drop it");
        Vote vote = new Vote(recipient, add.flag(true));
        if (recipient.equals(Address.ZERO)) {
            throw params.at(0, "validator").refuse("an address other than zero");
        }
        if (tally.validators().addresses().equals(List.of(recipient)) && !vote.add()) {
            throw params.at(0, "validator")
                    .refuse("another one: it is the last validator, and one has to stay");
        }
        validators.pendingVotes().propose(recipient, vote.add());
        return Json.flag(true);
    }

    private JsonNode discard(Params params) {
        tally();
        validators.pendingVotes().discard(params.at(0, "validator").address());
        return Json.flag(true);
    }

    private JsonNode pendingVotes() {
        tally();
        ObjectNode json = Json.object();
        validators.pendingVotes().all().forEach((who, add) -> json.put(who.toString(), add));
        return json;
    }

    private VoteTally tally() {
        return switch (selection()) {
            case Selection.ByVotes(var tally, _) -> tally;
            case Selection.ByContract _ ->
                    throw new RpcException(
                            RpcError.Kind.METHOD_NOT_ENABLED,
                            "a contract keeps the validators of this chain, so votes don't count;"
                                    + " change the contract");
        };
    }

    /** What a validator proposed lately. */
    private record Proposed(long count, long lastNumber) {}

    private JsonNode signerMetrics(Params params) {
        Param first = params.at(0, "first block");
        Param end = params.at(1, "block after the last");
        long head = ledger.head().number();
        long from = first.isAbsent() ? Math.max(0, head - METRICS_BLOCKS) : number(first);
        long to = end.isAbsent() ? head : Math.min(number(end), head);
        if (from >= to || to - from > METRICS_BLOCKS_MAX) {
            throw new RpcException(
                    RpcError.Kind.INVALID_PARAMS,
                    "blocks "
                            + from
                            + " up to but not "
                            + to
                            + " were asked for; 1 to "
                            + METRICS_BLOCKS_MAX
                            + " blocks below the head, "
                            + head
                            + ", are allowed");
        }
        SortedMap<Address, Proposed> found = new TreeMap<>();
        for (long number = from; number < to; number++) {
            BlockHeader header = Objects.requireNonNull(ledger.header(number));
            Proposed before = found.getOrDefault(header.coinbase(), new Proposed(0, 0));
            found.put(header.coinbase(), new Proposed(before.count + 1, number));
        }
        for (Address validator : validators.of(Objects.requireNonNull(ledger.header(to)))) {
            found.putIfAbsent(validator, new Proposed(0, 0));
        }
        ArrayNode all = Json.array();
        found.forEach(
                (who, proposed) -> {
                    ObjectNode json = all.addObject();
                    json.set("address", Json.address(who));
                    json.set("proposedBlockCount", Json.quantity(proposed.count));
                    json.set("lastProposedBlockNumber", Json.quantity(proposed.lastNumber));
                });
        return all;
    }

    private JsonNode consensusState() {
        ConsensusStatus now = status.get();
        if (now == null) {
            throw new RpcException(
                    RpcError.Kind.SERVER,
                    "this node takes no part in consensus: it makes blocks alone");
        }
        ObjectNode json = Json.object();
        json.set("height", Json.quantity(now.height()));
        json.set("step", Json.text(now.step().toString().toLowerCase(Locale.ROOT)));
        json.set("isValidator", Json.flag(now.isValidator()));
        json.set("round", now.round() < 0 ? Json.none() : Json.quantity(now.round()));
        json.set("proposer", Json.address(now.proposer()));
        json.set("validators", addresses(now.validators()));
        json.set("quorum", Json.quantity(now.quorum()));
        json.set("prepared", addresses(now.prepared()));
        json.set("committed", addresses(now.committed()));
        ObjectNode changes = json.putObject("roundChanges");
        now.roundChanges()
                .forEach((who, round) -> changes.set(who.toString(), Json.quantity(round)));
        json.set("missing", addresses(now.missing()));
        json.set("waitingMillis", Json.quantity(now.waitingMillis()));
        json.set("reason", Json.text(now.reason()));
        return json;
    }

    private static ArrayNode addresses(Collection<Address> addresses) {
        ArrayNode array = Json.array();
        addresses.forEach(address -> array.add(Json.address(address)));
        return array;
    }
}
