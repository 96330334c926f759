package dev.lockstep.precompiles.standard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.types.Fork;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.bouncycastle.asn1.sec.SECNamedCurves;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
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
        "BLS12_G1ADD, PRAGUE, precompiles/eips/eip-2537/add_G1_bls.json, true",
        "BLS12_G1ADD, PRAGUE, precompiles/eips/eip-2537/fail-add_G1_bls.json, false",
        "BLS12_G1ADD, PRAGUE, precompiles/besu/g1_add.csv, true",
        "BLS12_G1ADD, PRAGUE, lgpl-geth/precompiles/blsG1Add.json, true",
        "BLS12_G1ADD, PRAGUE, lgpl-geth/precompiles/fail-blsG1Add.json, false",
        "BLS12_G1MSM, PRAGUE, precompiles/eips/eip-2537/mul_G1_bls.json, true",
        "BLS12_G1MSM, PRAGUE, precompiles/eips/eip-2537/fail-mul_G1_bls.json, false",
        "BLS12_G1MSM, PRAGUE, precompiles/eips/eip-2537/msm_G1_bls.json, true",
        "BLS12_G1MSM, PRAGUE, precompiles/eips/eip-2537/fail-msm_G1_bls.json, false",
        "BLS12_G1MSM, PRAGUE, precompiles/besu/g1_mul.csv, true",
        "BLS12_G1MSM, PRAGUE, precompiles/besu/g1_multiexp.csv, true",
        "BLS12_G1MSM, PRAGUE, lgpl-geth/precompiles/blsG1Mul.json, true",
        "BLS12_G1MSM, PRAGUE, lgpl-geth/precompiles/fail-blsG1Mul.json, false",
        "BLS12_G1MSM, PRAGUE, lgpl-geth/precompiles/blsG1MultiExp.json, true",
        "BLS12_G1MSM, PRAGUE, lgpl-geth/precompiles/fail-blsG1MultiExp.json, false",
        "BLS12_G2ADD, PRAGUE, precompiles/eips/eip-2537/add_G2_bls.json, true",
        "BLS12_G2ADD, PRAGUE, precompiles/eips/eip-2537/fail-add_G2_bls.json, false",
        "BLS12_G2ADD, PRAGUE, precompiles/besu/g2_add.csv, true",
        "BLS12_G2ADD, PRAGUE, lgpl-geth/precompiles/blsG2Add.json, true",
        "BLS12_G2ADD, PRAGUE, lgpl-geth/precompiles/fail-blsG2Add.json, false",
        "BLS12_G2MSM, PRAGUE, precompiles/eips/eip-2537/mul_G2_bls.json, true",
        "BLS12_G2MSM, PRAGUE, precompiles/eips/eip-2537/fail-mul_G2_bls.json, false",
        "BLS12_G2MSM, PRAGUE, precompiles/eips/eip-2537/fail-msm_G2_bls.json, false",
        "BLS12_G2MSM, PRAGUE, precompiles/besu/g2_mul.csv, true",
        "BLS12_G2MSM, PRAGUE, precompiles/besu/g2_multiexp.csv, true",
        "BLS12_G2MSM, PRAGUE, lgpl-geth/precompiles/blsG2Mul.json, true",
        "BLS12_G2MSM, PRAGUE, lgpl-geth/precompiles/fail-blsG2Mul.json, false",
        "BLS12_G2MSM, PRAGUE, lgpl-geth/precompiles/blsG2MultiExp.json, true",
        "BLS12_G2MSM, PRAGUE, lgpl-geth/precompiles/fail-blsG2MultiExp.json, false",
        "BLS12_PAIRING_CHECK, PRAGUE, precompiles/eips/eip-2537/pairing_check_bls.json, true",
        "BLS12_PAIRING_CHECK, PRAGUE, precompiles/eips/eip-2537/fail-pairing_check_bls.json, false",
        "BLS12_PAIRING_CHECK, PRAGUE, precompiles/besu/pairing.csv, true",
        "BLS12_PAIRING_CHECK, PRAGUE, precompiles/besu/invalid_subgroup_for_pairing.csv, true",
        "BLS12_PAIRING_CHECK, PRAGUE, lgpl-geth/precompiles/blsPairing.json, true",
        "BLS12_PAIRING_CHECK, PRAGUE, lgpl-geth/precompiles/fail-blsPairing.json, false",
        "BLS12_MAP_FP_TO_G1, PRAGUE, precompiles/eips/eip-2537/map_fp_to_G1_bls.json, true",
        "BLS12_MAP_FP_TO_G1, PRAGUE, precompiles/eips/eip-2537/fail-map_fp_to_G1_bls.json, false",
        "BLS12_MAP_FP_TO_G1, PRAGUE, precompiles/besu/fp_to_g1.csv, true",
        "BLS12_MAP_FP_TO_G1, PRAGUE, lgpl-geth/precompiles/blsMapG1.json, true",
        "BLS12_MAP_FP_TO_G1, PRAGUE, lgpl-geth/precompiles/fail-blsMapG1.json, false",
        "BLS12_MAP_FP2_TO_G2, PRAGUE, precompiles/eips/eip-2537/map_fp2_to_G2_bls.json, true",
        "BLS12_MAP_FP2_TO_G2, PRAGUE, precompiles/eips/eip-2537/fail-map_fp2_to_G2_bls.json, false",
        "BLS12_MAP_FP2_TO_G2, PRAGUE, precompiles/besu/fp2_to_g2.csv, true",
        "BLS12_MAP_FP2_TO_G2, PRAGUE, lgpl-geth/precompiles/blsMapG2.json, true",
        "BLS12_MAP_FP2_TO_G2, PRAGUE, lgpl-geth/precompiles/fail-blsMapG2.json, false",
        "POINT_EVALUATION, CANCUN, lgpl-geth/precompiles/pointEvaluation.json, true",
        "P256VERIFY, OSAKA,     lgpl-geth/precompiles/p256Verify.json, true",
        "P256VERIFY, OSAKA,     precompiles/eips/eip-7951/test-vectors.json, false",
        "P256VERIFY, OSAKA,     precompiles/besu/p256verify_test_vectors.json, false",
    })
    void agreesWithPublicVectors(String name, Fork fork, String path, boolean isPriced) {
        assertThat(Vectors.failures(body(name), fork, Vectors.of(path), isPriced)).isEmpty();
    }

    private static Precompile body(String name) {
        return LockstepPrecompiles.standard().rows().stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow()
                .body();
    }

    @Test
    void pointEvaluationAgreesWithTheVectorsOfTheLibrariesForKzg()
            throws IOException, NoSuchAlgorithmException {
        List<String> failures = new ArrayList<>();
        List<Path> cases = Vectors.files("kzg/verify_kzg_proof", "data.yaml");
        int asked = 0;
        for (Path path : cases) {
            Map<String, String> fields = Vectors.yaml(path);
            Bytes commitment = Bytes.fromHexString(fields.get("commitment"));
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(commitment.toArray());
            hash[0] = 1;
            Bytes input =
                    Bytes.concatenate(
                            Bytes.wrap(hash),
                            Bytes.fromHexString(fields.get("z")),
                            Bytes.fromHexString(fields.get("y")),
                            commitment,
                            Bytes.fromHexString(fields.get("proof")));
            asked++;
            PrecompileResult result = new PointEvaluation().run(input, Vectors.at(Fork.CANCUN));
            boolean holds = fields.get("output").equals("true");
            if (result instanceof PrecompileResult.Output != holds) {
                failures.add(path + ": " + result);
            }
        }
        System.out.println(
                "PointEvaluation on KZG's: "
                        + asked
                        + " vectors, "
                        + failures.size()
                        + " failures");
        assertThat(asked).isGreaterThan(100);
        assertThat(failures).isEmpty();
    }

    @Test
    void pointEvaluationAgreesWithBesusVectors() {
        JsonNode file = Vectors.file("precompiles/besu/pointEvaluationPrecompile.json");
        PrecompileResult good =
                new PrecompileResult.Output(Vectors.hex(file, "PrecompileReturnValue"));
        assertThat(file.path("TestCases")).isNotEmpty();
        for (JsonNode test : file.path("TestCases")) {
            PrecompileResult result =
                    new PointEvaluation().run(Vectors.hex(test, "Input"), Vectors.at(Fork.CANCUN));
            String reason = test.path("FailureMode").asString();
            if (test.path("Valid").asBoolean()) assertThat(result).isEqualTo(good);
            else assertThat(result).as(reason).isInstanceOf(PrecompileResult.Failed.class);
        }
        System.out.println(
                "PointEvaluation on Besu's: "
                        + file.path("TestCases").size()
                        + " vectors, 0 failures");
    }

    /** Signatures of r and s with 32 bytes each are what the precompile can be asked at all. */
    @ParameterizedTest
    @ValueSource(strings = {"ecdsa_secp256r1_sha256_p1363_test", "ecdsa_secp256r1_sha256_test"})
    void p256AgreesWithWycheproof(String name) throws NoSuchAlgorithmException {
        JsonNode file = Vectors.file("wycheproof/" + name + ".json");
        List<String> failures = new ArrayList<>();
        int asked = 0;
        for (JsonNode group : file.path("testGroups")) {
            String key = group.path("publicKey").path("uncompressed").asString().substring(2);
            for (JsonNode test : group.path("tests")) {
                asked++;
                Bytes given = Vectors.hex(test, "sig");
                Bytes signature = name.contains("p1363") ? given : fromDer(given);
                if (signature.size() != 64) {
                    assertThat(test.path("result").asString()).isEqualTo("invalid");
                    continue;
                }
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
                "P256Verify on wycheproof/"
                        + name
                        + ": "
                        + asked
                        + " vectors, "
                        + failures.size()
                        + " failures");
        assertThat(asked).isEqualTo(file.path("numberOfTests").asInt());
        assertThat(failures).isEmpty();
    }

    /** r and s in 32 bytes each; empty where the encoding or a range is not as DER has it. */
    private static Bytes fromDer(Bytes der) {
        try {
            BigInteger order = SECNamedCurves.getByName("secp256r1").getN();
            BigInteger[] rs = StandardDSAEncoding.INSTANCE.decode(order, der.toArray());
            return Bytes.concatenate(
                    UInt256.valueOf(rs[0]).toBytes(), UInt256.valueOf(rs[1]).toBytes());
        } catch (IOException | IllegalArgumentException | ClassCastException malformed) {
            return Bytes.EMPTY;
        }
    }
}
