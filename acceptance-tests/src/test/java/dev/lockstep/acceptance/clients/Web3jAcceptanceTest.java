package dev.lockstep.acceptance.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.DevAccount;
import dev.lockstep.acceptance.dsl.DevNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.FunctionReturnDecoder;
import org.web3j.abi.TypeReference;
import org.web3j.abi.datatypes.Function;
import org.web3j.abi.datatypes.generated.Bytes32;
import org.web3j.abi.datatypes.generated.Uint64;
import org.web3j.crypto.Credentials;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.request.Transaction;
import org.web3j.protocol.core.methods.response.EthCall;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.protocol.http.HttpService;
import org.web3j.tx.RawTransactionManager;
import org.web3j.tx.Transfer;
import org.web3j.tx.response.PollingTransactionReceiptProcessor;
import org.web3j.utils.Convert;
import org.web3j.utils.Numeric;

/** web3j, in this process, against {@code ./lockstep dev} in its own. */
final class Web3jAcceptanceTest {
    private static final String INFERENCE = "0x0000000000000000000000000000000000000a01";
    private static final long POLL_MILLIS = 100;

    private static DevNode node;
    private static Web3j web3j;

    @BeforeAll
    static void start() throws Exception {
        node = DevNode.start();
        web3j = Web3j.build(new HttpService(node.url()));
    }

    @AfterAll
    static void stop() {
        if (web3j != null) web3j.shutdown();
        if (node != null) node.close();
    }

    @Test
    void readsTheChain() throws Exception {
        assertThat(web3j.ethChainId().send().getChainId()).isEqualTo(1337);
        assertThat(web3j.netVersion().send().getNetVersion()).isEqualTo("1337");
        assertThat(web3j.web3ClientVersion().send().getWeb3ClientVersion())
                .startsWith("lockstep/v");
        assertThat(balance(DevAccount.SECOND.address()))
                .isEqualTo(Convert.toWei("10000", Convert.Unit.ETHER).toBigIntegerExact());
    }

    @Test
    void transfersEther() throws Exception {
        String nobody = "0x00000000000000000000000000000000000beef1";
        var manager =
                new RawTransactionManager(
                        web3j,
                        Credentials.create(DevAccount.FIRST.key()),
                        1337,
                        new PollingTransactionReceiptProcessor(web3j, POLL_MILLIS, 300));
        TransactionReceipt receipt =
                new Transfer(web3j, manager)
                        .sendFunds(nobody, new BigDecimal("0.25"), Convert.Unit.ETHER)
                        .send();
        assertThat(receipt.isStatusOK()).isTrue();
        assertThat(receipt.getGasUsed()).isEqualTo(21_000);
        assertThat(balance(nobody)).isEqualTo(new BigInteger("250000000000000000"));
    }

    @Test
    void asksForAQuote() throws Exception {
        EthCall answer = quote(node.model("digits"));
        assertThat(answer.hasError()).isFalse();
        var types = function(node.model("digits")).getOutputParameters();
        Object quote = FunctionReturnDecoder.decode(answer.getValue(), types).getFirst().getValue();
        assertThat(node.printed())
                .containsPattern(
                        node.model("digits")
                                + "\\s+quote "
                                + String.format(Locale.ROOT, "%,d gas", quote));
    }

    @Test
    void isToldWhyACallWasRefused() throws Exception {
        String stranger = "11".repeat(32);
        EthCall answer = quote("0x" + stranger);
        assertThat(answer.isReverted()).isTrue();
        assertThat(answer.getError().getCode()).isEqualTo(3);
        assertThat(answer.getError().getData()).endsWith(stranger + "\"");
    }

    private static EthCall quote(String model) throws Exception {
        String data = FunctionEncoder.encode(function(model));
        Transaction call =
                Transaction.createEthCallTransaction(DevAccount.FIRST.address(), INFERENCE, data);
        return web3j.ethCall(call, DefaultBlockParameterName.LATEST).send();
    }

    private static Function function(String model) {
        return new Function(
                "quote",
                List.of(new Bytes32(Numeric.hexStringToByteArray(model))),
                List.of(new TypeReference<Uint64>() {}));
    }

    private static BigInteger balance(String address) throws Exception {
        return web3j.ethGetBalance(address, DefaultBlockParameterName.LATEST).send().getBalance();
    }
}
