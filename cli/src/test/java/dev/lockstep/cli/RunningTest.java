package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.node.DevChain;
import dev.lockstep.node.Node;
import dev.lockstep.rpc.RpcConfig;
import dev.lockstep.types.LocalFault;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class RunningTest {
    /** A node that can't go on must not look like one that does. */
    @Test
    void aNodeWhoseMachineFailsEndsWithItsReasonAndLeavesNothing() throws Exception {
        StringWriter printed = new StringWriter();
        var command = Main.commandLine().setOut(new PrintWriter(printed, true));
        AtomicReference<String> url = new AtomicReference<>("");
        DevChain dev = DevChain.prepare(null, List.of(), 0);
        assertThatThrownBy(
                        () ->
                                Running.untilStopped(
                                        dev.config(RpcConfig.local(0)),
                                        Node::start,
                                        (node, _) -> {
                                            url.set(node.rpcUrl());
                                            node.broken()
                                                    .complete(new LocalFault("the disk is full"));
                                        },
                                        dev::close,
                                        command))
                .isInstanceOf(CommandFailure.class)
                .hasMessage(
                        "the node stopped at block 0, for this machine failed: the disk is full");
        assertThat(dev.folder().path()).doesNotExist();
        assertThat(printed.toString()).isEmpty();
        try (JsonRpcClient rpc = new JsonRpcClient(url.get())) {
            assertThatThrownBy(() -> rpc.call("eth_chainId"))
                    .isInstanceOf(java.net.ConnectException.class);
        }
    }
}
