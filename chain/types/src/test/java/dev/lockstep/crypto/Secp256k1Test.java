package dev.lockstep.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.Address;
import dev.lockstep.types.Fixtures;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Signature;
import java.io.IOException;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Random;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class Secp256k1Test {
    private static final Secp256k1.Curve BOUNCY = new BouncyCurve();

    /** The field's prime. */
    private static final UInt256 FIELD =
            UInt256.fromHexString(
                    "0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");

    @BeforeAll
    static void theNativeLibraryIsThere() {
        Assumptions.assumeTrue(
                NativeCurve.isAvailable(), "skipped: no native secp256k1 on this machine");
    }

    @Test
    void signaturesKeysAndRecoveriesAreEqualOnBothCurves() {
        long seed = 256;
        Random random = new Random(seed);
        Secp256k1.Curve fast = new NativeCurve();
        for (int i = 0; i < 60; i++) {
            Bytes32 secret = Bytes32.random(random);
            Hash digest = new Hash(Bytes32.random(random));
            KeyPair keys = KeyPair.of(secret);
            assertThat(fast.publicKey(secret))
                    .as("seed %d, round %d", seed, i)
                    .isEqualTo(BOUNCY.publicKey(secret));
            Signature signature = fast.sign(digest, keys);
            assertThat(BOUNCY.sign(digest, keys)).isEqualTo(signature);
            assertThat(signature.isLowS()).isTrue();
            assertThat(fast.recover(digest, signature)).isEqualTo(keys.publicKey());
            assertThat(BOUNCY.recover(digest, signature)).isEqualTo(keys.publicKey());
            assertThat(Secp256k1.recover(digest, signature)).isEqualTo(keys.address());
        }
    }

    @Test
    void bothSidesAgreeAndBothCurvesGiveTheSame() {
        long seed = 258;
        Random random = new Random(seed);
        Secp256k1.Curve fast = new NativeCurve();
        for (int i = 0; i < 40; i++) {
            KeyPair a = KeyPair.of(Bytes32.random(random));
            KeyPair b = KeyPair.of(Bytes32.random(random));
            Bytes32 agreed = Secp256k1.agree(a, b.publicKey());
            assertThat(agreed).as("seed %d, round %d", seed, i).isNotNull();
            assertThat(Secp256k1.agree(b, a.publicKey())).isEqualTo(agreed);
            assertThat(BOUNCY.agree(a.secret(), b.publicKey())).isEqualTo(agreed);
            Bytes noPoint = Bytes.random(64, random);
            assertThat(fast.agree(a.secret(), noPoint)).isNull();
            assertThat(BOUNCY.agree(a.secret(), noPoint)).isNull();
        }
        assertThat(fast.agree(Bytes32.leftPad(Bytes.of(1)), Bytes.of(1, 2))).isNull();
        assertThat(BOUNCY.agree(Bytes32.leftPad(Bytes.of(1)), Bytes.of(1, 2))).isNull();
    }

    @Test
    void valuesAtTheEdgesRecoverToTheSameOnBothCurves() {
        UInt256 n = Secp256k1.ORDER;
        List<UInt256> edges =
                List.of(
                        UInt256.ZERO,
                        UInt256.ONE,
                        UInt256.valueOf(2),
                        UInt256.valueOf(5),
                        Secp256k1.HALF_ORDER,
                        Secp256k1.HALF_ORDER.add(1),
                        n.subtract(1),
                        n,
                        n.add(1),
                        FIELD.subtract(n),
                        FIELD.subtract(n).subtract(1),
                        FIELD.subtract(1),
                        FIELD,
                        UInt256.MAX_VALUE);
        Secp256k1.Curve fast = new NativeCurve();
        int recovered = 0;
        for (UInt256 r : edges) {
            for (UInt256 s : edges) {
                for (UInt256 digest : edges) {
                    for (int parity = 0; parity < 2; parity++) {
                        Signature signature = new Signature(parity, r, s);
                        Hash hash = new Hash(digest);
                        boolean inRange =
                                r.compareTo(n) < 0
                                        && s.compareTo(n) < 0
                                        && !r.isZero()
                                        && !s.isZero();
                        assertThat(signature.isInRange()).isEqualTo(inRange);
                        if (!inRange) {
                            assertThat(Secp256k1.recover(hash, signature)).isNull();
                            continue;
                        }
                        Bytes key = fast.recover(hash, signature);
                        assertThat(BOUNCY.recover(hash, signature))
                                .as("r %s, s %s, digest %s, parity %d", r, s, digest, parity)
                                .isEqualTo(key);
                        if (key != null) recovered++;
                    }
                }
            }
        }
        assertThat(recovered).isPositive();
    }

    @Test
    void randomSignaturesRecoverToTheSameOnBothCurves() {
        long seed = 11;
        Random random = new Random(seed);
        Secp256k1.Curve fast = new NativeCurve();
        int recovered = 0;
        for (int i = 0; i < 100; i++) {
            Signature signature =
                    new Signature(
                            random.nextInt(2),
                            UInt256.fromBytes(Bytes32.random(random)),
                            UInt256.fromBytes(Bytes32.random(random)));
            if (!signature.isInRange()) continue;
            Hash digest = new Hash(Bytes32.random(random));
            Bytes key = fast.recover(digest, signature);
            assertThat(BOUNCY.recover(digest, signature))
                    .as("seed %d, round %d", seed, i)
                    .isEqualTo(key);
            if (key != null) recovered++;
        }
        assertThat(recovered).isBetween(25, 75);
    }

    /**
     * Wycheproof verifies; a recovery verifies too: it gives the key or it does not. Bitcoin's
     * signatures have a low s, as Ethereum's have since Homestead.
     */
    @ParameterizedTest
    @CsvSource({
        "ecdsa_secp256k1_sha256_p1363_test, false",
        "ecdsa_secp256k1_sha256_test, false",
        "ecdsa_secp256k1_sha256_bitcoin_test, true"
    })
    void wycheproofSignaturesRecoverToTheirKeyExactlyWhereTheyAreValid(
            String name, boolean isLowOnly) throws Exception {
        JsonNode file = Fixtures.json(Fixtures.path("ethereum/wycheproof/" + name + ".json"));
        Secp256k1.Curve fast = new NativeCurve();
        int checked = 0;
        for (JsonNode group : file.get("testGroups")) {
            Bytes key =
                    Bytes.fromHexString(group.get("publicKey").get("uncompressed").asString())
                            .slice(1);
            for (JsonNode test : group.get("tests")) {
                checked++;
                boolean valid = test.get("result").asString().equals("valid");
                Bytes given = Bytes.fromHexString(test.get("sig").asString());
                Bytes sig = name.contains("p1363") ? given : fromDer(given);
                if (sig.size() != 64) {
                    assertThat(valid).as("%s", test).isFalse();
                    continue;
                }
                Hash digest = sha256(Bytes.fromHexString(test.get("msg").asString()));
                boolean found = false;
                for (int parity = 0; parity < 2; parity++) {
                    Signature signature = Signature.of(Bytes.concatenate(sig, Bytes.of(parity)));
                    if (!signature.isInRange()) continue;
                    Bytes recovered = fast.recover(digest, signature);
                    assertThat(BOUNCY.recover(digest, signature))
                            .as("%s", test)
                            .isEqualTo(recovered);
                    boolean isLow = signature.s().compareTo(Secp256k1.HALF_ORDER) <= 0;
                    found |= key.equals(recovered) && (isLow || !isLowOnly);
                }
                // Where the point's x is over n, r is x - n, and a parity of 0 or 1 cannot say so:
                // Ethereum has no such signatures.
                if (found || !rMayBeReduced(sig)) assertThat(found).as("%s", test).isEqualTo(valid);
            }
        }
        System.out.println("wycheproof/" + name + ": " + checked + " passed of " + checked);
        assertThat(checked).isEqualTo(file.get("numberOfTests").asInt());
    }

    /**
     * Keys as DER has them uncompressed on a named curve; other encodings of keys are read nowhere.
     */
    @Test
    void wycheproofAgreementsAreFoundExactlyWhereTheKeyIsAPointOfTheCurve() throws Exception {
        String prefix = "3056301006072a8648ce3d020106052b8104000a03420004";
        JsonNode file =
                Fixtures.json(Fixtures.path("ethereum/wycheproof/ecdh_secp256k1_test.json"));
        Secp256k1.Curve fast = new NativeCurve();
        int checked = 0;
        int otherwiseEncoded = 0;
        for (JsonNode group : file.get("testGroups")) {
            for (JsonNode test : group.get("tests")) {
                String encoded = test.get("public").asString();
                if (!encoded.startsWith(prefix) || encoded.length() != prefix.length() + 128) {
                    otherwiseEncoded++;
                    continue;
                }
                checked++;
                Bytes key = Bytes.fromHexString(encoded.substring(prefix.length()));
                Bytes secret =
                        UInt256.valueOf(new BigInteger(test.get("private").asString(), 16))
                                .toBytes();
                Bytes found = fast.agree(secret, key);
                assertThat(BOUNCY.agree(secret, key)).as("%s", test).isEqualTo(found);
                // One key is called acceptable: it was damaged, and is no point any more.
                boolean isValid = test.get("result").asString().equals("valid");
                Bytes expected =
                        isValid ? Bytes.fromHexString(test.get("shared").asString()) : null;
                assertThat(found).as("%s", test).isEqualTo(expected);
            }
        }
        System.out.println(
                "wycheproof/ecdh_secp256k1_test: "
                        + checked
                        + " passed of "
                        + checked
                        + ", and "
                        + otherwiseEncoded
                        + " in encodings that nothing here reads");
        assertThat(checked).isEqualTo(492);
    }

    /** r and s in 32 bytes each; empty where the encoding or a range is not as DER has it. */
    private static Bytes fromDer(Bytes der) {
        try {
            BigInteger order = Secp256k1.ORDER.toUnsignedBigInteger();
            BigInteger[] rs = StandardDSAEncoding.INSTANCE.decode(order, der.toArray());
            return Bytes.concatenate(
                    UInt256.valueOf(rs[0]).toBytes(), UInt256.valueOf(rs[1]).toBytes());
        } catch (IOException | IllegalArgumentException | ClassCastException malformed) {
            return Bytes.EMPTY;
        }
    }

    private static boolean rMayBeReduced(Bytes sig) {
        UInt256 r = UInt256.fromBytes(sig.slice(0, 32));
        return r.compareTo(FIELD.subtract(Secp256k1.ORDER)) < 0;
    }

    private static Hash sha256(Bytes message) throws NoSuchAlgorithmException {
        return Hash.of(Bytes.wrap(MessageDigest.getInstance("SHA-256").digest(message.toArray())));
    }

    @Test
    void aSecretOutsideTheGroupIsRefused() {
        for (UInt256 secret : List.of(UInt256.ZERO, Secp256k1.ORDER, UInt256.MAX_VALUE)) {
            assertThatThrownBy(() -> KeyPair.of(secret.toBytes()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1 to n-1");
        }
        assertThat(KeyPair.of(Secp256k1.ORDER.subtract(1).toBytes()).address()).isNotNull();
    }

    @Test
    void aKeyPairNeverShowsItsSecret() {
        KeyPair keys = KeyPair.of(Bytes32.leftPad(Bytes.of(1)));
        assertThat(keys.address())
                .isEqualTo(Address.fromHex("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"));
        assertThat(keys.toString()).isEqualTo("KeyPair[" + keys.address() + "]");
    }
}
