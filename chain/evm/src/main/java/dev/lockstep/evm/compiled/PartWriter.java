package dev.lockstep.evm.compiled;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.lockstep.evm.CodeCompiler.Source;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the method of one part: some blocks that follow each other, and a table of those that can
 * be entered. It answers with the block to go on with in another part, or with 0.
 */
final class PartWriter {
    private final Source source;
    private final Parts parts;
    private final int number;
    private final Map<Integer, Label> labels = new HashMap<>();

    final Label halted;
    final Label ended;
    final Label undefined;

    /** Where the local for the next block says where to go, here or elsewhere. */
    final Label jumped;

    private final Label left;

    PartWriter(Source source, Parts parts, int number, CodeBuilder code) {
        this.source = source;
        this.parts = parts;
        this.number = number;
        halted = code.newLabel();
        ended = code.newLabel();
        undefined = code.newLabel();
        jumped = code.newLabel();
        left = code.newLabel();
        for (Block block : parts.blocks(number)) labels.put(block.pc(), code.newLabel());
    }

    void write(CodeBuilder code) {
        Label table = code.newLabel();
        load(code, "stack", Names.LONGS).astore(Locals.STACK);
        load(code, "sp", CD_int).istore(Locals.SP);
        load(code, "gas", CD_long).lstore(Locals.GAS);
        load(code, "spMax", CD_int).istore(Locals.SP_MAX);
        loadMemory(code);
        code.labelBinding(table);
        table(code);

        Locals locals = new Locals();
        Map<Block, Label> refused = new LinkedHashMap<>();
        for (Block block : parts.blocks(number)) {
            code.labelBinding(label(block.pc()));
            Label label = code.newLabel();
            refused.put(block, label);
            new BlockWriter(source, code, this, locals, block).write(label);
        }
        refused.forEach(
                (block, label) -> {
                    code.labelBinding(label);
                    code.aload(Locals.FRAME).loadConstant(block.pc());
                    code.putfield(Names.FRAME, "pc", CD_int);
                    leave(code, 0);
                });
        code.labelBinding(jumped).iload(Locals.NEXT).loadConstant(Parts.SHIFT).ishr();
        code.loadConstant(number + 1).if_icmpeq(table);
        code.labelBinding(left).aload(Locals.FRAME).iload(Locals.SP);
        code.putfield(Names.FRAME, "sp", CD_int);
        code.aload(Locals.FRAME).lload(Locals.GAS).putfield(Names.FRAME, "gas", CD_long);
        code.iload(Locals.NEXT).ireturn();
        code.labelBinding(ended);
        code.aload(Locals.FRAME).lload(Locals.GAS).putfield(Names.FRAME, "gas", CD_long);
        code.iconst_0().ireturn();
        halts(code);
    }

    private void halts(CodeBuilder code) {
        MethodTypeDesc type = MethodTypeDesc.of(CD_void, Names.FRAME);
        code.labelBinding(undefined).aload(Locals.FRAME);
        code.invokestatic(Names.COMPILED_CODE, "haltUndefined", type).iconst_0().ireturn();
        code.labelBinding(halted).aload(Locals.FRAME);
        code.invokestatic(Names.COMPILED_CODE, "halt", type).iconst_0().ireturn();
    }

    private static CodeBuilder load(CodeBuilder code, String field, ClassDesc type) {
        return code.aload(Locals.FRAME).getfield(Names.FRAME, field, type);
    }

    /** After whatever may have made memory larger. */
    void loadMemory(CodeBuilder code) {
        load(code, "memory", Names.BYTES).astore(Locals.MEMORY);
        load(code, "memorySize", CD_int).loadConstant(32).isub().istore(Locals.MEMORY_END);
    }

    private void table(CodeBuilder code) {
        List<SwitchCase> cases = new ArrayList<>();
        for (Block block : parts.blocks(number)) {
            int name = parts.name(block.pc());
            if (name != 0) cases.add(SwitchCase.of(name & Parts.MASK, label(block.pc())));
        }
        if (cases.size() == 1) {
            code.goto_(cases.getFirst().target());
            return;
        }
        Label nowhere = code.newLabel();
        code.iload(Locals.NEXT).loadConstant(Parts.MASK).iand();
        code.tableswitch(0, cases.size() - 1, nowhere, cases);
        code.labelBinding(nowhere).aconst_null().athrow();
    }

    private Label label(int pc) {
        Label label = labels.get(pc);
        if (label == null) throw new IllegalStateException("no block at " + pc);
        return label;
    }

    /** Of a block in this part. */
    @Nullable Label labelOrNull(int pc) {
        return labels.get(pc);
    }

    void jump(CodeBuilder code, int pc) {
        Label label = labels.get(pc);
        if (label != null) code.goto_(label);
        else leave(code, parts.name(pc));
    }

    private void leave(CodeBuilder code, int next) {
        code.loadConstant(next).istore(Locals.NEXT).goto_(left);
    }

    /** On to the block behind, which mostly follows. */
    void next(CodeBuilder code, Block block) {
        if (!labels.containsKey(block.end())) leave(code, parts.name(block.end()));
    }
}
