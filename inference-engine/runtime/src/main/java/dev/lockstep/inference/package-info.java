/**
 * Deterministic integer inference: the arithmetic LKA-1 and the model container LKM-1, on the JDK
 * alone.
 *
 * <p>A {@link dev.lockstep.inference.Model} is made in one of two ways, through the same checks:
 * read from a file by {@link dev.lockstep.inference.ModelFile}, or assembled by {@link
 * dev.lockstep.inference.GraphBuilder}. What comes out is proven: shapes agree, no sum can
 * overflow, memory and cost are known. A {@link dev.lockstep.inference.Session} runs it on one
 * thread.
 *
 * <pre>
 * bytes → ModelFile ─┐
 *                    ├→ Graph → Verifier → Model → Session.run(input) → InferenceResult
 * GraphBuilder ──────┘
 * </pre>
 *
 * <p>Each operation is one record that implements {@link dev.lockstep.inference.Op} and one row in
 * {@link dev.lockstep.inference.Ops}. Rounding is defined in {@link
 * dev.lockstep.inference.FixedPoint} and nowhere else. There is no floating point here.
 */
@NullMarked
package dev.lockstep.inference;

import org.jspecify.annotations.NullMarked;
