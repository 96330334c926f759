package dev.lockstep.network;

import dev.lockstep.network.EthMessage.Announcement;
import dev.lockstep.network.EthMessage.BlockBodies;
import dev.lockstep.network.EthMessage.BlockHeaders;
import dev.lockstep.network.EthMessage.BlockRangeUpdate;
import dev.lockstep.network.EthMessage.GetBlockBodies;
import dev.lockstep.network.EthMessage.GetBlockHeaders;
import dev.lockstep.network.EthMessage.GetPooledTransactions;
import dev.lockstep.network.EthMessage.GetReceipts;
import dev.lockstep.network.EthMessage.HeadStatus;
import dev.lockstep.network.EthMessage.NewBlock;
import dev.lockstep.network.EthMessage.NewBlockHashes;
import dev.lockstep.network.EthMessage.NewPooledTransactionHashes;
import dev.lockstep.network.EthMessage.NumberedHash;
import dev.lockstep.network.EthMessage.PooledTransactions;
import dev.lockstep.network.EthMessage.Range;
import dev.lockstep.network.EthMessage.RangeStatus;
import dev.lockstep.network.EthMessage.Receipts;
import dev.lockstep.network.EthMessage.Transactions;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockBody;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Receipt;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.RlpReader;
import dev.lockstep.types.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes;

/**
 * The versions of eth that this node speaks, and what their messages look like.
 *
 * @source devp2p, Ethereum Wire Protocol
 */
public final class EthProtocol {
    public static final Capability ETH_68 = new Capability("eth", 68, 17);
    public static final Capability ETH_69 = new Capability("eth", 69, 18);

    /** Most that one message may list, of anything: more is no honest message. */
    static final int ITEMS_MAX = 8192;

    private EthProtocol() {}

    public static int code(EthMessage message) {
        return switch (message) {
            case EthMessage.Status _ -> 0x00;
            case NewBlockHashes _ -> 0x01;
            case Transactions _ -> 0x02;
            case GetBlockHeaders _ -> 0x03;
            case BlockHeaders _ -> 0x04;
            case GetBlockBodies _ -> 0x05;
            case BlockBodies _ -> 0x06;
            case NewBlock _ -> 0x07;
            case NewPooledTransactionHashes _ -> 0x08;
            case GetPooledTransactions _ -> 0x09;
            case PooledTransactions _ -> 0x0a;
            case GetReceipts _ -> 0x0f;
            case Receipts _ -> 0x10;
            case BlockRangeUpdate _ -> 0x11;
        };
    }

    /**
     * @param version as agreed with the peer
     */
    public static Bytes encode(EthMessage message, int version) {
        return Rlp.list(
                out -> {
                    switch (message) {
                        case HeadStatus m ->
                                out.number(version)
                                        .number(m.networkId())
                                        .number(m.totalDifficulty())
                                        .hash(m.headHash())
                                        .hash(m.genesis())
                                        .nested(m.forkId()::writeItems);
                        case RangeStatus m -> {
                            out.number(version).number(m.networkId()).hash(m.genesis());
                            out.nested(m.forkId()::writeItems);
                            write(out, m.range());
                        }
                        case BlockRangeUpdate m -> write(out, m.range());
                        case NewBlockHashes m ->
                                m.blocks()
                                        .forEach(
                                                b ->
                                                        out.nested(
                                                                pair ->
                                                                        pair.hash(b.hash())
                                                                                .number(
                                                                                        b
                                                                                                .number())));
                        case NewBlock m -> out.raw(m.block().encode()).number(m.totalDifficulty());
                        case Transactions m -> m.transactions().forEach(tx -> tx.write(out));
                        case NewPooledTransactionHashes m -> write(out, m.transactions());
                        case GetBlockHeaders m -> write(out, m);
                        case BlockHeaders m ->
                                answer(out, m, list -> m.headers().forEach(h -> h.write(list)));
                        case GetBlockBodies m -> ask(out, m.requestId(), m.hashes());
                        case BlockBodies m ->
                                answer(out, m, list -> m.bodies().forEach(b -> b.write(list)));
                        case GetPooledTransactions m -> ask(out, m.requestId(), m.hashes());
                        case PooledTransactions m ->
                                answer(
                                        out,
                                        m,
                                        list -> m.transactions().forEach(tx -> tx.write(list)));
                        case GetReceipts m -> ask(out, m.requestId(), m.hashes());
                        case Receipts m -> answer(out, m, list -> write(list, m, version));
                    }
                });
    }

    private static void write(Rlp out, Range range) {
        out.number(range.earliest()).number(range.latest()).hash(range.latestHash());
    }

    private static void write(Rlp out, List<Announcement> transactions) {
        byte[] types = new byte[transactions.size()];
        for (int i = 0; i < types.length; i++) types[i] = (byte) transactions.get(i).type();
        out.bytes(Bytes.wrap(types));
        out.each(transactions, (list, tx) -> list.number(tx.sizeBytes()));
        out.each(transactions, (list, tx) -> list.hash(tx.hash()));
    }

    private static void write(Rlp out, GetBlockHeaders m) {
        Hash from = m.fromHash();
        out.number(m.requestId());
        out.nested(
                list -> {
                    if (from == null) list.number(m.fromNumber());
                    else list.hash(from);
                    list.number(m.limit()).number(m.skip()).number(m.isReverse() ? 1 : 0);
                });
    }

    private static void write(Rlp out, Receipts m, int version) {
        m.blocks()
                .forEach(
                        block ->
                                out.each(
                                        block,
                                        (list, receipt) -> {
                                            if (version >= 69) receipt.writeWithoutBloom(list);
                                            else if (receipt.type() == 0)
                                                list.raw(receipt.encode());
                                            else list.bytes(receipt.encode());
                                        }));
    }

    private static void ask(Rlp out, long requestId, List<Hash> hashes) {
        out.number(requestId).each(hashes, Rlp::hash);
    }

    private static void answer(Rlp out, EthMessage.Response response, Consumer<Rlp> items) {
        out.number(response.requestId()).nested(items);
    }

    /**
     * @param version as agreed with the peer
     * @fails RlpException where this version has no such message or it is malformed
     */
    public static EthMessage decode(int code, Bytes payload, int version) {
        return RlpReader.list(payload, in -> read(code, in, version));
    }

    private static EthMessage read(int code, RlpReader in, int version) {
        return switch (code) {
            case 0x00 -> status(in, version);
            case 0x01 -> new NewBlockHashes(rest(in, EthProtocol::numberedHash));
            case 0x02 -> new Transactions(rest(in, Transaction::read));
            case 0x03 -> getBlockHeaders(in);
            case 0x04 -> new BlockHeaders(in.number(), in.each(ITEMS_MAX, BlockHeader::read));
            case 0x05 -> new GetBlockBodies(in.number(), hashes(in));
            case 0x06 -> new BlockBodies(in.number(), in.each(ITEMS_MAX, BlockBody::read));
            case 0x07 -> new NewBlock(Block.read(in), in.number256());
            case 0x08 -> announcements(in);
            case 0x09 -> new GetPooledTransactions(in.number(), hashes(in));
            case 0x0a -> new PooledTransactions(in.number(), in.each(ITEMS_MAX, Transaction::read));
            case 0x0f -> new GetReceipts(in.number(), hashes(in));
            case 0x10 ->
                    new Receipts(
                            in.number(),
                            in.each(
                                    ITEMS_MAX,
                                    block -> block.each(1 << 20, r -> receipt(r, version))));
            case 0x11 -> new BlockRangeUpdate(range(in));
            default -> throw new RlpException("eth/" + version + " has no message " + code);
        };
    }

    private static EthMessage status(RlpReader in, int version) {
        long said = in.number();
        if (said != version) {
            throw in.refuse("a status of eth/" + said + " where eth/" + version + " was agreed");
        }
        if (version >= 69) {
            return new RangeStatus(in.number256(), in.hash(), ForkId.read(in), range(in));
        }
        return new HeadStatus(
                in.number256(), in.number256(), in.hash(), in.hash(), ForkId.read(in));
    }

    private static Range range(RlpReader in) {
        Range range = new Range(in.positive(), in.positive(), in.hash());
        if (range.earliest() > range.latest()) {
            throw in.refuse("blocks " + range.earliest() + " to " + range.latest());
        }
        return range;
    }

    private static NumberedHash numberedHash(RlpReader in) {
        return in.nested(pair -> new NumberedHash(pair.hash(), pair.positive()));
    }

    private static GetBlockHeaders getBlockHeaders(RlpReader in) {
        long requestId = in.number();
        return in.nested(
                list -> {
                    Bytes from = list.bytes();
                    boolean isHash = from.size() == 32;
                    if (!isHash && (from.size() > 8 || (!from.isEmpty() && from.get(0) == 0))) {
                        throw list.refuse("a start of " + from + ", neither number nor hash");
                    }
                    long number = isHash || from.isEmpty() ? 0 : from.toLong();
                    return new GetBlockHeaders(
                            requestId,
                            isHash ? Hash.of(from) : null,
                            number,
                            list.number(),
                            list.number(),
                            list.number() != 0);
                });
    }

    private static NewPooledTransactionHashes announcements(RlpReader in) {
        Bytes types = in.bytes();
        List<Long> sizesBytes = in.each(ITEMS_MAX, EthProtocol::sizeBytes);
        List<Hash> hashes = hashes(in);
        if (types.size() != hashes.size() || sizesBytes.size() != hashes.size()) {
            throw in.refuse(
                    types.size()
                            + " types, "
                            + sizesBytes.size()
                            + " sizes and "
                            + hashes.size()
                            + " hashes");
        }
        List<Announcement> transactions = new ArrayList<>();
        for (int i = 0; i < hashes.size(); i++) {
            transactions.add(
                    new Announcement(types.get(i) & 0xff, sizesBytes.get(i), hashes.get(i)));
        }
        return new NewPooledTransactionHashes(transactions);
    }

    /** Only a hint, which some clients have written with leading zeros. */
    private static long sizeBytes(RlpReader in) {
        Bytes size = in.bytes();
        if (size.size() > Long.BYTES) throw in.refuse("a size of " + size);
        return size.toLong();
    }

    private static Receipt receipt(RlpReader in, int version) {
        if (version >= 69) return Receipt.readWithoutBloom(in);
        return Receipt.decode(in.nextIsList() ? in.raw() : in.bytes());
    }

    private static List<Hash> hashes(RlpReader in) {
        return in.each(ITEMS_MAX, RlpReader::hash);
    }

    /** All items of the message itself. */
    private static <T> List<T> rest(RlpReader in, Function<RlpReader, T> item) {
        List<T> items = new ArrayList<>();
        while (in.hasMore()) {
            if (items.size() == ITEMS_MAX) throw in.refuse("more than " + ITEMS_MAX + " items");
            items.add(item.apply(in));
        }
        return items;
    }
}
