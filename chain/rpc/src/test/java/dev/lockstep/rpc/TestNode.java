package dev.lockstep.rpc;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.evm.Precompiles;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.ledger.BuildRequest;
import dev.lockstep.ledger.Genesis;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.PreparedBlock;
import dev.lockstep.pool.PoolLimits;
import dev.lockstep.pool.TxPool;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.AccessListEntry;
import dev.lockstep.types.AccessListTransaction;
import dev.lockstep.types.Address;
import dev.lockstep.types.Authorization;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.LegacyTransaction;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.SetCodeTransaction;
import dev.lockstep.types.Signature;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;

/**
 * A chain of four blocks with a transaction of each type that the pool takes, a contract that emits
 * and stores, one that reverts with what it is sent, and one that halts; and a pool with one
 * transaction that waits and one behind a gap. The same to the byte in every run.
 */
final class TestNode {
    static final UInt256 CHAIN_ID = UInt256.valueOf(1337);
    static final KeyPair ALICE = key(0xa11ce);
    static final KeyPair BOB = key(0xb0b);
    static final Address PROPOSER = Address.ofNumber(0x9909);

    /** Stores keccak(call data) at the slot that slot 0 counts, counts up, and emits both. */
    static final Bytes EMITTER =
            Bytes.fromHexString(
                    "0x3680600080376000206000548082558060010160005560005263656d697460206000a2");

    /** Reverts with its call data. */
    static final Bytes REVERTER = Bytes.fromHexString("0x366000600037366000fd");

    static final Bytes HALTER = Bytes.fromHexString("0xfe");

    static final Address EMITTER_ADDRESS = Address.created(ALICE.address(), 0);
    static final Address REVERTER_ADDRESS = Address.created(ALICE.address(), 1);
    static final Address HALTER_ADDRESS = Address.created(ALICE.address(), 2);

    private static final Signature UNSIGNED = new Signature(0, UInt256.ZERO, UInt256.ZERO);
    private static final UInt256 FEE = UInt256.valueOf(10_000_000_000L);
    private static final UInt256 TIP = UInt256.valueOf(1_000_000_000L);

    final Ledger ledger;
    final TxPool pool;
    final RpcMethods methods;
    private final JsonRpc rpc;

    TestNode() {
        this(RpcLimits.DEFAULT);
    }

    TestNode(RpcLimits limits) {
        ledger =
                Ledger.open(
                        genesis(),
                        new MemoryStore(),
                        new TransactionExecutor(Precompiles.of(List.of())),
                        List.of());
        mine(create(0, EMITTER), create(1, REVERTER), create(2, HALTER));
        mine(
                sign(ALICE, call(3, EMITTER_ADDRESS, Bytes.of(1, 2, 3))),
                sign(BOB, legacy(0)),
                sign(BOB, accessList(1)));
        mine(
                sign(ALICE, call(4, HALTER_ADDRESS, Bytes.EMPTY)),
                sign(BOB, setCode(2)),
                sign(ALICE, call(6, EMITTER_ADDRESS, Bytes.of(9))));
        mine(sign(BOB, nested(3)));
        pool = new TxPool(PoolLimits.DEFAULT, ledger);
        pool.add(sign(ALICE, call(7, EMITTER_ADDRESS, Bytes.of(4))));
        pool.add(sign(BOB, legacy(9)));
        methods = EthereumMethods.of(ledger, pool, limits, "Lockstep/test");
        rpc = new JsonRpc(methods, limits);
    }

    /** The body of the answer to a request. */
    JsonNode answer(String request) {
        byte[] body = rpc.answer(request.getBytes(StandardCharsets.UTF_8)).body().toArrayUnsafe();
        return Json.parse(body);
    }

    /**
     * @param params as JSON, with the brackets
     */
    JsonNode call(String method, String params) {
        return answer(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}"
                        .formatted(method, params));
    }

    /** The result; fails where the answer is an error. */
    JsonNode result(String method, String params) {
        JsonNode answer = call(method, params);
        if (answer.has("error")) throw new AssertionError(method + params + " gave " + answer);
        return answer.get("result");
    }

    private static Genesis genesis() {
        BlockHeader.Builder header = new BlockHeader.Builder();
        header.difficulty = UInt256.ONE;
        header.gasLimit = 30_000_000;
        header.timestamp = 1000;
        header.extraData = extraData().encode();
        header.mixHash = QbftExtraData.MIX_HASH;
        header.baseFee = UInt256.valueOf(1_000_000_000L);
        header.withdrawalsRoot = Hash.EMPTY_TRIE;
        header.blobGasUsed = 0L;
        header.excessBlobGas = 0L;
        header.parentBeaconBlockRoot = Hash.ZERO;
        header.requestsHash =
                Hash.fromHex("0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        ChainSpec spec =
                new ChainSpec(
                        CHAIN_ID,
                        ChainSpec.Schedule.always(Fork.OSAKA),
                        HeaderForm.QBFT,
                        false,
                        ChainSpec.TRANSACTION_GAS_LIMIT_MAX,
                        null,
                        ChainSpec.SystemContracts.of(null).whereDeployed(),
                        new TreeMap<>(),
                        null);
        TreeMap<Address, StateDiff.AccountChange> accounts = new TreeMap<>();
        UInt256 balance = UInt256.valueOf(10).pow(UInt256.valueOf(20));
        for (KeyPair keys : List.of(ALICE, BOB)) {
            accounts.put(
                    keys.address(),
                    new StateDiff.AccountChange(
                            new StateDiff.Fields(0, balance, Hash.EMPTY),
                            false,
                            Collections.emptySortedMap()));
        }
        return Genesis.of(spec, header, new StateDiff(accounts, Collections.emptySortedMap()));
    }

    private static QbftExtraData extraData() {
        return new QbftExtraData(Bytes32.ZERO, List.of(PROPOSER), null, 0, List.of());
    }

    /** Makes the next block of these transactions. */
    PreparedBlock mine(SignedTransaction... txs) {
        PreparedBlock prepared =
                ledger.build(
                        BuildRequest.qbft(
                                ledger.head().timestamp() + 1, PROPOSER, 30_000_000, extraData()),
                        List.of(txs).iterator());
        if (prepared.block().transactions().size() != txs.length) {
            throw new AssertionError("not all transactions were taken");
        }
        ledger.commit(prepared, prepared.block());
        return prepared;
    }

    private static KeyPair key(int secret) {
        return KeyPair.of(UInt256.valueOf(secret).toBytes());
    }

    static SignedTransaction sign(KeyPair keys, Transaction unsigned) {
        Signature signature = Secp256k1.sign(unsigned.signingHash(), keys);
        return SignedTransaction.recover(unsigned.withSignature(signature));
    }

    private static SignedTransaction create(long nonce, Bytes code) {
        int size = code.size();
        Bytes deploy = Bytes.of(0x60, size, 0x60, 0x0b, 0x5f, 0x39, 0x60, size, 0x5f, 0xf3, 0x00);
        return sign(ALICE, dynamicFee(nonce, null, Bytes.concatenate(deploy, code)));
    }

    static Transaction call(long nonce, Address to, Bytes data) {
        return dynamicFee(nonce, to, data);
    }

    private static Transaction dynamicFee(long nonce, Address to, Bytes data) {
        return new DynamicFeeTransaction(
                CHAIN_ID, nonce, TIP, FEE, 200_000, to, UInt256.ZERO, data, List.of(), UNSIGNED);
    }

    static Transaction legacy(long nonce) {
        return new LegacyTransaction(
                CHAIN_ID,
                nonce,
                FEE,
                21_000,
                Address.ofNumber(0xca401),
                UInt256.valueOf(12345),
                Bytes.EMPTY,
                UNSIGNED);
    }

    private static Transaction accessList(long nonce) {
        return new AccessListTransaction(
                CHAIN_ID,
                nonce,
                FEE,
                200_000,
                EMITTER_ADDRESS,
                UInt256.ZERO,
                Bytes.of(7),
                List.of(new AccessListEntry(EMITTER_ADDRESS, List.of(Bytes32.ZERO))),
                UNSIGNED);
    }

    /** Init code that calls the reverter with the bytes of "Panic(1)", then deploys nothing. */
    private static Transaction nested(long nonce) {
        Bytes panic = Bytes.fromHexString("0x4e487b71" + "00".repeat(31) + "01");
        Bytes store =
                Bytes.concatenate(
                        Bytes.of(0x63),
                        panic.slice(0, 4),
                        Bytes.of(0x60, 0xe0, 0x1b, 0x5f, 0x52, 0x60, 1, 0x60, 4, 0x52));
        Bytes call =
                Bytes.concatenate(
                        Bytes.of(0x5f, 0x5f, 0x60, 36, 0x5f, 0x5f, 0x73),
                        REVERTER_ADDRESS.bytes(),
                        Bytes.of(0x5a, 0xf1, 0x00));
        return dynamicFee(nonce, null, Bytes.concatenate(store, call));
    }

    /** Alice, with nonce 5, lets her account run the emitter's code. */
    private static Transaction setCode(long nonce) {
        Authorization unsigned =
                new Authorization(CHAIN_ID, EMITTER_ADDRESS, 5, 0, UInt256.ZERO, UInt256.ZERO);
        Bytes payload =
                dev.lockstep.types.Rlp.list(
                        list ->
                                list.number(unsigned.chainId())
                                        .address(unsigned.address())
                                        .number(unsigned.nonce()));
        Signature signature =
                Secp256k1.sign(
                        dev.lockstep.crypto.Keccak.hash(Bytes.concatenate(Bytes.of(5), payload)),
                        ALICE);
        Authorization signed =
                new Authorization(
                        CHAIN_ID,
                        EMITTER_ADDRESS,
                        5,
                        signature.yParity(),
                        signature.r(),
                        signature.s());
        return new SetCodeTransaction(
                CHAIN_ID,
                nonce,
                TIP,
                FEE,
                200_000,
                Address.ofNumber(0xca401),
                UInt256.ZERO,
                Bytes.EMPTY,
                List.of(),
                List.of(signed),
                UNSIGNED);
    }
}
