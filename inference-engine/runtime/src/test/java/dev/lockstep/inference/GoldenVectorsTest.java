package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.OpTrial.Values;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * The published vectors, read back from their files: the defining kernels yield them, and so does
 * {@link Reference}, which shares nothing with them. With {@code -Dlockstep.vectors.write=true} the
 * files are written first.
 */
class GoldenVectorsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TestFactory
    Stream<DynamicTest> everyOperationYieldsItsVectors() {
        return Ops.rows().stream()
                .map(row -> DynamicTest.dynamicTest(row.name(), () -> checkOperation(row)));
    }

    private static void checkOperation(Ops.Row row) throws Exception {
        JsonNode file = read(row.name() + ".json", GoldenVectors.of(row));
        assertThat(file.get("number").asInt()).isEqualTo(row.number());
        assertThat(file.get("runs")).isNotEmpty();
        for (JsonNode run : file.get("runs")) {
            checkRun(op(row, run), run);
        }
        boolean refused = false;
        for (JsonNode limit : file.get("limits")) {
            refused |= checkLimit(row, limit);
        }
        assertThat(refused).as("something is refused").isTrue();
    }

    private static JsonNode read(String name, String made) throws IOException {
        Path path = GoldenVectors.DIRECTORY.resolve(name);
        if (Boolean.getBoolean("lockstep.vectors.write")) {
            Files.createDirectories(GoldenVectors.DIRECTORY);
            Files.writeString(path, made);
        }
        String published = Files.readString(path);
        assertThat(published).as("%s is what the generator makes", name).isEqualTo(made);
        return JSON.readTree(published);
    }

    private static Op op(Ops.Row row, JsonNode node) throws InvalidModelException {
        return Op.read(
                row.number(),
                Ints.of(ints(node.get("attributes"))),
                Ints.of(ints(node.get("constants"))));
    }

    private static void checkRun(Op op, JsonNode run) throws InvalidModelException {
        List<Values> inputs = new ArrayList<>();
        for (JsonNode input : run.get("inputs")) {
            inputs.add(new Values(type(input), ints(input.get("values"))));
        }
        Values[] given = inputs.toArray(Values[]::new);
        JsonNode output = run.get("output");
        Values y = OpTrial.run(new ScalarKernels(), op, given);
        assertThat(y.type()).isEqualTo(type(output));
        assertThat(y.values()).isEqualTo(ints(output.get("values")));
        assertThat(Reference.run(op, y.type(), given)).isEqualTo(ints(output.get("values")));
        assertThat(op.bounds(inputs.stream().map(GoldenVectors::operand).toList(), y.type()))
                .isEqualTo(interval(run.get("interval")));
    }

    /** Whether it is one that must be refused. */
    private static boolean checkLimit(Ops.Row row, JsonNode limit) throws InvalidModelException {
        List<Operand> inputs = new ArrayList<>();
        for (JsonNode input : limit.get("inputs")) {
            inputs.add(
                    input.has("values")
                            ? GoldenVectors.operand(
                                    new Values(type(input), ints(input.get("values"))))
                            : new Operand(
                                    type(input),
                                    interval(input.get("interval")),
                                    MemorySegment.NULL));
        }
        String refusal = limit.get("refused").asString();
        if (refusal.isEmpty()) {
            assertThat(bounds(row, limit, inputs)).isNotNull();
            return false;
        }
        assertThatThrownBy(() -> bounds(row, limit, inputs)).hasMessage(refusal);
        return true;
    }

    private static Interval bounds(Ops.Row row, JsonNode limit, List<Operand> inputs)
            throws InvalidModelException {
        Op op = op(row, limit);
        return op.bounds(inputs, op.type(inputs.stream().map(Operand::type).toList()));
    }

    @Test
    void wholeModelsYieldTheirVectors() throws Exception {
        JsonNode file = read("models.json", GoldenVectors.models());
        for (JsonNode node : file.get("models")) {
            Model model = ModelFile.read(HexFormat.of().parseHex(node.get("file").asString()));
            assertThat(model.id().toString()).isEqualTo(node.get("id").asString());
            assertThat(
                            Session.open(model)
                                    .run(HexFormat.of().parseHex(node.get("input").asString())))
                    .isInstanceOfSatisfying(
                            InferenceResult.Output.class,
                            output ->
                                    assertThat(HexFormat.of().formatHex(output.bytes()))
                                            .isEqualTo(node.get("output").asString()));
        }
    }

    @Test
    void floatsHaveTheirKeysAndTheirFixedPointNumbers() throws Exception {
        JsonNode file = read("floats.json", GoldenVectors.floats());
        for (JsonNode a : file.get("keys")) {
            float x = Float.intBitsToFloat(bits(a));
            int key = a.get("key").asInt();
            assertThat(FloatKey.ofBits(bits(a))).isEqualTo(key);
            assertThat(key == FloatKey.MISSING).isEqualTo(Float.isNaN(x));
            if (x < Float.POSITIVE_INFINITY) {
                int next = Float.floatToRawIntBits(Math.nextUp(x));
                assertThat(FloatKey.ofBits(next)).as("after %s", x).isEqualTo(key + 1);
            }
            for (JsonNode b : file.get("keys")) {
                float y = Float.intBitsToFloat(bits(b));
                if (!Float.isNaN(x) && !Float.isNaN(y)) {
                    assertThat(key <= b.get("key").asInt()).isEqualTo(x <= y);
                }
            }
        }
        for (JsonNode fixed : file.get("fixed")) {
            int key = FloatKey.ofBits(bits(fixed));
            int shift = fixed.get("shift").asInt();
            assertThat(FixedPoint.ofFloat(key, shift)).isEqualTo(fixed.get("fixed").asInt());
            assertThat(Reference.fixed(key, shift).intValueExact())
                    .isEqualTo(fixed.get("fixed").asInt());
        }
    }

    private static int bits(JsonNode node) {
        return HexFormat.fromHexDigits(node.get("bits").asString());
    }

    /**
     * What is proven holds: on inputs at the ends of their intervals no intermediate of the
     * formulas leaves its type, and no result its interval.
     */
    @TestFactory
    Stream<DynamicTest> nothingLeavesWhatIsProven() {
        return Ops.rows().stream()
                .map(
                        row ->
                                DynamicTest.dynamicTest(
                                        row.name(),
                                        () -> Seeded.forSeeds(60, random -> prove(row, random))));
    }

    private static void prove(Ops.Row row, java.util.random.RandomGenerator random)
            throws InvalidModelException {
        OpCases.Case made = OpCases.random(row.number(), random);
        Values y = OpTrial.run(new ScalarKernels(), made.op(), made.values());
        assertThat(Reference.run(made.op(), y.type(), made.values())).isEqualTo(y.values());
    }

    private static TensorType type(JsonNode node) {
        return new TensorType(
                DType.valueOf(node.get("type").asString()), Shape.of(ints(node.get("shape"))));
    }

    private static Interval interval(JsonNode node) {
        return new Interval(node.get(0).asLong(), node.get(1).asLong());
    }

    private static int[] ints(JsonNode node) {
        int[] values = new int[node.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = node.get(i).asInt();
        }
        return values;
    }
}
