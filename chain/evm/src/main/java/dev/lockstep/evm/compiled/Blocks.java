package dev.lockstep.evm.compiled;

import dev.lockstep.evm.CodeCompiler.Shape;
import dev.lockstep.evm.CodeCompiler.Source;
import dev.lockstep.evm.compiled.Block.Flow;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the blocks of code that can be reached, and those that can be entered from outside: by a
 * jump whose target only the run knows, after a call, in the middle of a loop.
 *
 * <p>A block ends as the decoder's do, and sooner where its translation becomes long. Which targets
 * a computed jump may have is a guess: whatever PUSH puts on the stack to stay there. A wrong guess
 * costs time only, since the class leaves to the decoded code.
 */
final class Blocks {
    /** Longer blocks are split, so that locals and methods stay few and small. */
    private static final int SIZE_MAX = 2500;

    private final Source source;
    final TreeMap<Integer, Block> byPc = new TreeMap<>();
    final BitSet enterable = new BitSet();
    private final Deque<Integer> toVisit = new ArrayDeque<>();

    private Blocks(Source source) {
        this.source = source;
    }

    /** The blocks, or null where there are more than {@code max}. */
    static @Nullable Blocks find(Source source, int max) {
        Blocks blocks = new Blocks(source);
        blocks.enter(0);
        while (!blocks.toVisit.isEmpty()) {
            if (blocks.byPc.size() > max) return null;
            int pc = blocks.toVisit.pop();
            if (!blocks.byPc.containsKey(pc)) blocks.visit(pc);
        }
        return blocks;
    }

    private void enter(int pc) {
        enterable.set(pc);
        toVisit.push(pc);
    }

    private void visit(int pc) {
        Block block = blockAt(pc);
        byPc.put(pc, block);
        if (block.hasNext()) toVisit.push(block.end());
        if (block.flow() == Flow.CALL) enterable.set(block.end());
        if (block.target() < 0) return;
        toVisit.push(block.target());
        if (block.target() <= pc) enterable.set(block.target());
    }

    private Block blockAt(int first) {
        int pc = first;
        int cost = 0;
        int height = 0;
        int lowest = 0;
        int highest = 0;
        int size = Sizes.HEADER;
        int pushed = -1;
        while (true) {
            int opcode = source.bytes()[pc] & 0xff;
            if (pc >= source.size()) opcode = Block.STOP;
            Shape shape = source.shapes().get(opcode);
            boolean isCut = pc != first && (opcode == Block.JUMPDEST || size > SIZE_MAX);
            if (isCut) {
                return new Block(first, pc, cost, lowest, highest, -1, Flow.NEXT, -1, size);
            }
            size += Sizes.of(opcode);
            if (shape != null) {
                cost += shape.gas();
                lowest = Math.min(lowest, height - shape.in());
                height += shape.out() - shape.in();
                highest = Math.max(highest, height);
            }
            Flow flow = shape == null ? Flow.END : flow(opcode);
            if (flow != null) {
                boolean isJump = flow == Flow.JUMP || flow == Flow.BRANCH;
                int target = isJump && isDestination(pushed) ? pushed : -1;
                return new Block(first, pc + 1, cost, lowest, highest, opcode, flow, target, size);
            }
            int pushSize = opcode >= 0x60 && opcode <= 0x7f ? opcode - 0x5f : 0;
            pushed = pushSize > 0 && pushSize <= 3 ? number(pc + 1, pushSize) : -1;
            pc += 1 + pushSize;
            if (pushed >= 0 && isDestination(pushed) && !isJump(pc)) enter(pushed);
        }
    }

    private int number(int pc, int size) {
        int number = 0;
        for (int i = 0; i < size; i++) number = number << 8 | (source.bytes()[pc + i] & 0xff);
        return number;
    }

    private boolean isDestination(int pc) {
        return pc >= 0 && source.jumpDestinations().get(pc);
    }

    private boolean isJump(int pc) {
        if (pc >= source.size()) return false;
        int opcode = source.bytes()[pc] & 0xff;
        return opcode == Block.JUMP || opcode == Block.JUMPI;
    }

    /** Where a block goes on that this instruction ends; null for one that ends none. */
    private static @Nullable Flow flow(int opcode) {
        return switch (opcode) {
            case Block.JUMP -> Flow.JUMP;
            case Block.JUMPI -> Flow.BRANCH;
            case 0x3e, 0x55, 0x5d, Block.GAS, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4 -> Flow.NEXT;
            case 0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa -> Flow.CALL;
            case Block.STOP, 0xf3, 0xfd, 0xfe, 0xff -> Flow.END;
            default -> null;
        };
    }
}
