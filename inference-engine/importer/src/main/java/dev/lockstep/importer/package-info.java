/**
 * Offline conversion of float ONNX models into Lockstep's fixed-point models.
 *
 * <p>{@link dev.lockstep.importer.Importer} is the front door. The way of a model: {@code
 * OnnxReader} parses the file, {@code Lowering} turns its nodes into {@code FloatLayer}s (one table
 * row for each ONNX operator), {@code Calibrator} runs the float model in ONNX Runtime and records
 * the range of every tensor, {@code Quantizer} forms integer weights and multipliers, and {@code
 * Parity} compares the result with the float model. Floating point is allowed here and nowhere
 * behind this module: what leaves it is a file of integers.
 */
@NullMarked
package dev.lockstep.importer;

import org.jspecify.annotations.NullMarked;
