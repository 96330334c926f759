package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec.Rules;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlobFeeTest {
    private static final long BLOB = BlobSchedule.GAS_PER_BLOB;

    @ParameterizedTest
    @CsvSource({"0, 1", "2314057, 1", "2314058, 2", "10485760, 23"})
    void isTheExponentialOfTheExcess(long excess, long expected) {
        assertThat(BlobFee.price(excess, BlobSchedule.CANCUN)).isEqualTo(UInt256.valueOf(expected));
    }

    @Test
    void saturatesWhereThePriceIsOver256Bits() {
        assertThat(BlobFee.price(Long.MAX_VALUE, BlobSchedule.CANCUN)).isEqualTo(UInt256.MAX_VALUE);
        assertThat(BlobFee.price(177L * 3_338_477, BlobSchedule.CANCUN))
                .isLessThan(UInt256.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource({
        // excess, blobs used, expected excess
        "0, 0, 0",
        "0, 3, 0",
        "0, 4, 131072",
        "1, 3, 1",
        "1, 5, 262145",
        "393216, 3, 393216",
        "393216, 2, 262144",
        "393216, 0, 0",
    })
    void excessGrowsByWhatIsOverTheTarget(long excess, int blobs, long expected) {
        Rules rules = new Rules(Fork.CANCUN, BlobSchedule.CANCUN);
        assertThat(BlobFee.excessAfter(parent(excess, blobs, 0), rules)).isEqualTo(expected);
    }

    /** From Osaka on a blob costs at least what carrying it would in execution gas. */
    @Test
    void excessDoesNotFallWhileTheReserveIsHigherThanThePrice() {
        Rules rules = new Rules(Fork.OSAKA, BlobSchedule.PRAGUE);
        // Price 1 and 2^17 blob gas against 2^13 gas: the reserve rules from a base fee of 17 on.
        assertThat(BlobFee.excessAfter(parent(6 * BLOB, 3, 16), rules)).isEqualTo(3 * BLOB);
        assertThat(BlobFee.excessAfter(parent(6 * BLOB, 3, 17), rules)).isEqualTo(7 * BLOB);
    }

    private static BlockHeader parent(long excess, int blobs, long baseFee) {
        BlockHeader.Builder parent = new BlockHeader.Builder();
        parent.excessBlobGas = excess;
        parent.blobGasUsed = blobs * BLOB;
        parent.baseFee = UInt256.valueOf(baseFee);
        parent.withdrawalsRoot = Hash.EMPTY_TRIE;
        return parent.build();
    }
}
