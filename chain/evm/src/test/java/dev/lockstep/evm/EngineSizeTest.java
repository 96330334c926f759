package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import org.junit.jupiter.api.Test;

/** HotSpot does not compile methods over 8000 bytecodes and does not inline hot ones over 325. */
final class EngineSizeTest {
    @Test
    void theLoopIsSmallEnoughToBeCompiled() throws IOException {
        assertThat(largest(LoopInterpreter.class)).isLessThanOrEqualTo(8000);
        assertThat(largest(DecodedInterpreter.class)).isLessThanOrEqualTo(8000);
    }

    @Test
    void operatorsAreSmallEnoughToBeInlined() throws IOException {
        assertThat(largest(U256.class)).isLessThanOrEqualTo(325);
        assertThat(largest(Operands.class)).isLessThanOrEqualTo(325);
        assertThat(largest(Division.class)).isLessThanOrEqualTo(325);
    }

    private static int largest(Class<?> type) throws IOException {
        try (InputStream in = type.getResourceAsStream(type.getSimpleName() + ".class")) {
            ClassModel model = ClassFile.of().parse(in.readAllBytes());
            int largest = 0;
            for (MethodModel method : model.methods()) {
                if (method.code().orElse(null) instanceof CodeAttribute code) {
                    largest = Math.max(largest, code.codeLength());
                }
            }
            return largest;
        }
    }
}
