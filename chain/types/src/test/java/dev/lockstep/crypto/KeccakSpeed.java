package dev.lockstep.crypto;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.bouncycastle.crypto.digests.KeccakDigest;

/**
 * Prints nanoseconds a hash, by CPU time of this thread: ours, Bouncy Castle's, and the JDK's
 * SHA-3, which is the same permutation behind another padding and so shows what the machine can do.
 * The least of several rounds that take turns; rounds as the first argument. Not a test: run it by
 * its main method.
 */
final class KeccakSpeed {
    private static final int[] SIZES_BYTES = {32, 64, 136, 1024};
    private static final int HASHED_BYTES = 16 << 20;

    private record Candidate(String name, Digest digest) {}

    private interface Digest {
        void hash(byte[] input, int size, byte[] output) throws DigestException;
    }

    private KeccakSpeed() {}

    public static void main(String[] args) throws DigestException, NoSuchAlgorithmException {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 10;
        KeccakDigest bouncy = new KeccakDigest(256);
        MessageDigest sha3 = MessageDigest.getInstance("SHA3-256");
        List<Candidate> candidates = new ArrayList<>();
        candidates.add(new Candidate("ours", (in, size, out) -> Keccak.hash(in, 0, size, out, 0)));
        candidates.add(
                new Candidate(
                        "Bouncy Castle",
                        (in, size, out) -> {
                            bouncy.update(in, 0, size);
                            bouncy.doFinal(out, 0);
                        }));
        candidates.add(
                new Candidate(
                        "JDK SHA3-256",
                        (in, size, out) -> {
                            sha3.update(in, 0, size);
                            sha3.digest(out, 0, 32);
                        }));
        long[][] nanos = new long[candidates.size()][SIZES_BYTES.length];
        for (int round = 0; round <= rounds; round++) {
            for (int i = 0; i < nanos.length; i++) {
                for (int j = 0; j < SIZES_BYTES.length; j++) {
                    long spent = measure(candidates.get(i).digest, SIZES_BYTES[j]);
                    // The first round is for the compiler.
                    if (round == 1 || round > 1 && spent < nanos[i][j]) nanos[i][j] = spent;
                }
            }
        }
        System.out.printf("%-16s", "ns a hash of");
        for (int size : SIZES_BYTES) System.out.printf(Locale.ROOT, "%8d B", size);
        System.out.println();
        for (int i = 0; i < nanos.length; i++) {
            System.out.printf("%-16s", candidates.get(i).name);
            for (long spent : nanos[i]) System.out.printf(Locale.ROOT, "%10d", spent);
            System.out.println();
        }
    }

    /** Each input holds the digest before it, so that no hash can be left out or moved. */
    private static long measure(Digest digest, int size) throws DigestException {
        byte[] input = new byte[size];
        new Random(size).nextBytes(input);
        int hashes = HASHED_BYTES / Math.max(136, size);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < hashes; i++) digest.hash(input, size, input);
        return (threads.getCurrentThreadCpuTime() - start) / hashes;
    }
}
