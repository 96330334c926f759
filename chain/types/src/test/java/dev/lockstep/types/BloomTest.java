package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.junit.jupiter.api.Test;

class BloomTest {
    @Test
    void itMayContainAllThatIsInsideAndHardlyAnythingElse() {
        long seed = 2048;
        Random random = new Random(seed);
        List<Log> logs = new ArrayList<>();
        for (int i = 0; i < 10; i++) logs.add(Samples.log(random));
        Bloom bloom = Bloom.of(logs);
        for (Log log : logs) {
            assertThat(bloom.mayContain(log.address().bytes())).isTrue();
            for (Bytes32 topic : log.topics()) assertThat(bloom.mayContain(topic)).isTrue();
        }
        int falsePositives = 0;
        for (int i = 0; i < 1000; i++) {
            if (bloom.mayContain(Samples.address(random).bytes())) falsePositives++;
        }
        assertThat(falsePositives).as("seed %d", seed).isLessThan(20);
    }

    @Test
    void aBloomOfAllLogsIsTheUnionOfTheirBlooms() {
        Random random = new Random(3);
        Log one = Samples.log(random);
        Log two = Samples.log(random);
        assertThat(Bloom.of(List.of(one, two)))
                .isEqualTo(Bloom.union(List.of(Bloom.of(List.of(one)), Bloom.of(List.of(two)))));
        assertThat(Bloom.of(List.of())).isEqualTo(Bloom.EMPTY);
        assertThat(Bloom.EMPTY.mayContain(Bytes.of(1))).isFalse();
    }

    /** Three bits, at the places that the first three pairs of the digest's bytes name. */
    @Test
    void anAddressSetsItsThreeBits() {
        Bloom bloom =
                Bloom.of(
                        List.of(
                                new Log(
                                        Address.fromHex(
                                                "0x095e7baea6a6c7c4c2dfeb977efac326af552d87"),
                                        List.of(),
                                        Bytes.EMPTY)));
        Bytes digest =
                dev.lockstep.crypto.Keccak.hash(
                                Bytes.fromHexString("0x095e7baea6a6c7c4c2dfeb977efac326af552d87"))
                        .bytes();
        java.math.BigInteger expected = java.math.BigInteger.ZERO;
        for (int pair = 0; pair < 3; pair++) {
            expected = expected.setBit(digest.slice(2 * pair, 2).toInt() % 2048);
        }
        assertThat(bloom.bytes().toUnsignedBigInteger()).isEqualTo(expected);
    }
}
