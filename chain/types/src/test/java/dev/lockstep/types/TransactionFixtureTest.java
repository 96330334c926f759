package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The official transaction tests, as far as decoding and signatures decide them. */
class TransactionFixtureTest {
    /** Refusals that need only the bytes; the others are the executor's. */
    private static final Set<String> OF_THE_BYTES =
            Set.of(
                    "ADDRESS_TOO_LONG",
                    "ADDRESS_TOO_SHORT",
                    "EC_RECOVERY_FAIL",
                    "INVALID_SIGNATURE_VRS",
                    "GASPRICE_OVERFLOW",
                    "VALUE_OVERFLOW",
                    "PRIORITY_OVERFLOW",
                    "NONCE_OVERFLOW",
                    "TYPE_4_INVALID_AUTHORIZATION_FORMAT");

    private static final Set<String> BEFORE_CHAIN_IDS = Set.of("Frontier", "Homestead", "EIP150");

    private int valid;
    private int refused;
    private int notOfTheBytes;

    private final List<String> failures = new ArrayList<>();

    @Test
    void validOnesDecodeWithTheirHashAndSenderAndBrokenOnesAreRefused() {
        for (Path file : Fixtures.jsonBelow(Fixtures.path("ethereum/transaction"))) {
            for (var test : Fixtures.json(file).properties()) {
                Bytes encoded = bytes(test.getValue().get("txbytes").asString());
                for (var result : test.getValue().get("result").properties()) {
                    String name = test.getKey() + " " + result.getKey();
                    check(name, encoded, result.getKey(), result.getValue());
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "transaction tests: %d valid and %d refused as they should be, %d failed;"
                        + " %d need more than the bytes%n",
                valid,
                refused,
                failures.size(),
                notOfTheBytes);
        assertThat(failures).isEmpty();
        assertThat(valid).isGreaterThan(500);
        assertThat(refused).isGreaterThan(1000);
    }

    private static Bytes bytes(String hex) {
        return Bytes.fromHexStringLenient(hex);
    }

    private void check(String name, Bytes encoded, String fork, JsonNode expected) {
        SignedTransaction tx;
        try {
            tx = SignedTransaction.decode(encoded);
        } catch (RlpException refusal) {
            if (expected.has("exception")) refused++;
            else failures.add(name + ": " + refusal.getMessage());
            return;
        }
        if (expected.has("exception")) {
            String reason =
                    expected.get("exception").asString().replace("TransactionException.", "");
            if (!OF_THE_BYTES.contains(reason) && !reason.startsWith("RLP_")) notOfTheBytes++;
            else if (isForkRule(tx.transaction(), fork)) notOfTheBytes++;
            else failures.add(name + ": accepted, but " + reason);
            return;
        }
        boolean same =
                tx.hash().toString().equals(expected.get("hash").asString())
                        && tx.sender().toString().equals(expected.get("sender").asString())
                        && tx.transaction().encode().equals(encoded);
        if (same) valid++;
        else failures.add(name + ": hash or sender differs");
    }

    /** Low s came with Homestead and replay protection with Spurious Dragon: not for a decoder. */
    private static boolean isForkRule(Transaction tx, String fork) {
        boolean refusesHighS = !fork.equals("Frontier") && !tx.signature().isLowS();
        boolean refusesChainIds = BEFORE_CHAIN_IDS.contains(fork) && tx.chainId() != null;
        return refusesHighS || refusesChainIds;
    }
}
