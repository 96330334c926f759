package dev.lockstep.evm.compiled;

import java.lang.System.Logger.Level;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The thread that compiles, one for all executors: hostile code cannot keep more than one core from
 * other work, nor have more waiting than the queue holds.
 */
final class Worker {
    private static final int WAITING_MAX = 64;
    private static final System.Logger LOG = System.getLogger(Worker.class.getName());
    private static final BlockingQueue<Runnable> QUEUE = new ArrayBlockingQueue<>(WAITING_MAX);

    static {
        Thread.ofPlatform().name("evm-compiler").daemon().start(Worker::work);
    }

    private Worker() {}

    static boolean add(Runnable task) {
        return QUEUE.offer(task);
    }

    private static void work() {
        try {
            while (true) run(QUEUE.take());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** A bug in here must not stop the thread: what is not compiled runs all the same. */
    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | LinkageError e) {
            LOG.log(Level.WARNING, "A code was not compiled and runs decoded", e);
        }
    }
}
