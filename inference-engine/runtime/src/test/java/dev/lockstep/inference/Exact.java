package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The formulas of LKA-1 in integers without bounds, written apart from the code under test. Each
 * intermediate is held to 63 bits and a sign, as loading a model promises.
 */
final class Exact {
    private static final List<BigInteger> POWERS = table("powers.txt");
    private static final List<BigInteger> LOGARITHMS = table("logarithms.txt");

    private Exact() {}

    /** A table as published beside the specification. */
    static List<BigInteger> table(String name) {
        try {
            return Files.readAllLines(Path.of("../lka-1", name)).stream()
                    .map(BigInteger::new)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static BigInteger big(long value) {
        return BigInteger.valueOf(value);
    }

    /** The value, which a 64-bit integer must hold. */
    static BigInteger fits(BigInteger value) {
        return fits(value, 63);
    }

    static BigInteger fits(BigInteger value, int bits) {
        assertThat(value.bitLength()).as("bits of %s", value).isLessThanOrEqualTo(bits);
        return value;
    }

    /** floor(n / d) for d > 0. */
    static BigInteger floorDivide(BigInteger n, BigInteger d) {
        BigInteger[] parts = n.divideAndRemainder(d);
        return parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    /** floor((sum + 2^(s-1)) / 2^s). */
    static BigInteger roundShift(BigInteger sum, int s) {
        return floorDivide(fits(sum.add(BigInteger.TWO.pow(s - 1))), BigInteger.TWO.pow(s));
    }

    static int clip(BigInteger rescaled, Clipping clipping) {
        return rescaled.add(big(clipping.zeroPoint()))
                .max(big(clipping.lo()))
                .min(big(clipping.hi()))
                .intValueExact();
    }

    static BigInteger rescale(BigInteger sum, int multiplier, int shift) {
        return roundShift(sum.multiply(big(multiplier)), shift);
    }

    static int requantize(BigInteger sum, Rescale rescale, int channel) {
        BigInteger scaled =
                rescale(sum, rescale.multipliers().get(channel), rescale.shifts().get(channel));
        return clip(scaled, rescale.clipping());
    }

    /** 2^-t in Q30, t in Q16. */
    static BigInteger power(BigInteger t) {
        int whole = t.shiftRight(16).min(big(31)).intValueExact();
        if (whole == 31) {
            return BigInteger.ZERO;
        }
        int at = t.intValue() >> 8 & 255;
        BigInteger slope = POWERS.get(at + 1).subtract(POWERS.get(at));
        BigInteger power =
                POWERS.get(at).add(roundShift(slope.multiply(big(t.intValue() & 255)), 8));
        return whole == 0 ? power : roundShift(power, whole);
    }

    /** log2 of v in Q30. */
    static BigInteger logarithm(BigInteger v) {
        int whole = v.bitLength() - 1;
        BigInteger fraction = v.subtract(BigInteger.TWO.pow(whole)).shiftLeft(24).shiftRight(whole);
        int at = fraction.shiftRight(16).intValueExact();
        BigInteger rest = fraction.and(big(0xffff));
        BigInteger slope = LOGARITHMS.get(at + 1).subtract(LOGARITHMS.get(at));
        return big(whole)
                .shiftLeft(30)
                .add(LOGARITHMS.get(at))
                .add(roundShift(slope.multiply(rest), 16));
    }

    /** Powers of two of the distances to the greatest; in Q30. */
    static List<BigInteger> powers(List<BigInteger> scores) {
        BigInteger top = scores.stream().max(BigInteger::compareTo).orElseThrow();
        return scores.stream().map(score -> power(fits(top.subtract(score)))).toList();
    }

    static BigInteger sum(List<BigInteger> values) {
        return fits(values.stream().reduce(BigInteger.ZERO, BigInteger::add));
    }

    /** Scores in Q16 as shares in Q15. */
    static List<BigInteger> shares(List<BigInteger> scores) {
        List<BigInteger> powers = powers(scores);
        BigInteger reciprocal = BigInteger.TWO.pow(61).divide(sum(powers));
        List<BigInteger> shares = new ArrayList<>();
        for (BigInteger power : powers) {
            shares.add(roundShift(power.multiply(reciprocal), 46).min(big(32767)));
        }
        return shares;
    }
}
