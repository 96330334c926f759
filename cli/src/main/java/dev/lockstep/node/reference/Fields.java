package dev.lockstep.node.reference;

import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import java.util.Collection;
import java.util.Map;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;

/**
 * Fields of fixtures: numbers and bytes in 0x-hex, padded or not. All fail with a FixtureException
 * that names the field.
 */
final class Fields {
    private Fields() {}

    static JsonNode get(JsonNode object, String name) {
        JsonNode field = object.get(name);
        if (field == null) throw new FixtureException("the field `" + name + "` is missing");
        return field;
    }

    /** An object's fields. */
    static Collection<Map.Entry<String, JsonNode>> properties(JsonNode object, String name) {
        JsonNode field = get(object, name);
        if (!field.isObject()) throw wrong(name, field, "must be an object");
        return field.properties();
    }

    /** An element of a list. */
    static JsonNode element(JsonNode object, String name, int index) {
        JsonNode element = get(object, name).get(index);
        if (element == null) {
            throw new FixtureException("the field `" + name + "` has no element " + index);
        }
        return element;
    }

    static String text(JsonNode object, String name) {
        JsonNode field = get(object, name);
        if (!field.isString()) throw wrong(name, field, "must be a string");
        return field.stringValue();
    }

    static int index(JsonNode object, String name) {
        JsonNode field = get(object, name);
        if (!field.isInt()) throw wrong(name, field, "must be a number");
        return field.intValue();
    }

    static Bytes bytes(JsonNode object, String name) {
        return hex(name, text(object, name));
    }

    static UInt256 word(JsonNode object, String name) {
        return word(name, text(object, name));
    }

    static UInt256 wordOr(JsonNode object, String name, UInt256 absent) {
        return object.has(name) ? word(object, name) : absent;
    }

    /** Unsigned 64 bits. */
    static long number(JsonNode object, String name) {
        return number(name, text(object, name));
    }

    static Address address(JsonNode object, String name) {
        return address(name, text(object, name));
    }

    static Hash hash(JsonNode object, String name) {
        Bytes bytes = bytes(object, name);
        if (bytes.size() != Bytes32.SIZE) {
            throw new FixtureException("`" + name + "` is " + bytes + "; a hash has 32 bytes");
        }
        return Hash.of(bytes);
    }

    static Bytes hex(String name, String hex) {
        try {
            return Bytes.fromHexStringLenient(hex);
        } catch (IllegalArgumentException _) {
            throw new FixtureException("`" + name + "` is " + cut(hex) + "; hex is needed");
        }
    }

    static UInt256 word(String name, String hex) {
        Bytes bytes = hex(name, hex).trimLeadingZeros();
        if (bytes.size() > 32) {
            throw new FixtureException("`" + name + "` is " + cut(hex) + ", over 256 bits");
        }
        return UInt256.fromBytes(bytes);
    }

    static long number(String name, String hex) {
        Bytes bytes = hex(name, hex).trimLeadingZeros();
        if (bytes.size() > 8) {
            throw new FixtureException("`" + name + "` is " + cut(hex) + ", over 64 bits");
        }
        return bytes.toLong();
    }

    static Address address(String name, String hex) {
        Bytes bytes = hex(name, hex);
        if (bytes.size() != Address.SIZE_BYTES) {
            throw new FixtureException(
                    "`" + name + "` is " + cut(hex) + "; an address has 20 bytes");
        }
        return Address.of(bytes);
    }

    private static FixtureException wrong(String name, JsonNode field, String must) {
        return new FixtureException("`" + name + "` " + must + ", not " + cut(field.toString()));
    }

    private static String cut(String text) {
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }
}
