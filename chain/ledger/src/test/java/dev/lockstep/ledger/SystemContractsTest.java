package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.ChainSpec.SystemContracts;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import dev.lockstep.types.StateDiff.Fields;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which contracts an empty block calls. */
class SystemContractsTest {
    private static final Address BEACON_ROOTS =
            Address.fromHex("0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02");
    private static final Address HISTORY =
            Address.fromHex("0x0000F90827F1C53a10cb7A02335B175320002935");
    private static final Address WITHDRAWALS = Address.ofNumber(0xa7002);
    private static final Address CONSOLIDATIONS = Address.ofNumber(0xa7251);
    private static final SystemContracts REQUIRED =
            new SystemContracts(null, WITHDRAWALS, CONSOLIDATIONS, true);

    /** Stores 1 in slot 0 and returns a byte. */
    private static final Bytes CODE = Bytes.fromHexString("0x600160005560016000f3");

    private static TestChain chain(@Nullable SystemContracts contracts, List<Address> deployed) {
        Genesis plain = TestChain.genesis(false);
        ChainSpec spec = plain.spec();
        ChainSpec changed =
                new ChainSpec(
                        spec.chainId(),
                        spec.schedule(),
                        spec.headerForm(),
                        spec.zeroBaseFee(),
                        spec.transactionGasLimitMax(),
                        null,
                        contracts,
                        spec.payouts(),
                        spec.inference());
        var accounts = new TreeMap<Address, AccountChange>();
        Fields fields = new Fields(1, UInt256.ZERO, Keccak.hash(CODE));
        for (Address address : deployed) {
            accounts.put(address, new AccountChange(fields, false, Collections.emptySortedMap()));
        }
        var codes = new TreeMap<Hash, Bytes>();
        codes.put(Keccak.hash(CODE), CODE);
        return TestChain.over(
                Genesis.of(changed, plain.header().toBuilder(), new StateDiff(accounts, codes)),
                new MemoryStore());
    }

    private static boolean changesState(TestChain chain) {
        BlockHeader header = chain.build().block().header();
        return !header.stateRoot().equals(chain.genesis.header().stateRoot());
    }

    @Test
    void noneIsCalledWhereTheChainNamesNone() {
        List<Address> all = List.of(BEACON_ROOTS, HISTORY, WITHDRAWALS, CONSOLIDATIONS);
        TestChain chain = chain(null, all);
        assertThat(changesState(chain)).isFalse();
        assertThat(chain.build().block().header().requestsHash())
                .isEqualTo(chain.genesis.header().requestsHash());
    }

    @Test
    void eachIsCalledWhereItIs() {
        for (Address one : List.of(BEACON_ROOTS, HISTORY, WITHDRAWALS, CONSOLIDATIONS)) {
            TestChain chain =
                    chain(
                            new SystemContracts(null, WITHDRAWALS, CONSOLIDATIONS, false),
                            List.of(one));
            assertThat(changesState(chain)).as(one.toString()).isTrue();
            boolean asksForRequests = one.equals(WITHDRAWALS) || one.equals(CONSOLIDATIONS);
            assertThat(
                            chain.build()
                                    .block()
                                    .header()
                                    .requestsHash()
                                    .equals(chain.genesis.header().requestsHash()))
                    .isEqualTo(!asksForRequests);
        }
    }

    @Test
    void aRequiredOneMustBeThere() {
        assertThat(changesState(chain(REQUIRED, List.of(WITHDRAWALS, CONSOLIDATIONS)))).isTrue();
        assertThatThrownBy(() -> chain(REQUIRED, List.of(WITHDRAWALS)).build())
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("has no code; it must be there");
    }
}
