package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.state.Column;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.state.WriteBatch;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiPredicate;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;

/** What the ledger asks of its store, and what it makes of a store that lies. */
class LedgerStoreTest {
    private final CountingStore store = new CountingStore();
    private final TestChain chain = TestChain.over(TestChain.genesis(false), store);

    /** Counts writes, and fails the next one when told to. */
    private static final class CountingStore implements KeyValueStore {
        private final MemoryStore inner = new MemoryStore();
        int writes;
        boolean isBroken;

        @Override
        public void write(WriteBatch batch) {
            if (isBroken) throw new LocalFault("the disk is full");
            writes++;
            inner.write(batch);
        }

        @Override
        public Bytes get(Column column, Bytes key) {
            return inner.get(column, key);
        }

        @Override
        public void scan(Column column, Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit) {
            inner.scan(column, from, to, visit);
        }

        @Override
        public Snapshot snapshot() {
            return inner.snapshot();
        }

        @Override
        public void close() {
            inner.close();
        }
    }

    @Test
    void openingWritesGenesisInOneBatchAndReopeningNothing() {
        assertThat(store.writes).isEqualTo(1);
        TestChain.over(chain.genesis, store);
        assertThat(store.writes).isEqualTo(1);
    }

    @Test
    void aCommitIsOneBatchAndBuildingAndCheckingAreNone() {
        PreparedBlock built = chain.build(TestChain.ALICE.transfer(0, TestChain.BOB.address(), 1));
        chain.ledger.check(built.block());
        assertThat(store.writes).isEqualTo(1);
        chain.ledger.commit(built, built.block());
        assertThat(store.writes).isEqualTo(2);
    }

    @Test
    void aWriteThatFailsLeavesTheHeadWhereItWas() {
        PreparedBlock built = chain.build();
        store.isBroken = true;
        assertThatThrownBy(() -> chain.ledger.commit(built, built.block()))
                .isInstanceOf(LocalFault.class);
        assertThat(chain.ledger.headHash()).isEqualTo(chain.genesis.hash());
        store.isBroken = false;
        chain.ledger.commit(built, built.block());
        assertThat(chain.ledger.headHash()).isEqualTo(built.hash());
    }

    @Test
    void aHeadWhoseStateIsNotThereIsNamedAtOpening() {
        PreparedBlock mined = chain.mine();
        var header = chain.ledger.head().toBuilder();
        header.stateRoot = Hash.ZERO;
        overwriteHeader(1, Bytes.concatenate(mined.hash().bytes(), header.build().encode()));
        assertThatThrownBy(() -> TestChain.over(chain.genesis, store))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("block 1 has the state root " + Hash.ZERO);
    }

    @Test
    void aHeaderThatDoesNotDecodeIsNamed() {
        for (Bytes garbage : new Bytes[] {Bytes.of(1), Bytes.repeat((byte) 0xc1, 50)}) {
            overwriteHeader(0, garbage);
            assertThatThrownBy(() -> chain.ledger.header(0))
                    .isInstanceOf(LocalFault.class)
                    .hasMessageContaining("block 0 does not decode in column headers");
        }
    }

    private void overwriteHeader(long number, Bytes value) {
        store.write(new WriteBatch().put(Column.HEADERS, Bytes.ofUnsignedLong(number), value));
    }

    /** A reader on another thread never sees a head without its block, receipts and state. */
    @Test
    void queriesAreConsistentWhileBlocksAreCommitted() throws InterruptedException {
        AtomicReference<Throwable> fault = new AtomicReference<>();
        Thread reader =
                new Thread(
                        () -> {
                            while (chain.ledger.head().number() < 50) readHead();
                        });
        reader.setUncaughtExceptionHandler((_, thrown) -> fault.set(thrown));
        reader.start();
        for (int i = 0; i < 50; i++) {
            chain.mine(TestChain.ALICE.transfer(i, TestChain.BOB.address(), 1));
        }
        reader.join();
        assertThat(fault.get()).isNull();
    }

    private void readHead() {
        long number = chain.ledger.head().number();
        Long nonce =
                chain.ledger.stateAt(
                        number, state -> state.account(TestChain.ALICE.address()).nonce());
        assertThat(nonce).isEqualTo(number);
        assertThat(chain.ledger.receipts(number)).hasSize(number == 0 ? 0 : 1);
    }
}
