package dev.lockstep.precompiles.standard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.types.Fork;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class VectorsTest {
    @ParameterizedTest
    @CsvSource({
        "ECRECOVER,  ISTANBUL,  lgpl-geth/precompiles/ecRecover.json, true",
        "MODEXP,     BYZANTIUM, lgpl-geth/precompiles/modexp.json, true",
        "MODEXP,     BERLIN,    lgpl-geth/precompiles/modexp_eip2565.json, true",
        "MODEXP,     OSAKA,     lgpl-geth/precompiles/modexp_eip7883.json, true",
        "BLAKE2F,    ISTANBUL,  lgpl-geth/precompiles/blake2F.json, true",
        "BLAKE2F,    ISTANBUL,  lgpl-geth/precompiles/fail-blake2f.json, false",
        "ECADD,      ISTANBUL,  lgpl-geth/precompiles/bn256Add.json, true",
        "ECMUL,      ISTANBUL,  lgpl-geth/precompiles/bn256ScalarMul.json, true",
        "ECPAIRING,  ISTANBUL,  lgpl-geth/precompiles/bn256Pairing.json, true",
        "P256VERIFY, OSAKA,     lgpl-geth/precompiles/p256Verify.json, true",
        "P256VERIFY, OSAKA,     precompiles/eips/eip-7951/test-vectors.json, false",
        "P256VERIFY, OSAKA,     precompiles/besu/p256verify_test_vectors.json, false",
    })
    void agreesWithPublicVectors(String name, Fork fork, String path, boolean isPriced) {
        assertThat(Vectors.failures(body(name), fork, Vectors.file(path), isPriced)).isEmpty();
    }

    private static Precompile body(String name) {
        return LockstepPrecompiles.standard().rows().stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow()
                .body();
    }

    /** Signatures of r and s with 32 bytes each are what the precompile can be asked at all. */
    @Test
    void p256AgreesWithWycheproof() throws NoSuchAlgorithmException {
        JsonNode file = Vectors.file("wycheproof/ecdsa_secp256r1_sha256_p1363_test.json");
        List<String> failures = new ArrayList<>();
        int asked = 0;
        for (JsonNode group : file.path("testGroups")) {
            String key = group.path("publicKey").path("uncompressed").asString().substring(2);
            for (JsonNode test : group.path("tests")) {
                Bytes signature = Vectors.hex(test, "sig");
                if (signature.size() != 64) {
                    assertThat(test.path("result").asString()).isEqualTo("invalid");
                    continue;
                }
                asked++;
                byte[] message = Vectors.hex(test, "msg").toArray();
                Bytes digest = Bytes.wrap(MessageDigest.getInstance("SHA-256").digest(message));
                Bytes input = Bytes.concatenate(digest, signature, Bytes.fromHexString(key));
                PrecompileResult.Output output =
                        (PrecompileResult.Output)
                                new P256Verify().run(input, Vectors.at(Fork.OSAKA));
                boolean isValid = test.path("result").asString().equals("valid");
                if (output.bytes().isEmpty() == isValid) {
                    failures.add(test.path("tcId") + " " + test.path("comment"));
                }
            }
        }
        System.out.println(
                "P256Verify on wycheproof: "
                        + asked
                        + " vectors, "
                        + failures.size()
                        + " failures");
        assertThat(asked).isGreaterThan(200);
        assertThat(failures).isEmpty();
    }
}
