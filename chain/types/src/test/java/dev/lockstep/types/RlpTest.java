package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class RlpTest {
    @Test
    void theValidVectorsEncodeAndDecode() {
        JsonNode tests = Fixtures.json(Fixtures.path("ethereum/rlp/rlptest.json"));
        int checked = 0;
        for (var test : tests.properties()) {
            Bytes expected = Bytes.fromHexString(test.getValue().get("out").asString());
            JsonNode value = test.getValue().get("in");
            assertThat(encode(value)).as(test.getKey()).isEqualTo(expected);
            RlpReader reader = RlpReader.of(expected);
            expect(reader, value, test.getKey());
            reader.end();
            checked++;
        }
        System.out.println("rlp/rlptest: " + checked + " passed of " + tests.size());
        assertThat(checked).isEqualTo(28);
    }

    @Test
    void theInvalidVectorsAreRefusedAndTheValidOneIsRead() {
        int checked = 0;
        for (String file : List.of("invalidRLPTest.json", "RandomRLPTests/example.json")) {
            JsonNode tests = Fixtures.json(Fixtures.path("ethereum/rlp/" + file));
            for (var test : tests.properties()) {
                Bytes encoded = Bytes.fromHexString(test.getValue().get("out").asString());
                if (test.getValue().get("in").asString().equals("VALID")) {
                    assertThatCode(() -> walk(encoded))
                            .as(test.getKey())
                            .doesNotThrowAnyException();
                } else {
                    assertThatThrownBy(() -> walk(encoded))
                            .as(test.getKey())
                            .isInstanceOf(RlpException.class);
                }
                checked++;
            }
        }
        System.out.println("rlp, invalid and random: " + checked + " passed of " + checked);
        assertThat(checked).isEqualTo(27);
    }

    /** One item and nothing behind it, looked at down to the last string. */
    static void walk(Bytes encoded) {
        RlpReader reader = RlpReader.of(encoded);
        walk(reader);
        reader.end();
    }

    private static void walk(RlpReader reader) {
        if (!reader.hasMore() || !reader.nextIsList()) {
            reader.bytes();
            return;
        }
        reader.nested(
                list -> {
                    while (list.hasMore()) walk(list);
                    return true;
                });
    }

    private static Bytes encode(JsonNode value) {
        if (!value.isArray()) return Rlp.string(content(value));
        return Rlp.list(list -> value.forEach(item -> list.raw(encode(item))));
    }

    private static Bytes content(JsonNode value) {
        if (value.isNumber()) return Bytes.minimalBytes(value.asLong());
        String text = value.asString();
        if (text.startsWith("#")) {
            byte[] bytes = new BigInteger(text.substring(1)).toByteArray();
            return Bytes.wrap(bytes).trimLeadingZeros();
        }
        return Bytes.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void expect(RlpReader reader, JsonNode value, String name) {
        if (value.isArray()) {
            reader.nested(
                    list -> {
                        value.forEach(item -> expect(list, item, name));
                        return true;
                    });
        } else {
            assertThat(reader.bytes()).as(name).isEqualTo(content(value));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0x80",
        "1, 0x01",
        "127, 0x7f",
        "128, 0x8180",
        "-1, 0x88ffffffffffffffff",
        "9223372036854775807, 0x887fffffffffffffff"
    })
    void scalarsAreUnsignedAndMinimal(long value, String encoded) {
        Bytes rlp = Bytes.fromHexString(encoded);
        assertThat(Rlp.list(list -> list.number(value)).slice(1)).isEqualTo(rlp);
        assertThat(RlpReader.of(rlp).number()).isEqualTo(value);
        assertThat(RlpReader.of(rlp).number256())
                .isEqualTo(UInt256.valueOf(new BigInteger(Long.toUnsignedString(value))));
    }

    @Test
    void lengthHeadersChangeAt56Bytes() {
        for (int size : new int[] {0, 1, 2, 55, 56, 57, 255, 256, 257, 65_535, 65_536}) {
            Bytes content = Bytes.repeat((byte) 0x99, size);
            Bytes string = Rlp.string(content);
            assertThat(RlpReader.of(string).bytes()).isEqualTo(content);
            int header = size < 56 ? 1 : size < 256 ? 2 : size < 65_536 ? 3 : 4;
            assertThat(string.size()).isEqualTo(size + header);
            Bytes list = Rlp.list(items -> items.raw(string));
            Bytes read = RlpReader.list(list, RlpReader::bytes);
            assertThat(read).isEqualTo(content);
        }
    }

    @Test
    void nestingIsBounded() {
        assertThatCode(() -> walk(nested(Rlp.DEPTH_MAX))).doesNotThrowAnyException();
        assertThatThrownBy(() -> walk(nested(Rlp.DEPTH_MAX + 1)))
                .isInstanceOf(RlpException.class)
                .hasMessageContaining("deeper than 64");
    }

    private static Bytes nested(int depth) {
        Bytes value = Bytes.of(0xc0);
        for (int i = 1; i < depth; i++) {
            Bytes inner = value;
            value = Rlp.list(list -> list.raw(inner));
        }
        return value;
    }

    @Test
    void refusalsNameThePlaceInTheOutermostBytesAndWhatIsAllowed() {
        assertThatThrownBy(
                        () ->
                                RlpReader.list(
                                        Bytes.fromHexString("0xc3c20001"),
                                        list ->
                                                list.nested(
                                                        inner ->
                                                                List.of(
                                                                        inner.number(),
                                                                        inner.number()))))
                .hasMessage("RLP at byte 2: a scalar with a leading zero");
        assertThatThrownBy(
                        () -> RlpReader.of(Bytes.fromHexString("0x890100000000000000ff")).number())
                .hasMessage("RLP at byte 0: a scalar of 9 bytes, at most 8");
        assertThatThrownBy(
                        () -> RlpReader.of(Bytes.fromHexString("0x88ffffffffffffffff")).positive())
                .hasMessageContaining("18446744073709551615 is over 2^63-1");
        assertThatThrownBy(() -> RlpReader.of(Bytes.fromHexString("0xc0")).bytes())
                .hasMessageContaining("a string was expected, found a list");
        assertThatThrownBy(() -> RlpReader.list(Bytes.of(0x80), RlpReader::bytes))
                .hasMessageContaining("a list was expected, found a string");
        assertThatThrownBy(() -> RlpReader.of(Bytes.fromHexString("0x821234")).bytes(3))
                .hasMessageContaining("expected 3 bytes, found 2");
        assertThatThrownBy(() -> RlpReader.list(Bytes.fromHexString("0xc20102"), RlpReader::number))
                .hasMessage("RLP at byte 2: 1 bytes too many");
        assertThatThrownBy(
                        () ->
                                RlpReader.of(Bytes.fromHexString("0xc3010203"))
                                        .each(2, RlpReader::number))
                .hasMessageContaining("more than 2 items");
    }
}
