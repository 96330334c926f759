package dev.lockstep.acceptance.fuzz;

import java.util.List;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * The machine before an instruction.
 *
 * @param depth 1 for the transaction's own frame
 * @param stack the top last
 */
record TraceStep(int depth, int pc, long gas, List<UInt256> stack) {
    /** The first step of ours that is not theirs, for people; empty where there is none. */
    static String difference(List<TraceStep> steps, List<TraceStep> others) {
        int at = 0;
        int common = Math.min(steps.size(), others.size());
        while (at < common && steps.get(at).equals(others.get(at))) at++;
        if (at == steps.size() && at == others.size()) return "";
        StringBuilder text = new StringBuilder("the first step that differs is number " + at);
        text.append("\n  both before  ").append(at == 0 ? "nothing" : steps.get(at - 1));
        text.append("\n  Lockstep     ").append(at(steps, at));
        return text.append("\n  the other    ").append(at(others, at)).toString();
    }

    private static String at(List<TraceStep> steps, int at) {
        return at < steps.size() ? steps.get(at).toString() : "ended";
    }
}
