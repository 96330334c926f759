package dev.lockstep.genesis;

import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * One object of the file with its path. Names are compared without case, as Besu does; null counts
 * as absent.
 *
 * @fails every reader: {@link GenesisException}, naming path, value and what is allowed
 */
final class JsonSection {
    private static final int SHOWN_CHARACTERS_MAX = 80;
    private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);
    private static final BigInteger WORD_MAX = UInt256.MAX_VALUE.toUnsignedBigInteger();
    private static final Pattern HEX_NUMBER = Pattern.compile("0[xX][0-9a-fA-F]+");
    private static final Pattern HEX_DIGITS = Pattern.compile("(0[xX])?[0-9a-fA-F]+");
    private static final Pattern DECIMAL = Pattern.compile("[0-9]+");
    private static final Pattern HEX_BYTES = Pattern.compile("(0[xX])?([0-9a-fA-F]{2})*");

    private record Member(String name, JsonNode value) {}

    private final String path;
    private final TreeMap<String, Member> members = new TreeMap<>();

    private JsonSection(String path, JsonNode node) {
        this.path = path;
        for (var entry : node.properties()) {
            Member member = new Member(entry.getKey(), entry.getValue());
            Member twin = members.put(lower(entry.getKey()), member);
            if (twin != null) {
                throw new GenesisException(
                        at(entry.getKey())
                                + ": given twice, also as "
                                + twin.name
                                + "; names differ in more than case");
            }
        }
    }

    static JsonSection root(JsonNode node) {
        return of("", node);
    }

    private static JsonSection of(String path, JsonNode node) {
        if (!node.isObject()) {
            throw GenesisException.at(
                    path.isEmpty() ? "genesis" : path, show(node), "a JSON object");
        }
        return new JsonSection(path, node);
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** The path of a member, as messages name it. */
    String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    String path() {
        return path;
    }

    /** Names as they are written in the file. */
    List<String> names() {
        return members.values().stream().map(Member::name).toList();
    }

    boolean has(String name) {
        return node(name) != null;
    }

    @Nullable JsonNode node(String name) {
        Member member = members.get(lower(name));
        return member == null || member.value.isNull() ? null : member.value;
    }

    /**
     * @fails where a member has none of these names
     */
    void allowOnly(Set<String> known) {
        for (Member member : members.values()) {
            if (known.stream().noneMatch(name -> lower(name).equals(lower(member.name)))) {
                throw new GenesisException(
                        at(member.name)
                                + ": unknown; allowed here are "
                                + String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    @Nullable JsonSection section(String name) {
        JsonNode node = node(name);
        return node == null ? null : of(at(name), node);
    }

    /** The member's object, or an empty one. */
    JsonSection sectionOrEmpty(String name) {
        JsonSection section = section(name);
        return section != null
                ? section
                : new JsonSection(at(name), JsonNodeFactory.instance.objectNode());
    }

    /** From 0 to 2^63-1, as a JSON number, in decimal or in 0x-hex. */
    long number(String name, long fallback) {
        return number(name, fallback, 0, Long.MAX_VALUE);
    }

    long number(String name, long fallback, long min, long max) {
        JsonNode node = node(name);
        if (node == null) return fallback;
        BigInteger value = integer(name, LONG_MAX);
        if (value.compareTo(BigInteger.valueOf(min)) < 0
                || value.compareTo(BigInteger.valueOf(max)) > 0) {
            throw fault(name, "a number from " + min + " to " + max);
        }
        return value.longValueExact();
    }

    long requiredNumber(String name) {
        require(name, "a number from 0 to 2^63-1");
        return number(name, 0);
    }

    /** Up to 2^256-1, as a JSON number, in decimal or in 0x-hex. */
    UInt256 number256(String name, UInt256 fallback) {
        return has(name) ? UInt256.valueOf(integer(name, WORD_MAX)) : fallback;
    }

    /** Digits in hex, with 0x or without, as Besu reads some numbers; unsigned, 0 where absent. */
    long hexadecimal64(String name) {
        return hexadecimal(name, BigInteger.TWO.pow(64).subtract(BigInteger.ONE)).longValue();
    }

    /** The same up to 2^256-1. */
    UInt256 hexadecimal256(String name) {
        return UInt256.valueOf(hexadecimal(name, WORD_MAX));
    }

    private BigInteger hexadecimal(String name, BigInteger max) {
        JsonNode node = node(name);
        if (node == null) return BigInteger.ZERO;
        String text = node.isString() || node.isIntegralNumber() ? node.asString() : "?";
        BigInteger value =
                HEX_DIGITS.matcher(text).matches()
                        ? new BigInteger(text.replaceFirst("^0[xX]", ""), 16)
                        : null;
        if (value == null || value.compareTo(max) > 0) {
            throw fault(name, "digits in hex, 0x or not, from 0 to 2^" + max.bitLength() + "-1");
        }
        return value;
    }

    private BigInteger integer(String name, BigInteger max) {
        JsonNode node = require(name, "a number");
        BigInteger value = null;
        if (node.isIntegralNumber()) {
            value = node.bigIntegerValue();
        } else if (node.isString()) {
            String text = node.asString();
            if (HEX_NUMBER.matcher(text).matches()) value = new BigInteger(text.substring(2), 16);
            if (DECIMAL.matcher(text).matches()) value = new BigInteger(text);
        }
        if (value == null || value.signum() < 0 || value.compareTo(max) > 0) {
            throw fault(
                    name,
                    "a whole number from 0 to 2^"
                            + max.bitLength()
                            + "-1, as a JSON number, a decimal or a 0x-hex string");
        }
        return value;
    }

    boolean flag(String name) {
        JsonNode node = node(name);
        if (node == null) return false;
        if (node.isBoolean()) return node.booleanValue();
        if (node.isString() && lower(node.asString()).equals("true")) return true;
        if (node.isString() && lower(node.asString()).equals("false")) return false;
        throw fault(name, "true or false");
    }

    /** Hex with or without 0x; empty where absent. */
    Bytes bytes(String name) {
        JsonNode node = node(name);
        if (node == null) return Bytes.EMPTY;
        String text = node.isString() ? node.asString() : "?";
        if (!HEX_BYTES.matcher(text).matches()) throw fault(name, "whole bytes in hex");
        return Bytes.fromHexString(text);
    }

    Hash hash(String name, Hash fallback) {
        if (!has(name) || "0x0".equals(text(name))) return fallback;
        Bytes bytes = bytes(name);
        if (bytes.isEmpty()) return fallback;
        if (bytes.size() != 32) throw fault(name, "32 bytes in hex");
        return Hash.of(bytes);
    }

    Address address(String name, Address fallback) {
        if (!has(name)) return fallback;
        Bytes bytes = bytes(name);
        if (bytes.size() != Address.SIZE_BYTES) throw fault(name, "20 bytes in hex");
        return Address.of(bytes);
    }

    /** A string, or null where absent. */
    @Nullable String text(String name) {
        JsonNode node = node(name);
        if (node == null) return null;
        if (!node.isString()) throw fault(name, "a string");
        return node.asString();
    }

    /** The strings of an array; none where absent. */
    List<String> texts(String name) {
        JsonNode node = node(name);
        if (node == null) return List.of();
        if (!node.isArray()) throw fault(name, "an array of strings");
        List<String> texts = new ArrayList<>();
        for (JsonNode item : node) {
            if (!item.isString()) {
                throw GenesisException.at(
                        at(name) + "[" + texts.size() + "]", show(item), "a string");
            }
            texts.add(item.asString());
        }
        return texts;
    }

    /** The 32-byte hashes of an array; none where absent. */
    List<Hash> hashes(String name) {
        return items(name, 32).stream().map(Hash::of).toList();
    }

    /** The addresses of an array; none where absent. */
    List<Address> addresses(String name) {
        return items(name, Address.SIZE_BYTES).stream().map(Address::of).toList();
    }

    private List<Bytes> items(String name, int sizeBytes) {
        String allowed = sizeBytes + " bytes in hex";
        JsonNode node = node(name);
        if (node == null) return List.of();
        if (!node.isArray()) throw fault(name, "an array, each of its items " + allowed);
        List<Bytes> items = new ArrayList<>();
        for (JsonNode item : node) {
            String text = item.isString() ? item.asString() : "?";
            if (!HEX_BYTES.matcher(text).matches()
                    || Bytes.fromHexString(text).size() != sizeBytes) {
                throw GenesisException.at(at(name) + "[" + items.size() + "]", show(item), allowed);
            }
            items.add(Bytes.fromHexString(text));
        }
        return items;
    }

    /** The objects of an array; none where absent. */
    List<JsonSection> sections(String name) {
        JsonNode node = node(name);
        if (node == null) return List.of();
        if (!node.isArray()) throw fault(name, "an array of JSON objects");
        List<JsonSection> sections = new ArrayList<>();
        for (JsonNode item : node) sections.add(of(at(name) + "[" + sections.size() + "]", item));
        return sections;
    }

    private JsonNode require(String name, String allowed) {
        JsonNode node = node(name);
        if (node == null) {
            throw new GenesisException(at(name) + ": missing; needed is " + allowed);
        }
        return node;
    }

    /** A refusal of what stands under {@code name}. */
    GenesisException fault(String name, String allowed) {
        JsonNode node = node(name);
        return GenesisException.at(at(name), node == null ? "nothing" : show(node), allowed);
    }

    private static String show(JsonNode node) {
        String text = node.toString();
        return text.length() <= SHOWN_CHARACTERS_MAX
                ? text
                : text.substring(0, SHOWN_CHARACTERS_MAX) + "…";
    }
}
