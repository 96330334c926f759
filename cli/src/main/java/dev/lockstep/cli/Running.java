package dev.lockstep.cli;

import dev.lockstep.node.Node;
import dev.lockstep.node.NodeConfig;
import dev.lockstep.rpc.RpcServer.CannotListen;
import java.io.PrintWriter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;

/** A node in the foreground. */
final class Running {
    private Running() {}

    /**
     * Serves until a signal comes, then stops in order; 1 where the machine's own fault ended it.
     */
    static int untilStopped(
            NodeConfig config, BiConsumer<Node, PrintWriter> greeting, PrintWriter out)
            throws CannotListen {
        CompletableFuture<Throwable> stopped = new CompletableFuture<>();
        try (Node node = Node.start(config)) {
            var _ = node.broken().thenAccept(stopped::complete);
            Runtime.getRuntime().addShutdownHook(new Thread(node::close, "stop"));
            greeting.accept(node, out);
            Throwable fault = stopped.get();
            return fault == null ? 0 : 1;
        } catch (InterruptedException | ExecutionException interrupted) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }
}
