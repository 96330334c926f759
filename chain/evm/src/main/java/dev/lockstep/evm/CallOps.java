package dev.lockstep.evm;

import dev.lockstep.evm.Frame.Message;
import dev.lockstep.evm.Tracer.FrameKind;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * The CALL family: prices a call, prepares the callee's frame, and leaves the rest to the driver.
 */
final class CallOps {
    private static final long VALUE_GAS = 9000;
    private static final long STIPEND_GAS = 2300;
    private static final int LIMBS = U256.LIMBS;

    private CallOps() {}

    static Instruction.Body call(FrameKind kind) {
        boolean hasValue = kind == FrameKind.CALL || kind == FrameKind.CALLCODE;
        return hasValue
                ? (f, s, sp, gas) -> call(f, kind, sp, gas, valueAt(s, sp - 2 * LIMBS))
                : (f, s, sp, gas) -> call(f, kind, sp, gas, null);
    }

    private static UInt256 valueAt(long[] s, int at) {
        return U256.isZeroAt(s, at) ? UInt256.ZERO : U256.toUInt256(s, at);
    }

    private static long call(
            Frame f, FrameKind kind, int sp, long gas, @Nullable UInt256 valueOrNull) {
        World world = f.world;
        long[] s = f.stack;
        Address to = U256.toAddress(s, sp - LIMBS);
        UInt256 value = valueOrNull == null ? UInt256.ZERO : valueOrNull;
        if (kind == FrameKind.CALL && !value.isZero() && f.message.isStatic()) {
            return f.halt(HaltReason.WRITE_IN_STATIC_CALL);
        }
        int ranges = sp - (valueOrNull == null ? 2 : 3) * LIMBS;
        long left = expandMemory(f, ranges, gas);
        if (left >= 0) left -= world.accessAccount(to, world.gas.call());
        if (left < 0) return left;
        Address delegate = world.delegate(to);
        if (delegate != null) left -= world.accessAccount(delegate, 0);
        if (!value.isZero()) left -= VALUE_GAS;
        if (kind == FrameKind.CALL && makesAccount(world, to, value)) {
            left -= world.gas.newAccount();
        }
        if (left < 0) return left;

        long given = forwarded(world, left, U256.clamped(s, sp));
        if (given < 0) return given;
        left -= given;
        if (!value.isZero()) given += STIPEND_GAS;
        f.returnData = Frame.NO_BYTES;
        boolean isAffordable =
                value.isZero() || world.journal.balance(f.message.self()).compareTo(value) >= 0;
        if (f.depth >= Frame.DEPTH_MAX || !isAffordable) {
            U256.set(s, f.sp, 0);
            return left + given;
        }
        Code code = world.runnableCode(delegate == null ? to : delegate);
        f.child = new Frame(world, f, message(f, kind, to, value, ranges), code, given);
        f.outputOffset = (int) U256.clamped(s, ranges - 2 * LIMBS);
        f.outputSize = (int) U256.clamped(s, ranges - 3 * LIMBS);
        f.exit = Frame.Exit.CALLING;
        return left;
    }

    /** Input and output ranges: four words down from {@code ranges}. */
    private static long expandMemory(Frame f, int ranges, long gas) {
        long[] s = f.stack;
        long left = f.expandMemory(U256.clamped(s, ranges), U256.clamped(s, ranges - LIMBS), gas);
        if (left < 0) return left;
        return f.expandMemory(
                U256.clamped(s, ranges - 2 * LIMBS), U256.clamped(s, ranges - 3 * LIMBS), left);
    }

    /** Gas for the callee of what is left; negative where more is asked than may be had. */
    private static long forwarded(World world, long left, long requested) {
        if (world.fork.isAtLeast(Fork.TANGERINE_WHISTLE)) {
            return Math.min(requested, allButOne64th(left));
        }
        return requested > left ? -1 : requested;
    }

    /**
     * @source EIP-150
     */
    static long allButOne64th(long gas) {
        return gas - gas / 64;
    }

    private static boolean makesAccount(World world, Address to, UInt256 value) {
        return world.fork.isAtLeast(Fork.SPURIOUS_DRAGON)
                ? !value.isZero() && world.journal.isDead(to)
                : !world.journal.account(to).exists;
    }

    private static Message message(Frame f, FrameKind kind, Address to, UInt256 value, int ranges) {
        Message own = f.message;
        long[] s = f.stack;
        long offset = U256.clamped(s, ranges);
        Bytes input = Bytes.wrap(f.copyOfMemory(offset, U256.clamped(s, ranges - LIMBS)));
        boolean isStatic = own.isStatic() || kind == FrameKind.STATICCALL;
        return switch (kind) {
            case CALL, STATICCALL -> new Message(kind, own.self(), to, to, value, input, isStatic);
            case CALLCODE -> new Message(kind, own.self(), own.self(), to, value, input, isStatic);
            case DELEGATECALL ->
                    new Message(kind, own.caller(), own.self(), to, own.value(), input, isStatic);
            case CREATE, CREATE2 -> throw new IllegalArgumentException(kind + " is no call");
        };
    }
}
