package dev.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.consensus.core.ValidatorSet;
import dev.lockstep.node.ValidatorContract.Answer;
import dev.lockstep.types.Address;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValidatorContractTest {
    private static final ValidatorContract CONTRACT =
            new ValidatorContract(Address.ofNumber(0x7777));

    private static Bytes words(String text) {
        Bytes all = Bytes.EMPTY;
        for (String word : text.trim().split(" ")) {
            Bytes value = Bytes.fromHexStringLenient(word);
            all = Bytes.concatenate(all, Bytes32.leftPad(value));
        }
        return all;
    }

    @Test
    void addressesAreTakenInAnyOrderAndSorted() {
        ValidatorSet expected =
                ValidatorSet.of(List.of(Address.ofNumber(0xaa), Address.ofNumber(0xbb)));
        assertThat(CONTRACT.decoded(words("20 2 bb aa"))).isEqualTo(new Answer.Named(expected));
        // What follows the array, and an array that stands further on, are fine in ABI.
        assertThat(CONTRACT.decoded(words("20 2 bb aa ff"))).isEqualTo(new Answer.Named(expected));
        assertThat(CONTRACT.decoded(words("40 0 2 bb aa"))).isEqualTo(new Answer.Named(expected));
    }

    @ParameterizedTest
    @CsvSource({
        "20 0, it names nobody",
        "20 1, cut off: 1 addresses in 64 bytes",
        "20 2 aa, cut off",
        "20 ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff aa, cut off",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff 1 aa, no address[]",
        "60 1 aa, no address[]",
        "20, no address[]",
        "20 1 10000000000000000000000000000000000000000, which is no address",
        "20 2 aa aa, names a validator twice"
    })
    void aBadAnswerNamesNobodyAndSaysWhy(String words, String reason) {
        assertThat(CONTRACT.decoded(words(words)))
                .isInstanceOfSatisfying(
                        Answer.None.class,
                        none ->
                                assertThat(none.reason())
                                        .startsWith(
                                                "contract 0x0000000000000000000000000000000000007777,"
                                                        + " getValidators(): ")
                                        .contains(reason));
    }

    @Test
    void noBytesMakeItFail() {
        assertThat(CONTRACT.decoded(Bytes.EMPTY)).isInstanceOf(Answer.None.class);
        long seed = 7;
        SplittableRandom random = new SplittableRandom(seed);
        for (int run = 0; run < 20_000; run++) {
            byte[] bytes = new byte[random.nextInt(200)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : 0);
            }
            assertThat(CONTRACT.decoded(Bytes.wrap(bytes)))
                    .as("seed %d, run %d", seed, run)
                    .isNotNull();
        }
    }
}
