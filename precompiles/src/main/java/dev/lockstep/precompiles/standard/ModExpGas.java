package dev.lockstep.precompiles.standard;

import static java.math.BigInteger.ONE;
import static java.math.BigInteger.TWO;
import static java.math.BigInteger.ZERO;

import dev.lockstep.types.Fork;
import java.math.BigInteger;

/**
 * The price of a modular exponentiation and the lengths that it may have, of which there are three
 * generations. A price over 2^63-1 is 2^63-1: no call has that much gas.
 */
enum ModExpGas {
    /**
     * @source EIP-198
     */
    BYZANTIUM(8, 0, 20) {
        @Override
        BigInteger multiplication(BigInteger longest) {
            BigInteger square = longest.pow(2);
            if (longest.compareTo(of(64)) <= 0) return square;
            return longest.compareTo(of(1_024)) <= 0
                    ? square.shiftRight(2).add(longest.multiply(of(96))).subtract(of(3_072))
                    : square.shiftRight(4).add(longest.multiply(of(480))).subtract(of(199_680));
        }
    },
    /**
     * @source EIP-2565
     */
    BERLIN(8, 200, 3) {
        @Override
        BigInteger multiplication(BigInteger longest) {
            return words(longest).pow(2);
        }
    },
    /**
     * @source EIP-7883; EIP-7823 for the lengths
     */
    OSAKA(16, 500, 1) {
        @Override
        BigInteger multiplication(BigInteger longest) {
            return longest.compareTo(of(32)) <= 0 ? of(16) : words(longest).pow(2).multiply(TWO);
        }

        @Override
        BigInteger lengthMax() {
            return of(1_024);
        }
    };

    private static final BigInteger HEAD_BYTES = of(32);
    private static final BigInteger GAS_MAX = of(Long.MAX_VALUE);

    private final BigInteger bitsPerTailByte;
    private final BigInteger floor;
    private final BigInteger divisor;

    ModExpGas(long bitsPerTailByte, long floor, long divisor) {
        this.bitsPerTailByte = of(bitsPerTailByte);
        this.floor = of(floor);
        this.divisor = of(divisor);
    }

    static ModExpGas at(Fork fork) {
        if (fork.isAtLeast(Fork.OSAKA)) return OSAKA;
        return fork.isAtLeast(Fork.BERLIN) ? BERLIN : BYZANTIUM;
    }

    /** What one multiplication modulo the modulus costs. */
    abstract BigInteger multiplication(BigInteger longest);

    /** The greatest length, in bytes, of base, exponent and modulus. */
    BigInteger lengthMax() {
        return ONE.shiftLeft(256);
    }

    /**
     * @param exponentHead the exponent's first 32 bytes as a number
     * @unit gas
     */
    long price(ModExp.Lengths lengths, BigInteger exponentHead) {
        BigInteger headBits = of(Math.max(0, exponentHead.bitLength() - 1));
        BigInteger tailBytes = lengths.exponent().subtract(HEAD_BYTES).max(ZERO);
        BigInteger iterations = tailBytes.multiply(bitsPerTailByte).add(headBits).max(ONE);
        return multiplication(lengths.longest())
                .multiply(iterations)
                .divide(divisor)
                .max(floor)
                .min(GAS_MAX)
                .longValueExact();
    }

    private static BigInteger words(BigInteger bytes) {
        return bytes.add(of(7)).shiftRight(3);
    }

    private static BigInteger of(long value) {
        return BigInteger.valueOf(value);
    }
}
