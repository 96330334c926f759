package dev.lockstep.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measurements beside others' engines, as ratios. */
@Command(
        name = "bench",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        description = "Measure speed side by side with other engines.")
final class BenchCommand implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    @Command(
            name = "inference",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Matrix products and whole models beside ONNX Runtime, one thread each, in turns.",
                "Other work on the machine slows both alike: look at the ratios. Warm times follow after the kernels are compiled; "
                        + "calls 1 and 2 are those of a fresh process."
            },
            footer = {
                "",
                "Example:",
                "  lockstep bench inference --model squeezenet.lkm=SqueezeNet.onnx,SqueezeNet_int8.onnx"
            })
    int inference(
            @Option(
                            names = "--model",
                            paramLabel = "LKM=ONNX[,ONNX]",
                            description =
                                    "A model, and the float (and int8) models to compare with; may be given again.")
                    String[] models,
            @Option(names = "--quick", description = "A tenth of the time, for a glance.")
                    boolean quick,
            @Mixin NativeOption nativeKernels)
            throws IOException, InterruptedException {
        Logging.quiet();
        List<Imports.Pair> pairs = new ArrayList<>();
        for (String given : models == null ? new String[0] : models) {
            int split = given.indexOf('=');
            Path model = Path.of(split < 0 ? given : given.substring(0, split));
            GivenPath.file("--model", model);
            List<Path> onnx =
                    split < 0
                            ? List.of()
                            : Arrays.stream(given.substring(split + 1).split(","))
                                    .map(Path::of)
                                    .toList();
            onnx.forEach(path -> GivenPath.file("--model", path));
            pairs.add(new Imports.Pair(model, onnx));
        }
        nativeKernels.enable();
        Imports.benchmark(pairs, quick, spec.commandLine().getOut());
        return 0;
    }
}
