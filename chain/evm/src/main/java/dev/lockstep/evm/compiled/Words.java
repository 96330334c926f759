package dev.lockstep.evm.compiled;

import java.lang.classfile.CodeBuilder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The operand stack while a block is translated. A word is in the frame's array, or its limbs are
 * in locals and constants and are written to the array where somebody else will look.
 *
 * <p>Positions count from the block's beginning: 0 is what was the top word then.
 */
final class Words {
    private static final int LIMBS = 4;

    private final CodeBuilder code;
    private final Locals locals;
    private final int lowest;

    /** By position; null for what is only in the array. */
    private final Limb[] @Nullable [] words;

    /** What the array holds at each position, as far as that is known. */
    private final Limb[] @Nullable [] written;

    private int top;

    Words(CodeBuilder code, Locals locals, Block block) {
        this.code = code;
        this.locals = locals;
        lowest = block.lowest();
        int room = block.highest() - block.lowest() + 2;
        words = new Limb[room][];
        written = new Limb[room][];
    }

    private int index(int position) {
        return position - lowest;
    }

    /** The top word's position. */
    int top() {
        return top;
    }

    void push(Limb... word) {
        top++;
        words[index(top)] = word;
    }

    /** Of a word that is in the array already. */
    void pushWritten() {
        top++;
        words[index(top)] = null;
        written[index(top)] = null;
    }

    Limb[] pop() {
        return at(top--);
    }

    void drop(int count) {
        top -= count;
    }

    /** The word so many under the top, read into locals where it was not. */
    Limb[] peek(int depth) {
        return at(top - depth);
    }

    void swap(int depth) {
        Limb[] upper = at(top);
        words[index(top)] = at(top - depth);
        words[index(top - depth)] = upper;
    }

    private Limb[] at(int position) {
        Limb[] word = words[index(position)];
        if (word == null) {
            word = new Limb[LIMBS];
            for (int i = 0; i < LIMBS; i++) {
                element(position, i);
                code.laload();
                word[i] = locals.store(code);
            }
            words[index(position)] = word;
            written[index(position)] = word;
        }
        return word;
    }

    /** Puts array and index on the machine's stack. */
    private void element(int position, int limb) {
        code.aload(Locals.STACK);
        Locals.pushIndex(code, LIMBS * position + limb);
    }

    /** Writes the words so many under the top and above. */
    void write(int count) {
        for (int position = top - count + 1; position <= top; position++) writeAt(position);
    }

    void writeAll() {
        for (int position = lowest + 1; position <= top; position++) writeAt(position);
    }

    private void writeAt(int position) {
        int index = index(position);
        Limb[] word = words[index];
        if (word == null) return;
        Limb[] before = written[index];
        for (int i = 0; i < LIMBS; i++) {
            if (before != null && before[i].equals(word[i])) continue;
            element(position, i);
            Locals.push(code, word[i]);
            code.lastore();
        }
        written[index] = word;
    }

    /** Forgets what the array held from this position on: an operator may have used it. */
    void forget(int position) {
        Arrays.fill(written, Math.max(0, index(position)), written.length, null);
    }
}
