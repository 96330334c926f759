package dev.lockstep.evm.compiled;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.lockstep.evm.CodeCompiler.Shape;
import dev.lockstep.evm.CodeCompiler.Source;
import dev.lockstep.evm.compiled.Block.Flow;
import dev.lockstep.evm.compiled.Limb.Constant;
import dev.lockstep.evm.compiled.Limb.Flag;
import dev.lockstep.evm.compiled.Names.Method;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Arrays;

/** Writes the translation of one block into the method of its part. */
final class BlockWriter {
    private static final int LIMBS = 4;
    private static final int EMPTY_STACK = -LIMBS;

    private final Source source;
    private final CodeBuilder code;
    private final PartWriter part;
    private final Block block;
    private final Arithmetic arithmetic;
    private final Locals locals;
    private final Words words;

    /** Memory is known to reach to here from what the block did. */
    private int memoryKnown;

    BlockWriter(Source source, CodeBuilder code, PartWriter part, Locals locals, Block block) {
        this.source = source;
        this.code = code;
        this.part = part;
        this.block = block;
        this.locals = locals;
        locals.clear();
        arithmetic = new Arithmetic(code, locals);
        words = new Words(code, locals, block);
    }

    /**
     * @param refused where to go when gas or stack do not suffice
     */
    void write(Label refused) {
        check(refused);
        int pc = block.pc();
        while (pc < block.end()) {
            int opcode = pc < source.size() ? source.bytes()[pc] & 0xff : Block.STOP;
            pc++;
            boolean isLast = pc == block.end() && block.flow() != Flow.NEXT;
            if (isLast) break;
            pc = instruction(opcode, pc);
        }
        end();
    }

    private void check(Label refused) {
        code.lload(Locals.GAS).loadConstant((long) block.cost()).lsub().lstore(Locals.LEFT);
        code.lload(Locals.LEFT).lconst_0().lcmp().iflt(refused);
        if (block.lowest() < 0) {
            code.iload(Locals.SP).loadConstant(EMPTY_STACK - LIMBS * block.lowest());
            code.if_icmplt(refused);
        }
        if (block.highest() > 0) {
            code.iload(Locals.SP).iload(Locals.SP_MAX);
            code.loadConstant(LIMBS * block.highest()).isub().if_icmpgt(refused);
        }
        code.lload(Locals.LEFT).lstore(Locals.GAS);
    }

    /** Any instruction but one that decides where the block goes on. The pc behind all of it. */
    private int instruction(int opcode, int pc) {
        if (opcode >= 0x5f && opcode <= 0x7f) {
            int size = opcode - 0x5f;
            words.push(constantAt(pc, size));
            return pc + size;
        }
        if (opcode >= 0x80 && opcode <= 0x8f) words.push(words.peek(opcode - 0x80));
        else if (opcode >= 0x90 && opcode <= 0x9f) words.swap(opcode - 0x8f);
        else operator(opcode, pc);
        return pc;
    }

    private Limb[] constantAt(int pc, int size) {
        long[] limbs = new long[LIMBS];
        for (int i = 0; i < size; i++) {
            int fromLow = size - 1 - i;
            limbs[fromLow >> 3] |= (source.bytes()[pc + i] & 0xffL) << (8 * (fromLow & 7));
        }
        Limb[] word = new Limb[LIMBS];
        for (int i = 0; i < LIMBS; i++) word[i] = new Constant(limbs[i]);
        return word;
    }

    private void operator(int opcode, int pc) {
        switch (opcode) {
            case 0x01 -> words.push(arithmetic.add(words.pop(), words.pop()));
            case 0x02 -> words.push(arithmetic.multiply(words.pop(), words.pop()));
            case 0x03 -> words.push(arithmetic.subtract(words.pop(), words.pop()));
            case 0x10 -> words.push(arithmetic.isLess(words.pop(), words.pop()));
            case 0x11 -> {
                Limb[] x = words.pop();
                words.push(arithmetic.isLess(words.pop(), x));
            }
            case 0x12 -> words.push(arithmetic.isSignedLess(words.pop(), words.pop()));
            case 0x13 -> {
                Limb[] x = words.pop();
                words.push(arithmetic.isSignedLess(words.pop(), x));
            }
            case 0x14 -> words.push(arithmetic.isEqual(words.pop(), words.pop()));
            case 0x15 -> words.push(arithmetic.isZero(words.pop()));
            case 0x16 -> words.push(arithmetic.and(words.pop(), words.pop()));
            case 0x17 -> words.push(arithmetic.or(words.pop(), words.pop()));
            case 0x18 -> words.push(arithmetic.xor(words.pop(), words.pop()));
            case 0x19 -> words.push(arithmetic.not(words.pop()));
            case 0x1a, 0x1b, 0x1c, 0x1d -> byNumber(opcode, pc);
            case 0x38 -> words.push(Arithmetic.constant(source.size()));
            case 0x50 -> words.drop(1);
            case 0x51 -> {
                findMemory(words.pop());
                words.push(arithmetic.load());
            }
            case 0x52 -> {
                findMemory(words.pop());
                arithmetic.store(words.pop());
            }
            case 0x58 -> words.push(Arithmetic.constant(pc - 1));
            case Block.GAS -> {
                code.lload(Locals.GAS);
                words.push(locals.store(code), Constant.ZERO, Constant.ZERO, Constant.ZERO);
            }
            case Block.JUMPDEST -> {}
            default -> byEvm(opcode, pc);
        }
    }

    /** BYTE and the shifts, whose first operand is mostly known. */
    private void byNumber(int opcode, int pc) {
        int number = Arithmetic.number(words.peek(0), opcode == 0x1a ? 32 : 256);
        if (number < 0) {
            byEvm(opcode, pc);
            return;
        }
        words.drop(1);
        Limb[] x = words.pop();
        words.push(
                switch (opcode) {
                    case 0x1a -> arithmetic.byteAt(x, number);
                    case 0x1b -> arithmetic.shiftLeft(x, number);
                    case 0x1c -> arithmetic.shiftRight(x, number, Constant.ZERO);
                    default -> arithmetic.shiftRight(x, number, arithmetic.sign(x));
                });
    }

    /** Leaves the address in its local, and memory there. */
    private void findMemory(Limb[] word) {
        int known = Arithmetic.number(word, Integer.MAX_VALUE - 32);
        Limb address = known >= 0 ? new Constant(known) : arithmetic.clamped(word);
        if (known < 0 || known + 32 > memoryKnown) expandMemory(address);
        if (known >= 0) memoryKnown = Math.max(memoryKnown, known + 32);
        Locals.push(code, address);
        code.l2i().istore(Locals.ADDRESS);
    }

    private void expandMemory(Limb address) {
        Label isThere = code.newLabel();
        Locals.push(code, address);
        code.iload(Locals.MEMORY_END).i2l().lcmp().ifle(isThere);
        code.aload(Locals.FRAME);
        Locals.push(code, address);
        code.loadConstant(32L).lload(Locals.GAS);
        code.invokevirtual(Names.FRAME, "expandMemory", Names.limbs(CD_long, 3));
        code.lstore(Locals.GAS);
        haltIfOut();
        part.loadMemory(code);
        code.labelBinding(isThere);
    }

    private void haltIfOut() {
        code.lload(Locals.GAS).lconst_0().lcmp().iflt(part.halted);
    }

    /** By one of the evm's own methods. */
    private void byEvm(int opcode, int pc) {
        Method operator = Names.operator(opcode);
        if (operator != null) onStack(opcode, operator);
        else body(opcode, pc);
    }

    private Shape shape(int opcode) {
        Shape shape = source.shapes().get(opcode);
        if (shape == null) throw new IllegalStateException("no instruction " + opcode);
        return shape;
    }

    private void onStack(int opcode, Method operator) {
        Shape shape = shape(opcode);
        words.write(shape.in());
        code.aload(Locals.STACK);
        Locals.pushIndex(code, LIMBS * words.top());
        code.invokestatic(operator.owner(), operator.name(), Names.OPERATOR);
        takeResult(shape);
    }

    private void takeResult(Shape shape) {
        words.drop(shape.in());
        words.forget(words.top() + 1);
        for (int i = 0; i < shape.out(); i++) words.pushWritten();
    }

    private void body(int opcode, int pc) {
        Shape shape = shape(opcode);
        if (block.end() == pc) {
            // The last may end the frame, or look at all of it.
            words.writeAll();
            code.aload(Locals.FRAME).loadConstant(pc).putfield(Names.FRAME, "pc", CD_int);
        } else {
            words.write(shape.in());
        }
        code.aload(Locals.FRAME);
        Locals.pushIndex(code, LIMBS * (words.top() + shape.out() - shape.in()));
        code.putfield(Names.FRAME, "sp", CD_int);
        Method body = Names.body(opcode);
        if (body == null) {
            code.aload(Locals.FRAME).getfield(Names.FRAME, "world", Names.WORLD);
            code.getfield(Names.WORLD, "bodies", Names.INSTRUCTION_BODY.arrayType());
            code.loadConstant(opcode).aaload();
        }
        code.aload(Locals.FRAME).aload(Locals.STACK);
        Locals.pushIndex(code, LIMBS * words.top());
        code.lload(Locals.GAS);
        if (body == null) {
            code.invokeinterface(Names.INSTRUCTION_BODY, "run", Names.INSTRUCTION);
        } else {
            code.invokestatic(body.owner(), body.name(), Names.INSTRUCTION);
        }
        code.lstore(Locals.GAS);
        haltIfOut();
        takeResult(shape);
        if (mayExpandMemory(opcode)) part.loadMemory(code);
    }

    private static boolean mayExpandMemory(int opcode) {
        return switch (opcode) {
            case 0x20, 0x37, 0x39, 0x3c, 0x3e, 0x53, 0x5e -> true;
            default -> opcode >= 0xa0;
        };
    }

    private void end() {
        switch (block.flow()) {
            case NEXT -> {
                words.writeAll();
                moveTop();
                part.next(code, block);
            }
            case CALL -> call();
            case JUMP -> jump();
            case BRANCH -> branch();
            case END -> endFrame();
        }
    }

    private void moveTop() {
        if (words.top() != 0) code.iinc(Locals.SP, LIMBS * words.top());
    }

    private void call() {
        body(block.last(), block.end());
        code.aload(Locals.FRAME).getfield(Names.FRAME, "exit", Names.EXIT);
        code.getstatic(Names.EXIT, "RUNNING", Names.EXIT).if_acmpne(part.ended);
        moveTop();
        part.next(code, block);
    }

    private void endFrame() {
        if (block.last() == Block.STOP) {
            code.aload(Locals.FRAME).getstatic(Names.EXIT, "RETURNED", Names.EXIT);
            code.putfield(Names.FRAME, "exit", Names.EXIT);
        } else if (source.shapes().get(block.last()) == null) {
            // The fork's table has a body there that halts.
            code.goto_(part.undefined);
            return;
        } else {
            body(block.last(), block.end());
        }
        code.goto_(part.ended);
    }

    private void jump() {
        Limb[] target = words.pop();
        words.writeAll();
        moveTop();
        goTo(target);
    }

    private void goTo(Limb[] target) {
        if (block.target() >= 0) {
            part.jump(code, block.target());
            return;
        }
        code.aload(Locals.FRAME).aload(Locals.ENTRIES);
        for (Limb limb : target) Locals.push(code, limb);
        ClassDesc[] types = new ClassDesc[2 + LIMBS];
        Arrays.fill(types, CD_long);
        types[0] = Names.FRAME;
        types[1] = Names.INTS;
        code.invokestatic(Names.COMPILED_CODE, "jump", MethodTypeDesc.of(CD_int, types));
        code.istore(Locals.NEXT).goto_(part.jumped);
    }

    private void branch() {
        Limb[] target = words.pop();
        Limb[] condition = words.pop();
        words.writeAll();
        moveTop();
        if (Arithmetic.isConstant(condition)) {
            boolean isTaken = !Arrays.stream(condition).allMatch(Limb::isZero);
            if (isTaken) goTo(target);
            else part.next(code, block);
            return;
        }
        if (Arithmetic.flagOrNull(condition) instanceof Flag(int slot)) {
            code.iload(slot);
        } else {
            arithmetic.pushOr(condition);
            code.lconst_0().lcmp();
        }
        Label label = block.target() >= 0 ? part.labelOrNull(block.target()) : null;
        if (label != null) {
            code.ifne(label);
        } else {
            Label isZero = code.newLabel();
            code.ifeq(isZero);
            goTo(target);
            code.labelBinding(isZero);
        }
        part.next(code, block);
    }
}
