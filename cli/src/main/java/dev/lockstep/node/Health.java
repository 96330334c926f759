package dev.lockstep.node;

import dev.lockstep.consensus.engine.ConsensusStatus;
import dev.lockstep.rpc.Readiness;
import dev.lockstep.rpc.Readiness.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether a node is fit to be sent work. One that is alone always is; one of several needs links,
 * the newest blocks, and, where it is a validator, agreement that goes on.
 */
final class Health {
    private static final long BLOCKS_BEHIND_MAX = 2;

    /** One round may fail because its proposer is down; after two in a row something is wrong. */
    private static final long ROUND_MAX = 1;

    private Health() {}

    /**
     * What a node looks like from inside.
     *
     * @param head number of its newest block
     * @param bestKnown the highest block that it or a peer of it has
     */
    record Sight(ConsensusStatus status, int peers, boolean isLinked, long head, long bestKnown) {}

    /**
     * @param sight null where this node makes blocks alone, or none
     */
    static Readiness of(@Nullable Sight sight, Readiness.Limits limits) {
        List<Check> checks = new ArrayList<>();
        if (sight == null) return new Readiness(checks);
        checks.add(peers(sight, limits));
        checks.add(sync(sight, limits));
        checks.add(consensus(sight.status));
        return new Readiness(checks);
    }

    private static Check peers(Sight sight, Readiness.Limits limits) {
        long required = Objects.requireNonNullElse(limits.peersMin(), required(sight));
        return check(
                "peers",
                sight.peers >= required,
                "currentPeers",
                sight.peers,
                "requiredPeers",
                required);
    }

    /**
     * A validator needs those without whom there is no quorum, any other node someone to follow.
     */
    private static long required(Sight sight) {
        if (!sight.isLinked) return 0;
        if (!sight.status.isValidator()) return 1;
        return sight.status.quorum() - 1L;
    }

    private static Check sync(Sight sight, Readiness.Limits limits) {
        long behindMax = Objects.requireNonNullElse(limits.blocksBehindMax(), BLOCKS_BEHIND_MAX);
        long behind = Math.max(0, sight.bestKnown - sight.head);
        return check(
                "sync", behind <= behindMax, "blocksBehind", behind, "maxBlocksBehind", behindMax);
    }

    private static Check consensus(ConsensusStatus status) {
        boolean isStuck = status.step() == ConsensusStatus.Step.STUCK;
        return check(
                "consensus",
                !isStuck && status.round() <= ROUND_MAX,
                "round",
                status.round(),
                "reason",
                status.reason());
    }

    private static Check check(
            String name, boolean isUp, String key, Object value, String otherKey, Object other) {
        TreeMap<String, Object> figures = new TreeMap<>();
        figures.put(key, value);
        figures.put(otherKey, other);
        return new Check(name, isUp, figures);
    }
}
