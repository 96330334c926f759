package dev.lockstep.acceptance.fuzz;

import dev.lockstep.consensus.core.Candidate;
import dev.lockstep.consensus.core.LogEntry;
import dev.lockstep.consensus.core.Message;
import dev.lockstep.consensus.core.Payload;
import dev.lockstep.consensus.core.PreparedCertificate;
import dev.lockstep.consensus.core.Signed;
import dev.lockstep.consensus.core.Signer;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.genesis.GenesisException;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.genesis.Presets;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.network.Discovery;
import dev.lockstep.network.Enode;
import dev.lockstep.network.EthMessage;
import dev.lockstep.network.EthProtocol;
import dev.lockstep.network.ForkId;
import dev.lockstep.network.LinkDecoders;
import dev.lockstep.network.PeerFault;
import dev.lockstep.node.Chain;
import dev.lockstep.pool.PoolLimits;
import dev.lockstep.pool.TxPool;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.rpc.EthereumMethods;
import dev.lockstep.rpc.JsonRpc;
import dev.lockstep.rpc.RpcLimits;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.AccessListEntry;
import dev.lockstep.types.AccessListTransaction;
import dev.lockstep.types.Address;
import dev.lockstep.types.Authorization;
import dev.lockstep.types.BlobTransaction;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockBody;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LegacyTransaction;
import dev.lockstep.types.Log;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.Receipt;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.RlpReader;
import dev.lockstep.types.SetCodeTransaction;
import dev.lockstep.types.Signature;
import dev.lockstep.types.Transaction;
import dev.lockstep.types.Withdrawal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;

/** Every way in for bytes of others, a row each, with what is right to begin from. */
final class Decoders {
    private static final KeyPair KEY = KeyPair.of(Keccak.hash(Bytes.of(1)).bytes());
    private static final Signer SIGNER = Signer.of(KEY);
    private static final Hash HASH = Keccak.hash(Bytes.of(2));
    private static final Signature SIGNATURE = SIGNER.sign(HASH);
    private static final UInt256 ONE = UInt256.ONE;

    /** What a decoder does with an input. */
    interface Decode {
        void decode(Bytes input) throws Exception;
    }

    /**
     * @param share how many of a thousand inputs it gets at most, slow ones fewer
     * @param rejection what it may fail with
     */
    record Decoder(
            String name,
            int share,
            List<Bytes> samples,
            Class<? extends Exception> rejection,
            Decode decode) {
        Decoder {
            samples = List.copyOf(samples);
        }
    }

    private Decoders() {}

    private static Decoder rlp(String name, List<Bytes> samples, Decode decode) {
        return new Decoder(name, 40, samples, RlpException.class, decode);
    }

    static List<Decoder> all() {
        List<Decoder> rows = new ArrayList<>();
        List<Transaction> txs = transactions();
        rows.add(
                rlp(
                        "transaction",
                        txs.stream().map(Transaction::encode).toList(),
                        Transaction::decode));
        rows.add(rlp("header", List.of(header().encode()), BlockHeader::decode));
        rows.add(
                rlp(
                        "body",
                        List.of(body(txs)),
                        in -> RlpReader.list(in, list -> List.of(BlockBody.read(list)))));
        rows.add(rlp("block", List.of(block(0).encode()), Block::decode));
        rows.add(
                rlp("receipt", receipts().stream().map(Receipt::encode).toList(), Receipt::decode));
        rows.add(
                rlp(
                        "extra data",
                        List.of(extraData(1).encode(), voted().encode()),
                        QbftExtraData::decode));
        for (int version = 68; version <= 69; version++) eth(rows, version, txs);
        consensus(rows);
        link(rows);
        texts(rows);
        return List.copyOf(rows);
    }

    private static void eth(List<Decoder> rows, int version, List<Transaction> txs) {
        for (EthMessage message : messages(version, txs)) {
            int code = EthProtocol.code(message);
            rows.add(
                    rlp(
                            "eth/" + version + " " + message.getClass().getSimpleName(),
                            List.of(EthProtocol.encode(message, version)),
                            in -> EthProtocol.decode(code, in, version)));
        }
    }

    private static List<EthMessage> messages(int version, List<Transaction> txs) {
        ForkId forkId = new ForkId(Bytes.of(1, 2, 3, 4), 7);
        EthMessage.Range range = new EthMessage.Range(0, 9, HASH);
        List<EthMessage> messages =
                new ArrayList<>(
                        List.of(
                                version == 68
                                        ? new EthMessage.HeadStatus(ONE, ONE, HASH, HASH, forkId)
                                        : new EthMessage.RangeStatus(ONE, HASH, forkId, range),
                                new EthMessage.NewBlockHashes(
                                        List.of(new EthMessage.NumberedHash(HASH, 7))),
                                new EthMessage.Transactions(txs),
                                new EthMessage.GetBlockHeaders(1, HASH, 0, 5, 1, false),
                                new EthMessage.BlockHeaders(1, List.of(header())),
                                new EthMessage.GetBlockBodies(1, List.of(HASH, HASH)),
                                new EthMessage.BlockBodies(
                                        1, List.of(new BlockBody(txs, List.of(), List.of()))),
                                new EthMessage.NewBlock(block(0), ONE),
                                new EthMessage.NewPooledTransactionHashes(
                                        List.of(
                                                new EthMessage.Announcement(2, 100, HASH),
                                                new EthMessage.Announcement(0, 300, HASH))),
                                new EthMessage.PooledTransactions(1, txs),
                                new EthMessage.GetPooledTransactions(1, List.of(HASH)),
                                new EthMessage.GetReceipts(1, List.of(HASH)),
                                new EthMessage.Receipts(1, List.of(receipts(), List.of()))));
        if (version >= 69) messages.add(new EthMessage.BlockRangeUpdate(range));
        return messages;
    }

    private static void consensus(List<Decoder> rows) {
        Signed<Payload.Prepare> prepare = Signed.sign(new Payload.Prepare(5, 1, HASH), SIGNER);
        Candidate candidate = Candidate.of(block(1));
        Signed<Payload.RoundChange> bare = Signed.sign(new Payload.RoundChange(5, 2, null), SIGNER);
        Signed<Payload.RoundChange> prepared =
                Signed.sign(
                        new Payload.RoundChange(5, 2, new Payload.Prepared(1, candidate.digest())),
                        SIGNER);
        List<Message> messages =
                List.of(
                        new Message.Proposal(
                                Signed.sign(new Payload.Proposal(5, 2, block(2), false), SIGNER),
                                List.of(bare, prepared),
                                List.of(prepare)),
                        new Message.Proposal(
                                Signed.sign(new Payload.Proposal(5, 0, block(0), true), SIGNER),
                                List.of(),
                                List.of()),
                        new Message.Prepare(prepare),
                        new Message.Commit(
                                Signed.sign(new Payload.Commit(5, 1, HASH, SIGNATURE), SIGNER)),
                        new Message.RoundChange(prepared, block(1), List.of(prepare)));
        for (Message message : messages) {
            rows.add(
                    new Decoder(
                            "istanbul/100 " + message.getClass().getSimpleName(),
                            10,
                            List.of(message.encode()),
                            RlpException.class,
                            in -> Message.decode(message.code(), in, 4)));
        }
        List<Bytes> entries = new ArrayList<>();
        for (Message message : messages) entries.add(new LogEntry.Said(message).encode());
        entries.add(
                new LogEntry.Locked(new PreparedCertificate(candidate, List.of(prepare))).encode());
        rows.add(new Decoder("log entry", 10, entries, RlpException.class, LogEntry::decode));
    }

    private static void link(List<Decoder> rows) {
        rows.add(rlp("Hello", List.of(LinkDecoders.hello()), LinkDecoders::hello));
        rows.add(
                new Decoder(
                        "auth, decrypted",
                        2,
                        List.of(LinkDecoders.auth()),
                        PeerFault.class,
                        LinkDecoders::auth));
        rows.add(
                new Decoder(
                        "ack, decrypted",
                        2,
                        List.of(LinkDecoders.ack()),
                        PeerFault.class,
                        LinkDecoders::ack));
        rows.add(
                new Decoder(
                        "auth",
                        4,
                        List.of(LinkDecoders.sealedAuth()),
                        PeerFault.class,
                        LinkDecoders::sealedAuth));
        rows.add(
                new Decoder(
                        "frame",
                        20,
                        List.of(LinkDecoders.frame()),
                        PeerFault.class,
                        LinkDecoders::frame));
        rows.add(
                new Decoder(
                        "compressed message",
                        40,
                        List.of(LinkDecoders.compressed()),
                        PeerFault.class,
                        LinkDecoders::compressed));
        rows.add(
                new Decoder(
                        "discovery v4",
                        20,
                        LinkDecoders.discoveryPackets(),
                        PeerFault.class,
                        LinkDecoders::discoveryPacket));
    }

    private static void texts(List<Decoder> rows) {
        String id = KEY.publicKey().toUnprefixedHexString();
        rows.add(
                new Decoder(
                        "enode",
                        40,
                        List.of(
                                utf8("enode://" + id + "@10.1.2.3:30303?discport=30301"),
                                utf8("enode://" + id + "@[::1]:30303")),
                        IllegalArgumentException.class,
                        in -> Enode.parse(text(in))));
        rows.add(
                new Decoder(
                        "enr",
                        10,
                        List.of(utf8(LinkDecoders.enr())),
                        IllegalArgumentException.class,
                        in -> Discovery.parse(text(in))));
        GenesisFile genesis = genesis();
        rows.add(
                new Decoder(
                        "genesis file",
                        10,
                        List.of(utf8(genesisJson())),
                        GenesisException.class,
                        in -> GenesisFile.read(text(in))));
        JsonRpc rpc = rpc(genesis);
        rows.add(
                new Decoder(
                        "JSON-RPC",
                        40,
                        requests(),
                        IllegalStateException.class,
                        in -> answer(rpc, in)));
    }

    /** Every answer is one, and none says that this node failed. */
    private static void answer(JsonRpc rpc, Bytes request) {
        Bytes body = rpc.answer(request.toArray()).body();
        if (body != null && text(body).contains("-32603")) {
            throw new AssertionError("an internal error: " + text(body));
        }
    }

    private static JsonRpc rpc(GenesisFile genesis) {
        Chain chain =
                Chain.open(
                        genesis,
                        new MemoryStore(),
                        Path.of("no models"),
                        new InferenceMemo(InferenceMemo.Size.TINY));
        Ledger ledger = chain.ledger();
        TxPool pool = new TxPool(PoolLimits.DEFAULT, ledger);
        // Calls of mutated code shall not take longer than what is tested here.
        RpcLimits limits = RpcLimits.DEFAULT.withCallGasMax(100_000);
        return new JsonRpc(EthereumMethods.of(ledger, pool, limits, "fuzz/1"), limits);
    }

    private static List<Bytes> requests() {
        String address = "\"0x" + "11".repeat(20) + "\"";
        String hash = "\"" + HASH + "\"";
        String call =
                "{\"from\":%s,\"to\":%s,\"gas\":\"0x5208\",\"value\":\"0x1\",\"data\":\"0x60\"}"
                        .formatted(address, address);
        List<String> bodies =
                List.of(
                        "\"eth_getBalance\",\"params\":[" + address + ",\"latest\"]",
                        "\"eth_call\",\"params\":[" + call + ",\"0x0\"]",
                        "\"eth_estimateGas\",\"params\":[" + call + "]",
                        "\"eth_getLogs\",\"params\":[{\"fromBlock\":\"0x0\",\"address\":["
                                + address
                                + "],\"topics\":[null,["
                                + hash
                                + "]]}]",
                        "\"eth_getBlockByNumber\",\"params\":[\"0x0\",true]",
                        "\"eth_getProof\",\"params\":[" + address + ",[\"0x1\"],\"earliest\"]",
                        "\"eth_getStorageAt\",\"params\":["
                                + address
                                + ",\"0x1\",{\"blockNumber\":\"0x0\"}]",
                        "\"eth_getTransactionReceipt\",\"params\":[" + hash + "]",
                        "\"eth_feeHistory\",\"params\":[5,\"latest\",[1,50]]",
                        "\"eth_newFilter\",\"params\":[{\"fromBlock\":\"latest\"}]",
                        "\"eth_createAccessList\",\"params\":[" + call + "]",
                        "\"debug_traceCall\",\"params\":["
                                + call
                                + ",\"latest\",{\"tracer\":\"callTracer\"}]",
                        "\"web3_sha3\",\"params\":[\"0x0102\"]",
                        "\"eth_sendRawTransaction\",\"params\":[\""
                                + transactions().getFirst().encode().toHexString()
                                + "\"]");
        return bodies.stream()
                .map(body -> utf8("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":" + body + "}"))
                .toList();
    }

    private static Bytes utf8(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Bytes bytes) {
        return new String(bytes.toArrayUnsafe(), StandardCharsets.UTF_8);
    }

    private static GenesisFile genesis() {
        var balances = new TreeMap<Address, UInt256>();
        balances.put(DevAccounts.all().getFirst().keys().address(), UInt256.MAX_VALUE);
        return Presets.network(
                new Presets.Network(List.of(SIGNER.address()), balances, List.of(), 1337, 1));
    }

    private static String genesisJson() {
        return """
        {"config":{"chainId":1337,"berlinBlock":0,"londonBlock":0,"shanghaiTime":0,"cancunTime":0,
        "pragueTime":5,"osakaTime":0x7,"zeroBaseFee":true,"contractSizeLimit":24576,
        "blobSchedule":{"cancun":{"target":3,"max":6,"baseFeeUpdateFraction":3338477}},
        "qbft":{"epochlength":30000,"blockperiodseconds":1,"requesttimeoutseconds":2},
        "transitions":{"qbft":[{"block":10,"blockperiodseconds":2}]}},
        "nonce":"0x0","timestamp":"0x58ee40ba","gasLimit":"0x1fffffffffffff","difficulty":"0x1",
        "mixHash":"0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365",
        "coinbase":"0x0000000000000000000000000000000000000000","extraData":"%s",
        "alloc":{"fe3b557e8fb62b89f4916b721be55ceb828dbd73":{"balance":"0xad78ebc5ac6200000",
        "nonce":"1","code":"0x6001","storage":{"0x01":"0x02"}}}}
        """
                .replace("0x7,", "7,")
                .formatted(extraData(0).encode().toHexString());
    }

    private static List<Transaction> transactions() {
        Address to = SIGNER.address();
        Bytes data = Bytes.of(1, 2, 3);
        List<AccessListEntry> access =
                List.of(new AccessListEntry(to, List.of(Bytes32.ZERO, Bytes32.ZERO)));
        return List.of(
                new LegacyTransaction(ONE, 1, ONE, 21_000, to, ONE, data, SIGNATURE),
                new LegacyTransaction(null, 1, ONE, 21_000, null, ONE, data, SIGNATURE),
                new AccessListTransaction(ONE, 1, ONE, 21_000, to, ONE, data, access, SIGNATURE),
                new DynamicFeeTransaction(
                        ONE, 1, ONE, ONE, 21_000, null, ONE, data, access, SIGNATURE),
                new BlobTransaction(
                        ONE,
                        1,
                        ONE,
                        ONE,
                        21_000,
                        to,
                        ONE,
                        data,
                        access,
                        ONE,
                        List.of(HASH),
                        SIGNATURE),
                new SetCodeTransaction(
                        ONE,
                        1,
                        ONE,
                        ONE,
                        21_000,
                        to,
                        ONE,
                        data,
                        access,
                        List.of(new Authorization(ONE, to, 3, 1, ONE, ONE)),
                        SIGNATURE));
    }

    private static QbftExtraData extraData(long round) {
        return new QbftExtraData(
                Bytes32.ZERO, List.of(SIGNER.address()), null, round, List.of(SIGNATURE.bytes()));
    }

    private static QbftExtraData voted() {
        return new QbftExtraData(
                Bytes32.ZERO,
                List.of(SIGNER.address()),
                new QbftExtraData.Vote(SIGNER.address(), true),
                3,
                List.of());
    }

    private static BlockHeader header() {
        BlockHeader.Builder header = new BlockHeader.Builder();
        header.number = 5;
        header.extraData = extraData(1).encode();
        return header.build();
    }

    private static Block block(long round) {
        BlockHeader.Builder header = new BlockHeader.Builder();
        header.number = 5;
        header.extraData = extraData(round).encode();
        return new Block(header.build(), transactions(), List.of(), List.of());
    }

    private static Bytes body(List<Transaction> txs) {
        BlockBody body =
                new BlockBody(
                        txs, List.of(header()), List.of(new Withdrawal(1, 2, SIGNER.address(), 3)));
        return Rlp.list(body::write);
    }

    private static List<Receipt> receipts() {
        Log log = new Log(SIGNER.address(), List.of(HASH.bytes()), Bytes.of(9));
        return List.of(
                Receipt.of(0, true, 21_000, List.of(log)), Receipt.of(2, false, 50_000, List.of()));
    }
}
