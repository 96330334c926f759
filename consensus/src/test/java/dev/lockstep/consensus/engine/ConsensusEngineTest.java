package dev.lockstep.consensus.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.consensus.core.Candidate;
import dev.lockstep.consensus.core.CommitSeals;
import dev.lockstep.consensus.core.HeightContext;
import dev.lockstep.consensus.core.Input.Opinion;
import dev.lockstep.consensus.core.Message;
import dev.lockstep.consensus.core.Selection;
import dev.lockstep.consensus.core.Signer;
import dev.lockstep.consensus.core.ValidatorSet;
import dev.lockstep.consensus.core.VoteTally;
import dev.lockstep.consensus.simulation.Blocks;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.HeaderForm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Four engines in one process, on their own threads, clocks and logs. */
class ConsensusEngineTest {
    private static final long PATIENCE_MILLIS = 120_000;
    private static final int VALIDATORS = 4;
    private static final HeightContext.Timing AT_ONCE = new HeightContext.Timing(0, 0, 400, 1600);

    /** Whoever has no transactions looks again after a day. */
    private static final HeightContext.Timing PUT_OFF =
            new HeightContext.Timing(86_400_000, Long.MAX_VALUE / 2, 400, 1600);

    @TempDir Path folder;
    private final List<Site> sites = new ArrayList<>();
    private volatile HeightContext.Timing timing = AT_ONCE;
    private volatile boolean hasTransactions = true;
    private ValidatorSet validators = ValidatorSet.of(List.of(signer(0).address()));

    private static Signer signer(int index) {
        return Signer.of(KeyPair.of(Keccak.hash(Bytes.of(index + 1)).bytes()));
    }

    private Selection selection() {
        return new Selection.ByVotes(VoteTally.of(validators), false);
    }

    /** A validator's machine: a chain, workers, and an engine that may be down. */
    private final class Site implements Application, Gossip {
        final int index;
        final List<Block> chain = new ArrayList<>();
        final ExecutorService worker = Executors.newSingleThreadExecutor();

        /** Heights whose block was begun early, and heights whose block was asked for. */
        final List<Long> opened = new CopyOnWriteArrayList<>();

        final List<Long> built = new CopyOnWriteArrayList<>();
        private WriteAheadLog log;
        private volatile ConsensusEngine engine;

        Site(int index, Block genesis) {
            this.index = index;
            chain.add(genesis);
        }

        void up() {
            log = WriteAheadLog.open(folder.resolve("log" + index));
            ConsensusEngine started =
                    new ConsensusEngine(signer(index), this, this, log, Clock.system());
            engine = started;
            started.start();
        }

        void down() throws IOException {
            ConsensusEngine running = engine;
            engine = null;
            running.close();
            log.close();
        }

        synchronized BlockHeader head() {
            return chain.getLast().header();
        }

        @Override
        public Next next() {
            BlockHeader parent = head();
            return new Next.Ready(
                    new HeightContext(
                            parent.number() + 1,
                            HeaderForm.QBFT.hash(parent),
                            parent.coinbase(),
                            // As if the parent were old, so that blocks follow at once.
                            parent.timestamp() / 1000,
                            validators,
                            timing));
        }

        @Override
        public boolean hasTransactions() {
            return hasTransactions;
        }

        @Override
        public void open(HeightContext context) {
            assertThat(built).doesNotContain(context.height());
            opened.add(context.height());
        }

        @Override
        public void build(HeightContext context, long round, Consumer<Block> reply) {
            built.add(context.height());
            worker.execute(
                    () ->
                            reply.accept(
                                    Blocks.honest(
                                            head(),
                                            selection(),
                                            signer(index).address(),
                                            round,
                                            0,
                                            index)));
        }

        @Override
        public void check(HeightContext context, Candidate candidate, Consumer<Opinion> reply) {
            worker.execute(
                    () ->
                            reply.accept(
                                    Blocks.isValid(candidate.block(), head(), selection())
                                            ? Opinion.VALID
                                            : Opinion.INVALID));
        }

        @Override
        public void commit(Block block) {
            worker.execute(() -> append(block));
        }

        void append(Block block) {
            synchronized (this) {
                if (block.header().number() != head().number() + 1) return;
                assertThat(CommitSeals.check(block.header(), validators)).isEmpty();
                chain.add(block);
            }
            ConsensusEngine running = engine;
            if (running != null) running.newHead();
        }

        synchronized List<Block> blocks() {
            return List.copyOf(chain);
        }

        /** As a sync does. */
        void copyFrom(Site other) {
            for (Block block : other.blocks()) append(block);
        }

        @Override
        public void broadcast(Message message) {
            if (engine == null) return;
            Bytes encoded = message.encode();
            for (Site peer : sites) {
                ConsensusEngine other = peer.engine;
                if (peer == this || other == null) continue;
                other.receive(Message.decode(message.code(), encoded, VALIDATORS), encoded.size());
            }
        }
    }

    @BeforeEach
    void start() {
        List<dev.lockstep.types.Address> addresses = new ArrayList<>();
        for (int i = 0; i < VALIDATORS; i++) addresses.add(signer(i).address());
        validators = ValidatorSet.of(addresses);
        Block genesis = Blocks.genesis(validators);
        for (int i = 0; i < VALIDATORS; i++) sites.add(new Site(i, genesis));
        sites.forEach(Site::up);
    }

    @AfterEach
    void stop() throws IOException {
        for (Site site : sites) {
            if (site.engine != null) {
                assertThat(site.engine.broken()).isNotDone();
                site.down();
            }
            site.worker.shutdownNow();
        }
    }

    /** Waits; meanwhile whoever is behind gets the blocks, as from a sync. */
    private void await(BooleanSupplier condition) throws InterruptedException {
        long until = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!condition.getAsBoolean()) {
            for (Site site : sites) {
                if (site.engine != null) sites.forEach(site::copyFrom);
            }
            assertThat(System.currentTimeMillis()).as("patience").isLessThan(until);
            Thread.sleep(20);
        }
    }

    private boolean haveAll(long height) {
        return sites.stream()
                .filter(site -> site.engine != null)
                .allMatch(site -> site.head().number() >= height);
    }

    private void theChainsAgree() {
        // They grow meanwhile.
        List<List<Block>> chains = sites.stream().map(Site::blocks).toList();
        List<Block> first = chains.getFirst();
        for (List<Block> chain : chains) {
            for (int i = 0; i < Math.min(first.size(), chain.size()); i++) {
                assertThat(HeaderForm.QBFT.hash(chain.get(i).header()))
                        .as("block %d of %d", i, chains.indexOf(chain))
                        .isEqualTo(HeaderForm.QBFT.hash(first.get(i).header()));
            }
        }
    }

    @Test
    void fourAgreeOnBlockAfterBlock() throws Exception {
        await(() -> haveAll(15));
        theChainsAgree();
        ConsensusStatus status = sites.getFirst().engine.status();
        assertThat(status.isValidator()).isTrue();
        assertThat(status.height()).isGreaterThan(15);
    }

    @Test
    void threeGoOnWithoutTheFourthAndItComesBack() throws Exception {
        await(() -> haveAll(3));
        Site away = sites.get(2);
        away.down();
        long height = sites.getFirst().head().number();
        await(() -> haveAll(height + 6));
        away.up();
        away.copyFrom(sites.getFirst());
        await(() -> haveAll(height + 20));
        theChainsAgree();
    }

    @Test
    void twoWaitAndSayForWhomUntilAThirdIsThere() throws Exception {
        await(() -> haveAll(2));
        sites.get(1).down();
        sites.get(3).down();
        Thread.sleep(1500);
        long height = sites.getFirst().head().number();
        ConsensusStatus status = sites.getFirst().engine.status();
        assertThat(status.height()).isEqualTo(height + 1);
        assertThat(status.reason()).startsWith("height " + (height + 1) + ", round ");
        assertThat(status.missing()).isNotEmpty();
        assertThat(status.missing())
                .allSatisfy(who -> assertThat(status.reason()).contains(who.toString()));
        sites.get(1).up();
        sites.get(1).copyFrom(sites.get(0));
        sites.get(1).copyFrom(sites.get(2));
        await(() -> sites.getFirst().head().number() > height + 5);
        theChainsAgree();
    }

    @Test
    void aTransactionBringsABlockThatWasPutOff() throws Exception {
        timing = PUT_OFF;
        hasTransactions = false;
        await(this::allPutOff);
        long height = sites.getFirst().head().number();
        assertThat(sites.getLast().head().number()).isEqualTo(height);
        hasTransactions = true;
        for (Site site : sites) site.engine.transactionWaits();
        await(() -> haveAll(height + 1));
        theChainsAgree();
    }

    @Test
    void theNextProposerAloneIsToldShortlyBeforeItsBlockIsDue() throws Exception {
        long dueMillis = System.currentTimeMillis() + 2_000;
        timing = new HeightContext.Timing(dueMillis, Long.MAX_VALUE / 2, 400, 1600);
        await(() -> System.currentTimeMillis() > dueMillis);
        await(this::someoneOpenedAndBuilt);
        List<Site> told = sites.stream().filter(site -> !site.opened.isEmpty()).toList();
        assertThat(told).hasSize(1);
        assertThat(told.getFirst().opened).hasSize(1);
        long height = told.getFirst().opened.getFirst();
        await(() -> haveAll(height));
        assertThat(told.getFirst().blocks().get((int) height).header().coinbase())
                .isEqualTo(signer(told.getFirst().index).address());
        theChainsAgree();
    }

    private boolean someoneOpenedAndBuilt() {
        return sites.stream().anyMatch(site -> site.opened.stream().anyMatch(site.built::contains));
    }

    /** All at one height, and none in a round. */
    private boolean allPutOff() {
        List<ConsensusStatus> all = sites.stream().map(site -> site.engine.status()).toList();
        return all.stream()
                .allMatch(
                        status ->
                                status.round() < 0
                                        && status.height() == all.getFirst().height()
                                        && status.height() == sites.getFirst().head().number() + 1);
    }

    @Test
    void aRestartOfAllTakesUpWhatWasSaid() throws Exception {
        for (int round = 0; round < 3; round++) {
            long height = sites.getFirst().head().number();
            await(() -> haveAll(height + 2));
            for (Site site : sites) site.down();
            for (Site site : sites) sites.forEach(site::copyFrom);
            sites.forEach(Site::up);
        }
        long height = sites.getFirst().head().number();
        await(() -> haveAll(height + 2));
        theChainsAgree();
    }
}
