package dev.lockstep.precompiles.standard.bn254;

/** The line a·y + b·x·w + c·w³ through points of the curve over Fp12, up to a factor in Fp2. */
final class Line {
    final Fp2 a = new Fp2();
    final Fp2 b = new Fp2();
    final Fp2 c = new Fp2();

    /** Multiplies f by the line's value at p, an affine point; the line is used up. */
    void multiplyInto(Fp12 f, G1Point p) {
        a.mulBase(a, p.y);
        b.mulBase(b, p.x);
        f.mulLine(a, b, c);
    }
}
