package dev.lockstep.node.reference;

import dev.lockstep.evm.HaltReason;
import dev.lockstep.evm.Tracer;
import dev.lockstep.types.Hash;
import java.io.PrintWriter;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A line of JSON for each instruction, and one at the end.
 *
 * @source EIP-3155
 */
public final class StepTrace implements Tracer {
    private final PrintWriter out;

    /** The line of the last instruction, which is written when it is known how that went. */
    private final StringBuilder line = new StringBuilder();

    /** Where in the line the cost belongs. */
    private int gasCostAt;

    private long gasBefore;

    public StepTrace(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void onStep(Step step) {
        flush();
        gasBefore = step.gas();
        line.append("{\"pc\":").append(step.pc()).append(",\"op\":").append(step.opcode());
        line.append(",\"gas\":\"0x")
                .append(Long.toHexString(gasBefore))
                .append("\",\"gasCost\":\"0x");
        gasCostAt = line.length();
        line.append("\",\"memSize\":").append(step.memorySize()).append(",\"stack\":[");
        for (int i = step.stackSize() - 1; i >= 0; i--) {
            line.append('"').append(step.stackWord(i).toQuantityHexString()).append('"');
            if (i > 0) line.append(',');
        }
        line.append("],\"depth\":").append(step.depth() + 1);
        line.append(",\"refund\":").append(step.refund());
        line.append(",\"opName\":\"").append(step.name()).append('"');
    }

    @Override
    public void onStepEnd(long gasLeft) {
        line.insert(gasCostAt, Long.toHexString(gasBefore - gasLeft));
    }

    @Override
    public void onFrameExit(FrameExit exit) {
        HaltReason halt = exit.halt();
        if (halt != null && !line.isEmpty()) line.append(",\"error\":\"").append(halt).append('"');
        flush();
    }

    @Override
    public void onFrameEnter(FrameEntry frame) {
        flush();
    }

    private void flush() {
        if (line.isEmpty()) return;
        out.append(line).println('}');
        line.setLength(0);
    }

    /**
     * The last line.
     *
     * @param stateRoot null where there is none
     */
    public void end(@Nullable Hash stateRoot, Bytes output, long gasUsed, boolean isSuccess) {
        String root = stateRoot == null ? "" : "\"stateRoot\":\"" + stateRoot + "\",";
        out.println(
                "{%s\"output\":\"%s\",\"gasUsed\":\"0x%x\",\"pass\":%b}"
                        .formatted(root, output.toHexString(), gasUsed, isSuccess));
    }
}
