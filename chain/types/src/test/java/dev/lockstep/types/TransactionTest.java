package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;

class TransactionTest {
    private static final KeyPair KEYS = KeyPair.of(Bytes32.leftPad(Bytes.of(9)));

    @Test
    void everyTypeRoundTripsAndRecoversItsSender() {
        long seed = 1559;
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            for (Transaction tx : Samples.transactions(random, KEYS)) {
                SignedTransaction decoded = SignedTransaction.decode(tx.encode());
                assertThat(decoded.transaction())
                        .as("seed %d, round %d", seed, round)
                        .isEqualTo(tx);
                assertThat(decoded.sender()).isEqualTo(KEYS.address());
                assertThat(decoded.hash()).isEqualTo(tx.hash());
            }
        }
    }

    /**
     * @source EIP-155, example
     */
    @Test
    void theExampleOfReplayProtectionHolds() {
        KeyPair keys = KeyPair.of(Bytes32.repeat((byte) 0x46));
        Transaction unsigned =
                new LegacyTransaction(
                        UInt256.ONE,
                        9,
                        UInt256.valueOf(20_000_000_000L),
                        21_000,
                        Address.fromHex("0x3535353535353535353535353535353535353535"),
                        UInt256.valueOf(1_000_000_000_000_000_000L),
                        Bytes.EMPTY,
                        new Signature(0, UInt256.ZERO, UInt256.ZERO));
        assertThat(unsigned.signingPayload().toHexString())
                .isEqualTo(
                        "0xec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080");
        assertThat(unsigned.signingHash().toString())
                .isEqualTo("0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
        assertThat(Samples.signed(unsigned, keys).encode().toHexString())
                .isEqualTo(
                        "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
    }

    @Test
    void aBlocksListTakesLegacyAsListAndTypedAsString() {
        Random random = new Random(2718);
        List<Transaction> transactions = Samples.transactions(random, KEYS);
        Block block = Samples.block(random, transactions);
        assertThat(Block.decode(block.encode())).isEqualTo(block);
        Transaction legacy = transactions.getFirst();
        Bytes wrapped = Rlp.list(list -> list.bytes(legacy.encode()));
        assertThatThrownBy(() -> RlpReader.list(wrapped, Transaction::read))
                .isInstanceOf(RlpException.class)
                .hasMessageContaining("a legacy transaction wrapped in a string");
    }

    @Test
    void unknownTypesAndEmptyBytesAreRefusedByName() {
        assertThatThrownBy(() -> Transaction.decode(Bytes.fromHexString("0x05c0")))
                .hasMessage("transaction type 5 is unknown; known are 0 to 4");
        assertThatThrownBy(() -> Transaction.decode(Bytes.fromHexString("0x00c0")))
                .hasMessage("transaction type 0 is unknown; known are 0 to 4");
        assertThatThrownBy(() -> Transaction.decode(Bytes.EMPTY))
                .hasMessage("an empty transaction");
    }

    @Test
    void theLargestChainIdsRoundTrip() {
        // v = 35 + 2 · chainId + parity must fit 256 bits.
        UInt256 largest = UInt256.MAX_VALUE.subtract(36).shiftRight(1);
        for (UInt256 chain : List.of(UInt256.ZERO, UInt256.valueOf(Long.MAX_VALUE), largest)) {
            Transaction tx =
                    Samples.signed(
                            new LegacyTransaction(
                                    chain,
                                    0,
                                    UInt256.ONE,
                                    1,
                                    null,
                                    UInt256.ZERO,
                                    Bytes.EMPTY,
                                    new Signature(0, UInt256.ZERO, UInt256.ZERO)),
                            KEYS);
            assertThat(Transaction.decode(tx.encode())).isEqualTo(tx);
        }
    }

    @Test
    void effectiveGasPriceIsTheBaseFeeAndTheTipWithinTheCap() {
        Transaction tx = dynamic(10, 3);
        assertThat(tx.effectiveGasPrice(UInt256.ZERO)).isEqualTo(UInt256.valueOf(3));
        assertThat(tx.effectiveGasPrice(UInt256.valueOf(7))).isEqualTo(UInt256.valueOf(10));
        assertThat(tx.effectiveGasPrice(UInt256.valueOf(9))).isEqualTo(UInt256.valueOf(10));
        assertThat(tx.effectiveGasPrice(UInt256.valueOf(11))).isEqualTo(UInt256.valueOf(10));
        assertThat(tx.effectiveGasPrice(UInt256.ONE)).isEqualTo(UInt256.valueOf(4));
    }

    private static Transaction dynamic(long cap, long tip) {
        return new DynamicFeeTransaction(
                UInt256.ONE,
                0,
                UInt256.valueOf(tip),
                UInt256.valueOf(cap),
                21_000,
                Address.ZERO,
                UInt256.ZERO,
                Bytes.EMPTY,
                List.of(),
                new Signature(0, UInt256.ONE, UInt256.ONE));
    }

    @Test
    void anAuthorizationRecoversItsAuthorityOrNobody() {
        UInt256 chain = UInt256.valueOf(1337);
        Address target = Address.ofNumber(0x1234);
        Bytes payload = Rlp.list(list -> list.number(chain).address(target).number(5));
        Signature signature =
                Secp256k1.sign(
                        dev.lockstep.crypto.Keccak.hash(Bytes.concatenate(Bytes.of(5), payload)),
                        KEYS);
        Authorization good =
                new Authorization(
                        chain, target, 5, signature.yParity(), signature.r(), signature.s());
        assertThat(good.authority()).isEqualTo(KEYS.address());
        UInt256 highS = Secp256k1.ORDER.subtract(good.s());
        assertThat(
                        new Authorization(chain, target, 5, 1 - good.yParity(), good.r(), highS)
                                .authority())
                .isNull();
        assertThat(new Authorization(chain, target, 5, 2, good.r(), good.s()).authority()).isNull();
        assertThat(new Authorization(chain, target, 5, 0, UInt256.ZERO, good.s()).authority())
                .isNull();
        Authorization other =
                new Authorization(chain, target, 6, good.yParity(), good.r(), good.s());
        assertThat(Objects.equals(other.authority(), KEYS.address())).isFalse();
    }
}
