package dev.lockstep.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.Address;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValidatorSetTest {
    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "3,2", "4,3", "5,4", "6,4", "7,5", "9,6", "10,7", "100,67"})
    void quorumIsTwoThirdsRoundedUp(int size, int quorum) {
        List<Address> addresses = new ArrayList<>();
        for (int i = 1; i <= size; i++) addresses.add(Address.ofNumber(i));
        assertThat(new ValidatorSet(addresses).quorum()).isEqualTo(quorum);
    }

    @Test
    void twoQuorumsShareMoreThanTheFaulty() {
        for (int n = 1; n <= 200; n++) {
            List<Address> addresses = new ArrayList<>();
            for (int i = 0; i < n; i++) addresses.add(Address.ofNumber(i));
            int quorum = new ValidatorSet(addresses).quorum();
            int faultyMax = (n - 1) / 3;
            assertThat(2 * quorum - n).as("n = %d", n).isGreaterThan(faultyMax);
            assertThat(n - faultyMax).as("n = %d", n).isGreaterThanOrEqualTo(quorum);
        }
    }

    @Test
    void anyCollectionIsMadeAscendingAndDistinct() {
        Address one = Address.ofNumber(1);
        Address top = Address.fromHex("0xff00000000000000000000000000000000000000");
        assertThat(ValidatorSet.of(List.of(top, one, top)).addresses()).containsExactly(one, top);
    }

    @Test
    void disorderDuplicatesAndNobodyAreRefused() {
        Address one = Address.ofNumber(1);
        Address two = Address.ofNumber(2);
        assertThatThrownBy(() -> new ValidatorSet(List.of(two, one)))
                .hasMessage(
                        "validators are not strictly ascending: %s stands after %s"
                                .formatted(one, two));
        assertThatThrownBy(() -> new ValidatorSet(List.of(one, one)))
                .hasMessageContaining("not strictly ascending");
        assertThatThrownBy(() -> new ValidatorSet(List.of())).hasMessage("no validators");
    }
}
