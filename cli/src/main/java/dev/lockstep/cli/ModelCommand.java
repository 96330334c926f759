package dev.lockstep.cli;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelFile;
import dev.lockstep.inference.OpInfo;
import dev.lockstep.inference.TensorSpec;
import dev.lockstep.inference.kernels.ServingKernels;
import dev.lockstep.precompiles.inference.ModelCatalog;
import dev.lockstep.types.Hash;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Models as files. */
@Command(
        name = "model",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Import, inspect, run and verify fixed-point models.",
        footer = {
            "",
            "Examples:",
            "  lockstep model import mnist.onnx --calibrate train-images.npz --test test.npz",
            "  lockstep model inspect mnist.lkm",
            "  lockstep model run mnist.lkm --input t10k-images.idx3-ubyte --labels t10k-labels.idx1-ubyte",
            "  lockstep model verify mnist.lkm --onnx mnist.onnx --test test.npz",
            "  lockstep model import stories260K.bin",
            "  lockstep model generate stories260K.lkm --tokenizer tok512.bin"
        })
final class ModelCommand implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    private static final String SAMPLES =
            "an .npz or .npy file, an IDX file as of MNIST, CSV with a sample a line, or a folder of such";

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Turn an ONNX or TensorFlow Lite model into a fixed-point model.",
                "The ranges of its tensors are taken from calibration samples; a quantised model has its own. With test samples, the "
                        + "result is compared with the model under ONNX Runtime, and the report says how far they agree."
            })
    int importModel(
            @Parameters(
                            paramLabel = "MODEL",
                            description = "An .onnx or .tflite file, or a checkpoint of llama2.c.")
                    Path source,
            @Option(
                            names = "--calibrate",
                            paramLabel = "FILE",
                            description =
                                    "Samples like those to come: "
                                            + SAMPLES
                                            + ". A quantised model needs none.")
                    @Nullable Path calibration,
            @Option(
                            names = "--calibrate-limit",
                            paramLabel = "N",
                            defaultValue = "1000",
                            description = "Samples used at most (default: ${DEFAULT-VALUE}).")
                    int calibrationLimit,
            @Option(names = "--test", paramLabel = "FILE", description = "Samples to compare on.")
                    @Nullable Path test,
            @Option(
                            names = "--test-labels",
                            paramLabel = "FILE",
                            description =
                                    "Their right answers, where they are in a file of their own.")
                    @Nullable Path labels,
            @Option(
                            names = "--precision",
                            paramLabel = "auto|i8|i16",
                            defaultValue = "auto",
                            description =
                                    "Width of the activations; auto takes i16 for a single result, i8 else (default: ${DEFAULT-VALUE}).")
                    String precision,
            @Option(
                            names = "--percentile",
                            paramLabel = "P",
                            defaultValue = "100",
                            description =
                                    "Percent of the values that a range must hold (default: ${DEFAULT-VALUE}, all).")
                    double percentile,
            @Option(
                            names = "--method",
                            paramLabel = "range|mse",
                            defaultValue = "range",
                            description =
                                    "How a range follows from the values seen: all or --percentile of them, or what gives the least square error (default: ${DEFAULT-VALUE}).")
                    String method,
            @Option(
                            names = "--accuracy",
                            paramLabel = "P",
                            description =
                                    "Give 16 bits to the tensors that lose most in 8, until the same result is first on P percent of the calibration samples.")
                    @Nullable Double accuracy,
            @Option(
                            names = "--correct-bias",
                            description =
                                    "Let biases make good what the rounding of weights shifts results by, as far as the calibration samples show it.")
                    boolean correctsBias,
            @Option(
                            names = "--shape",
                            paramLabel = "[NAME=]SIZES",
                            description =
                                    "Dimensions of an input whose file leaves some open, as in tokens=1,16 or image=1x3x224x224; an only input needs no name. With tokens=N a llama2.c checkpoint becomes a model of a text of N tokens, not of a step. May be given more than once.")
                    @Nullable List<String> shapes,
            @Option(
                            names = "--to",
                            paramLabel = "FILE",
                            description =
                                    "The model file (default: the given file's name with .lkm).")
                    @Nullable Path to,
            @Option(
                            names = "--report",
                            paramLabel = "FILE",
                            description =
                                    "Write the parity report here: a page where the name ends in .html, text for .txt, else JSON.")
                    @Nullable Path reportFile)
            throws IOException {
        Logging.quiet();
        String name = source.getFileName().toString().replaceFirst("\\.(onnx|tflite|bin)$", "");
        Path target = to != null ? to : source.resolveSibling(name + ".lkm");
        GivenPath.file("MODEL", source);
        if (calibration != null) GivenPath.fileOrFolder("--calibrate", calibration);
        if (test != null) GivenPath.fileOrFolder("--test", test);
        if (labels != null) GivenPath.file("--test-labels", labels);
        GivenPath.target(to != null ? "--to" : "the model file", target);
        if (reportFile != null) GivenPath.target("--report", reportFile);
        if (calibrationLimit < 1)
            throw new CommandFailure(
                    "--calibrate-limit is " + calibrationLimit + "; 1 or more are allowed");
        Imports.Wanted wanted =
                new Imports.Wanted(
                        source,
                        calibration,
                        calibrationLimit,
                        test,
                        labels,
                        precision,
                        method,
                        percentile,
                        accuracy,
                        correctsBias,
                        shapes == null ? List.of() : shapes);
        Imports.Made made = Imports.make(wanted, new Progress(spec.commandLine().getErr()));
        Files.write(target, made.file());
        Path notesFile =
                target.resolveSibling(
                        target.getFileName().toString().replaceFirst("\\.lkm$", "") + ".notes");
        if (!Files.exists(notesFile)) {
            made.names().write(notesFile);
        }
        PrintWriter out = spec.commandLine().getOut();
        made.notes().forEach(note -> out.println("note: " + note));
        if (made.reportText() != null) out.print(made.reportText());
        Model model = read(target);
        String report = reportFile == null ? null : made.report(reportFile, gas(model));
        if (reportFile != null && report != null) Files.writeString(reportFile, report);
        out.println();
        summary(model, target, out);
        return 0;
    }

    @Command(
            name = "inspect",
            mixinStandardHelpOptions = true,
            description =
                    "Show what is in a model file: its id, inputs, outputs, operations, cost and gas.")
    int inspect(@Parameters(paramLabel = "FILE", description = "A .lkm file.") Path file)
            throws IOException {
        Model model = read(file);
        PrintWriter out = spec.commandLine().getOut();
        summary(model, file, out);
        out.printf(
                "%n%4s  %-18s %-22s %-24s %14s%n", "op", "kind", "result", "proven range", "MACs");
        for (OpInfo op : model.ops()) {
            out.printf(
                    "%4d  %-18s %-22s %-24s %,14d%n",
                    op.index(),
                    op.name(),
                    op.type().dtype() + " " + op.type().shape(),
                    op.interval(),
                    op.cost().macs());
        }
        return 0;
    }

    @Command(
            name = "run",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Run a model on samples, in integers, exactly as every validator does.",
                "Real numbers are rounded to the model's input scale. With labels it tells the accuracy."
            })
    int run(
            @Parameters(paramLabel = "FILE", description = "A .lkm file.") Path file,
            @Option(
                            names = "--input",
                            required = true,
                            paramLabel = "FILE",
                            description = "Samples: " + SAMPLES + ".")
                    Path input,
            @Option(
                            names = "--labels",
                            paramLabel = "FILE",
                            description = "Right answers, where they are in a file of their own.")
                    @Nullable Path labels,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "2147483647",
                            description = "Samples at most (default: all).")
                    int limit,
            @Option(
                            names = "--print",
                            paramLabel = "N",
                            defaultValue = "10",
                            description = "Answers to print (default: ${DEFAULT-VALUE}).")
                    int print)
            throws IOException {
        GivenPath.file("--input", input);
        if (labels != null) GivenPath.file("--labels", labels);
        if (limit < 1) throw new CommandFailure("--limit is " + limit + "; 1 or more are allowed");
        ModelRun run = new ModelRun(read(file), spec.commandLine().getOut(), print);
        run.all(
                Imports.samples(input, labels, run.inputElements(), limit, run.takesFeatures()),
                new Progress(spec.commandLine().getErr()));
        return 0;
    }

    @Command(
            name = "generate",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Let a decoder write a text: always the likeliest token, in integers, so that every machine writes the same.",
                "The model takes a token, its position and caches, as an import of a llama2.c checkpoint makes it."
            })
    int generate(
            @Parameters(paramLabel = "FILE", description = "A .lkm file.") Path file,
            @Option(
                            names = "--tokenizer",
                            paramLabel = "FILE",
                            description =
                                    "Words for tokens, as llama2.c stores them (default: numbers).")
                    @Nullable Path tokenizer,
            @Option(
                            names = "--tokens",
                            paramLabel = "N",
                            defaultValue = "256",
                            description = "Tokens at most (default: ${DEFAULT-VALUE}).")
                    int tokens)
            throws IOException {
        if (tokenizer != null) GivenPath.file("--tokenizer", tokenizer);
        if (tokens < 1)
            throw new CommandFailure("--tokens is " + tokens + "; 1 or more are allowed");
        new ModelGenerate(read(file), tokenizer).write(tokens, spec.commandLine().getOut());
        return 0;
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Check a model file as a node does before it is used: canonical form, id, and the proof that no integer can overflow.",
                "With --onnx and --test, also compare it with the float model that it came from."
            })
    int verify(
            @Parameters(paramLabel = "FILE", description = "A .lkm file.") Path file,
            @Option(names = "--id", paramLabel = "ID", description = "The id that it should have.")
                    @Nullable String id,
            @Option(names = "--onnx", paramLabel = "FILE", description = "The float model.")
                    @Nullable Path onnx,
            @Option(
                            names = "--test",
                            paramLabel = "FILE",
                            description = "Samples to compare on: " + SAMPLES + ".")
                    @Nullable Path test,
            @Option(
                            names = "--test-labels",
                            paramLabel = "FILE",
                            description = "Their right answers.")
                    @Nullable Path labels)
            throws IOException {
        Logging.quiet();
        Model model = read(file);
        PrintWriter out = spec.commandLine().getOut();
        if (id != null && !id.replaceFirst("^0x", "").equalsIgnoreCase(model.id().toHex())) {
            throw new CommandFailure(file + " has the id 0x" + model.id().toHex() + ", not " + id);
        }
        summary(model, file, out);
        out.println("canonical, within limits, and proven free of overflow for every input");
        if ((onnx == null) != (test == null)) {
            throw new CommandFailure(
                    "--onnx and --test go together: a comparison needs the float model and samples");
        }
        if (onnx != null && test != null) {
            out.print(
                    Imports.compare(
                            onnx, model, test, labels, new Progress(spec.commandLine().getErr())));
        }
        return 0;
    }

    @Command(
            name = "digest",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Print one hash over random operations, the golden vectors, and random inputs of the models given.",
                "It is the same on every machine, under every JVM option, by every backend and in any number of threads; "
                        + "the backends and threads of this process are compared with each other on the way."
            })
    int digest(
            @Parameters(paramLabel = "FILE", arity = "0..*", description = "Model files (.lkm).")
                    List<Path> files,
            @Option(
                            names = "--threads",
                            paramLabel = "N",
                            defaultValue = "2",
                            description = "Threads that run at once (default: ${DEFAULT-VALUE}).")
                    int threads,
            @Option(
                            names = "--vectors",
                            paramLabel = "DIR",
                            description =
                                    "Golden vectors (default: inference-engine/lka-1/vectors of this checkout).")
                    @Nullable Path vectors,
            @Option(
                            names = "--vector-kernels",
                            description =
                                    "Run the vector kernels even where they are too slow to serve, as under an emulator.")
                    boolean vectorKernels,
            @Mixin NativeOption nativeKernels)
            throws IOException, InterruptedException {
        if (threads < 1 || threads > 64) {
            throw new CommandFailure("--threads is " + threads + "; 1 to 64 are allowed");
        }
        PrintWriter out = spec.commandLine().getOut();
        List<Model> models = new ArrayList<>();
        for (Path file : files == null ? List.<Path>of() : files) models.add(read(file));
        List<GoldenVectors.Run> runs =
                GoldenVectors.read(vectors == null ? publishedVectors() : vectors);
        nativeKernels.enable();
        out.println("kernels    " + ServingKernels.settle());
        List<Hash> parts = new ArrayList<>();
        try (ModelDigest digest = new ModelDigest(threads, vectorKernels)) {
            parts.add(digest.probes());
            out.println("operations " + parts.getLast());
            parts.add(digest.vectors(runs));
            out.println("vectors    " + parts.getLast() + " " + runs.size() + " runs");
            for (int i = 0; i < models.size(); i++) {
                parts.add(digest.model(models.get(i)));
                out.println("model      " + parts.getLast() + " " + files.get(i).getFileName());
            }
        }
        out.println("digest     " + ModelDigest.total(parts));
        return 0;
    }

    private static Path publishedVectors() {
        return Path.of(
                System.getProperty("lockstep.home", ""), "inference-engine", "lka-1", "vectors");
    }

    private static Model read(Path file) throws IOException {
        GivenPath.file("FILE", file);
        try {
            return ModelFile.read(file);
        } catch (InvalidModelException notAModel) {
            throw new CommandFailure(
                    file + " is not a valid model: " + notAModel.getMessage(), notAModel);
        }
    }

    private static long gas(Model model) {
        return ModelCatalog.of(List.of(model), 1000).models().iterator().next().gas();
    }

    private static void summary(Model model, Path file, PrintWriter out) {
        long gas = gas(model);
        out.println("file     " + file);
        out.println("id       0x" + model.id().toHex());
        out.println(
                "inputs   "
                        + model.inputs().stream()
                                .map(ModelCommand::describe)
                                .collect(Collectors.joining("; ")));
        out.println(
                "outputs  "
                        + model.outputs().stream()
                                .map(ModelCommand::describe)
                                .collect(Collectors.joining("; ")));
        out.printf(
                "size     %,d bytes, %,d MACs, %,d bytes of working memory%n",
                model.sizeBytes(), model.cost().macs(), model.arenaBytes());
        out.printf("gas      %,d a call (at the default scale)%n", gas);
    }

    /** A tensor with the real value of one unit: (q - zero point) · multiplier / 2^shift. */
    private static String describe(TensorSpec tensor) {
        if (tensor.dtype() == DType.F32) return "F32 " + tensor.shape() + ", float32 features";
        var scale = tensor.quantization();
        return tensor.dtype()
                + " "
                + tensor.shape()
                + ", value = (q - "
                + scale.zeroPoint()
                + ") * "
                + scale.multiplier()
                + " / 2^"
                + scale.shift();
    }
}
