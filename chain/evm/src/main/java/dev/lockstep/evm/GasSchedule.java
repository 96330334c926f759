package dev.lockstep.evm;

import dev.lockstep.types.Fork;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The numbers that changed with forks; what never changed stands in the instruction's row or body.
 * Zero is "nothing extra".
 *
 * @param coldAccount first access of an account in a transaction; 0 before there was a difference
 * @param coldSlot first access of a slot
 * @param warmAccess later accesses of either
 * @param balance BALANCE before warmth
 * @param extCode EXTCODESIZE and EXTCODECOPY before warmth
 * @param extCodeHash EXTCODEHASH before warmth
 * @param call the CALL family before warmth
 * @param sload SLOAD before warmth
 * @param sstoreSet a slot from zero to something
 * @param sstoreReset a slot from something to something else
 * @param sstoreNoop a store that changes nothing, or that changes what this transaction changed
 *     already; 0 where stores are not metered by their net effect
 * @param sstoreClearRefund for a slot back to zero
 * @param sstoreGasMin a store needs more gas than this left
 * @param selfDestruct the instruction itself
 * @param selfDestructRefund for the first destruction of a contract
 * @param newAccount a transfer or destruction that makes an account
 * @param expByte each byte of the exponent
 * @param initCodeWord each word of init code
 * @param refundDivisor at most this part of the gas used is refunded
 */
record GasSchedule(
        long coldAccount,
        long coldSlot,
        long warmAccess,
        long balance,
        long extCode,
        long extCodeHash,
        long call,
        long sload,
        long sstoreSet,
        long sstoreReset,
        long sstoreNoop,
        long sstoreClearRefund,
        long sstoreGasMin,
        long selfDestruct,
        long selfDestructRefund,
        long newAccount,
        long expByte,
        long initCodeWord,
        long refundDivisor) {

    private static final Map<Fork, GasSchedule> BY_FORK = new EnumMap<>(Fork.class);

    static {
        for (Fork fork : Fork.values()) BY_FORK.put(fork, build(fork));
    }

    static GasSchedule of(Fork fork) {
        @Nullable GasSchedule schedule = BY_FORK.get(fork);
        if (schedule == null) throw new IllegalArgumentException("no gas schedule for " + fork);
        return schedule;
    }

    /** One line a number: what it was at first, then each fork that changed it. */
    private static GasSchedule build(Fork fork) {
        return new GasSchedule(
                at(fork, 0).from(Fork.BERLIN, 2600).gas,
                at(fork, 0).from(Fork.BERLIN, 2100).gas,
                at(fork, 0).from(Fork.BERLIN, 100).gas,
                at(fork, 20).from(Fork.TANGERINE_WHISTLE, 400).from(Fork.ISTANBUL, 700).gas,
                at(fork, 20).from(Fork.TANGERINE_WHISTLE, 700).gas,
                at(fork, 400).from(Fork.ISTANBUL, 700).gas,
                at(fork, 40).from(Fork.TANGERINE_WHISTLE, 700).gas,
                at(fork, 50).from(Fork.TANGERINE_WHISTLE, 200).from(Fork.ISTANBUL, 800).gas,
                at(fork, 20_000).gas,
                at(fork, 5000).from(Fork.BERLIN, 2900).gas,
                at(fork, 0)
                        .from(Fork.CONSTANTINOPLE, 200)
                        .from(Fork.PETERSBURG, 0)
                        .from(Fork.ISTANBUL, 800)
                        .from(Fork.BERLIN, 100)
                        .gas,
                at(fork, 15_000).from(Fork.LONDON, 4800).gas,
                at(fork, 0).from(Fork.ISTANBUL, 2300).gas,
                at(fork, 0).from(Fork.TANGERINE_WHISTLE, 5000).gas,
                at(fork, 24_000).from(Fork.LONDON, 0).gas,
                25_000,
                at(fork, 10).from(Fork.SPURIOUS_DRAGON, 50).gas,
                at(fork, 0).from(Fork.SHANGHAI, 2).gas,
                at(fork, 2).from(Fork.LONDON, 5).gas);
    }

    private static Price at(Fork fork, long first) {
        return new Price(fork, first);
    }

    private record Price(Fork fork, long gas) {
        Price from(Fork since, long changed) {
            return fork.isAtLeast(since) ? new Price(fork, changed) : this;
        }
    }

    boolean isNetMetered() {
        return sstoreNoop != 0;
    }
}
