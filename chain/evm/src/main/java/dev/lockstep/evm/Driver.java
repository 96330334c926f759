package dev.lockstep.evm;

import dev.lockstep.evm.Frame.Exit;
import dev.lockstep.evm.Frame.Message;
import dev.lockstep.evm.Tracer.FrameEntry;
import dev.lockstep.evm.Tracer.FrameExit;
import dev.lockstep.evm.Tracer.FrameKind;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Walks the frames of a transaction: begins them, lets the interpreter run them, settles them and
 * hands their results to the frames that wait. No recursion: how deep calls may go must not depend
 * on a thread's stack.
 */
final class Driver {
    private static final long CODE_BYTE_GAS = 200;

    /**
     * @source EIP-170
     */
    private static final int CODE_BYTES_MAX = 24_576;

    private final World world;
    private final Interpreter interpreter;

    Driver(World world) {
        this.world = world;
        interpreter = world.isTraced ? new Stepper(world.tracer) : world.machine.interpreter();
    }

    /** Runs the frame and all that it calls; its exit, gas and output are the result. */
    void run(Frame root) {
        Frame f = root;
        begin(f);
        while (true) {
            if (f.exit == Exit.RUNNING) interpreter.run(f);
            Frame child = f.child;
            if (child != null) {
                f.child = null;
                f.exit = Exit.RUNNING;
                f = child;
                begin(f);
                continue;
            }
            end(f);
            Frame parent = f.parent;
            if (parent == null) return;
            resume(parent, f);
            f = parent;
        }
    }

    /** Takes the checkpoint, moves the value; precompiles run here to their end. */
    private void begin(Frame f) {
        Message message = f.message;
        Journal journal = world.journal;
        if (world.isTraced) world.tracer.onFrameEnter(entry(f));
        f.checkpoint = journal.checkpoint();
        if (message.isCreation()) {
            if (journal.account(message.self()).isTaken()) {
                f.halt(HaltReason.ADDRESS_COLLISION);
                return;
            }
            journal.create(message.self());
        } else {
            journal.touch(journal.account(message.self()));
        }
        UInt256 value = message.value();
        if (movesValue(message.kind()) && !value.isZero()) {
            journal.subtractBalance(message.caller(), value);
            journal.addBalance(message.self(), value);
        }
        if (message.isCreation()) return;
        Precompiles.Row precompile = world.precompile(message.codeAddress());
        if (precompile != null) runPrecompile(f, precompile.body());
    }

    private static boolean movesValue(FrameKind kind) {
        return kind == FrameKind.CALL || kind == FrameKind.CREATE || kind == FrameKind.CREATE2;
    }

    private void runPrecompile(Frame f, Precompile precompile) {
        Bytes input = f.message.input();
        PrecompileContext context =
                new PrecompileContext(world.fork, f.message.caller(), f.message.isStatic());
        long price = precompile.quote(input, context);
        if (price < 0 || price > f.gas) {
            f.halt(HaltReason.OUT_OF_GAS);
            return;
        }
        f.gas -= price;
        switch (precompile.run(input, context)) {
            case PrecompileResult.Output(var bytes, var modelCall) -> {
                if (modelCall != null) world.modelCalls.add(modelCall);
                f.output = bytes.toArrayUnsafe();
                f.exit = Exit.RETURNED;
            }
            case PrecompileResult.Reverted(var bytes) -> {
                f.output = bytes.toArrayUnsafe();
                f.exit = Exit.REVERTED;
            }
            case PrecompileResult.Failed(var _) -> f.halt(HaltReason.PRECOMPILE_FAILED);
        }
    }

    /** Deploys what a creation returned; undoes what a failed frame did. */
    private void end(Frame f) {
        if (f.exit == Exit.RETURNED && f.message.isCreation()) deploy(f);
        if (f.exit != Exit.RETURNED) world.journal.revertTo(f.checkpoint);
        if (f.exit == Exit.HALTED) {
            f.gas = 0;
            f.output = Frame.NO_BYTES;
        }
        if (world.isTraced) world.tracer.onFrameExit(exit(f));
    }

    private void deploy(Frame f) {
        byte[] code = f.output;
        if (world.fork.isAtLeast(Fork.LONDON) && code.length > 0 && code[0] == (byte) 0xef) {
            f.halt(HaltReason.CODE_FORMAT); // EIP-3541
            return;
        }
        if (code.length > codeBytesMax()) {
            f.halt(HaltReason.CODE_TOO_LARGE);
            return;
        }
        long price = code.length * CODE_BYTE_GAS;
        if (price > f.gas) {
            // In Frontier a contract whose code nobody paid for is made without code.
            if (world.fork.isAtLeast(Fork.HOMESTEAD)) f.halt(HaltReason.OUT_OF_GAS);
            else f.output = Frame.NO_BYTES;
            return;
        }
        f.gas -= price;
        world.journal.setCode(f.message.self(), Bytes.wrap(code));
    }

    private int codeBytesMax() {
        Integer ofChain = world.block.codeBytesMax();
        if (ofChain != null) return ofChain;
        return world.fork.isAtLeast(Fork.SPURIOUS_DRAGON) ? CODE_BYTES_MAX : Integer.MAX_VALUE;
    }

    private static void resume(Frame parent, Frame f) {
        boolean isSuccess = f.exit == Exit.RETURNED;
        parent.gas += f.gas;
        if (f.message.isCreation()) {
            parent.returnData = f.exit == Exit.REVERTED ? f.output : Frame.NO_BYTES;
            Address created = f.message.self();
            U256.set(parent.stack, parent.sp, 0L);
            if (isSuccess) U256.set(parent.stack, parent.sp, created);
            return;
        }
        parent.returnData = f.output;
        int size = Math.min(parent.outputSize, f.output.length);
        if (size > 0) System.arraycopy(f.output, 0, parent.memory, parent.outputOffset, size);
        U256.set(parent.stack, parent.sp, isSuccess ? 1L : 0L);
    }

    private static FrameEntry entry(Frame f) {
        Message m = f.message;
        Bytes input = m.isCreation() ? Bytes.wrap(f.code.bytes, 0, f.code.size) : m.input();
        return new FrameEntry(
                f.depth, m.kind(), m.caller(), m.self(), m.codeAddress(), m.value(), input, f.gas);
    }

    private static FrameExit exit(Frame f) {
        return new FrameExit(
                f.depth,
                f.exit == Exit.RETURNED,
                f.gasGiven - f.gas,
                Bytes.wrap(f.output),
                f.haltReason);
    }
}
