package dev.lockstep.consensus.simulation;

import dev.lockstep.consensus.core.Signer;
import dev.lockstep.consensus.core.ValidatorSet;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.QbftExtraData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.tuweni.bytes.Bytes;

/** One run: faults until the network heals, then progress without them; liars lie all along. */
final class Simulation {
    private static final int[] SIZES = {1, 2, 3, 4, 7, 10};
    private static final long START_MILLIS = 1_000_000;
    private static final long CALM_MILLIS_MAX = 240_000;
    private static final int BLOCKS_AFTER_HEALING = 3;

    /** Validators of block 1 and those who may join. */
    private static final List<Signer> SIGNERS = signers(12);

    private static final int OUTSIDERS_MAX = 3;

    final SplittableRandom random;
    final long epochLength;
    final SortedMap<Long, ValidatorSet> overrides = new TreeMap<>();
    final List<Node> nodes = new ArrayList<>();
    final List<String> trace = new ArrayList<>();

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Referee referee;

    /** How many nodes, the liars first, stay validators, so that liars are never too many. */
    private final int core;

    private final Map<Long, Hash> decided = new HashMap<>();
    private final Map<Hash, BlockHeader> known = new HashMap<>();
    private final boolean isTraced;
    private long eventCount;
    private long nowMillis = START_MILLIS;
    private Faults faults;
    private int[] part = new int[0];
    private long deaf;

    private record Event(long atMillis, long order, Runnable what) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atMillis, other.atMillis);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /** An invariant that does not hold. */
    static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1;

        Broken(String what) {
            super(what);
        }
    }

    Simulation(long seed, boolean isTraced) {
        this.isTraced = isTraced;
        random = new SplittableRandom(seed);
        int n = SIZES[random.nextInt(SIZES.length)];
        faults = Faults.random(random);
        ValidatorSet validators =
                ValidatorSet.of(SIGNERS.subList(0, n).stream().map(Signer::address).toList());
        epochLength = 2 + random.nextInt(30);
        int liars = Math.min(validators.faultyMax(), random.nextInt(validators.faultyMax() + 3));
        Block genesis = Blocks.genesis(validators);
        known.put(HeaderForm.QBFT.hash(genesis.header()), genesis.header());
        core = 3 * liars + 1;
        int count = Math.min(SIGNERS.size(), n + random.nextInt(OUTSIDERS_MAX + 1));
        if (random.nextInt(3) == 0) overrides.put(2L + random.nextInt(10), anySet(count));
        referee = new Referee(validators.addresses(), epochLength, overrides);
        for (int i = 0; i < count; i++) {
            Signer signer = SIGNERS.get(i);
            nodes.add(
                    i < liars
                            ? new Liar(this, i, signer, genesis)
                            : new Node(this, i, signer, genesis));
        }
        trace(
                () ->
                        "n %d of %d, liars %d, epoch %d, overrides at %s, %s"
                                .formatted(
                                        n, count, liars, epochLength, overrides.keySet(), faults));
    }

    private static List<Signer> signers(int count) {
        List<Signer> signers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            signers.add(Signer.of(KeyPair.of(Keccak.hash(Bytes.of(i)).bytes())));
        }
        return signers;
    }

    /** The core and some of the others. */
    private ValidatorSet anySet(int count) {
        List<Address> set = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i < core || random.nextBoolean()) set.add(SIGNERS.get(i).address());
        }
        return ValidatorSet.of(set);
    }

    /**
     * @throws Broken where an invariant does not hold
     */
    void run() {
        long healAt = START_MILLIS + 10_000 + random.nextInt(20_000);
        for (Node node : nodes) node.startUp();
        wish();
        for (long at = START_MILLIS; at < healAt; at += 3000) at(at, this::disturb);
        runUntil(healAt);
        heal();
        wish();
        long target = highestHead() + BLOCKS_AFTER_HEALING + random.nextInt(10);
        long deadline = nowMillis + CALM_MILLIS_MAX;
        while (lowestHead() < target) {
            if (nowMillis > deadline) {
                throw new Broken(
                        "no progress: heads from %d to %d, %d expected, %d s after the faults"
                                .formatted(
                                        lowestHead(),
                                        highestHead(),
                                        target,
                                        CALM_MILLIS_MAX / 1000));
            }
            runUntil(nowMillis + 1000);
        }
    }

    private void disturb() {
        if (random.nextBoolean()) wish();
        for (Node node : nodes) {
            boolean isDown = random.nextInt(100) < faults.crashPercent();
            if (isDown) node.crash();
            else if (!node.isUp()) node.startUp();
        }
        deaf = faults.hasDeafNodes() ? random.nextInt(1 << nodes.size()) : 0;
        part = new int[nodes.size()];
        if (faults.hasPartitions() && random.nextBoolean()) {
            for (int i = 0; i < part.length; i++) part[i] = random.nextInt(2);
            trace(() -> "partition %s".formatted(Arrays.toString(part)));
        }
    }

    /** Most want somebody added or removed, as people do who agreed on it elsewhere. */
    private void wish() {
        if (core == nodes.size()) return;
        int subject = random.nextInt(core, nodes.size());
        Node recipient = nodes.get(subject);
        boolean add = !referee.isValidator(recipient.address());
        for (Node node : nodes) {
            if (random.nextInt(5) > 0) node.pendingVotes.propose(recipient.address(), add);
        }
        trace(() -> "wish: %s %d".formatted(add ? "add" : "drop", subject));
    }

    Address randomAddress() {
        return SIGNERS.get(random.nextInt(SIGNERS.size())).address();
    }

    private void heal() {
        trace(() -> "healed");
        faults = Faults.NONE;
        part = new int[nodes.size()];
        deaf = 0;
        for (Node node : nodes) if (!node.isUp()) node.startUp();
    }

    private void runUntil(long untilMillis) {
        while (!events.isEmpty() && events.element().atMillis <= untilMillis) {
            Event event = events.remove();
            nowMillis = event.atMillis;
            event.what.run();
        }
        nowMillis = untilMillis;
    }

    private long highestHead() {
        return nodes.stream().filter(Node::isHonest).mapToLong(Node::head).max().orElseThrow();
    }

    private long lowestHead() {
        return nodes.stream().filter(Node::isHonest).mapToLong(Node::head).min().orElseThrow();
    }

    long nowMillis() {
        return nowMillis;
    }

    Faults faults() {
        return faults;
    }

    void at(long atMillis, Runnable what) {
        events.add(new Event(Math.max(atMillis, nowMillis), eventCount++, what));
    }

    boolean isDeaf(Node node) {
        return (deaf >> node.index() & 1) != 0;
    }

    /** Delivers late, twice or never, as the faults have it. */
    void send(Node from, Node to, int lossPercent, Runnable delivery) {
        if (part.length > 0 && part[from.index()] != part[to.index()]) return;
        if (random.nextInt(100) < Math.max(lossPercent, faults.lossPercent())) return;
        int copies = random.nextInt(100) < faults.duplicatePercent() ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            at(nowMillis + 1 + random.nextInt(faults.delayMillisMax()), delivery);
        }
    }

    /** Holds every final block of an honest node to those of all others. */
    void committed(Node node, Block block) {
        BlockHeader header = block.header();
        Hash hash = HeaderForm.QBFT.hash(header);
        BlockHeader parent = known.get(header.parentHash());
        if (parent == null || !Blocks.isExecuted(header, parent)) {
            throw new Broken("node %d committed an invalid block".formatted(node.index()));
        }
        known.put(hash, header);
        Hash other = decided.putIfAbsent(header.number(), hash);
        if (other != null && !other.equals(hash)) {
            throw new Broken(
                    "two blocks at height %d: %s and, by node %d, %s"
                            .formatted(header.number(), other, node.index(), hash));
        }
        if (other == null) {
            String fault = referee.judge(header);
            if (fault != null) {
                throw new Broken(
                        "block %d of node %d: %s".formatted(header.number(), node.index(), fault));
            }
        }
        trace(
                () ->
                        "%d committed %d of %d in round %d: %s"
                                .formatted(
                                        node.index(),
                                        header.number(),
                                        referee.validatorCount(),
                                        QbftExtraData.decode(header.extraData()).round(),
                                        hash.toString().substring(0, 10)));
    }

    /** A dense line: what happened at which millisecond. */
    void trace(Supplier<String> line) {
        if (isTraced) trace.add("%7d %s".formatted(nowMillis - START_MILLIS, line.get()));
    }
}
