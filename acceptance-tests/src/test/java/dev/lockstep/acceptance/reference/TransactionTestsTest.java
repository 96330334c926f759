package dev.lockstep.acceptance.reference;

import dev.lockstep.node.reference.Selection;
import dev.lockstep.node.reference.TransactionTests;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The official transaction tests on the rules by which pool and blocks take transactions. */
final class TransactionTestsTest {
    @Test
    void everyTransactionIsTakenOrRefusedAsTheTestsSay() throws IOException {
        OfficialTests.hold(
                "transaction tests",
                new TransactionTests(),
                Selection.ALL,
                List.of(OfficialTests.fixtures("transaction")));
    }
}
