package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionTest {
    @Test
    void theLineIsTheLine() throws Exception {
        Session session = Session.open(Samples.line());
        assertThat(output(session, new byte[] {1, 2})).containsExactly(3);
        assertThat(output(session, new byte[] {-1, 3})).containsExactly(-1);
        assertThat(output(session, new byte[] {127, -128})).containsExactly(127);
        assertThat(output(session, new byte[] {-128, 127})).containsExactly(-128);
    }

    @Test
    void aRunLeavesNothingBehind() throws Exception {
        Model model = Samples.network(5);
        Session used = Session.open(model);
        Seeded.forSeeds(
                50,
                random -> {
                    byte[] input = new byte[model.inputBytes()];
                    random.nextBytes(input);
                    assertThat(output(used, input)).isEqualTo(output(Session.open(model), input));
                });
    }

    @Test
    void inputsAndOutputsAreBigEndianInDeclaredOrder() throws Exception {
        GraphBuilder g = new GraphBuilder();
        GraphBuilder.TensorRef a = g.input(DType.I32, Shape.of(2), Quantization.IDENTITY);
        GraphBuilder.TensorRef b = g.input(DType.I16, Shape.of(2), Quantization.IDENTITY);
        GraphBuilder.TensorRef difference =
                g.add(new Add(0, 0, 2, -2, 1, DType.I32, Clipping.of(0, DType.I32)), a, b);
        GraphBuilder.TensorRef narrow = g.add(new Clip(-5, 5), b);
        Model model =
                g.build(
                        List.of(
                                new GraphBuilder.Output(narrow, Quantization.IDENTITY),
                                new GraphBuilder.Output(difference, Quantization.IDENTITY)));
        assertThat(model.inputBytes()).isEqualTo(12);
        ByteBuffer input =
                ByteBuffer.allocate(12)
                        .putInt(100_000)
                        .putInt(-7)
                        .putShort((short) -300)
                        .putShort((short) 4);
        ByteBuffer expected =
                ByteBuffer.allocate(12)
                        .putShort((short) -5)
                        .putShort((short) 4)
                        .putInt(100_300)
                        .putInt(-11);
        assertThat(output(Session.open(model), input.array())).isEqualTo(expected.array());
    }

    @Test
    void anInputOfTheWrongLengthIsAValue() throws Exception {
        InferenceResult result = Session.open(Samples.line()).run(new byte[3]);
        assertThat(result).isEqualTo(new InferenceResult.InputLength(2, 3));
        assertThat(result).hasToString("input has 3 bytes; the model takes 2");
    }

    @Test
    void anElementOutOfRangeIsNamed() throws Exception {
        GraphBuilder g = new GraphBuilder();
        GraphBuilder.TensorRef a =
                g.input(DType.I8, Shape.of(2), Quantization.IDENTITY, new Interval(0, 9));
        GraphBuilder.TensorRef b = g.input(DType.I16, Shape.of(2), Quantization.IDENTITY);
        GraphBuilder.TensorRef sum =
                g.add(new Add(0, 0, 2, 2, 1, DType.I16, Clipping.of(0, DType.I16)), a, b);
        Session session =
                Session.open(g.build(List.of(new GraphBuilder.Output(sum, Quantization.IDENTITY))));
        assertThat(session.run(new byte[] {0, 10, 0, 0, 0, 0}))
                .isEqualTo(new InferenceResult.InputOutOfRange(1, 10, new Interval(0, 9)))
                .hasToString("input element 1 is 10; allowed 0..9");
        assertThat(session.run(new byte[] {0, 9, 0, 0, (byte) 0x80, 0}))
                .isEqualTo(
                        new InferenceResult.InputOutOfRange(
                                3, -32768, new Interval(-32767, 32767)));
        assertThat(session.run(new byte[] {0, 9, 0, 0, (byte) 0x80, 1}))
                .isInstanceOf(InferenceResult.Output.class);
    }

    @Test
    void anObserverSeesEveryResultInOrder() throws Exception {
        Model model = Samples.network(6);
        List<TensorType> seen = new ArrayList<>();
        Session.open(model)
                .run(
                        new byte[model.inputBytes()],
                        (op, type, values) -> {
                            assertThat(op).isEqualTo(seen.size());
                            assertThat(values).hasSize(type.shape().elements());
                            seen.add(type);
                        });
        assertThat(seen).isEqualTo(model.ops().stream().map(OpInfo::type).toList());
    }

    static byte[] output(Session session, byte[] input) {
        return switch (session.run(input)) {
            case InferenceResult.Output(byte[] bytes) -> bytes;
            case InferenceResult.InputLength refusal -> throw new AssertionError(refusal);
            case InferenceResult.InputOutOfRange refusal -> throw new AssertionError(refusal);
        };
    }
}
