package dev.lockstep.consensus.simulation;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The simulator is worth something only if it finds bugs: some are planted into the real classes.
 */
@Tag("sweep")
final class PlantedBugTest {
    private static final String CORE = "dev.lockstep.consensus.core.";
    private static final ClassDesc VALIDATORS = ClassDesc.of(CORE + "ValidatorSet");
    private static final ClassDesc TALLY = ClassDesc.of(CORE + "VoteTally");
    private static final ClassDesc OPTIONAL = ClassDesc.of("java.util.Optional");
    private static final int SEEDS_MAX = 3000;

    private enum Bug {
        /** ceil(2n/3) - 1 agree. */
        QUORUM_OFF_BY_ONE(
                CORE + "ValidatorSet",
                method -> method.methodName().equalsString("quorum"),
                code ->
                        code.aload(0)
                                .invokevirtual(VALIDATORS, "size", MethodTypeDesc.of(CD_int))
                                .iconst_2()
                                .imul()
                                .iconst_1()
                                .isub()
                                .iconst_3()
                                .idiv()
                                .ireturn()),
        /** After a crash a validator knows nothing of what it said and saw prepared. */
        LOCK_NOT_PERSISTED(
                "dev.lockstep.consensus.simulation.Node",
                method -> method.methodName().equalsString("survivingLog"),
                code ->
                        code.invokestatic(
                                        ClassDesc.of("java.util.List"),
                                        "of",
                                        MethodTypeDesc.of(ClassDesc.of("java.util.List")),
                                        true)
                                .areturn()),
        /** Whatever a proposal or a round change carries will do. */
        JUSTIFICATION_NOT_CHECKED(
                CORE + "Justification",
                method -> method.methodName().equalsString("against"),
                code ->
                        code.invokestatic(OPTIONAL, "empty", MethodTypeDesc.of(OPTIONAL))
                                .areturn()),
        /** A vote is carried by one less, so that the validators change a block early. */
        VOTE_APPLIED_ONE_BLOCK_EARLY(
                CORE + "VoteTally",
                method -> method.methodName().equalsString("isCarried"),
                code ->
                        code.aload(1)
                                .invokeinterface(
                                        ClassDesc.of("java.util.SortedMap"),
                                        "values",
                                        MethodTypeDesc.of(ClassDesc.of("java.util.Collection")))
                                .iload(2)
                                .invokestatic(
                                        TALLY,
                                        "count",
                                        MethodTypeDesc.of(
                                                CD_int,
                                                ClassDesc.of("java.util.Collection"),
                                                CD_boolean))
                                .aload(0)
                                .invokevirtual(TALLY, "validators", MethodTypeDesc.of(VALIDATORS))
                                .invokevirtual(VALIDATORS, "size", MethodTypeDesc.of(CD_int))
                                .iconst_2()
                                .idiv()
                                .isub()
                                .iconst_1()
                                .iadd()
                                .invokestatic(
                                        ClassDesc.of("java.lang.Integer"),
                                        "signum",
                                        MethodTypeDesc.of(CD_int, CD_int))
                                .iconst_1()
                                .iadd()
                                .iconst_2()
                                .idiv()
                                .ireturn()),
        /** Votes outlive their epoch. */
        EPOCH_NOT_HELD(
                CORE + "VoteTallies",
                method -> method.methodName().equalsString("isEpochBlock"),
                // But for genesis, from where it is counted.
                code ->
                        code.lload(1)
                                .invokestatic(
                                        ClassDesc.of("java.lang.Long"),
                                        "signum",
                                        MethodTypeDesc.of(CD_int, CD_long))
                                .iconst_1()
                                .ixor()
                                .ireturn());

        final String className;
        final Predicate<MethodModel> where;
        final Consumer<CodeBuilder> body;

        Bug(String className, Predicate<MethodModel> where, Consumer<CodeBuilder> body) {
            this.className = className;
            this.where = where;
            this.body = body;
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSimulatorFindsIt(Bug bug) throws ReflectiveOperationException {
        Method findsBug =
                new Planting(bug)
                        .loadClass("dev.lockstep.consensus.simulation.PlantedBugTest$Search")
                        .getDeclaredMethod("firstBrokenSeed");
        findsBug.setAccessible(true);
        try {
            String found = (String) findsBug.invoke(null);
            assertThat(found).as("%s is not found by %d seeds", bug, SEEDS_MAX).isNotNull();
            System.out.println(bug + ": " + found);
        } catch (InvocationTargetException failure) {
            throw new IllegalStateException(failure.getCause());
        }
    }

    /** Runs among the classes with the bug. */
    static final class Search {
        private Search() {}

        static @Nullable String firstBrokenSeed() {
            for (int seed = 0; seed < SEEDS_MAX; seed++) {
                try {
                    new Simulation(seed, false).run();
                } catch (RuntimeException broken) {
                    return "seed " + seed + ": " + broken.getMessage();
                }
            }
            return null;
        }
    }

    /** Loads consensus and its simulation anew, one method of it replaced. */
    private static final class Planting extends ClassLoader {
        private final Bug bug;

        Planting(Bug bug) {
            super(PlantedBugTest.class.getClassLoader());
            this.bug = bug;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("dev.lockstep.consensus.")) return super.loadClass(name, resolve);
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (loaded != null) return loaded;
                byte[] bytes = bytesOf(name);
                if (name.equals(bug.className)) bytes = planted(bytes);
                return defineClass(name, bytes, 0, bytes.length);
            }
        }

        private byte[] bytesOf(String name) {
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                return Objects.requireNonNull(in, name).readAllBytes();
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }

        private byte[] planted(byte[] bytes) {
            ClassFile classFile = ClassFile.of();
            return classFile.transformClass(
                    classFile.parse(bytes),
                    ClassTransform.transformingMethods(
                            bug.where,
                            (method, element) -> {
                                if (element instanceof CodeModel) method.withCode(bug.body);
                                else method.with(element);
                            }));
        }
    }
}
