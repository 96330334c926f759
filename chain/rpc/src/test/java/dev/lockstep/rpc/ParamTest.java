package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.Hash;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParamTest {
    private static final String WORD = "0x" + "ab".repeat(32);

    private static Param param(String json) {
        return new Param("p", Json.parse(json.getBytes(StandardCharsets.UTF_8)));
    }

    private static void refuses(String json, Function<Param, Object> reader, String expected) {
        assertThatThrownBy(() -> reader.apply(param(json)))
                .isInstanceOf(RpcException.class)
                .hasMessage("p is " + json + ", expected " + expected);
    }

    @Test
    void readsQuantities() {
        assertThat(param("\"0x0\"").quantity()).isZero();
        assertThat(param("\"0x0010\"").quantity()).isEqualTo(16);
        assertThat(param("\"0x7fffffffffffffff\"").quantity()).isEqualTo(Long.MAX_VALUE);
        assertThat(param("\"" + WORD + "\"").quantity256()).isEqualTo(UInt256.fromHexString(WORD));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"0x\"", "\"1\"", "1", "\"0x8000000000000000\"", "\"0xg\"", "\"0X1\"", "\"-0x1\"",
                "\"0x-1\"", "\"\"", "true", "{}", "[]", "null", "\"0x 1\""
            })
    void refusesWhatIsNoQuantity(String json) {
        refuses(json, Param::quantity, "a quantity from 0x0 to 0x7fffffffffffffff");
    }

    @Test
    void readsCountsAsTheyAreWritten() {
        assertThat(param("\"0xa\"").count(1024)).isEqualTo(10);
        assertThat(param("10").count(1024)).isEqualTo(10);
        refuses("1025", p -> p.count(1024), "a number from 0 to 1024");
        refuses("-1", p -> p.count(1024), "a number from 0 to 1024");
        refuses("1.5", p -> p.count(1024), "a number from 0 to 1024");
        refuses("99999999999999999999", p -> p.count(1024), "a number from 0 to 1024");
        refuses("\"0x401\"", p -> p.count(1024), "a number from 0 to 1024");
    }

    @Test
    void readsBytesOfAKnownSize() {
        assertThat(param("\"" + WORD + "\"").hash()).isEqualTo(Hash.fromHex(WORD));
        refuses("\"0x12\"", Param::address, "20 bytes: 0x and 40 hex digits");
        refuses("\"" + WORD + "\"", Param::address, "20 bytes: 0x and 40 hex digits");
        String bare = "\"" + WORD.substring(2) + "\"";
        refuses(bare, Param::hash, "32 bytes: 0x and 64 hex digits");
    }

    @Test
    void readsSlotsOfAnyLength() {
        assertThat(param("\"0x0\"").slot()).isEqualTo(UInt256.ZERO);
        assertThat(param("\"0x00\"").slot()).isEqualTo(UInt256.ZERO);
        assertThat(param("\"0x1\"").slot()).isEqualTo(UInt256.ONE);
        assertThat(param("\"" + WORD + "\"").slot()).isEqualTo(UInt256.fromHexString(WORD));
        refuses("\"0xasdf\"", Param::slot, "a storage slot: 0x and at most 64 hex digits");
        String long65 = "\"0x" + "0".repeat(65) + "\"";
        refuses(long65, Param::slot, "a storage slot: 0x and at most 64 hex digits");
    }

    @Test
    void readsEveryWayToNameABlock() {
        assertThat(param("null").blockTag()).isEqualTo(BlockTag.Named.LATEST);
        assertThat(new Param("p", null).blockTag()).isEqualTo(BlockTag.Named.LATEST);
        assertThat(param("\"pending\"").blockTag()).isEqualTo(BlockTag.Named.PENDING);
        assertThat(param("\"safe\"").blockTag()).isEqualTo(BlockTag.Named.SAFE);
        assertThat(param("\"finalized\"").blockTag()).isEqualTo(BlockTag.Named.FINALIZED);
        assertThat(param("\"earliest\"").blockTag()).isEqualTo(BlockTag.Named.EARLIEST);
        assertThat(param("\"0x1f\"").blockTag()).isEqualTo(new BlockTag.Numbered(31));
        BlockTag hashed = new BlockTag.Hashed(Hash.fromHex(WORD));
        assertThat(param("\"" + WORD + "\"").blockTag()).isEqualTo(hashed);
        assertThat(param("{\"blockHash\":\"" + WORD + "\",\"requireCanonical\":true}").blockTag())
                .isEqualTo(hashed);
        assertThat(param("{\"blockNumber\":\"0x2\"}").blockTag())
                .isEqualTo(new BlockTag.Numbered(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"newest\"", "\"2\"", "2", "true", "[]", "\"Latest\"", "\"\""})
    void refusesWhatNamesNoBlock(String json) {
        refuses(
                json,
                Param::blockTag,
                "a block: latest, earliest, pending, safe, finalized, a number as 0x and hex"
                        + " digits, or a hash");
    }

    @Test
    void refusesABlockObjectThatSaysBothOrNothing() {
        refuses("{}", Param::blockTag, "an object with either blockHash or blockNumber");
        assertThatThrownBy(
                        () ->
                                param("{\"blockHash\":\"" + WORD + "\",\"blockNumber\":\"0x1\"}")
                                        .blockTag())
                .isInstanceOf(RpcException.class);
    }

    @Test
    void namesNestedParametersByTheirPath() {
        Param call = param("{\"from\":[\"0x12\"]}");
        assertThatThrownBy(() -> call.member("from").items(5).getFirst().address())
                .hasMessage("p.from[0] is \"0x12\", expected 20 bytes: 0x and 40 hex digits");
    }

    @Test
    void shortensLongValuesInMessages() {
        String json = "\"" + "z".repeat(10_000) + "\"";
        assertThatThrownBy(() -> param(json).data())
                .message()
                .hasSizeLessThan(200)
                .contains("zzz…");
    }
}
