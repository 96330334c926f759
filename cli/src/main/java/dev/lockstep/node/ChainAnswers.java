package dev.lockstep.node;

import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.ReceiptView;
import dev.lockstep.network.EthMessage;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockBody;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Receipt;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What peers are told of the chain when they ask. What is unknown here is left out; an answer ends
 * at so many items or bytes, and its reader asks on.
 *
 * @source devp2p, Ethereum Wire Protocol
 */
final class ChainAnswers {
    static final int ITEMS_MAX = 1024;

    /** Over this no item is added to one that is there. */
    static final int BYTES_MAX = 2 << 20;

    private final Ledger ledger;

    ChainAnswers(Ledger ledger) {
        this.ledger = ledger;
    }

    EthMessage.BlockHeaders headers(EthMessage.GetBlockHeaders ask) {
        List<BlockHeader> headers = new ArrayList<>();
        Hash from = ask.fromHash();
        Long first = from == null ? Long.valueOf(ask.fromNumber()) : ledger.number(from);
        long limit = ask.limit() < 0 ? ITEMS_MAX : Math.min(ITEMS_MAX, ask.limit());
        long head = ledger.head().number();
        // More than the chain has is more than anybody can step over.
        long step = ask.skip() < 0 || ask.skip() > head ? head + 1 : ask.skip() + 1;
        long bytes = 0;
        for (long i = 0; first != null && i < limit; i++) {
            long number = ask.isReverse() ? first - i * step : first + i * step;
            BlockHeader header = number < 0 || number > head ? null : ledger.header(number);
            if (header == null) break;
            bytes += header.encode().size();
            if (bytes > BYTES_MAX && !headers.isEmpty()) break;
            headers.add(header);
        }
        return new EthMessage.BlockHeaders(ask.requestId(), headers);
    }

    EthMessage.BlockBodies bodies(EthMessage.GetBlockBodies ask) {
        List<Block> blocks =
                collect(ask.hashes(), number -> ledger.block(number), b -> b.encode().size());
        List<BlockBody> bodies = blocks.stream().map(Block::body).toList();
        return new EthMessage.BlockBodies(ask.requestId(), bodies);
    }

    EthMessage.Receipts receipts(EthMessage.GetReceipts ask) {
        return new EthMessage.Receipts(
                ask.requestId(),
                collect(
                        ask.hashes(),
                        this::receipts,
                        list -> list.stream().mapToLong(r -> r.encode().size()).sum()));
    }

    private @Nullable List<Receipt> receipts(long number) {
        List<ReceiptView> views = ledger.receipts(number);
        return views == null ? null : views.stream().map(ReceiptView::receipt).toList();
    }

    /** What is known of these blocks, as far as the limits go. */
    private <T> List<T> collect(
            List<Hash> hashes, Function<Long, @Nullable T> read, ToLongFunction<T> sizeBytes) {
        List<T> items = new ArrayList<>();
        long bytes = 0;
        for (Hash hash : hashes.subList(0, Math.min(ITEMS_MAX, hashes.size()))) {
            Long number = ledger.number(hash);
            T item = number == null ? null : read.apply(number);
            if (item == null) continue;
            bytes += sizeBytes.applyAsLong(item);
            if (bytes > BYTES_MAX && !items.isEmpty()) break;
            items.add(item);
        }
        return items;
    }
}
