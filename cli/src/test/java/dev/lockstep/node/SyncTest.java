package dev.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.network.EthMessage;
import dev.lockstep.network.EthProtocol;
import dev.lockstep.pool.PoolLimits;
import dev.lockstep.pool.TxPool;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.RocksStore;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that has nothing, and peers that have a chain, or say so. */
class SyncTest {
    private static final long PATIENCE_MILLIS = 120_000;

    /** Some before a multiple of 32, at which peers are told of the range again. */
    private static final int BLOCKS = Integer.getInteger("lockstep.sync.blocks", 410);

    @TempDir Path scratch;
    private final KeyPair validator = DataFolder.newKey();
    private Node ahead;
    private @Nullable Node follower;
    private final List<WirePeer> peers = new ArrayList<>();

    /** A chain of some length, with a transfer in every block. */
    @BeforeEach
    void start() throws Exception {
        GenesisFile genesis = LoneNode.genesis(validator, 1);
        DataFolder folder = DataFolder.create(scratch.resolve("ahead"), genesis, validator);
        try (KeyValueStore store = RocksStore.open(folder.database())) {
            Chain chain =
                    Chain.open(
                            genesis,
                            store,
                            folder.models(),
                            new InferenceMemo(InferenceMemo.Size.TINY));
            try (TxPool pool = new TxPool(PoolLimits.DEFAULT, chain.ledger())) {
                // Of long ago, so that each block is a second after the one before.
                Clock clock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
                Sealer sealer = new Sealer(chain, pool, validator, clock);
                for (int i = 0; i < BLOCKS; i++) {
                    pool.add(LoneNode.transfer(0, i));
                    assertThat(sealer.seal(false)).isTrue();
                }
            }
        }
        ahead = LoneNode.start(folder, validator, List.of());
    }

    @AfterEach
    void stop() {
        peers.forEach(WirePeer::close);
        if (follower != null) follower.close();
        ahead.close();
    }

    private Node follow(boolean isLinked) throws Exception {
        KeyPair key = DataFolder.newKey();
        DataFolder folder =
                DataFolder.create(scratch.resolve("follower"), ahead.chain().genesis(), key);
        follower = LoneNode.start(folder, key, isLinked ? List.of(ahead.enode()) : List.of());
        return follower;
    }

    private WirePeer link(Node node) throws Exception {
        WirePeer peer = new WirePeer(node, EthProtocol.ETH_69);
        peers.add(peer);
        return peer;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long until = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!condition.getAsBoolean()) {
            assertThat(System.currentTimeMillis()).as("patience").isLessThan(until);
            Thread.sleep(20);
        }
    }

    private static boolean isAtHead(Node node, Node other) {
        Ledger ledger = node.chain().ledger();
        long number = other.chain().ledger().head().number();
        return number >= BLOCKS && other.chain().ledger().hash(number).equals(ledger.hash(number));
    }

    @Test
    void aFollowerFetchesWhatItLacksWhileTheChainGoesOnAndThenFollows() throws Exception {
        WirePeer watcher = link(ahead);
        Node node = follow(true);
        await(() -> isAtHead(node, ahead));
        long head = ahead.chain().ledger().head().number();
        await(() -> node.chain().ledger().head().number() >= head + 2);
        await(() -> isAtHead(node, ahead));
        EthMessage.Range range = watcher.next(EthMessage.BlockRangeUpdate.class).range();
        assertThat(range.earliest()).isZero();
        assertThat(range.latest()).isEqualTo(BLOCKS / 32 * 32 + 32);
        assertThat(range.latestHash()).isEqualTo(ahead.chain().ledger().hash(range.latest()));
    }

    @Test
    void peersThatSayMoreThanTheyHaveOrLieOrStallAreLeftAndOthersAreAsked() throws Exception {
        Node node = follow(false);
        Ledger chain = ahead.chain().ledger();
        WirePeer silent = link(node);
        claim(silent, 3_000_000);
        silent.next(EthMessage.GetBlockHeaders.class);

        WirePeer liar = link(node);
        claim(liar, 2_000_000);
        // It is asked after the silent one had its time, and hands out another chain's blocks.
        var ask = liar.next(EthMessage.GetBlockHeaders.class);
        List<BlockHeader> twisted = new ArrayList<>();
        for (long i = 1; i <= 10; i++) twisted.add(chain.header(i + 1));
        liar.send(new EthMessage.BlockHeaders(ask.requestId(), twisted));
        assertThat(liar.gone.await(30, java.util.concurrent.TimeUnit.SECONDS)).isTrue();

        WirePeer forger = link(node);
        claim(forger, 1_000_000);
        ask = forger.next(EthMessage.GetBlockHeaders.class);
        BlockHeader forged = forged(chain.block(1), DataFolder.newKey());
        forger.send(new EthMessage.BlockHeaders(ask.requestId(), List.of(forged)));
        var bodies = forger.next(EthMessage.GetBlockBodies.class);
        forger.send(new EthMessage.BlockBodies(bodies.requestId(), List.of(chain.block(1).body())));
        assertThat(forger.gone.await(30, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        assertThat(node.chain().ledger().head().number()).isZero();

        WirePeer honest = link(node);
        claim(honest, 5);
        ask = honest.next(EthMessage.GetBlockHeaders.class);
        List<BlockHeader> headers = new ArrayList<>();
        for (long i = 1; i <= 5; i++) headers.add(chain.header(i));
        honest.send(new EthMessage.BlockHeaders(ask.requestId(), headers));
        bodies = honest.next(EthMessage.GetBlockBodies.class);
        // Some now, the rest when asked again.
        honest.send(
                new EthMessage.BlockBodies(
                        bodies.requestId(), List.of(chain.block(1).body(), chain.block(2).body())));
        bodies = honest.next(EthMessage.GetBlockBodies.class);
        assertThat(bodies.hashes()).startsWith(chain.hash(3)).hasSize(3);
        honest.send(
                new EthMessage.BlockBodies(
                        bodies.requestId(),
                        List.of(
                                chain.block(3).body(),
                                chain.block(4).body(),
                                chain.block(5).body())));
        await(() -> node.chain().ledger().head().number() == 5);
    }

    private static void claim(WirePeer peer, long number) {
        peer.send(new EthMessage.BlockRangeUpdate(new EthMessage.Range(0, number, Hash.ZERO)));
    }

    /** The same block with somebody else's seal. */
    private static BlockHeader forged(Block block, KeyPair key) {
        return Sealer.sealed(block, key).header();
    }
}
