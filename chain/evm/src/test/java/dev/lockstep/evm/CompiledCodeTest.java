package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.CodeCompiler.Translation;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.evm.compiled.ClassCompiler;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What compiled code costs and leaves behind; that it is right, {@link EnginesTest} holds. */
final class CompiledCodeTest {
    private static final long SEED = 40_127;
    private static final int CODE_BYTES_MAX = 24_576;

    /** From 40,000 down to 0: hot in one frame. */
    private static final String COUNTING = "40000 JUMPDEST 1 SWAP1 SUB DUP1 3 JUMPI 0 MSTORE";

    @Test
    void theCompilerIsFound() {
        assertThat(Engine.COMPILED.interpreter()).isInstanceOf(CompiledInterpreter.class);
        assertThat(Engine.COMPILED_AT_ONCE.interpreter()).isInstanceOf(CompiledInterpreter.class);
    }

    @Test
    void theEvmRunsWithoutTheCompiler() throws ReflectiveOperationException {
        Class<?> engine = Class.forName(Engine.class.getName(), true, new WithoutCompiler());
        Object compiled = engine.getField("COMPILED").get(null);
        Method interpreter = engine.getDeclaredMethod("interpreter");
        interpreter.setAccessible(true);
        Class<?> found = interpreter.invoke(compiled).getClass();
        assertThat(found.getClassLoader()).isInstanceOf(WithoutCompiler.class);
        assertThat(found.getName()).isEqualTo(DecodedInterpreter.class.getName());
    }

    /** Loads the evm anew and finds nothing of the compiler's. */
    private static final class WithoutCompiler extends ClassLoader {
        private static final String EVM = "dev.lockstep.evm.";

        WithoutCompiler() {
            super(CompiledCodeTest.class.getClassLoader());
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            return name.contains(CodeCompiler.class.getName())
                    ? Collections.emptyEnumeration()
                    : super.getResources(name);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(EVM)) return super.loadClass(name, resolve);
            if (name.startsWith(EVM + "compiled.")) throw new ClassNotFoundException(name);
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? load(name) : loaded;
            }
        }

        private Class<?> load(String name) throws ClassNotFoundException {
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (in == null) throw new ClassNotFoundException(name);
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    /** HotSpot does not compile methods over 8000 bytecodes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "600101",
                "600101805b",
                "8001",
                "8002",
                "9090",
                "515181",
                "50",
                "5b",
                "5a20"
            })
    void methodsAreSmallEnoughToBeCompiled(String pattern) {
        Bytes code = repeated(pattern, 3000);
        assertThat(largestMethod(code)).isBetween(200, 8000);
    }

    @Test
    void methodsOfRandomCodeAreSmallEnoughToBeCompiled() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        for (int i = 0; i < 200; i++) {
            Bytes code = i % 4 == 0 ? randomBytes(random) : RandomPrograms.next(random, Fork.OSAKA);
            assertThat(largestMethod(code)).as("seed %d code %d", SEED, i).isLessThan(8000);
        }
    }

    private static int largestMethod(Bytes code) {
        Translation translation = translate(code);
        assertThat(translation).as("translation of %s", code).isNotNull();
        int largest = 0;
        for (MethodModel method : ClassFile.of().parse(translation.classFile()).methods()) {
            if (method.code().orElseThrow() instanceof CodeAttribute attribute) {
                largest = Math.max(largest, attribute.codeLength());
            }
        }
        return largest;
    }

    private static Translation translate(Bytes code) {
        Code prepared = new Code(code);
        return new ClassCompiler().translate(CompiledInterpreter.source(prepared, Fork.OSAKA));
    }

    private static Bytes repeated(String pattern, int size) {
        return Bytes.fromHexString(pattern.repeat(2 * size / pattern.length()));
    }

    private static Bytes randomBytes(RandomGenerator random) {
        byte[] bytes = new byte[200 + random.nextInt(2000)];
        random.nextBytes(bytes);
        return Bytes.wrap(bytes);
    }

    @Test
    void hostileCodeIsRefusedOrBecomesABoundedClass() {
        assertThat(translate(repeated("5b", CODE_BYTES_MAX))).as("destinations").isNull();
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        byte[] bytes = new byte[CODE_BYTES_MAX];
        random.nextBytes(bytes);
        List<Bytes> codes =
                List.of(
                        Bytes.wrap(bytes),
                        repeated("60010180", CODE_BYTES_MAX),
                        repeated("5b5a", CODE_BYTES_MAX),
                        repeated("600157", CODE_BYTES_MAX),
                        repeated("50", CODE_BYTES_MAX),
                        repeated("8002", CODE_BYTES_MAX));
        for (Bytes code : codes) {
            Translation translation = translate(code);
            int size = translation == null ? 0 : translation.classFile().length;
            assertThat(size).as("class of %s…", code.slice(0, 8)).isLessThan(2 << 20);
        }
    }

    @Test
    void hostileCodeEndsAlikeInEveryEngine() {
        for (String pattern :
                new String[] {"5b", "50", "60010180", "600157", "5b5a", "8002", "fd"}) {
            Scene scene = new Scene();
            Bytes code = Bytes.concatenate(Bytes.of(0x36), repeated(pattern, CODE_BYTES_MAX));
            scene.account(Scene.CONTRACT, 1, UInt256.ZERO, code);
            scene.gas = 300_000;
            assertThat(scene.send().gasUsed()).as(pattern).isPositive();
        }
    }

    @Test
    void largerClassesThanTheBudgetAreDroppedOldestFirst() {
        CodeCache cache = new CodeCache(1 << 20, 10_000);
        List<Code> codes = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            codes.add(compiledIn(cache, i));
            assertThat(cache.compiledBytesHeld()).isBetween(1L, 10_000L);
        }
        assertThat(codes.getFirst().compiled).isNull();
        assertThat(codes.getFirst().compiledFor).as("may be compiled again").isNull();
        assertThat(codes.getLast().compiled).isNotNull();
    }

    private static Code compiledIn(CodeCache cache, int number) {
        Bytes bytes = Scene.assemble(number + " 1 ADD 0 MSTORE 32 0 RETURN");
        Hash hash = Keccak.hash(bytes);
        Code code = cache.prepare(hash, bytes);
        code.compiledFor = Fork.OSAKA;
        cache.keepCompiled(code, CompiledCode.define(Fork.OSAKA, translate(bytes)));
        return code;
    }

    @Test
    void classesOfDroppedCodeAreUnloaded() throws InterruptedException {
        CodeCache cache = new CodeCache(1 << 20, 1);
        List<WeakReference<Class<?>>> dropped = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Bytes bytes = Scene.assemble(i + " 1 ADD 0 MSTORE 32 0 RETURN");
            CompiledCode compiled = CompiledCode.define(Fork.OSAKA, translate(bytes));
            dropped.add(new WeakReference<>(compiled.body.getClass()));
            cache.keepCompiled(cache.prepare(Keccak.hash(bytes), bytes), compiled);
        }
        for (int attempt = 0; attempt < 100 && !areGone(dropped); attempt++) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(areGone(dropped)).as("all classes are gone after 100 collections").isTrue();
    }

    private static boolean areGone(List<WeakReference<Class<?>>> references) {
        return references.stream().allMatch(reference -> reference.get() == null);
    }

    @Test
    void severalThreadsShareCodeThatBecomesHot() throws InterruptedException {
        Scene scene = new Scene();
        scene.contract(Scene.CONTRACT, COUNTING + " MSIZE 0 RETURN");
        scene.gas = 3_000_000;
        Executed expected = scene.send();
        TransactionExecutor shared =
                new TransactionExecutor(Precompiles.NONE, Engine.COMPILED.interpreter());
        List<Executed> outcomes = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int n = 0; n < 10; n++) {
                                            Executed outcome = scene.sendBy(shared);
                                            synchronized (outcomes) {
                                                outcomes.add(outcome);
                                            }
                                        }
                                    }));
        }
        for (Thread thread : threads) thread.join();
        assertThat(outcomes).hasSize(40).containsOnly(expected);
    }

    @Test
    void whatMayBeCompiledIsAShareOfWhatWasExecuted() {
        CompileBudget budget = new CompileBudget();
        int classes = 0;
        for (; budget.isOpen(); classes++) budget.charge(50_000);
        assertThat(classes).isBetween(5, 20);
        for (int i = 0; i < 1000; i++) {
            long gas = 0;
            for (; !budget.isOpen(); gas += 1_000_000) budget.earn(1_000_000);
            // The first pays for what was owed.
            if (i > 0) assertThat(gas).isBetween(200_000_000L, 400_000_000L);
            budget.charge(50_000);
        }
    }

    @Test
    void hotCodeIsCompiledWhenThereIsBudgetAgain() throws InterruptedException {
        Bytes bytes = Scene.assemble(COUNTING + " MSIZE 0 RETURN");
        Scene scene = new Scene();
        scene.account(Scene.CONTRACT, 1, UInt256.ZERO, bytes);
        scene.gas = 3_000_000;
        CodeCache codes = new CodeCache(1 << 20, 1 << 20);
        codes.budget.charge(1 << 30);
        TransactionExecutor executor =
                new TransactionExecutor(Precompiles.NONE, codes, CompiledInterpreter.WHEN_WORTH_IT);
        Executed decoded = scene.sendBy(executor);
        for (int i = 0; i < 5; i++) assertThat(scene.sendBy(executor)).isEqualTo(decoded);
        Code code = codes.find(Keccak.hash(bytes));
        assertThat(code).isNotNull();
        assertThat(code.compiledFor).as("waits for nothing").isNull();
        codes.budget.earn(Long.MAX_VALUE);
        for (int i = 0; i < 1000 && codes.compiledBytesHeld() == 0; i++) {
            assertThat(scene.sendBy(executor)).isEqualTo(decoded);
            if (i > 10) Thread.sleep(10);
        }
        assertThat(codes.compiledBytesHeld()).isPositive();
    }

    /** In the background it may take a while; gas and output never differ on the way. */
    @Test
    void hotCodeIsCompiledInTheBackground() throws InterruptedException {
        Bytes bytes = Scene.assemble(COUNTING + " MSIZE 0 RETURN");
        Scene scene = new Scene();
        scene.account(Scene.CONTRACT, 1, UInt256.ZERO, bytes);
        scene.gas = 3_000_000;
        Executed expected = scene.send();
        CodeCache codes = new CodeCache(1 << 20, 1 << 20);
        TransactionExecutor executor =
                new TransactionExecutor(Precompiles.NONE, codes, CompiledInterpreter.WHEN_WORTH_IT);
        for (int i = 0; i < 1000 && codes.compiledBytesHeld() == 0; i++) {
            assertThat(scene.sendBy(executor)).isEqualTo(expected);
            if (i > 10) Thread.sleep(10);
        }
        assertThat(codes.compiledBytesHeld()).isPositive();
        assertThat(scene.sendBy(executor)).isEqualTo(expected);
    }
}
