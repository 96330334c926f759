package dev.lockstep.evm.compiled;

import static java.lang.constant.ConstantDescs.CD_long;

import dev.lockstep.evm.compiled.Limb.Constant;
import dev.lockstep.evm.compiled.Limb.Flag;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes operators limb by limb. Limbs known to be constants are computed now: comparisons and
 * masks leave words of which three are zero, and most numbers in contracts are small.
 */
final class Arithmetic {
    private static final int LIMBS = 4;
    private static final MethodTypeDesc TWO_LIMBS = Names.limbs(CD_long, 2);

    private final CodeBuilder code;
    private final Locals locals;

    Arithmetic(CodeBuilder code, Locals locals) {
        this.code = code;
        this.locals = locals;
    }

    /** What a bitwise operator does to one limb. */
    private interface Fold {
        long of(long x, long y);
    }

    private void push(Limb... limbs) {
        for (Limb limb : limbs) Locals.push(code, limb);
    }

    private void call(ClassDesc owner, String name, MethodTypeDesc type) {
        code.invokestatic(owner, name, type);
    }

    static Limb[] constant(long low) {
        return new Limb[] {new Constant(low), Constant.ZERO, Constant.ZERO, Constant.ZERO};
    }

    private static Limb[] word(Limb low) {
        return new Limb[] {low, Constant.ZERO, Constant.ZERO, Constant.ZERO};
    }

    private static boolean isConstant(Limb limb) {
        return limb instanceof Constant;
    }

    static boolean isConstant(Limb[] word) {
        return Arrays.stream(word).allMatch(Arithmetic::isConstant);
    }

    /** Whether the word is known to fit its lowest limb. */
    private static boolean isSmall(Limb[] word) {
        return word[1].isZero() && word[2].isZero() && word[3].isZero();
    }

    /** A constant less than {@code limit}, or -1. */
    static int number(Limb[] word, int limit) {
        boolean isNumber =
                isSmall(word)
                        && word[0] instanceof Constant(long value)
                        && value >= 0
                        && value < limit;
        return isNumber && word[0] instanceof Constant(long value) ? (int) value : -1;
    }

    Limb[] add(Limb[] x, Limb[] y) {
        return sum(x, y, "carryOf");
    }

    Limb[] subtract(Limb[] x, Limb[] y) {
        return sum(x, y, "borrowOf");
    }

    /** With the carry or the borrow of each limb, as a limb, into the next. */
    private Limb[] sum(Limb[] x, Limb[] y, String carryOf) {
        boolean isAddition = carryOf.equals("carryOf");
        Limb[] result = new Limb[LIMBS];
        Limb carry = Constant.ZERO;
        for (int i = 0; i < LIMBS; i++) {
            if (carry.isZero() && y[i].isZero()) {
                result[i] = x[i];
                continue;
            }
            if (carry.isZero() && x[i].isZero() && isAddition) {
                result[i] = y[i];
                continue;
            }
            push(x[i]);
            add(y[i], isAddition);
            add(carry, isAddition);
            result[i] = locals.store(code);
            if (i == LIMBS - 1) break;
            push(x[i], y[i], result[i]);
            call(Names.U256, carryOf, Names.limbs(CD_long, 3));
            carry = locals.store(code);
        }
        return result;
    }

    private void add(Limb limb, boolean isAddition) {
        if (limb.isZero()) return;
        push(limb);
        if (isAddition) code.ladd();
        else code.lsub();
    }

    Limb[] multiply(Limb[] x, Limb[] y) {
        Limb[] result = word(Constant.ZERO);
        push(x[0], y[0]);
        code.lmul();
        result[0] = locals.store(code);
        if (isSmall(x) && isSmall(y)) {
            push(x[0], y[0]);
            call(ClassDesc.of("java.lang.Math"), "unsignedMultiplyHigh", TWO_LIMBS);
            result[1] = locals.store(code);
            return result;
        }
        for (int i = 1; i < LIMBS; i++) {
            push(Arrays.copyOf(x, i + 1));
            push(Arrays.copyOf(y, i + 1));
            call(Names.LIMBS, "product" + i, Names.limbs(CD_long, 2 * (i + 1)));
            result[i] = locals.store(code);
        }
        return result;
    }

    Limb[] and(Limb[] x, Limb[] y) {
        Limb[] result = new Limb[LIMBS];
        for (int i = 0; i < LIMBS; i++) {
            if (x[i].isZero() || y[i].isZero()) result[i] = Constant.ZERO;
            else if (isOnes(x[i])) result[i] = y[i];
            else if (isOnes(y[i])) result[i] = x[i];
            else if (x[i] instanceof Flag && x[i].equals(y[i])) result[i] = x[i];
            else result[i] = bits(x[i], y[i], (a, b) -> a & b, code::land);
        }
        return result;
    }

    Limb[] or(Limb[] x, Limb[] y) {
        Limb[] result = new Limb[LIMBS];
        for (int i = 0; i < LIMBS; i++) {
            if (x[i].isZero()) result[i] = y[i];
            else if (y[i].isZero()) result[i] = x[i];
            else result[i] = bits(x[i], y[i], (a, b) -> a | b, code::lor);
        }
        return result;
    }

    Limb[] xor(Limb[] x, Limb[] y) {
        Limb[] result = new Limb[LIMBS];
        for (int i = 0; i < LIMBS; i++) {
            if (x[i].isZero()) result[i] = y[i];
            else if (y[i].isZero()) result[i] = x[i];
            else result[i] = bits(x[i], y[i], (a, b) -> a ^ b, code::lxor);
        }
        return result;
    }

    Limb[] not(Limb[] x) {
        Limb ones = new Constant(-1);
        return xor(x, new Limb[] {ones, ones, ones, ones});
    }

    private static boolean isOnes(Limb limb) {
        return limb.equals(new Constant(-1));
    }

    private Limb bits(Limb x, Limb y, Fold fold, Runnable operator) {
        if (x instanceof Constant(long a) && y instanceof Constant(long b)) {
            return new Constant(fold.of(a, b));
        }
        push(x, y);
        operator.run();
        return locals.store(code);
    }

    /** By a known number under 256. */
    Limb[] shiftLeft(Limb[] x, int shift) {
        Limb[] result = new Limb[LIMBS];
        for (int i = 0; i < LIMBS; i++) {
            int from = i - (shift >> 6);
            Limb high = from >= 0 ? x[from] : Constant.ZERO;
            Limb low = from >= 1 ? x[from - 1] : Constant.ZERO;
            result[i] = shifted(high, low, shift & 63, true);
        }
        return result;
    }

    /** By a known number under 256; what comes in from above is {@code fill}. */
    Limb[] shiftRight(Limb[] x, int shift, Limb fill) {
        Limb[] result = new Limb[LIMBS];
        for (int i = 0; i < LIMBS; i++) {
            int from = i + (shift >> 6);
            Limb low = from < LIMBS ? x[from] : fill;
            Limb high = from + 1 < LIMBS ? x[from + 1] : fill;
            result[i] = shifted(high, low, shift & 63, false);
        }
        return result;
    }

    /** All bits as the word's sign. */
    Limb sign(Limb[] x) {
        if (x[3] instanceof Constant(long top)) return new Constant(top >> 63);
        push(x[3]);
        code.loadConstant(63).lshr();
        return locals.store(code);
    }

    /** Sixty-four of the bits of two limbs. */
    private Limb shifted(Limb high, Limb low, int bits, boolean isLeft) {
        if (bits == 0) return isLeft ? high : low;
        int up = isLeft ? bits : 64 - bits;
        if (high instanceof Constant(long h) && low instanceof Constant(long l)) {
            return new Constant(h << up | l >>> (64 - up));
        }
        if (!high.isZero()) {
            push(high);
            code.loadConstant(up).lshl();
        }
        if (!low.isZero()) {
            push(low);
            code.loadConstant(64 - up).lushr();
            if (!high.isZero()) code.lor();
        }
        return locals.store(code);
    }

    Limb[] isLess(Limb[] x, Limb[] y) {
        if (isSmall(x) && isSmall(y)) {
            push(x[0], y[0]);
            return flag("isLess", 2);
        }
        push(x);
        push(y);
        return flag("isLess", 2 * LIMBS);
    }

    Limb[] isSignedLess(Limb[] x, Limb[] y) {
        push(x);
        push(y);
        return flag("isSignedLess", 2 * LIMBS);
    }

    private Limb[] flag(String predicate, int count) {
        call(Names.LIMBS, predicate, Names.predicate(count));
        return word(locals.storeFlag(code));
    }

    Limb[] isEqual(Limb[] x, Limb[] y) {
        return isZero(xor(x, y));
    }

    Limb[] isZero(Limb[] x) {
        Limb flag = flagOrNull(x);
        if (flag instanceof Flag(int slot)) {
            code.iload(slot).iconst_1().ixor();
            return word(locals.storeFlag(code));
        }
        if (isConstant(x)) {
            boolean isZero = Arrays.stream(x).allMatch(Limb::isZero);
            return constant(isZero ? 1 : 0);
        }
        pushOr(x);
        return flag("isZero", 1);
    }

    /** The word's lowest limb where that is a flag and all of the word. */
    static @Nullable Flag flagOrNull(Limb[] x) {
        return isSmall(x) && x[0] instanceof Flag flag ? flag : null;
    }

    /** The bits of all limbs together, for a comparison with zero; the word is no constant. */
    void pushOr(Limb[] x) {
        boolean isFirst = true;
        for (Limb limb : x) {
            if (limb.isZero()) continue;
            push(limb);
            if (!isFirst) code.lor();
            isFirst = false;
        }
    }

    /** The word as an address in memory: 2^63-1 where it is more. */
    Limb clamped(Limb[] x) {
        push(x);
        call(Names.LIMBS, "clamped", Names.limbs(CD_long, LIMBS));
        return locals.store(code);
    }

    /** Byte {@code index} from the high end, under 32. */
    Limb[] byteAt(Limb[] x, int index) {
        int fromLow = 31 - index;
        Limb limb = x[fromLow >> 3];
        Limb[] down = shiftRight(word(limb), 8 * (fromLow & 7), Constant.ZERO);
        return and(down, constant(0xff));
    }

    /** Eight big-endian bytes a limb from memory. */
    Limb[] load() {
        Limb[] result = new Limb[LIMBS];
        for (int i = 0; i < LIMBS; i++) {
            code.aload(Locals.MEMORY).iload(Locals.ADDRESS);
            int offset = 8 * (LIMBS - 1 - i);
            if (offset > 0) code.loadConstant(offset).iadd();
            call(
                    Names.LIMBS,
                    "load",
                    MethodTypeDesc.of(CD_long, Names.BYTES, ConstantDescs.CD_int));
            result[i] = locals.store(code);
        }
        return result;
    }

    void store(Limb[] x) {
        push(x);
        code.aload(Locals.MEMORY).iload(Locals.ADDRESS);
        call(
                Names.LIMBS,
                "store",
                MethodTypeDesc.of(
                        ConstantDescs.CD_void,
                        CD_long,
                        CD_long,
                        CD_long,
                        CD_long,
                        Names.BYTES,
                        ConstantDescs.CD_int));
    }
}
