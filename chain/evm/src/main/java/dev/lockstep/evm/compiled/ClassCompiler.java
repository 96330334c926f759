package dev.lockstep.evm.compiled;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import dev.lockstep.evm.CodeCompiler;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One class a code: a method for each part of it, and {@code run}, which goes from part to part. A
 * pure function of the code and the fork's rules.
 */
public final class ClassCompiler implements CodeCompiler {
    /** Twice what contracts may have today; more blocks than real contracts of that size have. */
    private static final int CODE_BYTES_MAX = 49_152;

    private static final int BLOCKS_MAX = 4096;

    /** So large that classes of real contracts fit, with a method {@code run} that is compiled. */
    private static final int PARTS_MAX = 300;

    @Override
    public @Nullable Translation translate(Source source) {
        if (source.size() > CODE_BYTES_MAX) return null;
        Blocks blocks = Blocks.find(source, BLOCKS_MAX);
        if (blocks == null) return null;
        Parts parts = new Parts(blocks);
        if (parts.count() > PARTS_MAX) return null;
        return new Translation(classFile(source, parts), entries(source, blocks, parts));
    }

    @Override
    public boolean later(Runnable task) {
        return Worker.add(task);
    }

    private static int[] entries(Source source, Blocks blocks, Parts parts) {
        int[] entries = new int[source.size() + 1];
        for (Block block : blocks.byPc.values()) {
            if (block.pc() >= entries.length) continue;
            int name = parts.name(block.pc());
            boolean isDestination = source.jumpDestinations().get(block.pc());
            entries[block.pc()] = isDestination ? name : -name;
        }
        return entries;
    }

    private static byte[] classFile(Source source, Parts parts) {
        return ClassFile.of()
                .build(
                        Names.SELF,
                        type -> {
                            type.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
                            type.withInterfaceSymbols(Names.BODY);
                            type.withMethodBody(INIT_NAME, MTD_void, 0, ClassCompiler::constructor);
                            type.withMethodBody(
                                    "run",
                                    Names.RUN,
                                    ClassFile.ACC_PUBLIC,
                                    code -> run(code, parts.count()));
                            for (int i = 0; i < parts.count(); i++) {
                                int part = i;
                                type.withMethodBody(
                                        "part" + part,
                                        Names.PART,
                                        ClassFile.ACC_STATIC,
                                        code ->
                                                new PartWriter(source, parts, part, code)
                                                        .write(code));
                            }
                        });
    }

    private static void constructor(CodeBuilder code) {
        code.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_();
    }

    private static void run(CodeBuilder code, int parts) {
        int frame = 1;
        int entries = 2;
        int next = 3;
        Label loop = code.newLabel();
        Label done = code.newLabel();
        Label nowhere = code.newLabel();
        code.aload(entries).aload(frame).getfield(Names.FRAME, "pc", CD_int).iaload();
        code.invokestatic(ClassDesc.of("java.lang.Math"), "abs", MethodTypeDesc.of(CD_int, CD_int));
        code.istore(next).labelBinding(loop);
        List<SwitchCase> cases = new ArrayList<>();
        for (int i = 0; i < parts; i++) cases.add(SwitchCase.of(i + 1, code.newLabel()));
        code.iload(next).loadConstant(Parts.SHIFT).ishr();
        code.tableswitch(1, parts, nowhere, cases);
        for (int i = 0; i < parts; i++) {
            code.labelBinding(cases.get(i).target());
            code.aload(frame).aload(entries).iload(next);
            code.invokestatic(Names.SELF, "part" + i, Names.PART).istore(next).goto_(done);
        }
        code.labelBinding(done).iload(next).ifne(loop).return_();
        code.labelBinding(nowhere).aconst_null().athrow();
    }
}
