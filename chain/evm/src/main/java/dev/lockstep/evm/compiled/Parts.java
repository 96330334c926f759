package dev.lockstep.evm.compiled;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The blocks of a code in parts, each small enough for HotSpot to compile its method. Blocks that
 * can be entered have names: the part, from 1, in the upper half, the place in its table in the
 * lower.
 */
final class Parts {
    static final int SHIFT = 16;
    static final int MASK = (1 << SHIFT) - 1;

    /**
     * What HotSpot compiles is under 8000 bytes. Of real contracts the estimates are some times too
     * large; larger methods were no faster, and slower to become warm.
     */
    private static final int SIZE_MAX = 7600;

    private final List<List<Block>> parts = new ArrayList<>();
    private final Map<Integer, Integer> partOf = new HashMap<>();
    private final Map<Integer, Integer> names = new HashMap<>();

    Parts(Blocks blocks) {
        int size = SIZE_MAX;
        for (Block block : blocks.byPc.values()) {
            size += block.sizeEstimate();
            if (size > SIZE_MAX) {
                parts.add(new ArrayList<>());
                size = block.sizeEstimate();
            }
            parts.getLast().add(block);
            partOf.put(block.pc(), parts.size() - 1);
        }
        for (Block block : blocks.byPc.values()) {
            if (block.hasNext()) enterFrom(block, block.end(), blocks);
            if (block.target() >= 0) enterFrom(block, block.target(), blocks);
        }
        for (int part = 0; part < parts.size(); part++) {
            int place = 0;
            for (Block block : parts.get(part)) {
                boolean isEnterable = blocks.enterable.get(block.pc());
                if (isEnterable) names.put(block.pc(), (part + 1) << SHIFT | place++);
            }
        }
    }

    private void enterFrom(Block block, int pc, Blocks blocks) {
        if (!Objects.equals(partOf.get(block.pc()), partOf.get(pc))) blocks.enterable.set(pc);
    }

    int count() {
        return parts.size();
    }

    List<Block> blocks(int part) {
        return parts.get(part);
    }

    /** Of the block at {@code pc}; 0 where it cannot be entered. */
    int name(int pc) {
        return names.getOrDefault(pc, 0);
    }
}
