package dev.lockstep.precompiles.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.esaulpaugh.headlong.abi.Address;
import com.esaulpaugh.headlong.abi.Tuple;
import com.esaulpaugh.headlong.abi.TupleType;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The public tests of the ABI, on the library that our own decoder is held against. */
class AbiFixtureTest {
    @Test
    void theLibraryEncodesAsThePublicTestsDo() {
        String fixtures = System.getenv("LOCKSTEP_FIXTURES");
        String name = "abi/basic_abi_tests";
        if (fixtures == null)
            System.out.println("skipped: LOCKSTEP_FIXTURES is not set, so " + name + " is not run");
        assumeTrue(fixtures != null, "LOCKSTEP_FIXTURES is not set");
        int count = 0;
        for (JsonNode test :
                JsonMapper.shared().readTree(Path.of(fixtures, "ethereum", name + ".json"))) {
            List<String> types = new ArrayList<>();
            List<Object> values = new ArrayList<>();
            for (JsonNode type : test.get("types")) {
                values.add(value(type.asString(), test.get("args").get(types.size())));
                types.add(type.asString());
            }
            TupleType<Tuple> tuple = TupleType.parse("(" + String.join(",", types) + ")");
            byte[] encoded = tuple.encode(Tuple.from(values.toArray())).array();
            assertThat(Bytes.wrap(encoded).toUnprefixedHexString())
                    .isEqualTo(test.get("result").asString());
            count++;
        }
        System.out.println(name + ": " + count + " passed of " + count);
        assertThat(count).isPositive();
    }

    private static Object value(String type, JsonNode arg) {
        return switch (type) {
            case "uint256" -> BigInteger.valueOf(arg.asLong());
            case "uint32[]" -> arg.valueStream().mapToLong(JsonNode::asLong).toArray();
            case "address" ->
                    Address.wrap(
                            Address.toChecksumAddress(
                                    new BigInteger(arg.asString().substring(2), 16)));
            default -> arg.asString().getBytes(StandardCharsets.US_ASCII);
        };
    }
}
