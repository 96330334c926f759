package dev.lockstep.precompiles.standard.bls12381;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The map of a field's elements to points of a curve with a = 0: by the simplified method of
 * Shallue, van de Woestijne and Ulas to the isogenous curve y² = x³ + a·x + b, and from there by
 * the isogeny. The point may be outside of the group of order r.
 *
 * @param z a non-square by which one of two candidates for x is made to have a root
 * @param isogeny polynomials, from the constant on: x is the first by the second, y the old one
 *     times the third by the fourth
 * @source RFC 9380, sections 6.6.2 and 6.6.3; constants from EIP-2537
 */
record FieldMap<E>(Field<E> field, E a, E b, E z, List<List<E>> isogeny) {
    /** The point, or null where it is that at infinity. */
    @Nullable Affine<E> map(E u) {
        Affine<E> isogenous = simplified(u);
        E x = isogenous.x();
        E xDenominator = field.evaluate(isogeny.get(1), x);
        E yDenominator = field.evaluate(isogeny.get(3), x);
        E inverse = field.invert(field.multiply(xDenominator, yDenominator));
        if (field.isZero(inverse)) return null;
        E newX = field.multiply(field.evaluate(isogeny.get(0), x), yDenominator);
        E newY = field.multiply(field.evaluate(isogeny.get(2), x), xDenominator);
        return new Affine<>(
                field.multiply(newX, inverse),
                field.multiply(isogenous.y(), field.multiply(newY, inverse)));
    }

    private Affine<E> simplified(E u) {
        E zuu = field.multiply(z, field.multiply(u, u));
        E sum = field.add(field.multiply(zuu, zuu), zuu);
        // -b/a·(1 + 1/sum), or b/(z·a) where the sum is zero.
        E x =
                field.isZero(sum)
                        ? field.multiply(b, field.invert(field.multiply(z, a)))
                        : field.negate(
                                field.multiply(
                                        field.multiply(b, field.add(sum, field.one())),
                                        field.invert(field.multiply(a, sum))));
        E y = field.root(field.curve(x, a, b));
        if (y == null) {
            x = field.multiply(zuu, x);
            y = field.root(field.curve(x, a, b));
            if (y == null) throw new IllegalStateException("neither candidate is on the curve");
        }
        return new Affine<>(x, field.isOdd(u) == field.isOdd(y) ? y : field.negate(y));
    }
}
