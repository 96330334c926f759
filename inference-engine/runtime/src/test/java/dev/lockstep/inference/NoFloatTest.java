package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No class of this package computes with, holds, takes or yields floating point. */
class NoFloatTest {
    @Test
    void thereIsNoFloatingPoint() throws Exception {
        List<Path> files = classFiles();
        assertThat(files).hasSizeGreaterThan(40);
        List<String> found = new ArrayList<>();
        for (Path file : files) {
            inspect(ClassFile.of().parse(file), found);
        }
        assertThat(found).isEmpty();
    }

    @Test
    void theSearchFindsWhatItLooksFor() throws Exception {
        List<String> found = new ArrayList<>();
        Path self = Path.of(NoFloatTest.class.getResource("NoFloatTest$Floating.class").toURI());
        inspect(ClassFile.of().parse(self), found);
        assertThat(found).hasSizeGreaterThanOrEqualTo(3);
    }

    /** What must not be. */
    static final class Floating {
        double half(int x) {
            return Math.sqrt(x) / 2;
        }
    }

    private static List<Path> classFiles() throws IOException, URISyntaxException {
        Path root =
                Path.of(Session.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(root.resolve("dev/lockstep/inference"), 1)) {
            return files.filter(file -> file.toString().endsWith(".class")).toList();
        }
    }

    private static void inspect(ClassModel type, List<String> found) {
        String name = type.thisClass().asInternalName();
        type.fields().forEach(field -> look(name, field.fieldType().stringValue(), found));
        for (MethodModel method : type.methods()) {
            look(name + "." + method.methodName(), method.methodType().stringValue(), found);
            method.code()
                    .ifPresent(
                            code ->
                                    code.forEach(
                                            element -> {
                                                if (element instanceof Instruction instruction) {
                                                    look(
                                                            name + "." + method.methodName(),
                                                            instruction,
                                                            found);
                                                }
                                            }));
        }
    }

    private static void look(String where, Instruction instruction, List<String> found) {
        switch (instruction) {
            case InvokeInstruction call -> look(where, call.type().stringValue(), found);
            case FieldInstruction field -> look(where, field.type().stringValue(), found);
            case ConvertInstruction convert
                    when floats(convert.fromType()) || floats(convert.toType()) ->
                    found.add(where + ": " + convert);
            default -> {
                String opcode = instruction.opcode().name();
                if (opcode.matches(
                        "[DF](ADD|SUB|MUL|DIV|REM|NEG|CMP[LG]|CONST.*|LOAD.*|STORE.*|ALOAD|ASTORE|RETURN)")) {
                    found.add(where + ": " + opcode);
                }
            }
        }
    }

    private static boolean floats(TypeKind kind) {
        return kind == TypeKind.FLOAT || kind == TypeKind.DOUBLE;
    }

    /** Primitive float and double in a descriptor: what is left of it without class names. */
    private static void look(String where, String descriptor, List<String> found) {
        if (descriptor.replaceAll("L[^;]*;", "").matches(".*[DF].*")) {
            found.add(where + ": " + descriptor);
        }
    }
}
