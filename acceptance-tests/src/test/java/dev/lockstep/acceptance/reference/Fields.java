package dev.lockstep.acceptance.reference;

import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;

/** Numbers and bytes as fixtures write them: 0x-hex, padded or not. */
final class Fields {
    private Fields() {}

    static Bytes bytes(JsonNode node) {
        return Bytes.fromHexStringLenient(node.asString());
    }

    /**
     * @throws IllegalArgumentException where it is over 256 bits
     */
    static UInt256 word(String hex) {
        return UInt256.fromBytes(Bytes.fromHexStringLenient(hex).trimLeadingZeros());
    }

    static UInt256 word(JsonNode node) {
        return word(node.asString());
    }

    /** Unsigned 64 bits. */
    static long number(JsonNode node) {
        Bytes bytes = bytes(node).trimLeadingZeros();
        if (bytes.size() > 8) throw new IllegalArgumentException(node + " is over 64 bits");
        return bytes.toLong();
    }

    static UInt256 wordOr(JsonNode node, UInt256 absent) {
        return node == null ? absent : word(node);
    }
}
