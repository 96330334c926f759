package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.network.DiscoveryV4.Datagram;
import dev.lockstep.network.DiscoveryV4.Found;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.tuweni.bytes.Bytes;
import org.ethereum.beacon.discovery.schema.NodeRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes on a network that is one thread and a clock that jumps; a seed is a run. */
class DiscoveryV4Test {
    private static final ForkId OURS = new ForkId(Bytes.of(1, 2, 3, 4), 0);
    private static final ForkId OTHER = new ForkId(Bytes.of(5, 6, 7, 8), 9);
    private static final int STEP_MILLIS = 10;
    private static final int TICK_MILLIS = 200;
    private static final long START_SECONDS = 1_800_000_000;

    /** What is under way. */
    private record Flying(long atMillis, long number, InetSocketAddress from, Datagram datagram) {}

    private static final class World {
        final Random random;
        final double loss;
        final PriorityQueue<Flying> flying =
                new PriorityQueue<>(
                        Comparator.comparingLong(Flying::atMillis)
                                .thenComparingLong(Flying::number));
        final Map<InetSocketAddress, Site> sites = new LinkedHashMap<>();
        int sizeBytesMax;
        long nowMillis = 1_000_000;
        long sent;

        World(long seed, double loss) {
            random = new Random(seed);
            this.loss = loss;
        }

        void send(InetSocketAddress from, List<Datagram> datagrams) {
            for (Datagram datagram : datagrams) {
                sizeBytesMax = Math.max(sizeBytesMax, datagram.bytes().size());
                if (random.nextDouble() < loss) continue;
                flying.add(new Flying(nowMillis + 5 + random.nextInt(90), sent++, from, datagram));
            }
        }

        void run(long millis) {
            long until = nowMillis + millis;
            for (; nowMillis < until; nowMillis += STEP_MILLIS) {
                for (Flying next = flying.peek();
                        next != null && next.atMillis <= nowMillis;
                        next = flying.peek()) {
                    flying.remove();
                    Site site = sites.get(next.datagram.to());
                    if (site == null) continue;
                    V4Reading reading = V4Packet.read(next.datagram.bytes());
                    send(site.udp, site.core.take(next.from, reading));
                }
                for (Site site : List.copyOf(sites.values())) {
                    if ((nowMillis + site.phaseMillis) % TICK_MILLIS == 0) {
                        send(site.udp, site.core.tick(true));
                    }
                }
            }
        }
    }

    private static final class Site {
        final KeyPair keys;
        final InetSocketAddress udp;
        final DiscoveryV4 core;
        final int phaseMillis;

        Site(World world, int number, InetAddress address, ForkId forkId, List<Site> bootnodes) {
            keys = KeyPair.of(Keccak.hash(Bytes.ofUnsignedInt(number)).bytes());
            udp = new InetSocketAddress(address, 30_000 + number);
            phaseMillis = world.random.nextInt(TICK_MILLIS / STEP_MILLIS) * STEP_MILLIS;
            NodeRecord record = record(keys, udp, forkId);
            core =
                    new DiscoveryV4(
                            new DiscoveryV4.Self(keys, null, udp.getPort(), udp.getPort()),
                            () -> record,
                            () -> world.nowMillis,
                            () -> START_SECONDS + world.nowMillis / 1000,
                            new Random(number));
            core.bootnodes(bootnodes.stream().map(Site::node).toList());
            world.sites.put(udp, this);
        }

        V4Node node() {
            return V4Node.of(keys.publicKey(), udp, udp.getPort());
        }

        Set<Enode> found() {
            return core.found().stream().map(Found::node).collect(Collectors.toSet());
        }
    }

    private static NodeRecord record(KeyPair keys, InetSocketAddress udp, ForkId forkId) {
        try {
            Discovery.Config config =
                    new Discovery.Config(
                            keys,
                            "0.0.0.0",
                            udp.getAddress().getHostAddress(),
                            udp.getPort(),
                            udp.getPort(),
                            forkId,
                            List.of());
            return NodeRecords.own(config, NodeRecords.signer(config));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static InetAddress address(int... bytes) {
        byte[] all = new byte[4];
        for (int i = 0; i < 4; i++) all[i] = (byte) bytes[i];
        try {
            return InetAddress.getByAddress(all);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static InetAddress publicAddress(int number) {
        return address(60 + number / 200, number % 200, 7, 9);
    }

    private static List<Site> network(World world, int count, boolean isOnOneMachine) {
        List<Site> sites = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            InetAddress address = isOnOneMachine ? address(127, 0, 0, 1) : publicAddress(i);
            sites.add(
                    new Site(
                            world,
                            i,
                            address,
                            OURS,
                            sites.isEmpty() ? List.of() : sites.subList(0, 1)));
        }
        return sites;
    }

    @ParameterizedTest
    @ValueSource(longs = 1)
    void thirtyNodesThatKnowOneFindMostOfTheOthersThoughAFifthOfAllIsLost(long seed) {
        World world = new World(seed, 0.2);
        List<Site> sites = network(world, 30, false);
        world.run(40_000);
        for (Site site : sites) {
            assertThat(site.found().size()).as("seed %s, %s", seed, site.udp).isGreaterThan(20);
            assertThat(site.core.refusals())
                    .as("seed %s", seed)
                    .containsOnlyKeys(V4Refusal.UNPROVEN);
        }
        assertThat(world.sizeBytesMax).isLessThanOrEqualTo(V4Packet.SIZE_BYTES_MAX);
    }

    @Test
    void nodesOfOneMachineFindEachOtherAndSayWhichChainTheyAreOn() {
        World world = new World(4, 0);
        List<Site> sites = network(world, 8, true);
        Site stranger = new Site(world, 8, address(127, 0, 0, 1), OTHER, sites.subList(0, 1));
        world.run(20_000);
        for (Site site : sites) {
            for (Found found : site.core.found()) {
                boolean isStranger = found.node().id().equals(stranger.keys.publicKey());
                assertThat(found.forkId()).isEqualTo(isStranger ? OTHER : OURS);
            }
            assertThat(site.found()).hasSize(8);
        }
    }

    @Test
    void whoIsGoneIsForgottenAndWhoComesAgainIsFound() {
        World world = new World(5, 0.1);
        List<Site> sites = network(world, 6, false);
        world.run(20_000);
        Site gone = sites.get(3);
        world.sites.remove(gone.udp);
        world.run(200_000);
        for (Site site : sites) {
            if (site != gone) assertThat(site.found()).doesNotContain(gone.node().enode());
        }
        Site again = new Site(world, 3, publicAddress(3), OURS, sites.subList(0, 1));
        world.run(40_000);
        assertThat(again.found()).hasSize(5);
        for (Site site : sites) {
            if (site != gone) assertThat(site.found()).contains(again.node().enode());
        }
    }

    @Test
    void aBootnodeThatComesLateIsFound() {
        World world = new World(6, 0);
        Site late = new Site(world, 1, publicAddress(1), OURS, List.of());
        world.sites.remove(late.udp);
        Site early = new Site(world, 2, publicAddress(2), OURS, List.of(late));
        world.run(60_000);
        assertThat(early.found()).isEmpty();
        world.sites.put(late.udp, late);
        world.run(20_000);
        assertThat(early.found()).containsExactly(late.node().enode());
        assertThat(late.found()).containsExactly(early.node().enode());
    }

    /** A node under test, and others whose packets the test writes itself. */
    private static final class Bench {
        final World world = new World(7, 0);
        final Site site = new Site(world, 0, publicAddress(0), OURS, List.of());
        final KeyPair keys = KeyPair.of(Keccak.hash(Bytes.of(77)).bytes());
        final InetSocketAddress udp = new InetSocketAddress(publicAddress(50), 30_303);

        long expiration(int seconds) {
            return START_SECONDS + world.nowMillis / 1000 + seconds;
        }

        List<V4Message> say(V4Message message) {
            return say(udp, V4Packet.seal(keys, message).bytes());
        }

        /** What is answered, in order; all of it to where this came from. */
        List<V4Message> say(InetSocketAddress from, Bytes bytes) {
            List<V4Message> answers = new ArrayList<>();
            for (Datagram datagram : site.core.take(from, V4Packet.read(bytes))) {
                assertThat(datagram.to()).isEqualTo(from);
                answers.add(((V4Packet) V4Packet.read(datagram.bytes())).message());
                last = (V4Packet) V4Packet.read(datagram.bytes());
            }
            return answers;
        }

        @Nullable V4Packet last;

        V4Message.Endpoint here() {
            return V4Message.Endpoint.of(udp.getAddress(), udp.getPort(), udp.getPort());
        }

        V4Message.Pong pong(int seconds) {
            V4Packet ping = Objects.requireNonNull(last);
            assertThat(ping.message()).isInstanceOf(V4Message.Ping.class);
            return new V4Message.Pong(here(), ping.hash(), expiration(seconds), 0);
        }

        long refused(V4Refusal refusal) {
            return site.core.refusals().getOrDefault(refusal, 0L);
        }
    }

    @Test
    void aPingIsAnsweredByAPingAndThenAPong() {
        Bench bench = new Bench();
        V4Message.Endpoint here = bench.here();
        V4Packet.Sealed ping =
                V4Packet.seal(bench.keys, new V4Message.Ping(here, here, bench.expiration(20), 0));
        List<V4Message> answers = bench.say(bench.udp, ping.bytes());
        assertThat(answers).hasSize(2);
        assertThat(answers.get(0))
                .isInstanceOfSatisfying(
                        V4Message.Ping.class,
                        own -> {
                            assertThat(own.from().tcpPort()).isEqualTo(30_000);
                            assertThat(own.to().ip()).isEqualTo(here.ip());
                            assertThat(own.recordNumber()).isNotZero();
                        });
        assertThat(answers.get(1))
                .isInstanceOfSatisfying(
                        V4Message.Pong.class,
                        pong -> {
                            assertThat(pong.to()).isEqualTo(here);
                            assertThat(pong.pingHash()).isEqualTo(ping.hash());
                        });
    }

    @Test
    void aQuestionIsAnsweredOnceItsSenderIsProvenToBeThere() {
        for (boolean isRecord : new boolean[] {false, true}) {
            Bench bench = new Bench();
            long expiration = bench.expiration(20);
            V4Message question =
                    isRecord
                            ? new V4Message.RecordRequest(expiration)
                            : new V4Message.FindNode(bench.keys.publicKey(), expiration);
            Class<?> answer = isRecord ? V4Message.RecordResponse.class : V4Message.Neighbors.class;
            assertThat(bench.say(question)).hasOnlyElementsOfType(V4Message.Ping.class).hasSize(1);
            assertThat(bench.say(question)).isEmpty();
            assertThat(bench.refused(V4Refusal.UNPROVEN)).isEqualTo(2);
            assertThat(bench.say(bench.pong(20))).hasOnlyElementsOfType(answer).hasSize(1);
            assertThat(bench.say(question)).hasOnlyElementsOfType(answer).hasSize(1);
            InetSocketAddress elsewhere = new InetSocketAddress(publicAddress(51), 30_303);
            assertThat(bench.say(elsewhere, V4Packet.seal(bench.keys, question).bytes()))
                    .hasOnlyElementsOfType(V4Message.Ping.class);
            bench.world.nowMillis += 12 * 3_600_000;
            V4Message later = new V4Message.RecordRequest(bench.expiration(20));
            assertThat(bench.say(later)).doesNotHaveAnyElementsOfTypes(answer);
        }
    }

    @Test
    void anAnswerThatNobodyAskedForOrThatIsAnothersIsNotTaken() {
        Bench bench = new Bench();
        long expiration = bench.expiration(20);
        bench.say(new V4Message.Pong(bench.here(), Hash.EMPTY, expiration, 0));
        bench.say(new V4Message.Neighbors(List.of(), expiration));
        bench.say(new V4Message.RecordResponse(Hash.EMPTY, Rlp.list(_ -> {})));
        assertThat(bench.refused(V4Refusal.UNASKED)).isEqualTo(3);
        bench.say(new V4Message.RecordRequest(expiration));
        V4Message.Pong pong = bench.pong(20);
        KeyPair other = KeyPair.of(Keccak.hash(Bytes.of(78)).bytes());
        bench.say(bench.udp, V4Packet.seal(other, pong).bytes());
        assertThat(bench.refused(V4Refusal.SIGNATURE)).isEqualTo(1);
        InetSocketAddress elsewhere = new InetSocketAddress(publicAddress(51), 30_303);
        bench.say(elsewhere, V4Packet.seal(bench.keys, pong).bytes());
        assertThat(bench.refused(V4Refusal.UNASKED)).isEqualTo(4);
        assertThat(bench.say(pong)).hasSize(1);
        bench.say(
                bench.udp,
                V4Packet.seal(bench.site.keys, new V4Message.RecordRequest(expiration)).bytes());
        assertThat(bench.refused(V4Refusal.SIGNATURE)).isEqualTo(2);
    }

    @Test
    void whatHasExpiredIsNotTaken() {
        Bench bench = new Bench();
        V4Message.Endpoint here = bench.here();
        assertThat(bench.say(new V4Message.Ping(here, here, bench.expiration(-1), 0))).isEmpty();
        assertThat(bench.refused(V4Refusal.EXPIRED)).isEqualTo(1);
        assertThat(bench.say(new V4Message.Ping(here, here, bench.expiration(0), 0))).hasSize(2);
    }

    @Test
    void whatANodeCannotKnowIsNotBelieved() throws IOException {
        InetAddress outside = publicAddress(1);
        InetAddress within = address(192, 168, 1, 2);
        InetAddress here = address(127, 0, 0, 1);
        assertThat(V4Addresses.isCredible(outside, outside)).isTrue();
        assertThat(V4Addresses.isCredible(outside, here)).isTrue();
        assertThat(V4Addresses.isCredible(within, outside)).isFalse();
        assertThat(V4Addresses.isCredible(within, address(10, 0, 0, 1))).isTrue();
        assertThat(V4Addresses.isCredible(here, within)).isFalse();
        assertThat(V4Addresses.isCredible(here, here)).isTrue();
        for (String never : List.of("0.0.0.0", "255.255.255.255", "224.0.0.1", "::", "ff02::1")) {
            assertThat(V4Addresses.isCredible(InetAddress.getByName(never), here)).isFalse();
        }
        assertThat(V4Addresses.isPrivate(InetAddress.getByName("fd00::1"))).isTrue();
        assertThat(V4Addresses.isPrivate(InetAddress.getByName("2001:db8::1"))).isFalse();
    }

    /** Signatures of random bytes are somebody's, so that these look like pings of many nodes. */
    @Test
    void floodsOfForgedPacketsTakeLittleMemoryAndFewSignatures() {
        Bench bench = new Bench();
        Random random = new Random(8);
        V4Message.Endpoint here = bench.here();
        Bytes ping =
                V4Packet.seal(bench.keys, new V4Message.Ping(here, here, bench.expiration(60), 0))
                        .bytes()
                        .slice(97);
        long answered = 0;
        int seconds = 5;
        int kept = 0;
        for (int i = 0; i < seconds * 4_000; i++) {
            if (i % 4 == 0) bench.world.nowMillis++;
            if (i % 800 == 0) answered += bench.site.core.tick(true).size();
            byte[] forged = new byte[65];
            random.nextBytes(forged);
            forged[64] &= 1;
            Bytes bytes = V4Packet.hashed(Bytes.concatenate(Bytes.wrap(forged), ping)).bytes();
            InetAddress spoofed =
                    address(1 + random.nextInt(200), random.nextInt(256), random.nextInt(256), 1);
            InetSocketAddress from = new InetSocketAddress(spoofed, 1 + random.nextInt(65_535));
            answered += bench.site.core.take(from, V4Packet.read(bytes)).size();
            kept = Math.max(kept, bench.site.core.kept());
        }
        int signatures = V4Pace.SIGNATURES_MAX + (seconds + 1) * V4Pace.SIGNATURES_PER_SECOND;
        assertThat(answered).isPositive().isLessThanOrEqualTo(2L * signatures);
        assertThat(bench.refused(V4Refusal.PACE))
                .isGreaterThan(seconds * 4_000 - signatures - 2_000);
        assertThat(kept).isLessThanOrEqualTo(2 * DiscoveryV4.PENDING_MAX + V4Pace.NETS_MAX);
    }

    @Test
    void whoFloodsFromOneAddressTakesNothingFromOthers() {
        Bench bench = new Bench();
        InetSocketAddress hostile = new InetSocketAddress(publicAddress(60), 1);
        Bytes bytes =
                V4Packet.seal(bench.keys, new V4Message.RecordRequest(bench.expiration(60)))
                        .bytes();
        for (int i = 0; i < 1_000; i++) bench.say(hostile, bytes);
        assertThat(bench.refused(V4Refusal.PACE)).isBetween(700L, 800L);
        assertThat(bench.say(new V4Message.RecordRequest(bench.expiration(20)))).isEmpty();
        KeyPair other = KeyPair.of(Keccak.hash(Bytes.of(79)).bytes());
        V4Message.Ping ping =
                new V4Message.Ping(bench.here(), bench.here(), bench.expiration(20), 0);
        assertThat(bench.say(bench.udp, V4Packet.seal(other, ping).bytes())).hasSize(2);
    }

    @Test
    void whoOwnsANetworkIsKnownTenTimesAtMost() {
        World world = new World(9, 0);
        Site victim = new Site(world, 0, publicAddress(0), OURS, List.of());
        for (int i = 1; i <= 40; i++) {
            new Site(world, i, address(66, 6, 6, i), OURS, List.of(victim));
        }
        Site honest = new Site(world, 50, publicAddress(50), OURS, List.of(victim));
        world.run(20_000);
        assertThat(victim.found()).hasSize(11).contains(honest.node().enode());
    }
}
