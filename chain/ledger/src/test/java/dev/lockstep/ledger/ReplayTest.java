package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.evm.Precompiles;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.evm.TransactionOutcome;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.StateDiff;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;

/** The same block executed again, and blocks whose protocol calls fail. */
class ReplayTest {
    private static final Address WITHDRAWAL_REQUESTS =
            Address.fromHex("0x00000961Ef480Eb55e80D19ad83579A64c007002");

    private final TestChain chain = TestChain.create();

    @Test
    void aCommittedTransactionRunsAgainAfterThoseBeforeIt() {
        Bytes input = Bytes.of(5, 6);
        chain.mine(
                TestChain.ALICE.transfer(0, TestChain.BOB.address(), 1),
                TestChain.ALICE.call(1, TestChain.MODEL_ADDRESS, 0, input, 100_000));
        List<Tracer.FrameEntry> frames = new ArrayList<>();
        TransactionOutcome outcome =
                chain.ledger.replay(
                        new TransactionLocation(1, 1),
                        new Tracer() {
                            @Override
                            public void onFrameEnter(FrameEntry frame) {
                                frames.add(frame);
                            }
                        });
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        TransactionOutcome.Executed.class,
                        executed -> {
                            assertThat(executed.output()).isEqualTo(input);
                            assertThat(executed.modelCalls()).hasSize(1);
                            assertThat(executed.gasUsed())
                                    .isEqualTo(
                                            Objects.requireNonNull(chain.ledger.receipts(1))
                                                    .get(1)
                                                    .gasUsed());
                        });
        assertThat(frames).extracting(Tracer.FrameEntry::input).containsExactly(input);
        assertThatThrownBy(() -> chain.ledger.replay(new TransactionLocation(1, 2), Tracer.NONE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Remembers its answers, as the real one does. */
    private static final class Memoised implements Precompile {
        private final Precompile body;
        private final Map<Bytes, PrecompileResult> memo = new HashMap<>();

        Memoised(Precompile body) {
            this.body = body;
        }

        @Override
        public long quote(Bytes input, PrecompileContext context) {
            return body.quote(input, context);
        }

        @Override
        public PrecompileResult run(Bytes input, PrecompileContext context) {
            Bytes key = Bytes.concatenate(context.caller().bytes(), input);
            return memo.computeIfAbsent(key, _ -> body.run(input, context));
        }
    }

    @Test
    void aMemoNeverChangesABlock() {
        Precompiles.Row row = TestChain.PRECOMPILES.rows().getFirst();
        Precompiles.Row memoised =
                new Precompiles.Row(
                        row.address(), row.since(), row.name(), new Memoised(row.body()));
        Ledger other =
                Ledger.open(
                        chain.genesis,
                        new MemoryStore(),
                        new TransactionExecutor(Precompiles.of(List.of(memoised))),
                        List.of());
        for (int nonce = 0; nonce < 3; nonce++) {
            Block block =
                    chain.mine(
                                    TestChain.ALICE.call(
                                            nonce,
                                            TestChain.MODEL_ADDRESS,
                                            0,
                                            Bytes.of(7),
                                            100_000))
                            .block();
            assertThat(other.check(block))
                    .isInstanceOfSatisfying(
                            Verdict.Valid.class, valid -> other.commit(valid.prepared(), block));
        }
        assertThat(other.headHash()).isEqualTo(chain.ledger.headHash());
    }

    @Test
    void aRequestContractThatFailsMakesEveryBlockInvalid() {
        Bytes invalid = Bytes.of(0xfe);
        var accounts = new TreeMap<>(chain.genesis.alloc().accounts());
        accounts.put(
                WITHDRAWAL_REQUESTS,
                new StateDiff.AccountChange(
                        new StateDiff.Fields(1, UInt256.ZERO, Keccak.hash(invalid)),
                        false,
                        new TreeMap<>()));
        TreeMap<Hash, Bytes> codes = new TreeMap<>(chain.genesis.alloc().codes());
        codes.put(Keccak.hash(invalid), invalid);
        Genesis genesis =
                Genesis.of(
                        chain.genesis.spec(),
                        chain.genesis.header().toBuilder(),
                        new StateDiff(accounts, codes));
        TestChain failing = TestChain.over(genesis, new MemoryStore());
        assertThatThrownBy(failing::build)
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining(WITHDRAWAL_REQUESTS.toString());
        Block onIt =
                TestChain.withHeader(
                        chain.build().block(), h -> h.parentHash = failing.genesis.hash());
        assertThat(failing.ledger.check(onIt))
                .isInstanceOfSatisfying(
                        Verdict.Invalid.class,
                        i -> assertThat(i.fault()).isEqualTo(BlockFault.SYSTEM_CALL));
    }
}
