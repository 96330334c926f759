package dev.lockstep.network;

import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpReader;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.apache.tuweni.bytes.Bytes;

/**
 * Which chain, and how far its rules have come: a checksum over the genesis and the forks passed,
 * and the fork to come.
 *
 * @param hash 4 bytes
 * @param next block number or timestamp of the next fork known, 0 for none
 * @source EIP-2124, EIP-6122
 */
public record ForkId(Bytes hash, long next) {
    private static final int HASH_BYTES = 4;

    /** The forks of a chain, in order: those by number, then those by time. */
    public record Schedule(Hash genesis, List<Long> numbers, List<Long> times) {
        /** Forks at genesis, and forks that coincide, count once or not at all. */
        public static Schedule of(
                Hash genesis, List<Long> numbers, List<Long> times, long genesisTimestamp) {
            TreeSet<Long> byNumber = new TreeSet<>(Long::compareUnsigned);
            byNumber.addAll(numbers);
            byNumber.remove(0L);
            TreeSet<Long> byTime = new TreeSet<>(Long::compareUnsigned);
            byTime.addAll(times);
            byTime.removeIf(time -> Long.compareUnsigned(time, genesisTimestamp) <= 0);
            return new Schedule(genesis, List.copyOf(byNumber), List.copyOf(byTime));
        }

        /** Where a chain with this head stands. */
        public ForkId at(long number, long timestamp) {
            CRC32 sum = sum();
            for (long fork : numbers) {
                if (Long.compareUnsigned(fork, number) > 0) return new ForkId(bytes(sum), fork);
                add(sum, fork);
            }
            for (long fork : times) {
                if (Long.compareUnsigned(fork, timestamp) > 0) return new ForkId(bytes(sum), fork);
                add(sum, fork);
            }
            return new ForkId(bytes(sum), 0);
        }

        /**
         * Whether a peer with {@code remote} can be on this chain, as far as a node with this head
         * can know.
         */
        public boolean accepts(ForkId remote, long number, long timestamp) {
            CRC32 sum = sum();
            ForkId own = at(number, timestamp);
            if (remote.hash.equals(own.hash)) {
                // Equal so far; a fork that the peer awaits must not have passed unnoticed here.
                return remote.next == 0 || !isPassed(remote.next, number, timestamp);
            }
            boolean isBehind = true;
            for (int i = 0; i <= numbers.size() + times.size(); i++) {
                boolean isOwn = bytes(sum).equals(own.hash);
                if (isOwn) isBehind = false;
                if (bytes(sum).equals(remote.hash)) {
                    // Behind this node it must await the fork that followed; ahead it may be
                    // anything.
                    return !isBehind || remote.next == fork(i);
                }
                if (i < numbers.size() + times.size()) add(sum, fork(i));
            }
            return false;
        }

        private long fork(int index) {
            int byTime = index - numbers.size();
            if (byTime < 0) return numbers.get(index);
            return byTime < times.size() ? times.get(byTime) : 0;
        }

        /** Numbers and times don't overlap: no chain has as many blocks as seconds since 1970. */
        private boolean isPassed(long fork, long number, long timestamp) {
            boolean isTime = Long.compareUnsigned(fork, TIME_MIN) >= 0;
            return Long.compareUnsigned(fork, isTime ? timestamp : number) <= 0;
        }

        private CRC32 sum() {
            CRC32 sum = new CRC32();
            sum.update(genesis.bytes().toArray());
            return sum;
        }

        private static void add(CRC32 sum, long fork) {
            sum.update(Bytes.ofUnsignedLong(fork).toArray());
        }

        private static Bytes bytes(CRC32 sum) {
            return Bytes.ofUnsignedInt(sum.getValue());
        }
    }

    /** What EIP-6122 takes for a timestamp: about the genesis of mainnet. */
    private static final long TIME_MIN = 1_438_269_973L;

    void writeItems(Rlp out) {
        out.bytes(hash).number(next);
    }

    static ForkId read(RlpReader in) {
        return in.nested(list -> new ForkId(list.bytes(HASH_BYTES), list.number()));
    }
}
