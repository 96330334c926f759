package dev.lockstep.evm.compiled;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What translations use of the evm, by name, since a class file has nothing else. */
final class Names {
    static final ClassDesc LONGS = CD_long.arrayType();
    static final ClassDesc INTS = CD_int.arrayType();
    static final ClassDesc BYTES = ClassDesc.ofDescriptor("[B");
    static final ClassDesc FRAME = evm("Frame");
    static final ClassDesc EXIT = evm("Frame$Exit");
    static final ClassDesc WORLD = evm("World");
    static final ClassDesc U256 = evm("U256");
    static final ClassDesc LIMBS = evm("Limbs");
    static final ClassDesc COMPILED_CODE = evm("CompiledCode");
    static final ClassDesc BODY = evm("CompiledCode$Body");
    static final ClassDesc INSTRUCTION_BODY = evm("Instruction$Body");

    /** The class itself; every code's has the same name and another identity. */
    static final ClassDesc SELF = evm("Compiled");

    static final MethodTypeDesc RUN = MethodTypeDesc.of(CD_void, FRAME, INTS);
    static final MethodTypeDesc PART = MethodTypeDesc.of(CD_int, FRAME, INTS, CD_int);

    /** Of an instruction's body, and of an operator on the stack alone. */
    static final MethodTypeDesc INSTRUCTION =
            MethodTypeDesc.of(CD_long, FRAME, LONGS, CD_int, CD_long);

    static final MethodTypeDesc OPERATOR = MethodTypeDesc.of(CD_void, LONGS, CD_int);

    private Names() {}

    /** A static method of the evm. */
    record Method(ClassDesc owner, String name) {}

    static ClassDesc evm(String name) {
        return ClassDesc.of("dev.lockstep.evm", name);
    }

    /** Of a function of so many limbs. */
    static MethodTypeDesc limbs(ClassDesc result, int count) {
        ClassDesc[] parameters = new ClassDesc[count];
        Arrays.fill(parameters, CD_long);
        return MethodTypeDesc.of(result, parameters);
    }

    static MethodTypeDesc predicate(int count) {
        return limbs(CD_boolean, count);
    }

    /** The operator on the stack that is all of an instruction, where there is one. */
    static @Nullable Method operator(int opcode) {
        return switch (opcode) {
            case 0x04 -> division("div");
            case 0x05 -> division("sdiv");
            case 0x06 -> division("mod");
            case 0x07 -> division("smod");
            case 0x08 -> division("addMod");
            case 0x09 -> division("mulMod");
            case 0x0b -> new Method(U256, "signExtend");
            case 0x1a -> new Method(U256, "byteAt");
            case 0x1b -> new Method(U256, "shl");
            case 0x1c -> new Method(U256, "shr");
            case 0x1d -> new Method(U256, "sar");
            case 0x1e -> new Method(U256, "clz");
            default -> null;
        };
    }

    private static Method division(String name) {
        return new Method(evm("Division"), name);
    }

    /** Bodies of frequent instructions; those of the others are found in the fork's table. */
    static @Nullable Method body(int opcode) {
        return switch (opcode) {
            case 0x20 -> new Method(evm("MemoryOps"), "keccak");
            case 0x33 -> new Method(evm("EnvironmentOps"), "caller");
            case 0x34 -> new Method(evm("EnvironmentOps"), "callValue");
            case 0x35 -> new Method(evm("EnvironmentOps"), "callDataLoad");
            case 0x36 -> new Method(evm("EnvironmentOps"), "callDataSize");
            case 0x3d -> new Method(evm("EnvironmentOps"), "returnDataSize");
            case 0x53 -> new Method(evm("MemoryOps"), "storeByte");
            case 0x54 -> new Method(evm("StorageOps"), "load");
            case 0x55 -> new Method(evm("StorageOps"), "store");
            default -> null;
        };
    }
}
