package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Fork;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BaseFeeTest {
    @ParameterizedTest
    @CsvSource({
        "1000000000, 10000000, 20000000, 1000000000",
        "1000000000,  9000000, 20000000,  987500000",
        "1000000000, 11000000, 20000000, 1012500000",
        "1000000000,        0, 20000000,  875000000",
        "1000000000, 20000000, 20000000, 1125000000",
        // A rise is at least 1 wei, a fall may be nothing.
        "7, 20000000, 20000000, 8",
        "7, 10000001, 20000000, 8",
        "7,        0, 20000000, 7",
        "0, 20000000, 20000000, 1",
    })
    void followsTheParentsFill(long baseFee, long gasUsed, long gasLimit, long expected) {
        assertThat(BaseFee.next(UInt256.valueOf(baseFee), gasUsed, gasLimit))
                .isEqualTo(UInt256.valueOf(expected));
    }

    @Test
    void isZeroForeverOnAChainWithoutFees() {
        ChainSpec spec = TestChain.genesis(true).spec();
        assertThat(BaseFee.after(parent(UInt256.valueOf(5)), 1, spec)).isEqualTo(UInt256.ZERO);
    }

    @Test
    void beginsAtOneGweiAndDoublesTheGasLimit() {
        BlockHeader parent = parent(null);
        assertThat(BaseFee.after(parent, 1, ChainSpec.plain(1, Fork.LONDON)))
                .isEqualTo(UInt256.valueOf(1_000_000_000L));
        assertThat(BaseFee.gasLimitBefore(parent, Fork.BERLIN, Fork.LONDON)).isEqualTo(40_000_000);
        assertThat(BaseFee.gasLimitBefore(parent, Fork.LONDON, Fork.LONDON)).isEqualTo(20_000_000);
    }

    @Test
    void isAbsentBeforeLondon() {
        assertThat(BaseFee.after(parent(null), 1, ChainSpec.plain(1, Fork.BERLIN))).isNull();
    }

    private static BlockHeader parent(UInt256 baseFee) {
        BlockHeader.Builder parent = new BlockHeader.Builder();
        parent.gasLimit = 20_000_000;
        parent.gasUsed = 20_000_000;
        parent.baseFee = baseFee;
        return parent.build();
    }
}
