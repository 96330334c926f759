package dev.lockstep.rpc;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Whether this node is fit to be sent work, and which of its checks say so. */
public record Readiness(List<Check> checks) {
    /**
     * What the asker wants, or null where the node knows best.
     *
     * @param peersMin how many peers there must be
     * @param blocksBehindMax how far the head may be behind the best block that is known
     */
    public record Limits(@Nullable Long peersMin, @Nullable Long blocksBehindMax) {}

    /**
     * One of them.
     *
     * @param figures what it went by: numbers, or text
     */
    public record Check(String name, boolean isUp, SortedMap<String, Object> figures) {
        public Check {
            figures = new TreeMap<>(figures);
        }
    }

    public Readiness {
        checks = List.copyOf(checks);
    }

    public boolean isReady() {
        return checks.stream().allMatch(Check::isUp);
    }

    ObjectNode json() {
        ObjectNode all = Json.object();
        for (Check check : checks) {
            ObjectNode one = Json.object().put("status", status(check.isUp));
            check.figures.forEach(one::putPOJO);
            all.set(check.name, one);
        }
        ObjectNode json = Json.object().put("status", status(isReady()));
        json.set("checks", all);
        return json;
    }

    private static String status(boolean isUp) {
        return isUp ? "UP" : "DOWN";
    }
}
