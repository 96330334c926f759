package dev.lockstep.precompiles.standard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.Precompiles;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.precompiles.Chain;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.types.Address;
import dev.lockstep.types.ChainSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Transactions of all the gas there is that do nothing but call a precompile with input that it
 * works long on, or that is wrong: in a process of little memory and small stacks.
 */
final class HostileInputTest {
    private static final String HEAP = "-Xmx96m";
    private static final String STACK = "-Xss320k";

    private static final Address CALLER = Address.ofNumber(0xca11e4);

    /** Much longer call data costs more than a transaction may. */
    private static final int LONG_BYTES = 1 << 16;

    private static final long SEED = 24;

    /** Where a precompile's vectors are, of which the longest is taken. */
    private static final Map<String, String> VECTORS =
            Map.ofEntries(
                    Map.entry("ECRECOVER", "ecRecover"),
                    Map.entry("MODEXP", "modexp_eip7883"),
                    Map.entry("ECADD", "bn256Add"),
                    Map.entry("ECMUL", "bn256ScalarMul"),
                    Map.entry("ECPAIRING", "bn256Pairing"),
                    Map.entry("BLAKE2F", "blake2F"),
                    Map.entry("POINT_EVALUATION", "pointEvaluation"),
                    Map.entry("BLS12_G1ADD", "blsG1Add"),
                    Map.entry("BLS12_G1MSM", "blsG1MultiExp"),
                    Map.entry("BLS12_G2ADD", "blsG2Add"),
                    Map.entry("BLS12_G2MSM", "blsG2MultiExp"),
                    Map.entry("BLS12_PAIRING_CHECK", "blsPairing"),
                    Map.entry("BLS12_MAP_FP_TO_G1", "blsMapG1"),
                    Map.entry("BLS12_MAP_FP2_TO_G2", "blsMapG2"),
                    Map.entry("P256VERIFY", "p256Verify"));

    @Test
    void allGasSpentOnOnePrecompileNeedsLittleMemoryAndEndsInOrder()
            throws IOException, InterruptedException {
        Vectors.file("lgpl-geth/precompiles/ecRecover.json");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                HEAP,
                                STACK,
                                "-cp",
                                System.getProperty("java.class.path"),
                                HostileInputTest.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).contains("ECRECOVER", "P256VERIFY");
    }

    /** What runs in the process of its own. */
    public static void main(String[] args) {
        for (Precompiles.Row row : LockstepPrecompiles.standard().rows()) {
            inputs(row.name()).forEach((what, input) -> spend(row, what, input));
        }
    }

    private static void spend(Precompiles.Row row, String what, Bytes input) {
        Chain chain = new Chain(LockstepPrecompiles.standard());
        chain.etch(CALLER, calling(row.address()));
        Executed executed = chain.send(CALLER, input);
        System.out.println(row.name() + ", " + what + ": " + executed.gasUsed() + " gas");
        if (executed.gasUsed() != ChainSpec.TRANSACTION_GAS_LIMIT_MAX || executed.succeeded()) {
            throw new AssertionError("ended before its gas: " + executed);
        }
    }

    private static Map<String, Bytes> inputs(String name) {
        Map<String, Bytes> inputs = new LinkedHashMap<>();
        inputs.put("nothing", Bytes.EMPTY);
        inputs.put("zeros", Bytes.wrap(new byte[LONG_BYTES]));
        inputs.put("ones", Bytes.repeat((byte) 0xff, LONG_BYTES));
        byte[] noise = new byte[LONG_BYTES];
        new Random(SEED).nextBytes(noise);
        inputs.put("noise of seed " + SEED, Bytes.wrap(noise));
        String file = VECTORS.get(name);
        if (file != null) inputs.put("longest vector", longest(file));
        return inputs;
    }

    private static Bytes longest(String file) {
        List<Bytes> inputs = new ArrayList<>();
        for (JsonNode vector : Vectors.file("lgpl-geth/precompiles/" + file + ".json")) {
            Bytes input = Vectors.hex(vector, "Input");
            if (input.size() <= LONG_BYTES) inputs.add(input);
        }
        return inputs.stream().max((a, b) -> Integer.compare(a.size(), b.size())).orElseThrow();
    }

    /** Copies the call data to memory and calls with it, with all gas, for ever. */
    private static Bytes calling(Address precompile) {
        return Bytes.concatenate(
                Bytes.fromHexString("0x365f5f375b5f5f365f73"),
                precompile.bytes(),
                Bytes.fromHexString("0x5afa50600456"));
    }
}
