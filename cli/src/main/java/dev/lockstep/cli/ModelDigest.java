package dev.lockstep.cli;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.inference.InferenceResult;
import dev.lockstep.inference.Interval;
import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ScalarKernels;
import dev.lockstep.inference.Session;
import dev.lockstep.inference.TensorSpec;
import dev.lockstep.inference.kernels.PlainKernels;
import dev.lockstep.inference.kernels.Probe;
import dev.lockstep.inference.kernels.ServingKernels;
import dev.lockstep.types.Hash;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
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

    ModelDigest(int threadCount) {
        this.threads = Executors.newFixedThreadPool(threadCount + 2);
        this.ways = new ArrayList<>();
        ways.add(new Way("scalar", ScalarKernels::new));
        ways.add(new Way("plain", PlainKernels::new));
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

    /** A model on a few random inputs. */
    Hash model(Model model) throws InterruptedException {
        return same(
                "model 0x" + model.id().toHex(),
                kernels -> {
                    Session session = Session.open(model, kernels);
                    ByteArrayOutputStream all = new ByteArrayOutputStream();
                    SplittableRandom random = new SplittableRandom(1);
                    for (int i = 0; i < INPUTS; i++) {
                        InferenceResult result = session.run(input(model, random));
                        if (!(result instanceof InferenceResult.Output(byte[] bytes))) {
                            throw new IllegalStateException(result.toString());
                        }
                        all.writeBytes(bytes);
                    }
                    return all.toByteArray();
                });
    }

    /** Hash of several hashes, in order. */
    static Hash total(List<Hash> parts) {
        return Keccak.hash(Bytes.concatenate(parts.toArray(Bytes[]::new)));
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
            throw new CommandFailure(what + ": " + broken.getCause(), broken);
        }
    }

    private static byte[] input(Model model, SplittableRandom random) {
        ByteBuffer input = ByteBuffer.allocate(model.inputBytes());
        for (TensorSpec spec : model.inputs()) {
            Interval range = spec.range();
            for (int i = 0; i < spec.shape().elements(); i++) {
                long value = random.nextLong(range.lo(), range.hi() + 1);
                switch (spec.dtype()) {
                    case I16 -> input.putShort((short) value);
                    case I32 -> input.putInt((int) value);
                    default -> input.put((byte) value);
                }
            }
        }
        return input.array();
    }
}
