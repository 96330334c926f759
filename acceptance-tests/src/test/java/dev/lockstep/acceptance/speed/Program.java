package dev.lockstep.acceptance.speed;

import dev.lockstep.acceptance.dsl.Launcher;
import dev.lockstep.crypto.Keccak;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Code that runs for a while.
 *
 * @param gas what it must cost, or 0 where only the clients' agreement says so
 */
record Program(String name, Kind kind, Bytes code, Bytes input, long gas) {
    enum Kind {
        /** One instruction or a few, again and again. */
        LOOP,
        /** What people deploy, compiled from Solidity. */
        CONTRACT
    }

    private static final Path CLIENTS = Launcher.root().resolve("acceptance-tests/clients");

    static final List<Program> LOOPS =
            List.of(
                    loop("loop-10M", 290_000_003, "0x60005b60010180629896801160025700"),
                    loop(
                            "keccak32-2M",
                            154_000_006,
                            "0x60005b602060002060005260010180621e84801160025700"),
                    loop(
                            "keccak1k-300k",
                            78_900_101,
                            "0x60005b61040060002060005260010180620493e01160025700"),
                    loop(
                            "arith256-3M",
                            180_000_006,
                            "0x7fc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"
                                    + "60005b907ff1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1"
                                    + "f1f1f1027f3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d"
                                    + "3d3d3d017ffefefefefefefefefefefefefefefefefefefefefefefefefefefefefe"
                                    + "fefee790069060010180622dc6c01160235700"),
                    loop(
                            "mem-3M",
                            192_000_101,
                            "0x60005b806103e0168051015080806103e0165260010180622dc6c01160025700"),
                    loop(
                            "sload-warm-2M",
                            268_002_003,
                            "0x60005b6000545060010180621e84801160025700"),
                    loop(
                            "sstore-warm-1M",
                            135_022_003,
                            "0x60005b8060005560010180620f42401160025700"),
                    loop(
                            "call-identity-500k",
                            83_500_006,
                            "0x60005b6020600060206000600461fffffa50600101806207a1201160025700"),
                    loop("push-pop-5M", 185_000_003, "0x60005b3650585060010180624c4b401160025700"));

    /** Contracts of {@code clients/speed}, and the number that their {@code run} is given. */
    private static final Map<String, Integer> CONTRACTS =
            Map.of(
                    "Erc20Warm", 20_000,
                    "Erc20Cold", 3_000,
                    "Swaps", 3_000,
                    "Quicksort", 10_000,
                    "Sha256", 8_192,
                    "BigInteger", 600);

    private static Program loop(String name, long gas, String code) {
        return new Program(name, Kind.LOOP, Bytes.fromHexString(code), Bytes.EMPTY, gas);
    }

    /** The runtime code of every contract in {@code clients/speed}, compiled now, by its name. */
    static JsonNode codes() throws IOException, InterruptedException {
        Launcher.Result compiled =
                Launcher.run(CLIENTS, Map.of(), List.of("node", "compile.mjs", "speed"));
        if (compiled.exitCode() != 0) throw new IOException(compiled.all());
        return JsonMapper.shared().readTree(compiled.out());
    }

    static List<Program> contracts() throws IOException, InterruptedException {
        JsonNode codes = codes();
        List<Program> programs = new ArrayList<>();
        CONTRACTS.forEach(
                (name, size) -> programs.add(contract(name, codes.get(name).stringValue(), size)));
        programs.sort((one, other) -> one.name.compareTo(other.name));
        return programs;
    }

    static Program contract(String name, String code, int size) {
        Bytes signature = Bytes.wrap("run(uint256)".getBytes(StandardCharsets.UTF_8));
        Bytes input =
                Bytes.concatenate(
                        Keccak.hash(signature).bytes().slice(0, 4),
                        UInt256.valueOf(size).toBytes());
        return new Program(name, Kind.CONTRACT, Bytes.fromHexString(code), input, 0);
    }
}
