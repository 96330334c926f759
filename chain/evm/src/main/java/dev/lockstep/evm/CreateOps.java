package dev.lockstep.evm;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.Frame.Message;
import dev.lockstep.evm.Tracer.FrameKind;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/** CREATE, CREATE2 and SELFDESTRUCT: how contracts come and go. */
final class CreateOps {
    private static final long HASH_WORD_GAS = 6;
    private static final int LIMBS = U256.LIMBS;

    private CreateOps() {}

    static long create(Frame f, long[] s, int sp, long gas) {
        return create(f, FrameKind.CREATE, sp, gas);
    }

    static long create2(Frame f, long[] s, int sp, long gas) {
        return create(f, FrameKind.CREATE2, sp, gas);
    }

    private static long create(Frame f, FrameKind kind, int sp, long gas) {
        World world = f.world;
        long[] s = f.stack;
        if (f.message.isStatic()) return f.halt(HaltReason.WRITE_IN_STATIC_CALL);
        long offset = U256.clamped(s, sp - LIMBS);
        long size = U256.clamped(s, sp - 2 * LIMBS);
        if (world.fork.isAtLeast(Fork.SHANGHAI) && size > TransactionRules.INIT_CODE_BYTES_MAX) {
            return f.halt(HaltReason.INIT_CODE_TOO_LARGE);
        }
        long wordGas = world.gas.initCodeWord() + (kind == FrameKind.CREATE2 ? HASH_WORD_GAS : 0);
        long left = f.expandMemory(offset, size, gas - MemoryOps.wordGas(size, wordGas));
        if (left < 0) return left;

        boolean keepsPart = world.fork.isAtLeast(Fork.TANGERINE_WHISTLE);
        long given = keepsPart ? CallOps.allButOne64th(left) : left;
        left -= given;
        f.returnData = Frame.NO_BYTES;
        Address creator = f.message.self();
        UInt256 value = U256.toUInt256(s, sp);
        JournalAccount account = world.journal.account(creator);
        if (account.balance.compareTo(value) < 0
                || account.nonce == -1L
                || f.depth >= Frame.DEPTH_MAX) {
            U256.set(s, f.sp, 0);
            return left + given;
        }
        byte[] initCode = f.copyOfMemory(offset, size);
        Address created =
                kind == FrameKind.CREATE
                        ? Address.created(creator, account.nonce)
                        : Address.created2(
                                creator,
                                U256.toBytes32(s, sp - 3 * LIMBS),
                                Keccak.hash(Bytes.wrap(initCode)));
        world.journal.incrementNonce(creator);
        // Warm even where the creation fails: the creator's frame, not the new one, looked at it.
        world.journal.warm(created);
        Message message = new Message(kind, creator, created, created, value, Bytes.EMPTY, false);
        f.child = new Frame(world, f, message, new Code(initCode), given);
        f.exit = Frame.Exit.CALLING;
        return left;
    }

    /**
     * Gives all that the contract has to the beneficiary and marks it for deletion; from Cancun on
     * the latter only in the transaction that made it.
     *
     * @source EIP-6780
     */
    static long selfDestruct(Frame f, long[] s, int sp, long gas) {
        World world = f.world;
        Journal journal = world.journal;
        if (f.message.isStatic()) return f.halt(HaltReason.WRITE_IN_STATIC_CALL);
        Address beneficiary = U256.toAddress(s, sp);
        JournalAccount self = journal.account(f.message.self());
        long left = gas - world.gas.selfDestruct();
        if (world.gas.coldAccount() != 0 && world.warm(beneficiary)) {
            left -= world.gas.coldAccount();
        }
        if (left >= 0 && makesAccount(world, beneficiary, self)) left -= world.gas.newAccount();
        if (left < 0) return left;

        boolean isDeleted = !world.fork.isAtLeast(Fork.CANCUN) || self.isCreated;
        UInt256 balance = self.balance;
        if (!beneficiary.equals(self.address)) {
            journal.subtractBalance(self.address, balance);
            journal.addBalance(beneficiary, balance);
        } else if (isDeleted) {
            journal.subtractBalance(self.address, balance);
        }
        if (isDeleted && journal.destroy(self)) {
            journal.addRefund(world.gas.selfDestructRefund());
        }
        f.exit = Frame.Exit.RETURNED;
        return left;
    }

    private static boolean makesAccount(World world, Address beneficiary, JournalAccount self) {
        if (!world.fork.isAtLeast(Fork.TANGERINE_WHISTLE)) return false;
        boolean isDead = world.journal.isDead(beneficiary);
        return isDead && (!world.fork.isAtLeast(Fork.SPURIOUS_DRAGON) || !self.balance.isZero());
    }
}
