package dev.lockstep.cli;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.FloatKey;
import dev.lockstep.inference.InferenceResult;
import dev.lockstep.inference.Interval;
import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ScalarKernels;
import dev.lockstep.inference.Session;
import dev.lockstep.inference.TensorSpec;
import dev.lockstep.inference.kernels.NativeGuard;
import dev.lockstep.inference.kernels.PlainKernels;
import dev.lockstep.inference.kernels.Probe;
import dev.lockstep.inference.kernels.ServingKernels;
import dev.lockstep.inference.kernels.VectorKernels;
import dev.lockstep.types.Hash;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.tuweni.bytes.Bytes;

/**
 * One hash over what the engine computes: equal on every machine, under every JVM option, with any
 * number of threads and by every backend.
 */
final class ModelDigest implements AutoCloseable {
    private static final int PROBES = 240;
    private static final int INPUTS = 4;

    /** A way to run, of which the hash must not depend. */
    private record Way(String name, Supplier<Kernels> kernels) {}

    private final List<Way> ways;
    private final ExecutorService threads;

    /**
     * @param vectors whether vector kernels run even where they are too slow to serve
     */
    ModelDigest(int threadCount, boolean vectors) {
        this.threads = Executors.newFixedThreadPool(threadCount + 4);
        this.ways = new ArrayList<>();
        ways.add(new Way("scalar", ScalarKernels::new));
        ways.add(new Way("plain", PlainKernels::new));
        if (vectors) {
            ways.add(new Way("vector", VectorKernels::new));
        }
        NativeGuard.level()
                .ifPresent(
                        level ->
                                ways.add(
                                        new Way(
                                                "native " + level,
                                                () -> NativeGuard.unguarded().orElseThrow())));
        for (int i = 1; i <= threadCount; i++) {
            ways.add(new Way("serving, thread " + i, ServingKernels::new));
        }
    }

    /** Random operations of every kind that has kernels. */
    Hash probes() throws InterruptedException {
        return same(
                "operations",
                kernels -> {
                    ByteArrayOutputStream all = new ByteArrayOutputStream();
                    for (long seed = 0; seed < PROBES; seed++) {
                        int[] result = new Probe(seed).run(kernels);
                        ByteBuffer bytes = ByteBuffer.allocate(4 * result.length);
                        bytes.asIntBuffer().put(result);
                        all.writeBytes(bytes.array());
                    }
                    return all.toByteArray();
                });
    }

    /** The golden vectors, whose results are known. */
    Hash vectors(List<GoldenVectors.Run> runs) throws InterruptedException {
        return same(
                "golden vectors",
                kernels -> {
                    ByteArrayOutputStream all = new ByteArrayOutputStream();
                    for (GoldenVectors.Run run : runs) {
                        byte[] bytes = output(Session.open(run.model(), kernels), run.input());
                        if (!Arrays.equals(
                                bytes,
                                0,
                                run.output().length,
                                run.output(),
                                0,
                                run.output().length)) {
                            throw new CommandFailure(
                                    run.name() + " yields another result than is published");
                        }
                        all.writeBytes(bytes);
                    }
                    return all.toByteArray();
                });
    }

    private static byte[] output(Session session, byte[] input) {
        return switch (session.run(input)) {
            case InferenceResult.Output(byte[] bytes) -> bytes;
            case InferenceResult refused -> throw new IllegalStateException(refused.toString());
        };
    }

    /** A model on a few random inputs. */
    Hash model(Model model) throws InterruptedException {
        return same(
                "model 0x" + model.id().toHex(),
                kernels -> {
                    Session session = Session.open(model, kernels);
                    ByteArrayOutputStream all = new ByteArrayOutputStream();
                    SplittableRandom random = new SplittableRandom(1);
                    for (int i = 0; i < INPUTS; i++) {
                        all.writeBytes(output(session, input(model, random)));
                    }
                    return all.toByteArray();
                });
    }

    /** Hash of several hashes, in order. */
    static Hash total(List<Hash> parts) {
        return Keccak.hash(
                Bytes.concatenate(parts.stream().map(Hash::bytes).toArray(Bytes[]::new)));
    }

    @Override
    public void close() {
        threads.close();
    }

    private interface Run {
        byte[] on(Kernels kernels);
    }

    private Hash same(String what, Run run) throws InterruptedException {
        List<Future<Hash>> hashes = new ArrayList<>();
        for (Way way : ways) {
            hashes.add(threads.submit(() -> Keccak.hash(Bytes.wrap(run.on(way.kernels.get())))));
        }
        try {
            Hash first = hashes.getFirst().get();
            for (int i = 1; i < ways.size(); i++) {
                Hash hash = hashes.get(i).get();
                if (!hash.equals(first)) {
                    throw new CommandFailure(
                            "%s: scalar kernels yield %s, %s yields %s"
                                    .formatted(what, first, ways.get(i).name, hash));
                }
            }
            return first;
        } catch (ExecutionException broken) {
            if (broken.getCause() instanceof CommandFailure failure) {
                throw failure;
            }
            throw new CommandFailure(what + ": " + broken.getCause(), broken);
        }
    }

    private static byte[] input(Model model, SplittableRandom random) {
        ByteBuffer input = ByteBuffer.allocate(model.inputBytes());
        for (TensorSpec spec : model.inputs()) {
            Interval range = spec.range();
            int[] values = new int[spec.shape().elements()];
            for (int i = 0; i < values.length; i++) {
                int value = (int) random.nextLong(range.lo(), range.hi() + 1);
                values[i] = spec.dtype() == DType.F32 ? feature(value, range, random) : value;
            }
            input.put(GoldenVectors.encode(spec.dtype(), values));
        }
        return input.array();
    }

    /** A float from about 2^-4 to 2^4 rather than any, and often the least: a missing one. */
    private static int feature(int key, Interval range, SplittableRandom random) {
        if (random.nextInt(8) == 0) {
            return (int) range.lo();
        }
        int common = 0x3f800000 + key % 0x02000000;
        int signed = random.nextBoolean() ? common : -common;
        return (int)
                Math.clamp((long) signed, Math.max(range.lo(), -FloatKey.INFINITY), range.hi());
    }
}
