package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.evm.CallOutcome;
import dev.lockstep.evm.CallRequest;
import dev.lockstep.evm.Tracer;
import dev.lockstep.types.Address;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SimulationTest {
    private static final Address SELF = Address.ofNumber(0xc0de);

    /** Returns slot 0. */
    private static final Bytes READ = Bytes.fromHexString("0x5f545f5260205ff3");

    /** Reverts with one byte 0xab. */
    private static final Bytes REVERT = Bytes.fromHexString("0x60ab5f5360015ffd");

    /** Clears slot 0, which refunds gas only once it has been spent. */
    private static final Bytes CLEAR = Bytes.fromHexString("0x5f5f5500");

    private final TestChain chain = TestChain.create();

    private static CallRequest request(@Nullable Address to, long gasLimit, Bytes input) {
        return new CallRequest(
                TestChain.ALICE.address(),
                to,
                gasLimit,
                UInt256.ZERO,
                UInt256.ZERO,
                input,
                List.of(),
                List.of());
    }

    private static Map<Address, AccountOverride> code(Address address, Bytes code, long slot0) {
        var slots = new TreeMap<UInt256, UInt256>();
        slots.put(UInt256.ZERO, UInt256.valueOf(slot0));
        return Map.of(address, new AccountOverride(null, null, code, false, slots));
    }

    private CallOutcome call(CallRequest request, Map<Address, AccountOverride> overrides) {
        return chain.ledger.call(chain.ledger.head().number(), request, Tracer.NONE, overrides);
    }

    private GasEstimate estimate(CallRequest request, Map<Address, AccountOverride> overrides) {
        return chain.ledger.estimateGas(chain.ledger.head().number(), request, overrides);
    }

    @Test
    void aCallSeesTheStateOfItsBlock() {
        Address contract = Address.created(TestChain.ALICE.address(), 0);
        Bytes code =
                Bytes.fromHexString("0x36600f57" + "5f545f5260205ff3" + "000000" + "5b365f5500");
        chain.mine(TestChain.ALICE.create(0, TestChain.deploying(code), 200_000));
        chain.mine(TestChain.ALICE.call(1, contract, 0, Bytes.of(1, 2), 100_000));
        CallRequest read = request(contract, 100_000, Bytes.EMPTY);
        assertThat(outputAt(1, read)).isEqualTo(UInt256.ZERO.toBytes());
        assertThat(outputAt(2, read)).isEqualTo(UInt256.valueOf(2).toBytes());
    }

    private Bytes outputAt(long number, CallRequest request) {
        CallOutcome outcome = chain.ledger.call(number, request, Tracer.NONE, Map.of());
        assertThat(outcome).isInstanceOf(CallOutcome.Succeeded.class);
        return ((CallOutcome.Succeeded) outcome).output();
    }

    @Test
    void anOverrideIsBelievedAndNotKept() {
        CallOutcome outcome = call(request(SELF, 100_000, Bytes.EMPTY), code(SELF, READ, 9));
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        CallOutcome.Succeeded.class,
                        succeeded ->
                                assertThat(succeeded.output())
                                        .isEqualTo(UInt256.valueOf(9).toBytes()));
        assertThat(chain.ledger.headAccount(SELF).hasCode()).isFalse();
    }

    @Test
    void anOverriddenBalanceCanBeSpent() {
        CallRequest rich =
                new CallRequest(
                        SELF,
                        Address.ofNumber(0xd00d),
                        21_000,
                        UInt256.ZERO,
                        UInt256.valueOf(5),
                        Bytes.EMPTY,
                        List.of(),
                        List.of());
        AccountOverride five =
                new AccountOverride(
                        null, UInt256.valueOf(5), null, false, Collections.emptySortedMap());
        assertThat(call(rich, Map.of(SELF, five))).isInstanceOf(CallOutcome.Succeeded.class);
        assertThat(call(rich, Map.of())).isNotInstanceOf(CallOutcome.Succeeded.class);
    }

    @Test
    void aTransferNeeds21000() {
        assertThat(estimate(request(TestChain.BOB.address(), 0, Bytes.EMPTY), Map.of()))
                .isEqualTo(new GasEstimate.Enough(21_000));
    }

    @Test
    void anEstimateSucceedsWhenSentEvenWhereGasIsRefunded() {
        GasEstimate estimate = estimate(request(SELF, 0, Bytes.EMPTY), code(SELF, CLEAR, 1));
        assertThat(estimate).isInstanceOf(GasEstimate.Enough.class);
        long gasLimit = ((GasEstimate.Enough) estimate).gasLimit();
        assertThat(call(request(SELF, gasLimit, Bytes.EMPTY), code(SELF, CLEAR, 1)))
                .isInstanceOf(CallOutcome.Succeeded.class);
        // 21 000 + 2 · PUSH0 + SSTORE 5 000, of which 4 800 come back.
        assertThat(gasLimit).isBetween(26_004L, 26_004L + 26_004 / 60);
    }

    @Test
    void anEstimateCountsThe64thThatACallKeepsBack() {
        // The outer contract gives all it may to one that burns 60 000 gas in memory, then wants
        // success.
        Address inner = Address.ofNumber(0xbabe);
        Bytes burner = Bytes.fromHexString("0x5f6201800052" + "00");
        Bytes outer =
                Bytes.concatenate(
                        Bytes.fromHexString("0x5f5f5f5f5f61babe5af1"),
                        Bytes.fromHexString("0x601157" + "5f5ffd" + "00" + "5b00"));
        var overrides = new TreeMap<Address, AccountOverride>();
        overrides.putAll(code(SELF, outer, 0));
        overrides.putAll(code(inner, burner, 0));
        GasEstimate estimate = estimate(request(SELF, 0, Bytes.EMPTY), overrides);
        assertThat(estimate).isInstanceOf(GasEstimate.Enough.class);
        long gasLimit = ((GasEstimate.Enough) estimate).gasLimit();
        assertThat(call(request(SELF, gasLimit, Bytes.EMPTY), overrides))
                .isInstanceOf(CallOutcome.Succeeded.class);
        assertThat(call(request(SELF, gasLimit - gasLimit / 30, Bytes.EMPTY), overrides))
                .isNotInstanceOf(CallOutcome.Succeeded.class);
    }

    @Test
    void anEstimateOfARevertCarriesItsData() {
        assertThat(estimate(request(SELF, 0, Bytes.EMPTY), code(SELF, REVERT, 0)))
                .isInstanceOfSatisfying(
                        GasEstimate.Fails.class,
                        fails ->
                                assertThat(fails.outcome())
                                        .isInstanceOfSatisfying(
                                                CallOutcome.Reverted.class,
                                                reverted ->
                                                        assertThat(reverted.data())
                                                                .isEqualTo(Bytes.of(0xab))));
    }

    @Test
    void anEstimateOfAModelCallIsExact() {
        Bytes input = Bytes.of(1, 2, 3);
        GasEstimate estimate = estimate(request(TestChain.MODEL_ADDRESS, 0, input), Map.of());
        assertThat(estimate)
                .isEqualTo(new GasEstimate.Enough(21_000 + 3 * 16 + TestChain.MODEL_GAS));
    }

    @Test
    void anUnknownBlockIsNamed() {
        assertThatThrownBy(
                        () ->
                                chain.ledger.call(
                                        7,
                                        request(SELF, 21_000, Bytes.EMPTY),
                                        Tracer.NONE,
                                        Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("block 7");
    }
}
