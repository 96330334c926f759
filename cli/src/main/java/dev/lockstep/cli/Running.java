package dev.lockstep.cli;

import dev.lockstep.node.Node;
import dev.lockstep.node.NodeConfig;
import dev.lockstep.rpc.RpcServer.CannotListen;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import picocli.CommandLine;

/** A node in the foreground. */
final class Running {
    /** Longer than a node takes to stop where its block in work must be given up. */
    private static final long STOP_TIMEOUT_SECONDS = 60;

    private Running() {}

    /** What goes with the node once it has stopped: a dev chain's temporary folder. */
    interface Afterwards {
        void run() throws IOException;
    }

    /** How a node is started. */
    interface Starter {
        Node start(NodeConfig config) throws CannotListen;
    }

    /**
     * Serves until a signal comes, then stops in order. A stop that was asked for is no failure, so
     * the process ends with 0 then, not with the 143 that a JVM gives a signal by itself.
     *
     * @return 1 where the machine's own fault ended it; a signal never returns
     */
    static int untilStopped(
            NodeConfig config,
            Starter starter,
            BiConsumer<Node, PrintWriter> greeting,
            Afterwards afterwards,
            CommandLine command)
            throws CannotListen, IOException {
        PrintWriter out = command.getOut();
        CompletableFuture<Optional<Throwable>> stop = new CompletableFuture<>();
        CompletableFuture<Boolean> stopped = new CompletableFuture<>();
        Thread onSignal = new Thread(() -> stopOnSignal(stop, stopped), "stop");
        Optional<Throwable> fault;
        long head;
        try {
            try (Node node = starter.start(config)) {
                var _ = node.broken().thenAccept(cause -> stop.complete(Optional.of(cause)));
                Runtime.getRuntime().addShutdownHook(onSignal);
                greeting.accept(node, out);
                fault = stop.join();
                head = node.chain().ledger().head().number();
            }
            afterwards.run();
            if (fault.isPresent()) {
                throw new CommandFailure(
                        "the node stopped at block "
                                + head
                                + ", for this machine failed: "
                                + fault.get().getMessage(),
                        fault.get());
            }
            out.println("Stopped at block " + head + ".");
            out.flush();
            stopped.complete(true);
            return CommandLine.ExitCode.OK;
        } finally {
            stopped.complete(false);
        }
    }

    private static void stopOnSignal(
            CompletableFuture<Optional<Throwable>> stop, CompletableFuture<Boolean> stopped) {
        // Where the stop came from a fault, its exit code stands.
        if (!stop.complete(Optional.empty())) return;
        boolean cleanly =
                stopped.completeOnTimeout(false, STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
        Runtime.getRuntime()
                .halt(cleanly ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE);
    }
}
