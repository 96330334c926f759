package dev.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.esaulpaugh.headlong.abi.Function;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.evm.Engine;
import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.genesis.Presets;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.network.Enode;
import dev.lockstep.pool.AddResult;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.rpc.RpcConfig;
import dev.lockstep.types.Address;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Hash;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.Signature;
import dev.lockstep.types.SignedTransaction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Whole nodes in one process, linked over loopback. */
class ValidatorsTest {
    private static final long PATIENCE_MILLIS = 180_000;
    private static final KeyPair USER = DevAccounts.all().getFirst().keys();
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Address CONTRACT = Address.ofNumber(0x7777);
    private static final UInt256 GWEI = UInt256.valueOf(1_000_000_000L);

    @TempDir Path scratch;
    private final List<Site> sites = new ArrayList<>();

    private final class Site {
        final KeyPair key = DataFolder.newKey();
        final int port = freePort();
        final Path path = scratch.resolve("node" + sites.size());
        @Nullable DataFolder folder;
        @Nullable Node node;

        void up() throws Exception {
            List<Enode> others =
                    sites.stream()
                            .filter(site -> site != this)
                            .map(site -> new Enode(site.key.publicKey(), "127.0.0.1", site.port, 0))
                            .toList();
            node =
                    Node.start(
                            new NodeConfig(
                                    folder.genesis(),
                                    folder.database(),
                                    folder.models(),
                                    key,
                                    NodeConfig.Mining.CONSENSUS,
                                    RpcConfig.local(0),
                                    InferenceMemo.Size.TINY,
                                    Engine.DEFAULT,
                                    P2pConfig.among("127.0.0.1", port, 25, others),
                                    null));
        }

        void down() {
            node.close();
            node = null;
        }

        long head() {
            return node.chain().ledger().head().number();
        }
    }

    private static JsonNode rpc(Site site, String method, Object... params) {
        JsonNode answer = answer(site, method, params);
        assertThat(answer.get("error")).as("%s %s", method, answer).isNull();
        return answer.get("result");
    }

    /** The code of the error. */
    private static int refused(Site site, String method, Object... params) {
        JsonNode answer = answer(site, method, params);
        assertThat(answer.get("result")).as("%s %s", method, answer).isNull();
        return answer.get("error").get("code").asInt();
    }

    private static JsonNode answer(Site site, String method, Object... params) {
        try {
            ObjectNode request = JSON.createObjectNode();
            request.put("jsonrpc", "2.0").put("id", 1).put("method", method);
            for (Object param : params) request.withArray("params").addPOJO(param);
            HttpRequest post =
                    HttpRequest.newBuilder(URI.create(site.node.rpcUrl()))
                            .header("content-type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(request.toString()))
                            .build();
            return JSON.readTree(HTTP.send(post, HttpResponse.BodyHandlers.ofString()).body());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(method, e);
        }
    }

    /** Who decides on the next block, as a node says. */
    private static List<String> validators(Site site) {
        List<String> all = new ArrayList<>();
        rpc(site, "qbft_getValidatorsByBlockNumber", "pending")
                .forEach(address -> all.add(address.asString()));
        return all;
    }

    private static List<String> addresses(List<Site> sites) {
        return sites.stream().map(site -> site.key.address().toString()).sorted().toList();
    }

    private void propose(List<Site> voters, Site recipient, boolean add) {
        for (Site voter : voters) {
            var done =
                    rpc(
                            voter,
                            "qbft_proposeValidatorVote",
                            recipient.key.address().toString(),
                            add);
            assertThat(done.asBoolean()).isTrue();
        }
    }

    private static boolean hasProduced(Site proposer, Site teller, long from) {
        for (long number = from; number <= teller.head(); number++) {
            if (teller.node
                    .chain()
                    .ledger()
                    .header(number)
                    .coinbase()
                    .equals(proposer.key.address())) {
                return true;
            }
        }
        return false;
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The first {@code validators} of {@code count} nodes vote. */
    private void start(int validators, int count) throws Exception {
        start(validators, count, _ -> {});
    }

    /**
     * @param edit of the genesis file, when the nodes have their keys
     */
    private void start(int validators, int count, Consumer<ObjectNode> edit) throws Exception {
        for (int i = 0; i < count; i++) sites.add(new Site());
        List<Address> voters =
                sites.subList(0, validators).stream().map(site -> site.key.address()).toList();
        var balances = new TreeMap<Address, UInt256>();
        balances.put(USER.address(), GWEI.multiply(GWEI));
        GenesisFile preset =
                Presets.network(new Presets.Network(voters, balances, List.of(), 1337, 1));
        ObjectNode json = (ObjectNode) JSON.readTree(preset.toJson());
        edit.accept(json);
        GenesisFile genesis = GenesisFile.read(json.toString());
        for (Site site : sites) site.folder = DataFolder.create(site.path, genesis, site.key);
        for (Site site : sites) site.up();
    }

    @AfterEach
    void stop() {
        sites.stream().filter(site -> site.node != null).forEach(Site::down);
    }

    private void await(BooleanSupplier condition) throws InterruptedException {
        long until = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!condition.getAsBoolean()) {
            assertThat(System.currentTimeMillis()).as("patience").isLessThan(until);
            Thread.sleep(50);
        }
    }

    private boolean haveAll(long height) {
        return sites.stream()
                .filter(site -> site.node != null)
                .allMatch(site -> site.head() >= height);
    }

    private void theChainsAgree() {
        Site first = sites.getFirst();
        for (Site site : sites) {
            long common = Math.min(first.head(), site.head());
            for (long number = 0; number <= common; number++) {
                assertThat(site.node.chain().ledger().hash(number))
                        .as("block %d", number)
                        .isEqualTo(first.node.chain().ledger().hash(number));
            }
        }
    }

    private static SignedTransaction transfer(long nonce) {
        return transaction(
                nonce,
                Address.fromHex("0x00000000000000000000000000000000000ca11e"),
                21_000,
                UInt256.ONE,
                Bytes.EMPTY);
    }

    private static SignedTransaction transaction(
            long nonce, Address to, long gasLimit, UInt256 value, Bytes data) {
        DynamicFeeTransaction unsigned =
                new DynamicFeeTransaction(
                        UInt256.valueOf(1337),
                        nonce,
                        GWEI,
                        GWEI.multiply(100),
                        gasLimit,
                        to,
                        value,
                        data,
                        List.of(),
                        new Signature(0, UInt256.ZERO, UInt256.ZERO));
        return SignedTransaction.recover(
                unsigned.withSignature(Secp256k1.sign(unsigned.signingHash(), USER)));
    }

    @Test
    void fourValidatorsAndAFollowerAgreeAndTransactionsReachTheProposers() throws Exception {
        start(4, 5);
        await(() -> haveAll(2));
        List<Hash> sent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            SignedTransaction tx = transfer(i);
            Site site = sites.getLast();
            assertThat(site.node.pool().add(tx)).isInstanceOf(AddResult.Accepted.class);
            sent.add(tx.hash());
        }
        for (Site site : sites) {
            for (Hash hash : sent) await(() -> site.node.chain().ledger().find(hash) != null);
        }
        theChainsAgree();
    }

    @Test
    void votesAddAFifthValidatorAndRemoveOne() throws Exception {
        start(4, 5);
        await(() -> haveAll(1));
        Site fifth = sites.get(4);
        Site leaving = sites.get(1);
        assertThat(rpc(fifth, "lockstep_consensusState").get("step").asString())
                .isEqualTo("following");
        // Three of four are a majority; one of them is down and up again in between.
        propose(sites.subList(0, 2), fifth, true);
        assertThat(rpc(sites.getFirst(), "qbft_getPendingVotes").toString())
                .isEqualTo("{\"" + fifth.key.address() + "\":true}");
        assertThat(validators(fifth)).isEqualTo(addresses(sites.subList(0, 4)));
        sites.getLast().down();
        sites.getLast().up();
        propose(sites.subList(2, 3), fifth, true);
        for (Site site : sites) await(() -> validators(site).equals(addresses(sites)));
        long joined = fifth.head();
        await(() -> hasProduced(fifth, sites.getFirst(), joined));
        assertThat(rpc(fifth, "lockstep_consensusState").get("isValidator").asBoolean()).isTrue();
        // Three of five remove one, which still follows the chain.
        propose(sites.subList(2, 5), leaving, false);
        List<Site> staying = sites.stream().filter(site -> site != leaving).toList();
        for (Site site : sites) await(() -> validators(site).equals(addresses(staying)));
        long left = leaving.head();
        await(() -> haveAll(left + 4));
        assertThat(hasProduced(leaving, leaving, left + 1)).isFalse();
        assertThat(rpc(leaving, "lockstep_consensusState").get("reason").asString())
                .startsWith("this node is no validator at height ");
        // What the votes led to is in the headers: a node that starts anew finds the same.
        fifth.down();
        fifth.up();
        assertThat(validators(fifth)).isEqualTo(addresses(staying));
        theChainsAgree();
    }

    @Test
    void oneValidatorAgreesWithItselfAndTakesASecondOneIn() throws Exception {
        start(1, 2);
        await(() -> haveAll(2));
        propose(sites.subList(0, 1), sites.get(1), true);
        for (Site site : sites) await(() -> validators(site).equals(addresses(sites)));
        long joined = sites.get(1).head();
        await(() -> hasProduced(sites.get(1), sites.get(0), joined));
        theChainsAgree();
    }

    /** ValidatorList in the allocation: its owner, and whom it names. */
    private static void allocate(ObjectNode genesis, List<Site> named) {
        ObjectNode contract = genesis.withObject("alloc").putObject(CONTRACT.toString());
        contract.put("code", artifact().get("deployedBytecode").asString());
        ObjectNode storage = contract.putObject("storage");
        storage.put("0x0", USER.address().toString());
        storage.put("0x1", "0x" + Integer.toHexString(named.size()));
        UInt256 first = UInt256.fromBytes(Keccak.hash(UInt256.ONE).bytes());
        for (int i = 0; i < named.size(); i++) {
            storage.put(first.add(i).toHexString(), named.get(i).key.address().toString());
        }
    }

    private static JsonNode artifact() {
        try (var in = ValidatorsTest.class.getResourceAsStream("/contracts/ValidatorList.json")) {
            return JSON.readTree(in.readAllBytes());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static SignedTransaction ownerSays(long nonce, String method, Site about) {
        byte[] data =
                new Function(method + "(address)")
                        .encodeCallWithArgs(
                                com.esaulpaugh.headlong.abi.Address.wrap(
                                        about.key.address().checksummed()))
                        .array();
        return transaction(nonce, CONTRACT, 200_000, UInt256.ZERO, Bytes.wrap(data));
    }

    @Test
    void aContractKeepsTheValidatorsBetweenTwoTransitions() throws Exception {
        start(
                2,
                4,
                genesis -> {
                    allocate(genesis, List.of(sites.get(2), sites.get(0), sites.get(1)));
                    genesis.withObject("config")
                            .withObject("transitions")
                            .withArray("qbft")
                            .addObject()
                            .put("block", 3)
                            .put("validatorselectionmode", "contract")
                            .put("validatorcontractaddress", CONTRACT.toString());
                    ObjectNode back =
                            genesis.withObject("config")
                                    .withObject("transitions")
                                    .withArray("qbft")
                                    .addObject();
                    back.put("block", 16).put("validatorselectionmode", "blockheader");
                    back.put("blockperiodseconds", 2).put("emptyblockperiodseconds", 4);
                    back.putArray("validators")
                            .add(sites.get(0).key.address().toString())
                            .add(sites.get(3).key.address().toString());
                });
        Site first = sites.getFirst();
        await(() -> haveAll(3));
        assertThat(validators(first)).isEqualTo(addresses(sites.subList(0, 3)));
        assertThat(refused(first, "qbft_proposeValidatorVote", CONTRACT.toString(), true))
                .isEqualTo(-32604);
        for (SignedTransaction tx :
                List.of(ownerSays(0, "add", sites.get(3)), ownerSays(1, "remove", sites.get(1)))) {
            assertThat(first.node.pool().add(tx)).isInstanceOf(AddResult.Accepted.class);
        }
        List<Site> changed = List.of(sites.get(0), sites.get(2), sites.get(3));
        for (Site site : sites) await(() -> validators(site).equals(addresses(changed)));
        // A header of those blocks names nobody; the RPC asks the contract on the state before.
        long height = first.head();
        assertThat(height).isLessThan(15);
        assertThat(
                        QbftExtraData.decode(first.node.chain().ledger().header(height).extraData())
                                .validators())
                .isEmpty();
        assertThat(rpc(first, "qbft_getValidatorsByBlockNumber", "0x3")).hasSize(3);
        assertThat(rpc(first, "qbft_getValidatorsByBlockNumber", "0x2")).hasSize(2);
        assertThat(rpc(first, "qbft_getValidatorsByBlockNumber", "0x40").isNull()).isTrue();
        await(() -> haveAll(18));
        for (Site site : sites) {
            assertThat(validators(site)).isEqualTo(addresses(List.of(sites.get(0), sites.get(3))));
        }
        assertThat(rpc(first, "qbft_getValidatorsByBlockNumber", "0xf")).hasSize(3);
        assertThat(rpc(first, "qbft_getValidatorsByBlockNumber", "0x10")).hasSize(2);
        // Nobody sends anything, so that each block comes as late as an empty one has to.
        for (long number = 16; number <= 18; number++) {
            assertThat(secondsBefore(first, number))
                    .as("block %d", number)
                    .isGreaterThanOrEqualTo(4);
        }
        theChainsAgree();
    }

    private static long secondsBefore(Site site, long number) {
        Ledger ledger = site.node.chain().ledger();
        return ledger.header(number).timestamp() - ledger.header(number - 1).timestamp();
    }

    @Test
    void aContractThatNamesNobodyStopsTheChainAndTheNodeSaysWhy() throws Exception {
        start(
                1,
                1,
                genesis ->
                        genesis.withObject("config")
                                .withObject("transitions")
                                .withArray("qbft")
                                .addObject()
                                .put("block", 3)
                                .put("validatorselectionmode", "contract")
                                .put("validatorcontractaddress", CONTRACT.toString()));
        Site alone = sites.getFirst();
        await(() -> alone.head() == 2);
        await(() -> rpc(alone, "lockstep_consensusState").get("step").asString().equals("stuck"));
        String reason = rpc(alone, "lockstep_consensusState").get("reason").asString();
        assertThat(reason)
                .startsWith(
                        "height 3 has no validators, so nobody can propose: contract " + CONTRACT)
                .contains("it answers nothing, as where there is no code");
        assertThat(refused(alone, "qbft_getValidatorsByBlockNumber", "pending")).isEqualTo(-32000);
        // It goes on serving, and starts again.
        alone.down();
        alone.up();
        assertThat(alone.head()).isEqualTo(2);
        assertThat(alone.node.broken()).isNotDone();
    }

    @Test
    void aValidatorThatWasAwayCatchesUpAndVotesAgain() throws Exception {
        start(4, 4);
        await(() -> haveAll(2));
        Site away = sites.get(1);
        away.down();
        long height = sites.getFirst().head();
        await(() -> haveAll(height + 4));
        away.up();
        await(() -> haveAll(sites.getFirst().head()));
        // Without its vote no quorum is left.
        sites.get(2).down();
        long next = sites.getFirst().head();
        await(() -> haveAll(next + 4));
        sites.get(2).up();
        await(() -> haveAll(next + 6));
        theChainsAgree();
    }
}
