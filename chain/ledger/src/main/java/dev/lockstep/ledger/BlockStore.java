package dev.lockstep.ledger;

import dev.lockstep.state.Column;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.WriteBatch;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.CallRecord;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.Receipt;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.RlpReader;
import dev.lockstep.types.Withdrawal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Blocks on disk, by number: {@code HEADERS} block hash and header, {@code BODIES} the block's RLP
 * items behind the header, {@code RECEIPTS} pairs of receipt and sender, {@code CALL_RECORDS}; and
 * the ways in: {@code BLOCK_NUMBERS} by block hash, {@code TRANSACTIONS} by transaction hash.
 */
final class BlockStore {
    private static final Bytes HEAD = Bytes.wrap("ledger.head".getBytes(StandardCharsets.US_ASCII));
    private static final int HASH_BYTES = 32;
    private static final int ITEMS_MAX = 1 << 20;

    private final KeyValueStore store;

    BlockStore(KeyValueStore store) {
        this.store = store;
    }

    /** A receipt and who sent its transaction, so that nobody has to recover it again. */
    record StoredReceipt(Receipt receipt, Address sender) {
        private void write(Rlp out) {
            out.nested(pair -> pair.bytes(receipt.encode()).address(sender));
        }

        private static StoredReceipt read(RlpReader in) {
            return in.nested(
                    pair -> new StoredReceipt(Receipt.decode(pair.bytes()), pair.address()));
        }
    }

    /** Adds all of a block, and that it is the head. */
    static void stage(PreparedBlock prepared, WriteBatch batch) {
        BlockHeader header = prepared.block().header();
        Bytes number = Bytes.ofUnsignedLong(header.number());
        Bytes encoded = header.encode();
        batch.put(Column.HEADERS, number, Bytes.concatenate(prepared.hash().bytes(), encoded));
        batch.put(Column.BODIES, number, body(prepared));
        batch.put(Column.RECEIPTS, number, receipts(prepared));
        batch.put(
                Column.CALL_RECORDS,
                number,
                Rlp.list(list -> prepared.callRecords().forEach(call -> list.raw(call.encode()))));
        batch.put(Column.BLOCK_NUMBERS, prepared.hash().bytes(), number);
        for (int i = 0; i < prepared.transactions().size(); i++) {
            batch.put(
                    Column.TRANSACTIONS,
                    prepared.transactions().get(i).hash().bytes(),
                    Bytes.concatenate(number, Bytes.ofUnsignedInt(i)));
        }
        LogIndex.stage(header.number(), prepared.receipts(), batch);
        batch.put(Column.META, HEAD, number);
    }

    private static Bytes body(PreparedBlock prepared) {
        Block block = prepared.block();
        List<Withdrawal> withdrawals = block.withdrawals();
        Bytes transactions =
                Rlp.list(list -> prepared.transactions().forEach(tx -> tx.write(list)));
        Bytes ommers = Rlp.list(list -> block.ommers().forEach(ommer -> ommer.write(list)));
        if (withdrawals == null) return Bytes.concatenate(transactions, ommers);
        return Bytes.concatenate(
                transactions,
                ommers,
                Rlp.list(list -> withdrawals.forEach(w -> list.raw(w.encode()))));
    }

    private static Bytes receipts(PreparedBlock prepared) {
        return Rlp.list(
                list -> {
                    for (int i = 0; i < prepared.receipts().size(); i++) {
                        Address sender = prepared.transactions().get(i).sender();
                        new StoredReceipt(prepared.receipts().get(i), sender).write(list);
                    }
                });
    }

    /** The last block, or null in an empty store. */
    @Nullable Head head() {
        Bytes number = store.get(Column.META, HEAD);
        if (number == null) return null;
        BlockHeader header = header(number.toLong());
        Hash hash = hash(number.toLong());
        if (header == null || hash == null) {
            throw new LocalFault(
                    "the database is damaged: its head, block " + number.toLong() + ", is missing");
        }
        return new Head(header, hash);
    }

    @Nullable Hash hash(long number) {
        Bytes value = hashAndHeader(number);
        return value == null ? null : Hash.of(value.slice(0, HASH_BYTES));
    }

    @Nullable BlockHeader header(long number) {
        return read(Column.HEADERS, number, value -> BlockHeader.decode(value.slice(HASH_BYTES)));
    }

    private @Nullable Bytes hashAndHeader(long number) {
        Bytes value = store.get(Column.HEADERS, Bytes.ofUnsignedLong(number));
        if (value != null && value.size() < HASH_BYTES) throw damaged(Column.HEADERS, number, null);
        return value;
    }

    @Nullable Long number(Hash hash) {
        Bytes number = store.get(Column.BLOCK_NUMBERS, hash.bytes());
        return number == null ? null : number.toLong();
    }

    @Nullable Block block(long number) {
        Bytes header = hashAndHeader(number);
        if (header == null) return null;
        return read(
                Column.BODIES,
                number,
                body ->
                        Block.decode(
                                Rlp.list(items -> items.raw(header.slice(HASH_BYTES)).raw(body))));
    }

    @Nullable List<StoredReceipt> receipts(long number) {
        return read(
                Column.RECEIPTS,
                number,
                value -> RlpReader.of(value).each(ITEMS_MAX, StoredReceipt::read));
    }

    @Nullable List<CallRecord> callRecords(long number) {
        return read(
                Column.CALL_RECORDS,
                number,
                value ->
                        RlpReader.of(value).each(ITEMS_MAX, item -> CallRecord.decode(item.raw())));
    }

    @Nullable TransactionLocation find(Hash transaction) {
        Bytes value = store.get(Column.TRANSACTIONS, transaction.bytes());
        if (value == null) return null;
        return new TransactionLocation(value.getLong(0), value.getInt(Long.BYTES));
    }

    private <T> @Nullable T read(Column column, long number, Function<Bytes, T> decode) {
        Bytes value =
                column == Column.HEADERS
                        ? hashAndHeader(number)
                        : store.get(column, Bytes.ofUnsignedLong(number));
        if (value == null) return null;
        try {
            return decode.apply(value);
        } catch (RlpException damage) {
            throw damaged(column, number, damage);
        }
    }

    private static LocalFault damaged(Column column, long number, @Nullable RlpException cause) {
        String message =
                "the database is damaged: block "
                        + number
                        + " does not decode in column "
                        + column.title()
                        + "; import the blocks again";
        return cause == null ? new LocalFault(message) : new LocalFault(message, cause);
    }
}
