package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;

class RevertsTest {
    private static final Bytes USER_ERROR =
            Bytes.fromHexString(
                    "0x08c379a0"
                            + "0000000000000000000000000000000000000000000000000000000000000020"
                            + "000000000000000000000000000000000000000000000000000000000000000a"
                            + "75736572206572726f72");

    private static Bytes panic(int code) {
        return Bytes.concatenate(
                Bytes.fromHexString("0x4e487b71"), Bytes.wrap(new byte[31]), Bytes.of(code));
    }

    @Test
    void spellsOutAnErrorString() {
        RpcError error = Reverts.error(USER_ERROR);
        assertThat(error.message()).isEqualTo("execution reverted: user error");
        assertThat(error.kind().code()).isEqualTo(3);
        assertThat(error.data()).isEqualTo(Json.data(USER_ERROR));
    }

    @Test
    void spellsOutAPanic() {
        assertThat(Reverts.reason(panic(1))).isEqualTo("assert(false)");
        assertThat(Reverts.reason(panic(0x11))).isEqualTo("arithmetic underflow or overflow");
        assertThat(Reverts.reason(panic(0x77))).isEqualTo("unknown panic code: 0x77");
    }

    @Test
    void givesOtherDataAsTheyAre() {
        assertThat(Reverts.error(Bytes.EMPTY).message()).isEqualTo("execution reverted");
        assertThat(Reverts.error(Bytes.of(1, 2, 3)).message()).isEqualTo("execution reverted");
    }

    @Test
    void neverFailsOnDamagedErrors() {
        long seed = 20261121;
        RandomGenerator random = RandomGeneratorFactory.of("Xoshiro256PlusPlus").create(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = USER_ERROR.slice(0, random.nextInt(USER_ERROR.size() + 1)).toArray();
            for (int flip = 0; flip < 3 && damaged.length > 4; flip++) {
                damaged[4 + random.nextInt(damaged.length - 4)] = (byte) random.nextInt();
            }
            assertThat(Reverts.reason(Bytes.wrap(damaged))).as("seed %d", seed).isNotNull();
        }
    }
}
