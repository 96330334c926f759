package dev.lockstep.cli;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.node.BundledModels;
import dev.lockstep.node.DataFolder;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Signature;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Two validators in this process, some contract calls and many transfers: what a node does in its
 * first minute. The launcher runs it once a build and keeps what HotSpot learns from it, so that
 * every node starts with its classes linked and its hot methods known.
 *
 * @source JEP 514, JEP 515
 */
@Command(
        name = "rehearse",
        hidden = true,
        mixinStandardHelpOptions = true,
        description =
                "Use two validators in this process for some seconds; the launcher does it once a"
                        + " build.")
final class RehearseCommand implements Callable<Integer> {
    private static final int VALIDATORS = 2;
    private static final int UPDATES = 3;
    private static final int TRANSFERS = 400;

    @Parameters(paramLabel = "DIR", description = "A new or empty folder, which is left behind.")
    private Path folder = Path.of("");

    @Override
    public Integer call() throws Exception {
        Logging.quiet();
        DataFolder.refuseUnlessEmpty(folder);
        try (DemoNetwork network = DemoNetwork.create(folder, VALIDATORS)) {
            for (int i = 0; i < VALIDATORS; i++) startInThisProcess(network.folder(i));
            network.awaitHead(0, 1);
            JsonRpcClient rpc = network.rpc(0);
            use(rpc, DevAccounts.all().getFirst().keys());
            network.awaitHead(0, rpc.quantity("eth_blockNumber").toLong() + 2);
        }
        // The end of the process stops the nodes in order.
        return 0;
    }

    private static void startInThisProcess(Path folder) {
        Thread.ofPlatform()
                .daemon()
                .start(
                        () ->
                                Main.execute(
                                        Main.commandLine(),
                                        "run",
                                        "--config-file=" + folder.resolve(NodeProcess.CONFIG)));
    }

    private static void use(JsonRpcClient rpc, KeyPair user) throws Exception {
        DemoContract contract =
                DemoContract.deploy(rpc, user, BundledModels.VOLATILITY.model().id());
        for (int i = 0; i < UPDATES; i++) contract.update(rpc, user);
        UInt256 chainId = rpc.quantity("eth_chainId");
        UInt256 price = rpc.quantity("eth_gasPrice").multiply(2);
        long nonce =
                rpc.quantity("eth_getTransactionCount", user.address().toString(), "pending")
                        .toLong();
        for (int i = 0; i < TRANSFERS; i++) {
            DynamicFeeTransaction unsigned =
                    new DynamicFeeTransaction(
                            chainId,
                            nonce + i,
                            UInt256.ONE,
                            price,
                            21_000,
                            user.address(),
                            UInt256.ONE,
                            Bytes.EMPTY,
                            List.of(),
                            new Signature(0, UInt256.ZERO, UInt256.ZERO));
            var _ = DemoContract.send(rpc, unsigned, user);
        }
    }
}
