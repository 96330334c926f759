package dev.lockstep.cli;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.BlockContext;
import dev.lockstep.evm.CallOutcome;
import dev.lockstep.evm.CallOutcome.Halted;
import dev.lockstep.evm.CallOutcome.Reverted;
import dev.lockstep.evm.CallOutcome.Succeeded;
import dev.lockstep.evm.CallRequest;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.node.reference.StepTrace;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateView;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Executes bytecode as one message, on an empty state. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Execute bytecode by itself: no transaction around it, so no intrinsic gas and no refund.",
            "Exit code 0 if it succeeded, 1 if it reverted or halted, 2 if the command line is wrong."
        },
        footer = {
            "",
            "Examples:",
            "  lockstep evm run --code 0x60015f5260205ff3",
            "  lockstep evm run --code @loop.hex --input 0x0f4240 --bench",
            "  lockstep evm run --code 0x5b5f56 --gas 1000 --trace"
        })
final class RunCodeCommand implements Callable<Integer> {
    private static final long GAS_MAX = 1L << 50;
    private static final long WARM_UP_NANOS = 2_000_000_000L;
    private static final int WARM_UP_RUNS = 3;
    private static final int TIMED_RUNS = 7;
    private static final long TIMED_NANOS_MAX = 20_000_000_000L;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--code",
            required = true,
            paramLabel = "HEX|@FILE",
            description = "What to execute, in hex or as a file of hex.")
    private String code = "";

    @Option(
            names = "--input",
            defaultValue = "",
            paramLabel = "HEX|@FILE",
            description = "Call data (default: none).")
    private String input = "";

    @Option(
            names = "--gas",
            defaultValue = "10000000000",
            paramLabel = "N",
            description = "What the code may spend (default: ${DEFAULT-VALUE}).")
    private long gas;

    @Option(
            names = "--value",
            defaultValue = "0",
            paramLabel = "WEI",
            description = "Sent along (default: ${DEFAULT-VALUE}).")
    private BigInteger value = BigInteger.ZERO;

    @Option(
            names = "--caller",
            defaultValue = "0x000000000000000000000000000000000000ca11",
            paramLabel = "ADDRESS",
            description = "Who calls (default: ${DEFAULT-VALUE}).")
    private String caller = "";

    @Option(
            names = "--to",
            defaultValue = "0x000000000000000000000000000000000000c0de",
            paramLabel = "ADDRESS",
            description = "Where the code is (default: ${DEFAULT-VALUE}).")
    private String to = "";

    @Option(
            names = "--fork",
            defaultValue = "OSAKA",
            paramLabel = "NAME",
            description = "The rules: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Fork fork = Fork.OSAKA;

    @Mixin private EngineOption engine = new EngineOption();

    @Option(names = "--trace", description = "Print each instruction on stderr, as EIP-3155 says.")
    private boolean isTraced;

    @Option(names = "--json", description = "Print the result as a line of JSON.")
    private boolean isJson;

    @Option(
            names = "--bench",
            description = "Warm up, run " + TIMED_RUNS + " times, and tell the median time.")
    private boolean isBench;

    /** One contract and a caller with enough wei. */
    private record Scene(Address contract, Bytes code, Address caller, UInt256 balance)
            implements StateView {
        @Override
        public @Nullable Account account(Address address) {
            if (address.equals(contract)) {
                return new Account(1, UInt256.ZERO, Keccak.hash(code), Hash.EMPTY_TRIE);
            }
            if (address.equals(caller)) {
                return new Account(0, balance, Hash.EMPTY, Hash.EMPTY_TRIE);
            }
            return null;
        }

        @Override
        public Bytes code(Hash codeHash) {
            return code;
        }

        @Override
        public UInt256 storage(Address address, UInt256 slot) {
            return UInt256.ZERO;
        }
    }

    @Override
    public Integer call() throws IOException {
        if (gas < 0 || gas > GAS_MAX) {
            throw misuse("--gas is " + gas + "; 0 to " + GAS_MAX + " are allowed");
        }
        if (value.signum() < 0 || value.bitLength() > 256) {
            throw misuse("--value is " + value + "; 0 to 2^256-1 wei are allowed");
        }
        if (isTraced && isBench) throw misuse("--trace and --bench don't go together");
        UInt256 wei = UInt256.valueOf(value);
        Scene scene =
                new Scene(
                        address("--to", to),
                        bytes("--code", code),
                        address("--caller", caller),
                        wei);
        CallRequest request =
                new CallRequest(
                        scene.caller,
                        scene.contract,
                        gas,
                        UInt256.ZERO,
                        wei,
                        bytes("--input", input),
                        List.of(),
                        List.of());
        TransactionExecutor executor =
                new TransactionExecutor(LockstepPrecompiles.standard(), engine.engine());
        BlockContext block = block();
        PrintWriter err = spec.commandLine().getErr();
        StepTrace trace = isTraced ? new StepTrace(err) : null;
        Tracer tracer = trace == null ? Tracer.NONE : trace;
        Timed timed =
                isBench
                        ? median(() -> executor.message(scene, block, request, Tracer.NONE))
                        : time(() -> executor.message(scene, block, request, tracer));
        return report(timed, trace);
    }

    private record Timed(CallOutcome outcome, long nanos) {}

    private static Timed time(Supplier<CallOutcome> run) {
        long start = System.nanoTime();
        CallOutcome outcome = run.get();
        return new Timed(outcome, System.nanoTime() - start);
    }

    /** Of the runs after the warm-up: all of them, or as many as fit the time. */
    private static Timed median(Supplier<CallOutcome> run) {
        long start = System.nanoTime();
        for (int i = 0; i < WARM_UP_RUNS || System.nanoTime() - start < WARM_UP_NANOS; i++) {
            time(run);
        }
        List<Timed> runs = new ArrayList<>();
        start = System.nanoTime();
        while (runs.isEmpty()
                || (runs.size() < TIMED_RUNS && System.nanoTime() - start < TIMED_NANOS_MAX)) {
            runs.add(time(run));
        }
        runs.sort(Comparator.comparingLong(Timed::nanos));
        return runs.get(runs.size() / 2);
    }

    private int report(Timed timed, @Nullable StepTrace trace) {
        return switch (timed.outcome) {
            case Succeeded(var output, var gasUsed, var logs, var _) ->
                    print("success", output, gasUsed, logs.size(), timed, trace);
            case Reverted(var data, var gasUsed) -> print("revert", data, gasUsed, 0, timed, trace);
            case Halted(var reason, var gasUsed) ->
                    print("halt: " + reason, Bytes.EMPTY, gasUsed, 0, timed, trace);
            case Refused(var _, var message) -> throw new CommandFailure(message);
        };
    }

    private int print(
            String result,
            Bytes output,
            long gasUsed,
            int logs,
            Timed timed,
            @Nullable StepTrace trace) {
        boolean isSuccess = result.equals("success");
        if (trace != null) trace.end(null, output, gasUsed, isSuccess);
        double seconds = timed.nanos / 1e9;
        double mgasPerSecond = gasUsed / 1e6 / seconds;
        PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.put("result", result).put("output", output.toHexString()).put("gasUsed", gasUsed);
            json.put("logs", logs).put("nanos", timed.nanos).put("mgasPerSecond", mgasPerSecond);
            out.println(json);
        } else {
            out.println("result    " + result);
            out.println("output    " + output.toHexString());
            out.printf("gas used  %,d of %,d%n", gasUsed, gas);
            out.println("logs      " + logs);
            out.printf(
                    Locale.ROOT,
                    "time      %.6f s, %.1f Mgas/s%s%n",
                    seconds,
                    mgasPerSecond,
                    isBench ? ", median after a warm-up" : ", cold; --bench warms up");
        }
        return isSuccess ? 0 : 1;
    }

    /** Block 1 of a chain of its own, with the fork's rules and no caps. */
    private BlockContext block() {
        return new BlockContext(
                fork,
                UInt256.ONE,
                1,
                1,
                gas,
                Address.ZERO,
                UInt256.ZERO,
                UInt256.ZERO,
                Bytes32.ZERO,
                UInt256.ONE,
                fork.isAtLeast(Fork.PRAGUE) ? BlobSchedule.PRAGUE : BlobSchedule.CANCUN,
                0,
                null,
                _ -> Hash.ZERO);
    }

    private Address address(String option, String hex) {
        Bytes bytes = hex(option, hex);
        if (bytes.size() != Address.SIZE_BYTES) {
            throw misuse(option + " is " + hex + "; 0x and 40 hex digits are needed");
        }
        return Address.of(bytes);
    }

    /** Of the option itself, or of the file that it names. */
    private Bytes bytes(String option, String given) throws IOException {
        if (!given.startsWith("@")) return hex(option, given);
        Path file = GivenPath.file(option, Path.of(given.substring(1)));
        return hex(option, Files.readString(file, StandardCharsets.ISO_8859_1).strip());
    }

    private Bytes hex(String option, String hex) {
        String digits = hex.startsWith("0x") ? hex.substring(2) : hex;
        int wrong = 0;
        while (wrong < digits.length() && Character.digit(digits.charAt(wrong), 16) >= 0) wrong++;
        if (wrong < digits.length()) {
            throw misuse(
                    option
                            + " has `"
                            + digits.charAt(wrong)
                            + "` as digit "
                            + wrong
                            + "; hex is needed, 0-9 and a-f");
        }
        if (digits.length() % 2 != 0) {
            throw misuse(
                    option
                            + " has "
                            + digits.length()
                            + " hex digits; two are needed for each byte");
        }
        return Bytes.fromHexString(digits);
    }

    private ParameterException misuse(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
