package dev.lockstep.cli;

import com.esaulpaugh.headlong.abi.Function;
import com.esaulpaugh.headlong.abi.Single;
import com.esaulpaugh.headlong.abi.Tuple;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.inference.ModelId;
import dev.lockstep.types.Address;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.Signature;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The example contract {@code DynamicFee.sol}, deployed and called through JSON-RPC with signed
 * transactions: ten candles in, a forecast by the volatility model, a fee tier out.
 */
record DemoContract(Address address, long deploymentGasUsed) {
    private static final Function UPDATE =
            Function.parse("update((uint256,uint256,uint256,uint256)[10])", "(uint24)");
    private static final int DECIMALS = 6;
    private static final long RECEIPT_TIMEOUT_MILLIS = 60_000;

    /** A quiet hour of a price around 2,000, then a jump. Open, high, low, close. */
    private static final long[][] CANDLES = {
        {2000_00, 2004_10, 1998_30, 2002_50}, {2002_50, 2006_00, 2001_20, 2003_80},
        {2003_80, 2005_40, 1999_90, 2000_60}, {2000_60, 2003_70, 1997_10, 1999_20},
        {1999_20, 2008_80, 1998_70, 2007_30}, {2007_30, 2011_60, 2003_40, 2004_90},
        {2004_90, 2021_00, 2004_00, 2018_70}, {2018_70, 2049_90, 2016_50, 2041_20},
        {2041_20, 2052_30, 2009_80, 2014_60}, {2014_60, 2060_70, 2010_10, 2055_40}
    };

    /** What the update left. */
    record Update(
            Hash transaction,
            long blockNumber,
            long gasUsed,
            BigDecimal volatilityPercent,
            String feeTier) {}

    static DemoContract deploy(JsonRpcClient rpc, KeyPair from, ModelId model) throws IOException {
        Bytes code = Bytes.fromHexString(artifact().path("bytecode").asString());
        JsonNode receipt =
                send(rpc, from, null, Bytes.concatenate(code, Bytes.wrap(model.toBytes())));
        Address address = Address.fromHex(receipt.path("contractAddress").asString());
        return new DemoContract(address, Long.decode(receipt.path("gasUsed").asString()));
    }

    Update update(JsonRpcClient rpc, KeyPair from) throws IOException {
        Tuple[] candles = new Tuple[CANDLES.length];
        for (int i = 0; i < candles.length; i++) {
            long[] c = CANDLES[i];
            candles[i] = Tuple.of(big(c[0]), big(c[1]), big(c[2]), big(c[3]));
        }
        Bytes input = Bytes.wrapByteBuffer(UPDATE.encodeCall(Single.of(candles)));
        JsonNode receipt = send(rpc, from, address, input);
        return new Update(
                Hash.fromHex(receipt.path("transactionHash").asString()),
                Long.decode(receipt.path("blockNumber").asString()),
                Long.decode(receipt.path("gasUsed").asString()),
                new BigDecimal(view(rpc, "volatility()"), DECIMALS),
                new BigDecimal(view(rpc, "fee()"), 4).stripTrailingZeros().toPlainString() + " %");
    }

    private BigInteger view(JsonRpcClient rpc, String signature) throws IOException {
        Bytes selector = Bytes.wrapByteBuffer(Function.parse(signature).encodeCall(Tuple.EMPTY));
        Bytes word =
                rpc.bytes(
                        "eth_call",
                        Map.of("to", address.toString(), "data", selector.toHexString()),
                        "latest");
        return word.toBigInteger();
    }

    private static BigInteger big(long value) {
        return BigInteger.valueOf(value);
    }

    /** Signs and sends; the transaction's hash. */
    static String send(JsonRpcClient rpc, DynamicFeeTransaction unsigned, KeyPair from)
            throws IOException {
        Signature signature = Secp256k1.sign(unsigned.signingHash(), from);
        Bytes signed = unsigned.withSignature(signature).encode();
        return rpc.call("eth_sendRawTransaction", signed.toHexString()).asString();
    }

    /** Signs, sends and waits for the receipt. @fails CommandFailure where the transaction fails */
    private static JsonNode send(JsonRpcClient rpc, KeyPair from, @Nullable Address to, Bytes data)
            throws IOException {
        String sender = from.address().toString();
        Map<String, String> call =
                to == null
                        ? Map.of("from", sender, "data", data.toHexString())
                        : Map.of("from", sender, "to", to.toString(), "data", data.toHexString());
        UInt256 tip = rpc.quantity("eth_maxPriorityFeePerGas");
        UInt256 gasPrice = rpc.quantity("eth_gasPrice");
        DynamicFeeTransaction unsigned =
                new DynamicFeeTransaction(
                        rpc.quantity("eth_chainId"),
                        rpc.quantity("eth_getTransactionCount", sender, "pending").toLong(),
                        tip,
                        gasPrice.multiply(2).add(tip),
                        rpc.quantity("eth_estimateGas", call).toLong(),
                        to,
                        UInt256.ZERO,
                        data,
                        List.of(),
                        new Signature(0, UInt256.ZERO, UInt256.ZERO));
        String hash = send(rpc, unsigned, from);
        JsonNode receipt = receipt(rpc, hash);
        if (!receipt.path("status").asString().equals("0x1")) {
            throw new CommandFailure("transaction " + hash + " failed: " + receipt);
        }
        return receipt;
    }

    private static JsonNode receipt(JsonRpcClient rpc, String hash) throws IOException {
        long deadlineMillis = System.currentTimeMillis() + RECEIPT_TIMEOUT_MILLIS;
        while (System.currentTimeMillis() < deadlineMillis) {
            JsonNode receipt = rpc.call("eth_getTransactionReceipt", hash);
            if (receipt.isObject()) return receipt;
            pause();
        }
        throw new CommandFailure(
                "transaction "
                        + hash
                        + " was not mined in "
                        + RECEIPT_TIMEOUT_MILLIS / 1000
                        + " s");
    }

    private static void pause() throws IOException {
        try {
            java.util.concurrent.TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for a receipt", stopping);
        }
    }

    private static JsonNode artifact() {
        try (InputStream in =
                DemoContract.class.getResourceAsStream("/contracts/DynamicFee.json")) {
            if (in == null) throw new LocalFault("this build lacks contracts/DynamicFee.json");
            return JsonMapper.shared().readTree(in);
        } catch (IOException unreadable) {
            throw new LocalFault("contracts/DynamicFee.json can't be read", unreadable);
        }
    }
}
