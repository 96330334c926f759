package dev.lockstep.precompiles.inference;

import static dev.lockstep.precompiles.inference.TestModels.CONTEXT;
import static dev.lockstep.precompiles.inference.TestModels.MIRROR;
import static dev.lockstep.precompiles.inference.TestModels.PAIR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.inference.InferenceMemo.Key;
import dev.lockstep.precompiles.inference.InferenceMemo.Size;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;

class InferenceMemoTest {
    private static Key key(int number) {
        return new Key(Hash.ZERO, Keccak.hash(Bytes.ofUnsignedInt(number)));
    }

    @Test
    void neverChangesAResultOrAPrice() {
        long seed = 3;
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        ModelCatalog catalog = ModelCatalog.of(List.of(MIRROR, PAIR), 1_000);
        InferenceMemo normal = new InferenceMemo(Size.NORMAL);
        InferenceMemo tiny = new InferenceMemo(Size.TINY);
        InferenceMemo off = new InferenceMemo(Size.OFF);
        for (int i = 0; i < 2_000; i++) {
            byte[] id = Calls.id(random.nextBoolean() ? MIRROR : PAIR);
            long a = random.nextInt(-3, 4);
            Bytes input =
                    random.nextBoolean()
                            ? Calls.inferInts(id, a, 1, 2, 3)
                            : Calls.inferDecimals(id, 1, a, 10, 20, 30, 40);
            List<PrecompileResult> results = new ArrayList<>();
            List<Long> quotes = new ArrayList<>();
            for (InferenceMemo memo : List.of(normal, tiny, off)) {
                InferencePrecompile inference = new InferencePrecompile(catalog, memo);
                quotes.add(inference.quote(input, CONTEXT));
                results.add(inference.run(input, CONTEXT));
            }
            assertThat(results).as("seed %d, case %d", seed, i).containsOnly(results.getFirst());
            assertThat(quotes).as("seed %d, case %d", seed, i).containsOnly(quotes.getFirst());
        }
        assertThat(normal.hits()).isGreaterThan(tiny.hits());
        assertThat(tiny.hits()).isPositive();
        assertThat(off.hits()).isZero();
        assertThat(off.runs()).isEqualTo(normal.runs() + normal.hits());
    }

    @Test
    void threadsThatAskTheSameAtOnceWaitForOneRun()
            throws InterruptedException, ExecutionException {
        InferenceMemo memo = new InferenceMemo(Size.NORMAL);
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch isRunning = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Callable<Bytes> call =
                () ->
                        memo.answer(
                                        key(1),
                                        () -> {
                                            runs.incrementAndGet();
                                            isRunning.countDown();
                                            awaitQuietly(mayEnd);
                                            return Bytes.of(42);
                                        })
                                .output();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Bytes>> answers = new ArrayList<>();
            for (int i = 0; i < 16; i++) answers.add(threads.submit(call));
            isRunning.await();
            // Another key does not wait for this one.
            assertThat(memo.answer(key(2), () -> Bytes.of(7)).output()).isEqualTo(Bytes.of(7));
            mayEnd.countDown();
            for (Future<Bytes> answer : answers) assertThat(answer.get()).isEqualTo(Bytes.of(42));
        }
        assertThat(runs).hasValue(1);
        assertThat(memo.runs()).isEqualTo(2);
        assertThat(memo.hits()).isEqualTo(15);
    }

    @Test
    void aRunThatFailsIsTriedAgainByThoseWhoWaited()
            throws InterruptedException, ExecutionException {
        InferenceMemo memo = new InferenceMemo(Size.NORMAL);
        CountDownLatch isRunning = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<InferenceMemo.Answer> broken =
                    threads.submit(
                            () ->
                                    memo.answer(
                                            key(1),
                                            () -> {
                                                isRunning.countDown();
                                                awaitQuietly(mayEnd);
                                                throw new LocalFault("no memory");
                                            }));
            isRunning.await();
            Future<InferenceMemo.Answer> waiting =
                    threads.submit(() -> memo.answer(key(1), () -> Bytes.of(1)));
            mayEnd.countDown();
            assertThatThrownBy(broken::get).hasCauseInstanceOf(LocalFault.class);
            assertThat(waiting.get().output()).isEqualTo(Bytes.of(1));
        }
        assertThat(memo.answer(key(1), () -> Bytes.of(2)).output()).isEqualTo(Bytes.of(1));
    }

    @Test
    void forgetsTheLeastRecentlyUsedFirst() {
        InferenceMemo memo = new InferenceMemo(new Size(2, 1 << 20));
        memo.answer(key(1), () -> Bytes.of(1));
        memo.answer(key(2), () -> Bytes.of(2));
        memo.answer(key(1), () -> Bytes.of(99));
        memo.answer(key(3), () -> Bytes.of(3));
        assertThat(memo.entries()).isEqualTo(2);
        assertThat(memo.answer(key(1), () -> Bytes.of(98)).output()).isEqualTo(Bytes.of(1));
        assertThat(memo.answer(key(2), () -> Bytes.of(97)).output()).isEqualTo(Bytes.of(97));
    }

    @Test
    void holdsNoMoreBytesThanItMay() {
        InferenceMemo memo = new InferenceMemo(new Size(100, 2_000));
        for (int i = 0; i < 50; i++) {
            int size = i * 37 % 900;
            memo.answer(key(i), () -> Bytes.wrap(new byte[size]));
            assertThat(memo.bytes()).isBetween(1L, 2_000L);
        }
        long before = memo.bytes();
        memo.answer(key(99), () -> Bytes.wrap(new byte[5_000]));
        assertThat(memo.bytes()).isEqualTo(before);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interruption) {
            throw new AssertionError(interruption);
        }
    }
}
