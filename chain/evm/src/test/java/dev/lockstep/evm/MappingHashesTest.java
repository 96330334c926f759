package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;

final class MappingHashesTest {
    private static final long SEED = 5_501;

    /**
     * Keys and slots as contracts have them, so few that places are hit, so many that they change.
     */
    @Test
    void aHashIsTheSameWhetherItWasComputedBefore() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        MappingHashes hashes = new MappingHashes();
        long[] state = new long[Keccak.LANES];
        for (int i = 0; i < 5000; i++) {
            byte[] bytes = new byte[100];
            int offset = random.nextInt(36);
            bytes[offset + 31] = (byte) random.nextInt(i < 2500 ? 8 : 100);
            bytes[offset + 63] = (byte) random.nextInt(3);
            long[] s = new long[8];
            hashes.hash(bytes, offset, s, 4, state);
            Bytes expected = Keccak.hash(Bytes.wrap(bytes, offset, 64)).bytes();
            assertThat(U256.toUInt256(s, 4).toBytes())
                    .as("seed %d hash %d", SEED, i)
                    .isEqualTo(expected);
        }
    }
}
