package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.ModelCall;
import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.evm.Precompiles;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.ChainSpec.InferenceSpec;
import dev.lockstep.types.ChainSpec.Schedule;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import dev.lockstep.types.StateDiff.Fields;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;

/** An Osaka chain with QBFT headers, three rich accounts and one model that echoes its input. */
public final class TestChain {
    public static final Wallet ALICE = new Wallet(0xa11ce);
    public static final Wallet BOB = new Wallet(0xb0b);
    public static final Wallet CAROL = new Wallet(0xca401);
    public static final Address PROPOSER = Address.ofNumber(0x9909);
    public static final Address MODEL_ADDRESS = Address.ofNumber(0xa01);
    public static final Hash MODEL = Keccak.hash(Bytes.of(1, 2, 3));
    public static final long MODEL_GAS = 5_000;
    public static final long GAS_LIMIT = 30_000_000;

    /** Answers its input, and says that a model was executed. */
    private static final Precompile ECHO =
            new Precompile() {
                @Override
                public long quote(Bytes input, PrecompileContext context) {
                    return MODEL_GAS;
                }

                @Override
                public PrecompileResult run(Bytes input, PrecompileContext context) {
                    Hash digest = Keccak.hash(input);
                    ModelCall call =
                            new ModelCall(context.caller(), MODEL, digest, digest, MODEL_GAS);
                    return new PrecompileResult.Output(input, call);
                }
            };

    public static final Precompiles PRECOMPILES =
            Precompiles.of(List.of(new Precompiles.Row(MODEL_ADDRESS, Fork.OSAKA, "ECHO", ECHO)));

    public static final TransactionExecutor EXECUTOR = new TransactionExecutor(PRECOMPILES);

    public final Genesis genesis;
    public final KeyValueStore store;
    public final Ledger ledger;

    private TestChain(Genesis genesis, KeyValueStore store) {
        this.genesis = genesis;
        this.store = store;
        this.ledger = Ledger.open(genesis, store, EXECUTOR, List.of());
    }

    public static TestChain create() {
        return over(genesis(false), new MemoryStore());
    }

    public static TestChain withoutFees() {
        return over(genesis(true), new MemoryStore());
    }

    /** A chain whose blocks pay by number. */
    static TestChain paying(SortedMap<Long, ChainSpec.Payout> payouts) {
        Genesis plain = genesis(false);
        ChainSpec spec = plain.spec();
        ChainSpec paying =
                new ChainSpec(
                        spec.chainId(),
                        spec.schedule(),
                        spec.headerForm(),
                        spec.zeroBaseFee(),
                        spec.transactionGasLimitMax(),
                        spec.codeBytesMax(),
                        spec.systemContracts(),
                        payouts,
                        spec.inference());
        return over(new Genesis(paying, plain.header(), plain.alloc()), new MemoryStore());
    }

    /** A plain chain with the rules of Berlin until block {@code number} begins others. */
    public static TestChain changingTo(Fork fork, long number) {
        Genesis today = genesis(false);
        TreeMap<Long, ChainSpec.Rules> byNumber = new TreeMap<>();
        byNumber.put(0L, new ChainSpec.Rules(Fork.BERLIN, BlobSchedule.CANCUN));
        byNumber.put(number, new ChainSpec.Rules(fork, BlobSchedule.CANCUN));
        ChainSpec spec =
                new ChainSpec(
                        Wallet.CHAIN_ID,
                        new Schedule(byNumber, new TreeMap<>()),
                        HeaderForm.QBFT,
                        false,
                        ChainSpec.TRANSACTION_GAS_LIMIT_MAX,
                        null,
                        null,
                        Collections.emptySortedMap(),
                        null);
        BlockHeader.Builder header = today.header().toBuilder();
        header.baseFee = null;
        header.withdrawalsRoot = null;
        header.blobGasUsed = null;
        header.excessBlobGas = null;
        header.parentBeaconBlockRoot = null;
        header.requestsHash = null;
        return over(Genesis.of(spec, header, today.alloc()), new MemoryStore());
    }

    public static TestChain over(Genesis genesis, KeyValueStore store) {
        return new TestChain(genesis, store);
    }

    public static Genesis genesis(boolean zeroBaseFee) {
        return genesis(zeroBaseFee, UInt256.valueOf(10).pow(UInt256.valueOf(20)));
    }

    public static Genesis genesis(boolean zeroBaseFee, UInt256 balance) {
        ChainSpec spec =
                new ChainSpec(
                        Wallet.CHAIN_ID,
                        Schedule.always(Fork.OSAKA),
                        HeaderForm.QBFT,
                        zeroBaseFee,
                        ChainSpec.TRANSACTION_GAS_LIMIT_MAX,
                        null,
                        ChainSpec.SystemContracts.of(null).whereDeployed(),
                        Collections.emptySortedMap(),
                        new InferenceSpec(List.of(MODEL), 1000));
        BlockHeader.Builder header = new BlockHeader.Builder();
        header.difficulty = UInt256.ONE;
        header.gasLimit = GAS_LIMIT;
        header.timestamp = 1_000;
        header.extraData = extraData().encode();
        header.mixHash = QbftExtraData.MIX_HASH;
        header.baseFee = zeroBaseFee ? UInt256.ZERO : BaseFee.INITIAL;
        header.withdrawalsRoot = Hash.EMPTY_TRIE;
        header.blobGasUsed = 0L;
        header.excessBlobGas = 0L;
        header.parentBeaconBlockRoot = Hash.ZERO;
        header.requestsHash =
                Hash.fromHex("0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        var accounts = new TreeMap<Address, AccountChange>();
        for (Wallet wallet : List.of(ALICE, BOB, CAROL)) {
            accounts.put(wallet.address(), account(0, balance, Hash.EMPTY));
        }
        Bytes revert = Bytes.fromHexString("0x60006000fd");
        accounts.put(MODEL_ADDRESS, account(1, UInt256.ZERO, Keccak.hash(revert)));
        var codes = new TreeMap<Hash, Bytes>();
        codes.put(Keccak.hash(revert), revert);
        return Genesis.of(spec, header, new StateDiff(accounts, codes));
    }

    private static AccountChange account(long nonce, UInt256 balance, Hash codeHash) {
        return new AccountChange(
                new Fields(nonce, balance, codeHash), false, Collections.emptySortedMap());
    }

    public static QbftExtraData extraData() {
        return new QbftExtraData(Bytes32.ZERO, List.of(PROPOSER), null, 0, List.of());
    }

    /** Builds on the head without storing. */
    public PreparedBlock build(SignedTransaction... txs) {
        Iterator<SignedTransaction> candidates = List.of(txs).iterator();
        long timestamp = ledger.head().timestamp() + 1;
        return ledger.build(
                BuildRequest.qbft(timestamp, PROPOSER, GAS_LIMIT, extraData()), candidates);
    }

    /** Builds, checks that all of {@code txs} are in, and commits. */
    public PreparedBlock mine(SignedTransaction... txs) {
        PreparedBlock prepared = build(txs);
        assertThat(prepared.block().transactions()).hasSize(txs.length);
        ledger.commit(prepared, prepared.block());
        return prepared;
    }

    /** Another ledger of the same genesis, over its own store. */
    public TestChain twin() {
        return over(genesis, new MemoryStore());
    }

    /** Init code that deploys {@code code}. */
    public static Bytes deploying(Bytes code) {
        int size = code.size();
        return Bytes.concatenate(
                Bytes.of(0x60, size, 0x60, 0x0b, 0x5f, 0x39, 0x60, size, 0x5f, 0xf3, 0x00), code);
    }

    /** Adds the header's change to a block and leaves its body. */
    public static Block withHeader(
            Block block, java.util.function.Consumer<BlockHeader.Builder> change) {
        BlockHeader.Builder header = block.header().toBuilder();
        change.accept(header);
        return new Block(header.build(), block.transactions(), block.ommers(), block.withdrawals());
    }
}
