package dev.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.consensus.engine.ConsensusStatus;
import dev.lockstep.consensus.engine.ConsensusStatus.Step;
import dev.lockstep.rpc.Readiness;
import dev.lockstep.types.Address;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HealthTest {
    private static final Readiness.Limits NONE = new Readiness.Limits(null, null);

    private static Health.Sight validator(int peers, long behind, Step step, long round) {
        List<Address> four =
                IntStream.range(1, 5)
                        .mapToObj(i -> Address.fromHex("0x" + String.valueOf(i).repeat(40)))
                        .toList();
        return new Health.Sight(
                new ConsensusStatus(
                        101,
                        four,
                        step,
                        round,
                        null,
                        List.of(),
                        List.of(),
                        new TreeMap<>(),
                        List.of(),
                        0,
                        "why"),
                peers,
                true,
                100,
                100 + behind);
    }

    private static List<String> down(Health.Sight sight, Readiness.Limits limits) {
        return Health.of(sight, limits).checks().stream()
                .filter(check -> !check.isUp())
                .map(Readiness.Check::name)
                .toList();
    }

    @Test
    void aValidatorNeedsThePeersOfAQuorum() {
        assertThat(down(validator(2, 0, Step.PREPARES, 0), NONE)).isEmpty();
        assertThat(down(validator(1, 0, Step.PREPARES, 0), NONE)).containsExactly("peers");
    }

    @Test
    void aFollowerNeedsOnePeer() {
        assertThat(down(validator(1, 0, Step.FOLLOWING, -1), NONE)).isEmpty();
        assertThat(down(validator(0, 0, Step.FOLLOWING, -1), NONE)).containsExactly("peers");
    }

    @Test
    void aNodeThatIsFarBehindIsNotReady() {
        assertThat(down(validator(3, 2, Step.PREPARES, 0), NONE)).isEmpty();
        assertThat(down(validator(3, 3, Step.PREPARES, 0), NONE)).containsExactly("sync");
    }

    @Test
    void aValidatorThatStallsIsNotReady() {
        assertThat(down(validator(3, 0, Step.PROPOSAL, 1), NONE)).isEmpty();
        assertThat(down(validator(3, 0, Step.PROPOSAL, 2), NONE)).containsExactly("consensus");
        assertThat(down(validator(3, 0, Step.STUCK, -1), NONE)).containsExactly("consensus");
    }

    @Test
    void whoAsksMayWantMoreOrLess() {
        Health.Sight sight = validator(2, 4, Step.PREPARES, 0);
        assertThat(down(sight, new Readiness.Limits(3L, 4L))).containsExactly("peers");
        assertThat(down(sight, new Readiness.Limits(0L, 3L))).containsExactly("sync");
    }

    @Test
    void aNodeThatIsAloneIsAlwaysReady() {
        assertThat(Health.of(null, NONE).isReady()).isTrue();
    }
}
