package dev.lockstep.acceptance.reference;

import dev.lockstep.evm.Engine;
import dev.lockstep.node.reference.Selection;
import dev.lockstep.node.reference.StateTests;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The official state tests: what every build runs of them. */
final class StateTestsTest {
    @ParameterizedTest
    @ValueSource(strings = {"Osaka", "Prague"})
    void everyTestOfTheForkHolds(String fork) throws IOException {
        hold("state tests", of(fork), "eest-v5.4.0");
    }

    @Test
    void theCancunSampleHolds() throws IOException {
        hold(
                "state tests, sample",
                of("Cancun"),
                "legacy-cancun/stExample",
                "legacy-cancun/stMemoryTest",
                "legacy-cancun/stBadOpcode");
    }

    private static Selection of(String fork) {
        return new Selection(Pattern.compile(""), fork);
    }

    private static void hold(String name, Selection selection, String... folders)
            throws IOException {
        List<Path> paths = new ArrayList<>();
        for (String folder : folders) paths.add(OfficialTests.fixtures("state/" + folder));
        OfficialTests.hold(name, new StateTests(Engine.ADAPTIVE, null), selection, paths);
    }
}
