package dev.lockstep.acceptance.dsl;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Passes TCP connections on to another port of this machine, until it is cut. */
public final class Relay implements AutoCloseable {
    private final ServerSocket server;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean isCut;

    private Relay(ServerSocket server, int target) {
        this.server = server;
        this.target = target;
    }

    public static Relay to(int target) throws IOException {
        Relay relay =
                new Relay(
                        new ServerSocket(
                                Cluster.freePorts(1), 50, InetAddress.getLoopbackAddress()),
                        target);
        Thread.ofVirtual().start(relay::listen);
        return relay;
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Ends what is open and takes nothing. */
    public void cut() {
        isCut = true;
        open.forEach(Relay::end);
    }

    public void heal() {
        isCut = false;
    }

    private void listen() {
        try {
            while (true) {
                Socket from = server.accept();
                if (isCut) end(from);
                else connect(from);
            }
        } catch (IOException closed) {
            open.forEach(Relay::end);
        }
    }

    private void connect(Socket from) {
        try {
            Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
            open.add(from);
            open.add(to);
            Thread.ofVirtual().start(() -> pass(from, to));
            Thread.ofVirtual().start(() -> pass(to, from));
        } catch (IOException targetIsDown) {
            end(from);
        }
    }

    private void pass(Socket from, Socket to) {
        try (InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException ended) {
            // So does the other direction.
        } finally {
            end(from);
            end(to);
            open.remove(from);
            open.remove(to);
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException alreadyGone) {
            // Nothing is left to be closed.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
