package dev.lockstep.inference;

import dev.lockstep.inference.OpTrial.Values;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The golden vectors of LKA-1 as they stand in {@code lka-1/vectors}: runs of each operation with
 * their results by the defining kernels, and parameters at the limits with what is refused.
 */
final class GoldenVectors {
    static final Path DIRECTORY = Path.of("../lka-1/vectors");

    private static final int CASES = 16;

    /** Bit patterns on both sides of every edge between kinds of floats. */
    private static final int[] FLOATS = {
        0x3fc00000, 0x7fc00000, 0x80000000, 0x7f7fffff, 0x7f800000, 0x80000001, 0x3dcccccd,
        0xc0100000, 0x00000000, 0x00000001, 0x007fffff, 0x807fffff, 0x00800000, 0x80800000,
        0xff7fffff, 0xff800000, 0x7f800001, 0x7fffffff, 0xff800001, 0xffffffff, 0x3f000000,
        0xbf000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0xbf800000, 0x4b800000, 0x4b7fffff
    };

    private GoldenVectors() {}

    /** The file of an operation. */
    static String of(Ops.Row row) throws InvalidModelException {
        List<String> runs = new ArrayList<>();
        for (int i = 0; i < CASES; i++) {
            RandomGenerator random =
                    RandomGeneratorFactory.of("L64X128MixRandom").create(1000L * row.number() + i);
            OpCases.Case made = OpCases.random(row.number(), random);
            runs.add(run(made));
        }
        List<String> limits = new ArrayList<>();
        for (OpLimits.Limit limit : OpLimits.of(row.number())) {
            limits.add(limit(limit));
        }
        return "{\"operation\":\""
                + row.name()
                + "\",\"number\":"
                + row.number()
                + ",\n\"runs\":[\n"
                + String.join(",\n", runs)
                + "],\n\"limits\":[\n"
                + String.join(",\n", limits)
                + "]}\n";
    }

    private static String run(OpCases.Case made) throws InvalidModelException {
        Values y = OpTrial.run(new ScalarKernels(), made.op(), made.values());
        List<Operand> operands = new ArrayList<>();
        for (Values input : made.inputs()) {
            operands.add(operand(input));
        }
        Interval interval = made.op().bounds(operands, y.type());
        StringJoiner inputs = new StringJoiner(",", "[", "]");
        for (Values input : made.inputs()) {
            inputs.add("{" + type(input.type()) + ",\"values\":" + list(input.values()) + "}");
        }
        List<TensorType> types = made.inputs().stream().map(Values::type).toList();
        return "{"
                + parameters(made.op())
                + ",\"inputs\":"
                + inputs
                + ",\"output\":{"
                + type(y.type())
                + ",\"values\":"
                + list(y.values())
                + "},"
                + interval(interval)
                + ",\"cost\":"
                + cost(made.op().cost(types, y.type()))
                + "}";
    }

    /** Input of a run: activations are known to lie between their least and their greatest. */
    static Operand operand(Values input) {
        if (!input.type().dtype().isWeights()) {
            return new Operand(input.type(), input.interval(), MemorySegment.NULL);
        }
        byte[] bytes = new byte[input.values().length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) input.values()[i];
        }
        return new Operand(input.type(), DType.W8.range(), MemorySegment.ofArray(bytes));
    }

    private static String limit(OpLimits.Limit limit) {
        StringJoiner inputs = new StringJoiner(",", "[", "]");
        for (Operand input : limit.inputs()) {
            String content =
                    input.type().dtype().isWeights()
                            ? "\"values\":"
                                    + list(
                                            IntStream.range(0, input.type().shape().elements())
                                                    .map(
                                                            i ->
                                                                    input.weights()
                                                                            .get(
                                                                                    java.lang
                                                                                            .foreign
                                                                                            .ValueLayout
                                                                                            .JAVA_BYTE,
                                                                                    i))
                                                    .toArray())
                            : interval(input.interval());
            inputs.add("{" + type(input.type()) + "," + content + "}");
        }
        return "{"
                + parameters(limit.op())
                + ",\"inputs\":"
                + inputs
                + ",\"refused\":\""
                + limit.message()
                + "\"}";
    }

    /** Whole models: what a file is, what it is called, what it costs, what it yields. */
    static String models() throws InvalidModelException {
        List<String> models = new ArrayList<>();
        for (Model model : List.of(Samples.line(), Samples.network(3), Samples.classical())) {
            byte[] input = new byte[model.inputBytes()];
            RandomGeneratorFactory.of("L64X128MixRandom").create(7).nextBytes(input);
            if (model.inputs().getFirst().dtype() == DType.F32) {
                ByteBuffer.wrap(input).asIntBuffer().put(FLOATS, 0, input.length / 4);
            }
            InferenceResult.Output output = (InferenceResult.Output) Session.open(model).run(input);
            models.add(
                    "{\"file\":\""
                            + HexFormat.of().formatHex(ModelFile.write(model))
                            + "\",\n\"id\":\""
                            + model.id()
                            + "\",\"arenaElements\":"
                            + model.plan().arenaElements()
                            + ",\"cost\":"
                            + cost(model.cost())
                            + ",\n\"input\":\""
                            + HexFormat.of().formatHex(input)
                            + "\",\"output\":\""
                            + HexFormat.of().formatHex(output.bytes())
                            + "\"}");
        }
        return "{\"models\":[\n" + String.join(",\n", models) + "]}\n";
    }

    /** Floats by their bit patterns: their keys, and what they are in fixed point. */
    static String floats() {
        List<String> keys = new ArrayList<>();
        for (int bits : FLOATS) {
            keys.add("{" + bits(bits) + ",\"key\":" + FloatKey.ofBits(bits) + "}");
        }
        List<String> fixed = new ArrayList<>();
        for (int bits : FLOATS) {
            int key = FloatKey.ofBits(bits);
            // Where one is the unit, where it rounds, and at both ends.
            int one = 150 - Math.max(1, Math.abs(key) >>> 23);
            for (int shift : new int[] {-128, 0, one - 24, one - 1, one, one + 8, 192}) {
                if (key != FloatKey.MISSING && shift >= -128 && shift <= 192) {
                    fixed.add(
                            "{"
                                    + bits(bits)
                                    + ",\"shift\":"
                                    + shift
                                    + ",\"fixed\":"
                                    + FixedPoint.ofFloat(key, shift)
                                    + "}");
                }
            }
        }
        return "{\"keys\":[\n"
                + String.join(",\n", keys)
                + "],\n\"fixed\":[\n"
                + String.join(",\n", fixed)
                + "]}\n";
    }

    private static String bits(int bits) {
        return "\"bits\":\"" + HexFormat.of().toHexDigits(bits) + "\"";
    }

    private static String parameters(Op op) {
        return "\"attributes\":"
                + list(op.fields().attributes().toArray())
                + ",\"constants\":"
                + list(op.fields().constants().toArray());
    }

    private static String type(TensorType type) {
        return "\"type\":\"" + type.dtype() + "\",\"shape\":" + list(type.shape().dims().toArray());
    }

    private static String interval(Interval interval) {
        return "\"interval\":[" + interval.lo() + "," + interval.hi() + "]";
    }

    private static String cost(Cost cost) {
        return "["
                + cost.macs8()
                + ","
                + cost.macs16()
                + ","
                + cost.macsDepthwise()
                + ","
                + cost.elements()
                + ","
                + cost.lookups()
                + ","
                + cost.divisions()
                + ","
                + cost.weightBytes()
                + ","
                + cost.moves()
                + "]";
    }

    private static String list(int[] values) {
        return IntStream.of(values)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(",", "[", "]"));
    }
}
