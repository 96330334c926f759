package dev.lockstep.ledger;

import static dev.lockstep.ledger.TestChain.ALICE;
import static dev.lockstep.ledger.TestChain.BOB;
import static dev.lockstep.ledger.TestChain.PROPOSER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.ChainSpec.Payout;
import java.util.TreeMap;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;

/** What the blocks of a QBFT chain pay besides tips, and to whom. */
class PayoutTest {
    private static final Address TREASURY = Address.ofNumber(0x7ea5);
    private static final UInt256 TIP = Wallet.GWEI.multiply(21_000);

    private static TestChain chain() {
        TreeMap<Long, Payout> payouts = new TreeMap<>();
        payouts.put(0L, new Payout(UInt256.ZERO, null));
        payouts.put(2L, new Payout(UInt256.valueOf(7), null));
        payouts.put(3L, new Payout(UInt256.valueOf(7), TREASURY));
        payouts.put(4L, new Payout(UInt256.ZERO, TREASURY));
        return TestChain.paying(payouts);
    }

    private static UInt256 balance(TestChain chain, Address address) {
        return chain.ledger.headAccount(address).balance();
    }

    @Test
    void aBlockPaysAsItsNumberHasIt() {
        TestChain chain = chain();
        chain.mine();
        Account none = chain.ledger.stateAt(1, state -> state.account(PROPOSER));
        assertThat(none).isNull();
        chain.mine(ALICE.transfer(0, BOB.address(), 1));
        assertThat(balance(chain, PROPOSER)).isEqualTo(TIP.add(UInt256.valueOf(7)));
        chain.mine(ALICE.transfer(1, BOB.address(), 1));
        assertThat(balance(chain, PROPOSER)).isEqualTo(TIP.add(UInt256.valueOf(7)));
        assertThat(balance(chain, TREASURY)).isEqualTo(TIP.add(UInt256.valueOf(7)));
        chain.mine(ALICE.transfer(2, BOB.address(), 1));
        assertThat(balance(chain, TREASURY)).isEqualTo(TIP.add(TIP).add(UInt256.valueOf(7)));
    }

    @Test
    void whoeverGetsItIsCoinbaseToContractsAndTheHeaderNamesTheProposer() {
        TestChain chain = chain();
        for (int i = 0; i < 3; i++) chain.mine();
        assertThat(chain.ledger.head().coinbase()).isEqualTo(PROPOSER);
        assertThat(chain.ledger.contextOf(chain.ledger.header(2)).coinbase()).isEqualTo(PROPOSER);
        assertThat(chain.ledger.contextOf(chain.ledger.head()).coinbase()).isEqualTo(TREASURY);
        assertThat(chain.ledger.pendingContext(2_000).coinbase()).isEqualTo(TREASURY);
    }

    @Test
    void anotherNodeAgreesAndOneWithOtherPayoutsDoesNot() {
        TestChain chain = chain();
        TestChain twin = chain.twin();
        TestChain other = TestChain.create();
        for (int i = 0; i < 4; i++) {
            PreparedBlock block = chain.mine(ALICE.transfer(i, BOB.address(), 1));
            assertThat(twin.ledger.check(block.block())).isInstanceOf(Verdict.Valid.class);
            twin.ledger.commit(block, block.block());
            if (i == 0) other.ledger.commit(block, block.block());
            if (i == 1) {
                assertThat(other.ledger.check(block.block()))
                        .isInstanceOfSatisfying(
                                Verdict.Invalid.class,
                                invalid ->
                                        assertThat(invalid.fault())
                                                .isEqualTo(BlockFault.STATE_ROOT));
            }
        }
    }
}
