package dev.lockstep.evm;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * What an attacker gains by many codes that are each just hot enough to be compiled: CPU time of
 * the whole process, HotSpot's threads included, compiled beside adaptive. Not a test: run it by
 * its main method, with the number of codes, their bytes and millions of gas for each.
 */
final class HostileSpeed {
    private static final int ROUNDS = 3;
    private static final long SETTLE_MILLIS = 1500;

    private HostileSpeed() {}

    public static void main(String[] args) throws Exception {
        if (args.length == 4) {
            run(Engine.valueOf(args[3]), number(args[0]), number(args[1]), number(args[2]));
            return;
        }
        List<String> size = args.length == 3 ? List.of(args) : List.of("60", "12288", "120");
        List<Long> adaptive = new ArrayList<>();
        List<Long> compiled = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            adaptive.add(child(size, Engine.ADAPTIVE));
            compiled.add(child(size, Engine.COMPILED));
        }
        double ratio = (double) median(compiled) / median(adaptive);
        System.out.printf(
                "%s codes of %s bytes, %s Mgas each: CPU ms adaptive %s, compiled %s: %.2f%n",
                size.get(0), size.get(1), size.get(2), adaptive, compiled, ratio);
    }

    private static int number(String text) {
        return Integer.parseInt(text);
    }

    private static long median(List<Long> times) {
        return times.stream().sorted().toList().get(times.size() / 2);
    }

    /** In a process of its own, whose CPU time is nobody else's. */
    private static long child(List<String> size, Engine engine)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path")));
        command.add(HostileSpeed.class.getName());
        command.addAll(size);
        command.add(engine.name());
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String printed =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) throw new IOException(String.join(" ", command));
        return Long.parseLong(printed.strip());
    }

    private static void run(Engine engine, int codes, int sizeBytes, int megagas)
            throws InterruptedException {
        Random random = new Random(5);
        List<Bytes> all = new ArrayList<>();
        for (int i = 0; i < codes; i++) all.add(code(random, sizeBytes));
        TransactionExecutor executor = new TransactionExecutor(Precompiles.NONE, engine);
        OperatingSystemMXBean process =
                (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long start = process.getProcessCpuTime();
        for (Bytes code : all) {
            Scene scene = new Scene();
            scene.account(Scene.CONTRACT, 1, UInt256.ZERO, code);
            CallRequest request =
                    new CallRequest(
                            Scene.SENDER,
                            Scene.CONTRACT,
                            megagas * 1_000_000L,
                            UInt256.ZERO,
                            UInt256.ZERO,
                            Bytes.EMPTY,
                            List.of(),
                            List.of());
            CallOutcome _ = executor.call(scene, scene.block(), request, Tracer.NONE);
        }
        // What was begun beside is part of the price.
        Thread.sleep(SETTLE_MILLIS);
        System.out.println((process.getProcessCpuTime() - start) / 1_000_000);
    }

    /** A loop without end over all of its bytes: arithmetic, comparisons, memory, jump targets. */
    private static Bytes code(Random random, int sizeBytes) {
        byte[] code = new byte[sizeBytes];
        int at = 0;
        code[at++] = 0x5b;
        code[at++] = 0x36;
        while (at < sizeBytes - 8) {
            byte any = (byte) random.nextInt();
            byte[] next =
                    switch (random.nextInt(8)) {
                        case 0 -> new byte[] {0x60, any, 0x01};
                        case 1 -> new byte[] {(byte) 0x80, 0x02};
                        case 2 -> new byte[] {0x60, any, 0x18};
                        case 3 -> new byte[] {0x5b, 0x60, 7, 0x16};
                        case 4 -> new byte[] {(byte) 0x80, 0x15, 0x01};
                        case 5 -> new byte[] {0x60, any, 0x51, 0x18};
                        case 6 -> new byte[] {(byte) 0x80, (byte) 0x80, 0x03, 0x17};
                        default -> new byte[] {0x5a, 0x01};
                    };
            System.arraycopy(next, 0, code, at, next.length);
            at += next.length;
        }
        byte[] back = {0x5b, 0x50, 0x5f, 0x56};
        System.arraycopy(back, 0, code, at, back.length);
        return Bytes.wrap(Arrays.copyOf(code, at + back.length));
    }
}
