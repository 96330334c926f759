package dev.lockstep.precompiles.standard;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.types.Fork;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.tuweni.bytes.Bytes;
import tools.jackson.databind.JsonNode;

/**
 * Prints what precompiles do for their price at Osaka, the worst input of each file of public
 * vectors and some larger ones: gas, nanoseconds and Mgas/s, by CPU time of this thread, the least
 * of several rounds. Not a test: run it by its main method, with names of precompiles as arguments
 * for only those and {@code LOCKSTEP_FIXTURES} set.
 */
final class PrecompileSpeed {
    private static final int ROUNDS = 4;
    private static final int VECTORS_MAX = 25;
    private static final long MEASURED_NANOS = 20_000_000;

    private record Input(String precompile, String name, Bytes bytes) {}

    private record Speed(Input input, long gas, long nanos) {
        double megagasPerSecond() {
            return gas * 1e3 / nanos;
        }
    }

    private static final String[][] FILES = {
        {"ECRECOVER", "ecRecover"},
        {"MODEXP", "modexp_eip7883"},
        {"ECADD", "bn256Add"},
        {"ECMUL", "bn256ScalarMul"},
        {"ECPAIRING", "bn256Pairing"},
        {"BLAKE2F", "blake2F"},
        {"POINT_EVALUATION", "pointEvaluation"},
        {"BLS12_G1ADD", "blsG1Add"},
        {"BLS12_G1MSM", "blsG1Mul"},
        {"BLS12_G1MSM", "blsG1MultiExp"},
        {"BLS12_G2ADD", "blsG2Add"},
        {"BLS12_G2MSM", "blsG2Mul"},
        {"BLS12_G2MSM", "blsG2MultiExp"},
        {"BLS12_PAIRING_CHECK", "blsPairing"},
        {"BLS12_MAP_FP_TO_G1", "blsMapG1"},
        {"BLS12_MAP_FP2_TO_G2", "blsMapG2"},
        {"P256VERIFY", "p256Verify"},
    };

    private PrecompileSpeed() {}

    public static void main(String[] args) {
        List<List<Input>> families = families();
        List<String> asked = List.of(args);
        if (!asked.isEmpty()) {
            families.removeIf(family -> !asked.contains(family.getFirst().precompile));
        }
        Map<Input, Long> nanos = new HashMap<>();
        for (int round = 0; round <= ROUNDS; round++) {
            // The first round is for the compiler.
            if (round == 1) nanos.clear();
            for (List<Input> family : families) {
                for (Input input : family) nanos.merge(input, measure(input), Math::min);
            }
        }
        System.out.printf("%-20s %-46s%12s%12s%9s%n", "", "input", "gas", "ns", "Mgas/s");
        families.stream()
                .map(family -> worst(family, nanos))
                .sorted(Comparator.comparingDouble(Speed::megagasPerSecond))
                .forEach(PrecompileSpeed::print);
    }

    private static Speed worst(List<Input> family, Map<Input, Long> nanos) {
        return family.stream()
                .map(input -> new Speed(input, gas(input), nanos.get(input)))
                .min(Comparator.comparingDouble(Speed::megagasPerSecond))
                .orElseThrow(() -> new AssertionError("a family of no inputs"));
    }

    private static void print(Speed speed) {
        System.out.printf(
                Locale.ROOT,
                "%-20s %-46.46s%12d%12d%9.0f%n",
                speed.input.precompile,
                speed.input.name,
                speed.gas,
                speed.nanos,
                speed.megagasPerSecond());
    }

    /** Of each the worst is printed. What is free is paid by the call. */
    private static List<List<Input>> families() {
        List<List<Input>> families = new ArrayList<>();
        for (String[] file : FILES) {
            List<Input> family = new ArrayList<>();
            JsonNode vectors = Vectors.file("lgpl-geth/precompiles/" + file[1] + ".json");
            int step = Math.max(1, vectors.size() / VECTORS_MAX);
            for (int i = 0; i < vectors.size(); i += step) {
                String name = file[1] + " " + vectors.get(i).path("Name").asString();
                Input input = new Input(file[0], name, Vectors.hex(vectors.get(i), "Input"));
                if (gas(input) > 0) family.add(input);
            }
            families.add(family);
        }
        for (String hash : List.of("SHA256", "RIPEMD160", "IDENTITY")) {
            for (int size : new int[] {0, 32, 1 << 16}) {
                Bytes zeros = Bytes.wrap(new byte[size]);
                families.add(List.of(new Input(hash, size + " bytes", zeros)));
            }
        }
        for (int size : new int[] {32, 256, 1024}) families.add(List.of(powerOf(size)));
        return families;
    }

    /** Base, exponent and an odd modulus of ones, all of a size. */
    private static Input powerOf(int size) {
        Bytes length = Bytes.concatenate(Bytes.wrap(new byte[28]), Bytes.ofUnsignedInt(size));
        Bytes ones = Bytes.repeat((byte) 0xff, size);
        Bytes base = Bytes.repeat((byte) 0xfe, size);
        return new Input(
                "MODEXP",
                size + " bytes each, all ones",
                Bytes.concatenate(length, length, length, base, ones, ones));
    }

    private static Precompile body(Input input) {
        return LockstepPrecompiles.standard().rows().stream()
                .filter(each -> each.name().equals(input.precompile))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no row " + input.precompile))
                .body();
    }

    private static long gas(Input input) {
        return body(input).quote(input.bytes, Vectors.at(Fork.OSAKA));
    }

    /** Nanoseconds a call, of as many calls as take this long. */
    private static long measure(Input input) {
        Precompile body = body(input);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        for (long calls = 1; ; calls++) {
            PrecompileResult result = body.run(input.bytes, Vectors.at(Fork.OSAKA));
            if (!(result instanceof PrecompileResult.Output)) throw new AssertionError(input);
            long spent = threads.getCurrentThreadCpuTime() - start;
            if (spent >= MEASURED_NANOS) return spent / calls;
        }
    }
}
