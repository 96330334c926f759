package dev.lockstep.consensus.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.Address;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProposerRotationTest {
    private static final ValidatorSet VALIDATORS =
            new ValidatorSet(
                    List.of(
                            Address.ofNumber(10),
                            Address.ofNumber(20),
                            Address.ofNumber(30),
                            Address.ofNumber(40)));

    @ParameterizedTest(name = "after {0} in round {1} comes {2}")
    @CsvSource({
        "10, 0, 20",
        "10, 1, 30",
        "10, 3, 10",
        "40, 0, 10",
        "40, 5, 20",
        // Not a validator (any more): the next higher address takes its place.
        "25, 0, 30",
        "25, 1, 40",
        "5, 0, 10",
        "0, 0, 10",
        // Higher than all of them: from the start.
        "99, 0, 10",
        "99, 3, 40",
        "10, 9223372036854775807, 10"
    })
    void theTurnGoesRound(long parentProposer, long round, long expected) {
        assertThat(ProposerRotation.proposer(VALIDATORS, Address.ofNumber(parentProposer), round))
                .isEqualTo(Address.ofNumber(expected));
    }

    @ParameterizedTest
    @CsvSource({"7, 0", "7, 4", "8, 0"})
    void oneValidatorAlwaysProposes(long parentProposer, long round) {
        ValidatorSet alone = new ValidatorSet(List.of(Address.ofNumber(7)));
        assertThat(ProposerRotation.proposer(alone, Address.ofNumber(parentProposer), round))
                .isEqualTo(Address.ofNumber(7));
    }
}
