package dev.lockstep.evm;

import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;

/** What a frame may ask about its call, its transaction, its block and other accounts. */
final class EnvironmentOps {
    private static final long BLOCK_HASHES_MAX = 256;

    private EnvironmentOps() {}

    static long address(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.message.self());
        return gas;
    }

    static long caller(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.message.caller());
        return gas;
    }

    static long callValue(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.message.value());
        return gas;
    }

    static long callDataLoad(Frame f, long[] s, int sp, long gas) {
        byte[] input = f.input;
        long offset = U256.clamped(s, sp);
        if (offset >= input.length) {
            U256.set(s, sp, 0);
        } else if (offset + 32 <= input.length) {
            U256.load(s, sp, input, (int) offset);
        } else {
            byte[] padded = new byte[32];
            System.arraycopy(input, (int) offset, padded, 0, input.length - (int) offset);
            U256.load(s, sp, padded, 0);
        }
        return gas;
    }

    static long callDataSize(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.input.length);
        return gas;
    }

    static long codeSize(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.code.size);
        return gas;
    }

    static long returnDataSize(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.returnData.length);
        return gas;
    }

    static long origin(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.world.origin.sender());
        return gas;
    }

    static long gasPrice(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.world.origin.gasPrice());
        return gas;
    }

    static long blobHash(Frame f, long[] s, int sp, long gas) {
        List<Hash> hashes = f.world.origin.blobHashes();
        long index = U256.clamped(s, sp);
        if (index < hashes.size()) put(s, sp, hashes.get((int) index));
        else U256.set(s, sp, 0);
        return gas;
    }

    static long balance(Frame f, long[] s, int sp, long gas) {
        Address address = U256.toAddress(s, sp);
        long left = gas - f.world.accessAccount(address, f.world.gas.balance());
        if (left >= 0) U256.set(s, sp, f.world.journal.balance(address));
        return left;
    }

    static long selfBalance(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.world.journal.balance(f.message.self()));
        return gas;
    }

    static long externalCodeSize(Frame f, long[] s, int sp, long gas) {
        Address address = U256.toAddress(s, sp);
        long left = gas - f.world.accessAccount(address, f.world.gas.extCode());
        if (left >= 0) U256.set(s, sp, f.world.codeSize(address));
        return left;
    }

    /** Zero where nothing is. @source EIP-1052 */
    static long externalCodeHash(Frame f, long[] s, int sp, long gas) {
        Address address = U256.toAddress(s, sp);
        long left = gas - f.world.accessAccount(address, f.world.gas.extCodeHash());
        if (left < 0) return left;
        if (f.world.journal.isDead(address)) U256.set(s, sp, 0);
        else put(s, sp, f.world.journal.account(address).codeHash);
        return left;
    }

    static long blockHash(Frame f, long[] s, int sp, long gas) {
        long number = U256.clamped(s, sp);
        long current = f.world.block.number();
        if (number < current && number >= current - BLOCK_HASHES_MAX) {
            put(s, sp, f.world.block.blockHashes().apply(number));
        } else {
            U256.set(s, sp, 0);
        }
        return gas;
    }

    static long coinbase(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.world.block.coinbase());
        return gas;
    }

    static long timestamp(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.world.block.timestamp());
        return gas;
    }

    static long number(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.world.block.number());
        return gas;
    }

    /** PREVRANDAO from Paris on. @source EIP-4399 */
    static long difficulty(Frame f, long[] s, int sp, long gas) {
        BlockContext block = f.world.block;
        if (f.world.fork.isAtLeast(Fork.PARIS)) load(s, f.sp, block.prevRandao());
        else U256.set(s, f.sp, block.difficulty());
        return gas;
    }

    static long gasLimit(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.world.block.gasLimit());
        return gas;
    }

    static long chainId(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.world.block.chainId());
        return gas;
    }

    static long baseFee(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.world.block.baseFee());
        return gas;
    }

    static long blobBaseFee(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.world.block.blobBaseFee());
        return gas;
    }

    private static void put(long[] s, int at, Hash hash) {
        load(s, at, hash.bytes());
    }

    private static void load(long[] s, int at, Bytes word) {
        U256.load(s, at, word.toArrayUnsafe(), 0);
    }
}
