package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/**
 * Damaged files are refused, or are models in their own right: with one encoding, an id of their
 * own, and no surprise. Damage knows the structure: bytes, words, sizes and attributes at the ends
 * of their ranges, parts moved, and operations whose parameters are changed and everything that
 * follows from them made to fit.
 *
 * <p>{@code inference-engine/fuzz-models} runs as many mutants as wanted.
 */
class ModelFuzzTest {
    private static final int MUTATIONS = 6_000;

    /**
     * Above this a mutant is not run: it is within the limits, but a test has better things to do.
     */
    private static final long RUN_COST_MAX = 1 << 20;

    /** What reading a file of some kilobytes may allocate, whatever it says of itself. */
    private static final long ALLOCATED_BYTES_MAX = 32 << 20;

    private static final RandomGeneratorFactory<RandomGenerator> RANDOM =
            RandomGeneratorFactory.of("L64X128MixRandom");

    private static final int[] EDGES = {
        0,
        1,
        -1,
        2,
        3,
        7,
        62,
        63,
        127,
        128,
        255,
        1 << 15,
        1 << 20,
        (1 << 20) + 1,
        1 << 28,
        1 << 30,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        32767,
        -32768,
        -128
    };

    private final List<byte[]> files = new ArrayList<>();
    private long accepted;
    private long slowestNanos;
    private long mostBytes;

    @Test
    void aDamagedFileIsRefusedOrIsAnotherModel() throws Exception {
        long count = Long.getLong("lockstep.fuzz.models", MUTATIONS);
        long seed = Long.getLong("lockstep.fuzz.seed", 1);
        files.add(ModelFile.write(Samples.network(3)));
        files.add(ModelFile.write(Samples.classical()));
        RandomGenerator random = RANDOM.create(77);
        for (int round = 0; round < 4; round++) {
            for (Ops.Row row : Ops.rows()) {
                files.add(ModelFile.write(model(OpCases.random(row.number(), random))));
            }
        }
        long start = System.nanoTime();
        for (long i = 0; i < count; i++) {
            try {
                mutant(RANDOM.create(seed + i));
            } catch (Exception | AssertionError | StackOverflowError | OutOfMemoryError e) {
                throw new AssertionError("seed " + (seed + i) + ": " + e, e);
            }
            if (count > MUTATIONS && (i + 1) % (count / 10) == 0) {
                System.out.printf(
                        "%,d mutants, %,d of them models, %,d a second; slowest read %.1f ms of CPU, most memory for one %,d KiB%n",
                        i + 1,
                        accepted,
                        (i + 1) * 1_000_000_000L / (System.nanoTime() - start),
                        slowestNanos / 1e6,
                        mostBytes >> 10);
            }
        }
        assertThat(accepted).as("mutants that are models").isBetween(1L, count - 1);
    }

    /** One operation whose inputs are a model's inputs, or its weights. */
    private static Model model(OpCases.Case made) throws InvalidModelException {
        GraphBuilder g = new GraphBuilder();
        GraphBuilder.TensorRef[] operands = new GraphBuilder.TensorRef[made.inputs().size()];
        for (int i = 0; i < operands.length; i++) {
            OpTrial.Values input = made.inputs().get(i);
            DType dtype = input.type().dtype();
            if (dtype.isWeights()) {
                byte[] bytes = new byte[input.values().length];
                for (int k = 0; k < bytes.length; k++) {
                    bytes[k] = (byte) input.values()[k];
                }
                operands[i] = g.weights(input.type().shape(), bytes);
            } else {
                operands[i] =
                        g.input(
                                dtype,
                                input.type().shape(),
                                Quantization.IDENTITY,
                                input.interval());
            }
        }
        if (operands.length == 0) {
            g.input(DType.I8, Shape.of(1), Quantization.IDENTITY);
        }
        GraphBuilder.TensorRef result = g.add(made.op(), operands);
        List<GraphBuilder.Output> outputs = new ArrayList<>();
        outputs.add(new GraphBuilder.Output(result, Quantization.IDENTITY));
        return operands.length == 0 ? Samples.line() : g.build(outputs);
    }

    private void mutant(RandomGenerator random) throws Exception {
        if (random.nextInt(3) == 0) {
            changedOperation(random);
            return;
        }
        byte[] file = files.get(random.nextInt(files.size()));
        byte[] mutant = mutate(random, file);
        if (!Arrays.equals(mutant, file)) {
            survives(random, mutant);
        }
    }

    /** An operation with a word of its parameters changed, and a file in which all else fits it. */
    private void changedOperation(RandomGenerator random) throws Exception {
        OpCases.Case made =
                OpCases.random(Ops.rows().get(random.nextInt(Ops.rows().size())).number(), random);
        OpFields fields = made.op().fields();
        int[] attributes = Arrays.copyOf(fields.attributes().toArray(), OpFields.ATTRIBUTES_MAX);
        int[] constants = fields.constants().toArray();
        for (int changes = Seeded.between(random, 1, 2); changes > 0; changes--) {
            if (constants.length > 0 && random.nextBoolean()) {
                change(random, constants, random.nextInt(constants.length));
            } else {
                change(
                        random,
                        attributes,
                        random.nextInt(fields.attributes().length() + 1) % attributes.length);
            }
        }
        byte[] file;
        try {
            Op op = Op.read(Ops.of(made.op()).number(), Ints.of(attributes), Ints.of(constants));
            file = ModelFile.write(model(new OpCases.Case(op, made.inputs())));
        } catch (InvalidModelException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        survives(random, file);
    }

    private static void change(RandomGenerator random, int[] words, int at) {
        switch (random.nextInt(3)) {
            case 0 -> words[at] += random.nextBoolean() ? 1 : -1;
            case 1 -> words[at] ^= 1 << random.nextInt(32);
            default -> words[at] = EDGES[random.nextInt(EDGES.length)];
        }
    }

    private void survives(RandomGenerator random, byte[] mutant) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = threads.getCurrentThreadAllocatedBytes();
        long start = threads.getCurrentThreadCpuTime();
        Model model = null;
        try {
            model = ModelFile.read(mutant);
        } catch (InvalidModelException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
        slowestNanos = Math.max(slowestNanos, threads.getCurrentThreadCpuTime() - start);
        bytes = threads.getCurrentThreadAllocatedBytes() - bytes;
        mostBytes = Math.max(mostBytes, bytes);
        assertThat(bytes).as("bytes allocated").isLessThan(ALLOCATED_BYTES_MAX);
        if (model == null) {
            return;
        }
        accepted++;
        assertThat(ModelFile.write(model)).isEqualTo(mutant);
        if (model.cost().macs() + model.cost().elements() < RUN_COST_MAX
                && model.plan().arenaElements() < RUN_COST_MAX) {
            runs(random, model);
        }
    }

    private static void runs(RandomGenerator random, Model model) {
        InferenceResult result =
                Session.open(model, new ScalarKernels())
                        .run(
                                input(random, model),
                                (op, type, values) -> {
                                    Interval proven = model.ops().get(op).interval();
                                    for (int value : values) {
                                        if (value < proven.lo() || value > proven.hi()) {
                                            throw new AssertionError(
                                                    value + " is beyond the proven " + proven);
                                        }
                                    }
                                });
        // A range between the key of NaN and those of numbers lets no input in.
        assertThat(result)
                .isInstanceOfAny(
                        InferenceResult.Output.class, InferenceResult.InputOutOfRange.class);
    }

    /** Elements anywhere within the ranges that the model declares, and often at their ends. */
    private static byte[] input(RandomGenerator random, Model model) {
        ByteBuffer input = ByteBuffer.allocate(model.inputBytes());
        for (TensorSpec tensor : model.inputs()) {
            int lo = (int) tensor.range().lo();
            int hi = (int) tensor.range().hi();
            for (int i = tensor.shape().elements(); i > 0; i--) {
                int value =
                        switch (random.nextInt(6)) {
                            case 0 -> lo;
                            case 1 -> hi;
                            default -> Seeded.between(random, lo, hi);
                        };
                switch (tensor.dtype()) {
                    case I8 -> input.put((byte) value);
                    case I16 -> input.putShort((short) value);
                    case I32 -> input.putInt(value);
                    case F32 -> input.putInt(FloatKey.bits(present(value, hi)));
                    case W8 -> throw new AssertionError("weights as an input");
                }
            }
        }
        return input.array();
    }

    /** Between the key of NaN and those of numbers there is none. */
    private static int present(int key, int hi) {
        return key == FloatKey.MISSING ? key : Math.max(key, Math.min(hi, -FloatKey.INFINITY));
    }

    private static byte[] mutate(RandomGenerator random, byte[] file) {
        byte[] mutant = file.clone();
        for (int changes = Seeded.between(random, 1, 3); changes > 0; changes--) {
            int at = random.nextInt(mutant.length);
            switch (random.nextInt(7)) {
                case 0 -> mutant[at] = (byte) random.nextInt();
                case 1 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
                case 2 ->
                        Arrays.fill(
                                mutant,
                                at,
                                Math.min(mutant.length, at + 4),
                                (byte) -random.nextInt(2));
                case 3 -> {
                    int from = random.nextInt(mutant.length);
                    int length = Math.min(random.nextInt(64), mutant.length - Math.max(from, at));
                    System.arraycopy(file, from, mutant, at, length);
                }
                case 4, 5 -> word(mutant, at & -4, EDGES[random.nextInt(EDGES.length)]);
                default -> mutant[at] += (byte) (random.nextBoolean() ? 1 : -1);
            }
        }
        return random.nextInt(50) == 0
                ? Arrays.copyOf(mutant, random.nextInt(mutant.length + 64))
                : mutant;
    }

    /** Every number of a file starts at a multiple of its size, so a word is often one. */
    private static void word(byte[] bytes, int at, int value) {
        for (int i = 0; i < 4 && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >>> (8 * i));
        }
    }
}
