package dev.lockstep.evm;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Prints Mgas/s of nine loops, by CPU time of this thread; rounds as the first argument. Not a
 * test: run it by its main method.
 */
final class EngineSpeed {
    private static final long GAS = 2_000_000_000;

    private static final List<Engine> ENGINES =
            List.of(Engine.LOOP, Engine.DECODED, Engine.ADAPTIVE, Engine.COMPILED);

    /** As in a node, they last: code that became hot stays so. */
    private static final Map<Engine, TransactionExecutor> EXECUTORS = new EnumMap<>(Engine.class);

    private record Program(String name, long gas, String code) {}

    private static final List<Program> PROGRAMS =
            List.of(
                    new Program("loop-10M", 290_000_003, "0x60005b60010180629896801160025700"),
                    new Program(
                            "keccak32-2M",
                            154_000_006,
                            "0x60005b602060002060005260010180621e84801160025700"),
                    new Program(
                            "keccak1k-300k",
                            78_900_101,
                            "0x60005b61040060002060005260010180620493e01160025700"),
                    new Program(
                            "arith256-3M",
                            180_000_006,
                            "0x7fc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"
                                    + "60005b907ff1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1"
                                    + "f1f1f1027f3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d"
                                    + "3d3d3d017ffefefefefefefefefefefefefefefefefefefefefefefefefefefefefe"
                                    + "fefee790069060010180622dc6c01160235700"),
                    new Program(
                            "mem-3M",
                            192_000_101,
                            "0x60005b806103e0168051015080806103e0165260010180622dc6c01160025700"),
                    new Program(
                            "sload-warm-2M",
                            268_002_003,
                            "0x60005b6000545060010180621e84801160025700"),
                    new Program(
                            "sstore-warm-1M",
                            135_022_003,
                            "0x60005b8060005560010180620f42401160025700"),
                    new Program(
                            "call-identity-500k",
                            83_500_006,
                            "0x60005b6020600060206000600461fffffa50600101806207a1201160025700"),
                    new Program(
                            "push-pop-5M",
                            185_000_003,
                            "0x60005b3650585060010180624c4b401160025700"));

    private EngineSpeed() {}

    public static void main(String[] args) {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 3;
        System.out.printf("%-20s", "Mgas/s");
        for (Engine engine : ENGINES) System.out.printf("%10s", engine);
        System.out.println();
        for (int round = 0; round < 2; round++) {
            for (Program program : PROGRAMS) {
                for (Engine engine : ENGINES) measure(program, engine);
            }
        }
        for (Program program : PROGRAMS) {
            System.out.printf("%-20s", program.name);
            for (Engine engine : ENGINES) {
                List<Double> rates = new ArrayList<>();
                for (int round = 0; round < rounds; round++) rates.add(measure(program, engine));
                rates.sort(null);
                System.out.printf(Locale.ROOT, "%10.0f", rates.get(rounds / 2));
            }
            System.out.println();
        }
    }

    private static double measure(Program program, Engine engine) {
        Scene scene = new Scene();
        scene.account(Scene.CONTRACT, 1, UInt256.ZERO, Bytes.fromHexString(program.code));
        CallRequest request =
                new CallRequest(
                        Scene.SENDER,
                        Scene.CONTRACT,
                        GAS,
                        UInt256.ZERO,
                        UInt256.ZERO,
                        Bytes.EMPTY,
                        List.of(),
                        List.of());
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        TransactionExecutor executor =
                EXECUTORS.computeIfAbsent(engine, e -> new TransactionExecutor(identity(), e));
        long start = threads.getCurrentThreadCpuTime();
        CallOutcome outcome = executor.call(scene, scene.block(), request, Tracer.NONE);
        long nanos = threads.getCurrentThreadCpuTime() - start;
        if (!(outcome instanceof CallOutcome.Succeeded succeeded)
                || succeeded.gasUsed() - 21_000 != program.gas) {
            throw new AssertionError(program.name + ": " + outcome);
        }
        return program.gas * 1e3 / nanos;
    }

    private static Precompiles identity() {
        return new Scene()
                .precompile(
                        4,
                        new Precompile() {
                            @Override
                            public long quote(Bytes input, PrecompileContext context) {
                                return 15 + 3 * ((input.size() + 31) / 32);
                            }

                            @Override
                            public PrecompileResult run(Bytes input, PrecompileContext context) {
                                return new PrecompileResult.Output(input.copy());
                            }
                        })
                .precompiles;
    }
}
