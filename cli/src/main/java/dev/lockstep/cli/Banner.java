package dev.lockstep.cli;

import dev.lockstep.node.Chain;
import dev.lockstep.node.Node;
import dev.lockstep.precompiles.inference.ActiveModel;
import java.io.PrintWriter;
import java.util.Comparator;

/** What a node says of its models when it starts. */
final class Banner {
    private Banner() {}

    static void models(Chain chain, PrintWriter out) {
        var catalog = chain.catalog();
        if (catalog == null) return;
        for (ActiveModel active : catalog.models()) {
            out.printf(
                    "    %-12s %s%n                 quote %,d gas · %,d MACs · %,d bytes · takes %d numbers, gives %d%n",
                    chain.nameOf(active.id()),
                    active.id(),
                    active.gas(),
                    active.model().cost().macs(),
                    active.model().sizeBytes(),
                    inputElements(active),
                    active.model().outputs().stream().mapToInt(o -> o.shape().elements()).sum());
        }
    }

    /** A line to paste: the model that takes the fewest numbers, on zeros. */
    static String castLine(Node node) {
        var catalog = node.chain().catalog();
        if (catalog == null || catalog.models().isEmpty()) {
            return "cast block-number --rpc-url " + node.rpcUrl();
        }
        ActiveModel smallest =
                catalog.models().stream()
                        .min(Comparator.comparingInt(Banner::inputElements))
                        .orElseThrow();
        String zeros = "0,".repeat(inputElements(smallest) - 1) + "0";
        return "cast call 0x0000000000000000000000000000000000000a01 \"inferInts(bytes32,int256[])(int256[])\" "
                + smallest.id()
                + " \"["
                + zeros
                + "]\" --rpc-url "
                + node.rpcUrl();
    }

    private static int inputElements(ActiveModel active) {
        return active.model().inputs().stream().mapToInt(i -> i.shape().elements()).sum();
    }
}
