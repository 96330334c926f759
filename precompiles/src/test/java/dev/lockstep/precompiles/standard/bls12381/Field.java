package dev.lockstep.precompiles.standard.bls12381;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A field's operations on its elements, which are immutable and reduced. */
interface Field<E> {
    E zero();

    E one();

    E add(E a, E b);

    E negate(E a);

    E multiply(E a, E b);

    /** Zero for zero. */
    E invert(E a);

    /** One of the two square roots, or null where the element is no square. */
    @Nullable E root(E a);

    boolean isZero(E a);

    /** The sign of the standard for hashing: the lowest bit of the first coefficient not zero. */
    boolean isOdd(E a);

    /** A polynomial's value at x, coefficients from the constant on. */
    default E evaluate(List<E> polynomial, E x) {
        E sum = zero();
        for (E coefficient : polynomial.reversed()) sum = add(multiply(sum, x), coefficient);
        return sum;
    }

    /** x³ + a·x + b. */
    default E curve(E x, E a, E b) {
        return add(multiply(add(multiply(x, x), a), x), b);
    }
}
