package dev.lockstep.cli;

import dev.lockstep.evm.Engine;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** How the EVM runs code. */
final class EvmOptions {
    @Option(
            names = "--evm-engine",
            paramLabel = "ENGINE",
            description =
                    "How code is run: loop, decoded, adaptive or compiled. All give the same results; for measurements.")
    private String name = Engine.DEFAULT.name();

    Engine engine() {
        return Arrays.stream(Engine.values())
                .filter(engine -> engine.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new CommandFailure(
                                        "--evm-engine is "
                                                + name
                                                + "; "
                                                + names()
                                                + " are allowed"));
    }

    private static String names() {
        return Arrays.stream(Engine.values())
                .map(engine -> engine.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}
