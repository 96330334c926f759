package dev.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.network.EthMessage.Announcement;
import dev.lockstep.types.Hash;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.junit.jupiter.api.Test;

class AnnouncedTransactionsTest {
    private record Ask(String peer, long id, List<Hash> hashes) {}

    private final List<Ask> asks = new ArrayList<>();
    private long nowMillis = 1_000_000;
    private final AnnouncedTransactions<String> announced =
            new AnnouncedTransactions<>(this::ask, () -> nowMillis);

    private long ask(String peer, List<Hash> hashes) {
        asks.add(new Ask(peer, asks.size() + 1L, hashes));
        return asks.size();
    }

    private static Hash hash(long number) {
        return new Hash(Bytes32.leftPad(Bytes.ofUnsignedLong(number)));
    }

    private static List<Announcement> list(long from, long to, long sizeBytes) {
        return LongStream.range(from, to)
                .mapToObj(i -> new Announcement(2, sizeBytes, hash(i)))
                .toList();
    }

    @Test
    void oneIsAskedOfOnePeerAtATime() {
        announced.announced("a", list(0, 3, 100));
        announced.announced("b", list(0, 4, 100));
        assertThat(asks)
                .containsExactly(
                        new Ask("a", 1, List.of(hash(0), hash(1), hash(2))),
                        new Ask("b", 2, List.of(hash(3))));
        assertThat(announced.answered("a", 1, List.of(hash(0), hash(1), hash(2)))).isTrue();
        assertThat(announced.answered("b", 2, List.of(hash(3)))).isTrue();
        assertThat(asks).hasSize(2);
        assertThat(announced.size()).isZero();
    }

    @Test
    void whatAPeerDoesNotSendInTimeIsAskedOfTheNext() {
        announced.announced("a", list(0, 2, 100));
        announced.announced("b", list(0, 2, 100));
        announced.announced("c", list(0, 2, 100));
        nowMillis += AnnouncedTransactions.TIMEOUT_MILLIS - 1;
        assertThat(announced.late()).isEmpty();
        nowMillis++;
        assertThat(announced.late()).containsExactly("a");
        assertThat(asks.getLast()).isEqualTo(new Ask("b", 2, List.of(hash(0), hash(1))));
        announced.answered("b", 2, List.of(hash(0)));
        assertThat(asks.getLast()).isEqualTo(new Ask("c", 3, List.of(hash(1))));
        announced.gone("c");
        assertThat(announced.size()).isZero();
        assertThat(asks).hasSize(3);
    }

    @Test
    void anAnswerThatNobodyAskedForIsKnownAsSuch() {
        announced.announced("a", list(0, 1, 100));
        assertThat(announced.answered("a", 7, List.of(hash(0)))).isFalse();
        assertThat(announced.answered("b", 1, List.of(hash(0)))).isFalse();
    }

    @Test
    void aRequestIsLimitedInNumberAndBytes() {
        announced.announced("a", list(0, 1000, 100));
        assertThat(asks.getFirst().hashes).hasSize(AnnouncedTransactions.HASHES_MAX);
        announced.announced("b", list(2000, 2010, 60_000));
        assertThat(asks.getLast().hashes).hasSize(2);
        announced.announced("c", list(3000, 3002, Long.MIN_VALUE));
        assertThat(asks.getLast().hashes).hasSize(2);
        announced.announced("d", list(4000, 4002, Long.MAX_VALUE));
        assertThat(asks.getLast().hashes).hasSize(1);
    }

    @Test
    void whoeverAnnouncesWithoutEndIsForgottenBeyondALimit() {
        for (int i = 0; i < 100; i++) announced.announced("a", list(i * 1000, i * 1000 + 1000, 1));
        int ofA = AnnouncedTransactions.OF_PEER_MAX + AnnouncedTransactions.HASHES_MAX;
        assertThat(announced.size()).isEqualTo(ofA);
        for (int i = 0; i < 100; i++) {
            announced.announced("p" + i, list(1_000_000 + i * 1000, 1_000_000 + i * 1000 + 999, 1));
        }
        assertThat(announced.size()).isEqualTo(AnnouncedTransactions.WANTED_MAX);
        announced.gone("a");
        for (int i = 0; i < 100; i++) announced.gone("p" + i);
        assertThat(announced.size()).isZero();
    }

    @Test
    void allThatSomebodyHasArrivesWhateverOthersDo() {
        for (long seed = 0; seed < 200; seed++) {
            asks.clear();
            Random random = new Random(seed);
            AnnouncedTransactions<String> run =
                    new AnnouncedTransactions<>(this::ask, () -> nowMillis);
            Map<Hash, Boolean> arrived = new HashMap<>();
            List<String> peers = List.of("honest", "x", "y", "z");
            for (String peer : peers) {
                for (int i = 0; i < 5; i++) {
                    int from = random.nextInt(300);
                    run.announced(peer, list(from, from + random.nextInt(300), 100));
                }
            }
            run.announced("honest", list(0, 600, 100));
            int done = 0;
            for (int step = 0; step < 5000 && run.size() > 0; step++) {
                if (done == asks.size()) {
                    nowMillis += AnnouncedTransactions.TIMEOUT_MILLIS;
                    run.late();
                    continue;
                }
                Ask ask = asks.get(done++);
                if (ask.peer.equals("honest")) {
                    ask.hashes.forEach(hash -> arrived.put(hash, true));
                    run.answered("honest", ask.id, ask.hashes);
                } else if (random.nextBoolean()) {
                    run.answered(ask.peer, ask.id, List.of());
                }
            }
            assertThat(run.size()).as("seed %d", seed).isZero();
            assertThat(arrived).as("seed %d", seed).hasSize(600);
        }
    }
}
