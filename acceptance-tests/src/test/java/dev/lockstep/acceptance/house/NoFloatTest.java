package dev.lockstep.acceptance.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.consensus.core.ValidatorSet;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.inference.ModelFile;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.state.WorldState;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No float or double in compiled code that a validator may disagree on. */
class NoFloatTest {
    private static final List<Class<?>> ONE_CLASS_A_MODULE =
            List.of(
                    Keccak.class,
                    TransactionExecutor.class,
                    WorldState.class,
                    Ledger.class,
                    LockstepPrecompiles.class,
                    ValidatorSet.class,
                    ModelFile.class);

    @Test
    void noFloatOrDoubleStandsInDeterministicModules() throws Exception {
        List<String> found = new ArrayList<>();
        int classes = 0;
        for (Class<?> type : ONE_CLASS_A_MODULE) {
            for (byte[] bytes : classFilesBeside(type)) {
                classes++;
                look(ClassFile.of().parse(bytes), found);
            }
        }
        assertThat(classes).as("classes looked at").isGreaterThan(100);
        assertThat(found).isEmpty();
    }

    @Test
    void aFloatWouldBeFound() throws Exception {
        List<String> found = new ArrayList<>();
        try (var in = Planted.class.getResourceAsStream("NoFloatTest$Planted.class")) {
            look(ClassFile.of().parse(in.readAllBytes()), found);
        }
        assertThat(found).hasSize(4);
    }

    /** A field, a signature, an opcode and a call: each must be seen. */
    @SuppressWarnings("unused")
    private static final class Planted {
        private double field;

        static long signature(float value) {
            return 1;
        }

        static long opcode(long value) {
            return (long) (value * 0.5);
        }

        static long call(long value) {
            return Math.round(Double.parseDouble("1"));
        }
    }

    private static void look(ClassModel type, List<String> found) {
        String name = type.thisClass().asInternalName();
        if (name.startsWith("dev/lockstep/inference/kernels/")) return;
        type.fields().stream()
                .filter(field -> mentions(field.fieldType().stringValue()))
                .forEach(field -> found.add(name + " field " + field.fieldName().stringValue()));
        for (MethodModel method : type.methods()) {
            String where = name + "." + method.methodName().stringValue();
            if (mentions(method.methodType().stringValue())) found.add(where + " signature");
            else if (method.code().stream()
                    .flatMap(c -> c.elementStream())
                    .anyMatch(NoFloatTest::floats)) {
                found.add(where);
            }
        }
    }

    private static boolean floats(CodeElement element) {
        if (element instanceof InvokeInstruction call) return mentions(call.type().stringValue());
        if (!(element instanceof Instruction instruction)) return false;
        Opcode opcode = instruction.opcode();
        String name = opcode.name();
        return switch (opcode.kind()) {
            case LOAD, STORE, RETURN, OPERATOR, ARRAY_LOAD, ARRAY_STORE, CONSTANT ->
                    name.startsWith("F") || name.startsWith("D") && !name.startsWith("DUP");
            case CONVERT -> name.contains("F") || name.contains("D") && !name.equals("NOP");
            default -> false;
        };
    }

    private static boolean mentions(String descriptor) {
        String primitives = descriptor.replaceAll("L[^;]*;", "");
        return primitives.contains("F")
                || primitives.contains("D")
                || descriptor.contains("Ljava/lang/Float;")
                || descriptor.contains("Ljava/lang/Double;");
    }

    private static List<byte[]> classFilesBeside(Class<?> type)
            throws IOException, URISyntaxException {
        URI source = type.getProtectionDomain().getCodeSource().getLocation().toURI();
        Path path = Path.of(source);
        if (Files.isDirectory(path)) return read(path);
        try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + source), Map.of())) {
            return read(jar.getPath("/"));
        }
    }

    private static List<byte[]> read(Path root) throws IOException {
        List<byte[]> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                all.add(Files.readAllBytes(file));
            }
        }
        return all;
    }
}
