package dev.lockstep.cli;

import dev.lockstep.inference.Clip;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.FloatKey;
import dev.lockstep.inference.GraphBuilder;
import dev.lockstep.inference.GraphBuilder.Output;
import dev.lockstep.inference.GraphBuilder.TensorRef;
import dev.lockstep.inference.Interval;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelFile;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Quantization;
import dev.lockstep.inference.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The golden vectors of LKA-1 as models of one operation, each with an input and its result. */
final class GoldenVectors {
    /**
     * A run.
     *
     * @param output what the model yields first
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Run(String name, Model model, byte[] input, byte[] output) {}

    private GoldenVectors() {}

    /**
     * All runs, in the order of the files' names.
     *
     * @fails CommandFailure where the folder has none, or a file is none
     */
    static List<Run> read(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new CommandFailure("--vectors is " + folder + "; there is no such folder");
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith(".json")).sorted().toList();
        }
        List<Run> runs = new ArrayList<>();
        for (Path file : files) {
            String name = file.getFileName().toString();
            try {
                JsonNode content = new ObjectMapper().readTree(Files.readString(file));
                JsonNode operations = content.path("runs");
                for (int i = 0; i < operations.size(); i++) {
                    runs.add(
                            operation(
                                    name + ", run " + i,
                                    content.required("number").asInt(),
                                    operations.get(i)));
                }
                for (JsonNode model : content.path("models")) {
                    runs.add(
                            new Run(
                                    name,
                                    ModelFile.read(bytes(model, "file")),
                                    bytes(model, "input"),
                                    bytes(model, "output")));
                }
            } catch (JacksonException malformed) {
                throw none(file, malformed.getOriginalMessage(), malformed);
            } catch (InvalidModelException | IllegalArgumentException broken) {
                throw none(file, broken.getMessage(), broken);
            }
        }
        if (runs.isEmpty()) {
            throw new CommandFailure(
                    "--vectors is " + folder + "; there are no golden vectors in it");
        }
        return runs;
    }

    private static CommandFailure none(Path file, @Nullable String why, Exception cause) {
        return new CommandFailure(
                file + " has no golden vectors: " + String.valueOf(why).replace('\n', ' '), cause);
    }

    private static byte[] bytes(JsonNode node, String name) {
        return HexFormat.of().parseHex(node.required(name).asString());
    }

    private static Run operation(String name, int number, JsonNode run)
            throws InvalidModelException {
        GraphBuilder graph = new GraphBuilder();
        List<TensorRef> operands = new ArrayList<>();
        List<byte[]> input = new ArrayList<>();
        for (JsonNode node : run.required("inputs")) {
            DType dtype = DType.valueOf(node.required("type").asString());
            Shape shape = Shape.of(ints(node.required("shape")));
            int[] values = ints(node.required("values"));
            if (dtype.isWeights()) {
                operands.add(graph.weights(shape, encode(dtype, values)));
            } else {
                Interval range =
                        new Interval(
                                Arrays.stream(values).min().orElseThrow(),
                                Arrays.stream(values).max().orElseThrow());
                operands.add(graph.input(dtype, shape, Quantization.IDENTITY, range));
                input.add(encode(dtype, values));
            }
        }
        Op op =
                Op.read(
                        number,
                        Ints.of(ints(run.required("attributes"))),
                        Ints.of(ints(run.required("constants"))));
        TensorRef result = graph.add(op, operands.toArray(TensorRef[]::new));
        List<Output> outputs = new ArrayList<>();
        outputs.add(new Output(result, Quantization.IDENTITY));
        if (input.isEmpty()) {
            // A model has an input, and whatever it has is of use.
            TensorRef idle = graph.input(DType.I8, Shape.of(1), Quantization.IDENTITY);
            outputs.add(new Output(graph.add(new Clip(0, 0), idle), Quantization.IDENTITY));
            input.add(new byte[1]);
        }
        JsonNode output = run.required("output");
        return new Run(
                name,
                graph.build(outputs),
                joined(input),
                encode(
                        DType.valueOf(output.required("type").asString()),
                        ints(output.required("values"))));
    }

    private static int[] ints(JsonNode list) {
        int[] values = new int[list.size()];
        for (int i = 0; i < values.length; i++) values[i] = list.get(i).asInt();
        return values;
    }

    private static byte[] joined(List<byte[]> parts) {
        ByteBuffer all = ByteBuffer.allocate(parts.stream().mapToInt(part -> part.length).sum());
        parts.forEach(all::put);
        return all.array();
    }

    /** Elements as they stand in an input or output; those of type F32 are given as keys. */
    static byte[] encode(DType dtype, int[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * dtype.bytes());
        for (int value : values) {
            switch (dtype) {
                case I8, W8 -> bytes.put((byte) value);
                case I16 -> bytes.putShort((short) value);
                case I32 -> bytes.putInt(value);
                case F32 -> bytes.putInt(FloatKey.bits(value));
            }
        }
        return bytes.array();
    }
}
