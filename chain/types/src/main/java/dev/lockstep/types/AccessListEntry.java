package dev.lockstep.types;

import java.util.List;
import org.apache.tuweni.bytes.Bytes32;

/** An address and slots that a transaction says it will touch. @source EIP-2930 */
public record AccessListEntry(Address address, List<Bytes32> storageKeys) {
    private static final int ITEMS_MAX = 1 << 20;

    public AccessListEntry {
        storageKeys = List.copyOf(storageKeys);
    }

    static void writeAll(Rlp out, List<AccessListEntry> entries) {
        out.each(
                entries,
                (list, entry) ->
                        list.nested(
                                item ->
                                        item.address(entry.address)
                                                .each(entry.storageKeys, Rlp::bytes)));
    }

    static List<AccessListEntry> readAll(RlpReader in) {
        return in.each(
                ITEMS_MAX,
                list ->
                        list.nested(
                                item ->
                                        new AccessListEntry(
                                                item.address(),
                                                item.each(
                                                        ITEMS_MAX,
                                                        key -> Bytes32.wrap(key.bytes(32))))));
    }
}
