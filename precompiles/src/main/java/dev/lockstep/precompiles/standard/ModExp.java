package dev.lockstep.precompiles.standard;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import java.math.BigInteger;
import org.apache.tuweni.bytes.Bytes;

/**
 * base^exponent mod modulus, of any lengths before Osaka and of at most 1,024 bytes each from then
 * on.
 *
 * @shape in: three lengths of 32 bytes each, then base, exponent and modulus, padded with zeros ·
 *     out: as long as the modulus
 * @cost {@link ModExpGas}
 * @fails from Osaka on where a length is over 1,024
 * @source EIP-198, EIP-7823
 */
public final class ModExp implements Precompile {
    private static final long HEADER_BYTES = 96;
    private static final int SHORT_EXPONENT_BITS = 64;

    /**
     * What a BigInteger holds with room to spare; longer numbers cost more gas than blocks have.
     */
    private static final BigInteger SIZE_MAX = BigInteger.ONE.shiftLeft(27);

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        Lengths lengths = Lengths.of(input);
        return ModExpGas.at(context.fork()).price(lengths, exponentHead(input, lengths));
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        Lengths lengths = Lengths.of(input);
        BigInteger greatest = lengths.longest().max(lengths.exponent());
        BigInteger limit = ModExpGas.at(context.fork()).lengthMax();
        if (greatest.compareTo(limit) > 0) return tooLong(greatest, limit);
        if (lengths.longest().signum() == 0) return new PrecompileResult.Output(Bytes.EMPTY);
        if (greatest.compareTo(SIZE_MAX) > 0) return tooLong(greatest, SIZE_MAX);
        int baseSize = lengths.base().intValueExact();
        int exponentSize = lengths.exponent().intValueExact();
        int modulusSize = lengths.modulus().intValueExact();
        BigInteger modulus = number(input, HEADER_BYTES + baseSize + exponentSize, modulusSize);
        if (modulus.signum() == 0) {
            return new PrecompileResult.Output(Bytes.wrap(new byte[modulusSize]));
        }
        BigInteger base = number(input, HEADER_BYTES, baseSize);
        BigInteger exponent = number(input, HEADER_BYTES + baseSize, exponentSize);
        return new PrecompileResult.Output(padded(power(base, exponent, modulus), modulusSize));
    }

    /**
     * base^exponent mod modulus. For an even modulus the library works on its odd part and on its
     * power of two and brings both together, which takes longer than so few squares.
     */
    private static BigInteger power(BigInteger base, BigInteger exponent, BigInteger modulus) {
        if (modulus.testBit(0) || exponent.bitLength() > SHORT_EXPONENT_BITS) {
            return base.modPow(exponent, modulus);
        }
        BigInteger factor = base.mod(modulus);
        BigInteger power = BigInteger.ONE;
        for (int bit = exponent.bitLength() - 1; bit >= 0; bit--) {
            power = power.multiply(power).mod(modulus);
            if (exponent.testBit(bit)) power = power.multiply(factor).mod(modulus);
        }
        return power;
    }

    /** The exponent's first 32 bytes, or all of it where it is shorter. */
    private static BigInteger exponentHead(Bytes input, Lengths lengths) {
        int headSize = lengths.exponent().min(BigInteger.valueOf(32)).intValue();
        // A base longer than an int covers all of the input: the exponent is zeros.
        if (lengths.base().bitLength() > 31) return BigInteger.ZERO;
        return number(input, HEADER_BYTES + lengths.base().longValue(), headSize);
    }

    private static PrecompileResult tooLong(BigInteger length, BigInteger limit) {
        return new PrecompileResult.Failed("a length of " + length + " bytes, at most " + limit);
    }

    private static BigInteger number(Bytes input, long offset, int size) {
        return Input.slice(input, offset, size).toUnsignedBigInteger();
    }

    private static Bytes padded(BigInteger value, int size) {
        byte[] digits = value.toByteArray();
        int sign = digits.length > 1 && digits[0] == 0 ? 1 : 0;
        byte[] out = new byte[size];
        int count = digits.length - sign;
        System.arraycopy(digits, sign, out, size - count, count);
        return Bytes.wrap(out);
    }

    /** The three lengths that the input begins with, each of 256 bits. */
    record Lengths(BigInteger base, BigInteger exponent, BigInteger modulus) {
        static Lengths of(Bytes input) {
            return new Lengths(number(input, 0, 32), number(input, 32, 32), number(input, 64, 32));
        }

        /** The longer one of base and modulus. */
        BigInteger longest() {
            return base.max(modulus);
        }
    }
}
