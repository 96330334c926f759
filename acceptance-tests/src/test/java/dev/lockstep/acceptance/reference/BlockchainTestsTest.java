package dev.lockstep.acceptance.reference;

import dev.lockstep.evm.Engine;
import dev.lockstep.node.reference.BlockchainTests;
import dev.lockstep.node.reference.Selection;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The official blockchain tests on the node's own ledger, of all networks. */
final class BlockchainTestsTest {
    @Test
    void everyBlockIsTakenOrRefusedAsTheTestsSay() throws IOException {
        OfficialTests.hold(
                "blockchain tests",
                new BlockchainTests(Engine.ADAPTIVE),
                Selection.ALL,
                List.of(OfficialTests.fixtures("blockchain")));
    }
}
