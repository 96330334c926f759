package dev.lockstep.evm;

/**
 * Division of words on the operand stack; operands, results and scratch as in {@link U256}.
 *
 * <p>Long division by 64-bit digits. The quotient digit is estimated with a precomputed reciprocal
 * of the divisor's top limb, so that the inner loop multiplies only.
 *
 * @source Knuth, The Art of Computer Programming 2, algorithm 4.3.1 D; Moeller and Granlund,
 *     Improved division by invariant integers, algorithms 2 and 4
 */
final class Division {
    private static final int LIMBS = U256.LIMBS;

    /** Where scratch holds things, after the numerator's nine limbs. */
    private static final int DIVISOR = 10;

    private static final int QUOTIENT = 16;

    private Division() {}

    static void div(long[] s, int sp) {
        quotient(s, sp, sp - LIMBS);
    }

    static void mod(long[] s, int sp) {
        int divisor = sp - LIMBS;
        if (U256.isZeroAt(s, divisor)) return;
        if (isOneLimb(s, sp) && isOneLimb(s, divisor)) {
            s[divisor] = Long.remainderUnsigned(s[sp], s[divisor]);
            return;
        }
        int numerator = sp + LIMBS;
        U256.copy(s, sp, numerator);
        divide(s, numerator, LIMBS, divisor);
        U256.copy(s, numerator, divisor);
    }

    static void sdiv(long[] s, int sp) {
        int divisor = sp - LIMBS;
        boolean isNegative = (s[sp + 3] ^ s[divisor + 3]) < 0;
        makePositive(s, sp);
        makePositive(s, divisor);
        quotient(s, sp, divisor);
        if (isNegative) U256.negate(s, divisor);
    }

    /** The result has the sign of the numerator. */
    static void smod(long[] s, int sp) {
        boolean isNegative = s[sp + 3] < 0;
        makePositive(s, sp);
        makePositive(s, sp - LIMBS);
        mod(s, sp);
        if (isNegative) U256.negate(s, sp - LIMBS);
    }

    /** (first + second) modulo third, over 257 bits; the result is in the place of the third. */
    static void addMod(long[] s, int sp) {
        int modulus = sp - 2 * LIMBS;
        if (U256.isZeroAt(s, modulus)) return;
        int sum = sp + LIMBS;
        long carry = 0;
        for (int i = 0; i < LIMBS; i++) {
            long x = s[sp + i];
            long y = s[sp - LIMBS + i];
            long digit = x + y + carry;
            carry = U256.carryOf(x, y, digit);
            s[sum + i] = digit;
        }
        s[sum + LIMBS] = carry;
        divide(s, sum, LIMBS + 1, modulus);
        U256.copy(s, sum, modulus);
    }

    /** (first · second) modulo third, over 512 bits; the result is in the place of the third. */
    static void mulMod(long[] s, int sp) {
        int modulus = sp - 2 * LIMBS;
        if (U256.isZeroAt(s, modulus)) return;
        int product = sp + LIMBS;
        for (int i = 0; i < 2 * LIMBS; i++) s[product + i] = 0;
        for (int i = 0; i < LIMBS; i++) {
            long x = s[sp + i];
            if (x == 0) continue;
            long carry = 0;
            for (int j = 0; j < LIMBS; j++) {
                long y = s[sp - LIMBS + j];
                long low = x * y;
                long high = Math.unsignedMultiplyHigh(x, y);
                long sum = low + carry;
                high += U256.carryOf(low, carry, sum);
                long old = s[product + i + j];
                long digit = sum + old;
                carry = high + U256.carryOf(sum, old, digit);
                s[product + i + j] = digit;
            }
            s[product + i + LIMBS] = carry;
        }
        divide(s, product, 2 * LIMBS, modulus);
        U256.copy(s, product, modulus);
    }

    /** The quotient of the word at {@code sp} and the one at {@code divisor}, into the latter. */
    private static void quotient(long[] s, int sp, int divisor) {
        if (U256.isZeroAt(s, divisor)) return;
        if (isOneLimb(s, sp) && isOneLimb(s, divisor)) {
            s[divisor] = Long.divideUnsigned(s[sp], s[divisor]);
            return;
        }
        int numerator = sp + LIMBS;
        U256.copy(s, sp, numerator);
        U256.set(s, numerator + QUOTIENT, 0);
        divide(s, numerator, LIMBS, divisor);
        U256.copy(s, numerator + QUOTIENT, divisor);
    }

    /**
     * Divides {@code size} limbs at {@code numerator}, which lies in scratch, by the word at {@code
     * divisor}, which is not zero. The remainder takes the first four limbs of the numerator; the
     * quotient's digits go to scratch after it, where they were zero before.
     */
    private static void divide(long[] s, int numerator, int size, int divisor) {
        int length = significant(s, numerator, size);
        int digits = significant(s, divisor, LIMBS);
        if (length < digits) return;
        int shift = Long.numberOfLeadingZeros(s[divisor + digits - 1]);
        int normal = numerator + DIVISOR;
        shiftLeft(s, divisor, digits, normal, shift);
        s[numerator + length] = shift == 0 ? 0 : s[numerator + length - 1] >>> (64 - shift);
        shiftLeft(s, numerator, length, numerator, shift);
        long reciprocal = reciprocal(s[normal + digits - 1]);
        for (int at = length - digits; at >= 0; at--) {
            long digit = digit(s, numerator + at, normal, digits, reciprocal);
            s[numerator + QUOTIENT + at] = digit;
        }
        for (int i = 0; i < LIMBS; i++) {
            long low = i < digits ? s[numerator + i] >>> shift : 0;
            long high = i + 1 < digits && shift != 0 ? s[numerator + i + 1] << (64 - shift) : 0;
            s[numerator + i] = low | high;
        }
    }

    /** One digit of the quotient; takes that many times the divisor off the numerator. */
    private static long digit(long[] s, int numerator, int divisor, int digits, long reciprocal) {
        long top = s[divisor + digits - 1];
        long next = digits > 1 ? s[divisor + digits - 2] : 0;
        long u2 = s[numerator + digits];
        long u1 = s[numerator + digits - 1];
        long u0 = digits > 1 ? s[numerator + digits - 2] : 0;
        long digit;
        long rest;
        boolean restFits;
        if (u2 == top) {
            digit = -1L;
            rest = u1 + top;
            restFits = U256.carryOf(u1, top, rest) == 0;
        } else {
            digit = divideTwoByOne(u2, u1, top, reciprocal);
            rest = u1 - digit * top;
            restFits = true;
        }
        while (restFits && isProductOver(digit, next, rest, u0)) {
            digit--;
            long sum = rest + top;
            restFits = U256.carryOf(rest, top, sum) == 0;
            rest = sum;
        }
        if (subtractProduct(s, numerator, divisor, digits, digit) != 0) {
            addBack(s, numerator, divisor, digits);
            digit--;
        }
        return digit;
    }

    /** Whether x · y is over high · 2^64 + low. */
    private static boolean isProductOver(long x, long y, long high, long low) {
        int order = Long.compareUnsigned(Math.unsignedMultiplyHigh(x, y), high);
        return order > 0 || (order == 0 && Long.compareUnsigned(x * y, low) > 0);
    }

    /** Takes divisor · digit off the numerator's digits + 1 limbs; answers what was borrowed. */
    private static long subtractProduct(
            long[] s, int numerator, int divisor, int digits, long digit) {
        long carry = 0;
        for (int i = 0; i < digits; i++) {
            long low = digit * s[divisor + i];
            long high = Math.unsignedMultiplyHigh(digit, s[divisor + i]);
            long product = low + carry;
            high += U256.carryOf(low, carry, product);
            long old = s[numerator + i];
            long left = old - product;
            carry = high + U256.borrowOf(old, product, left);
            s[numerator + i] = left;
        }
        long old = s[numerator + digits];
        long left = old - carry;
        s[numerator + digits] = left;
        return U256.borrowOf(old, carry, left);
    }

    private static void addBack(long[] s, int numerator, int divisor, int digits) {
        long carry = 0;
        for (int i = 0; i < digits; i++) {
            long x = s[numerator + i];
            long y = s[divisor + i];
            long sum = x + y + carry;
            carry = U256.carryOf(x, y, sum);
            s[numerator + i] = sum;
        }
        s[numerator + digits] += carry;
    }

    /** (high, low) / divisor with high < divisor, whose top bit is set. */
    private static long divideTwoByOne(long high, long low, long divisor, long reciprocal) {
        long q0 = reciprocal * high;
        long sum = q0 + low;
        long q1 =
                Math.unsignedMultiplyHigh(reciprocal, high) + high + U256.carryOf(q0, low, sum) + 1;
        long rest = low - q1 * divisor;
        if (Long.compareUnsigned(rest, sum) > 0) {
            q1--;
            rest += divisor;
        }
        return Long.compareUnsigned(rest, divisor) >= 0 ? q1 + 1 : q1;
    }

    /**
     * floor((2^128 - 1) / divisor) - 2^64 for a divisor whose top bit is set: the division of
     * (~divisor, 2^64 - 1), by two digits of 32 bits.
     */
    private static long reciprocal(long divisor) {
        long upper = divisor >>> 32;
        long lower = divisor & 0xffff_ffffL;
        long rest = ~divisor;
        long quotient = 0;
        for (int half = 0; half < 2; half++) {
            long digit = Long.divideUnsigned(rest, upper);
            long left = rest - digit * upper;
            // Every lower digit of the numerator is 2^32 - 1.
            while (digit >>> 32 != 0
                    || Long.compareUnsigned(digit * lower, left << 32 | 0xffff_ffffL) > 0) {
                digit--;
                left += upper;
                if (left >>> 32 != 0) break;
            }
            rest = (rest << 32 | 0xffff_ffffL) - digit * divisor;
            quotient = quotient << 32 | digit;
        }
        return quotient;
    }

    private static void shiftLeft(long[] s, int from, int size, int to, int bits) {
        for (int i = size - 1; i > 0; i--) {
            s[to + i] =
                    bits == 0 ? s[from + i] : s[from + i] << bits | s[from + i - 1] >>> (64 - bits);
        }
        s[to] = s[from] << bits;
    }

    private static int significant(long[] s, int at, int size) {
        int length = size;
        while (length > 0 && s[at + length - 1] == 0) length--;
        return length;
    }

    private static boolean isOneLimb(long[] s, int at) {
        return (s[at + 1] | s[at + 2] | s[at + 3]) == 0;
    }

    private static void makePositive(long[] s, int at) {
        if (s[at + 3] < 0) U256.negate(s, at);
    }
}
