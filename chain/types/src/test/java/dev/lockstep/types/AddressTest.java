package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.Keccak;
import java.util.Random;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
    /**
     * @source EIP-55, test cases
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0x52908400098527886E0F7030069857D2E4169EE7",
                "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
                "0xde709f2102306220921060314715629080e2fb77",
                "0x27b1fdb04752bbc536007a920d24acb045561c26",
                "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
                "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"
            })
    void checksumsAreThePublishedOnes(String checksummed) {
        assertThat(Address.fromHex(checksummed).checksummed()).isEqualTo(checksummed);
    }

    /**
     * @source EIP-1014, examples
     */
    @ParameterizedTest
    @CsvSource({
        "0x0000000000000000000000000000000000000000,0x00,0x00,0x4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38",
        "0xdeadbeef00000000000000000000000000000000,0x00,0x00,0xB928f69Bb1D91Cd65274e3c79d8986362984fDA3",
        "0xdeadbeef00000000000000000000000000000000,0x000000000000000000000000feed000000000000000000000000000000000000,0x00,0xD04116cDd17beBE565EB2422F2497E06cC1C9833",
        "0x0000000000000000000000000000000000000000,0x00,0xdeadbeef,0x70f2b2914A2a4b783FaEFb75f459A580616Fcb5e",
        "0x00000000000000000000000000000000deadbeef,0x00000000000000000000000000000000000000000000000000000000cafebabe,0xdeadbeef,0x60f3f640a8508fC6a86d45DF051962668E1e8AC7",
        "0x00000000000000000000000000000000deadbeef,0x00000000000000000000000000000000000000000000000000000000cafebabe,0xdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef,0x1d8bfDC5D46DC4f61D6b6115972536eBE6A8854C",
        "0x0000000000000000000000000000000000000000,0x00,0x,0xE33C0C7F7df4809055C3ebA6c09CFe4BaF1BD9e0"
    })
    void create2AddressesAreThePublishedOnes(
            String creator, String salt, String initCode, String expected) {
        Address created =
                Address.created2(
                        Address.fromHex(creator),
                        Bytes32.leftPad(Bytes.fromHexString(salt)),
                        Keccak.hash(Bytes.fromHexString(initCode)));
        assertThat(created.checksummed()).isEqualTo(expected);
    }

    /** Well known: the first contracts of the first of the accounts in {@code Presets}. */
    @ParameterizedTest
    @CsvSource({
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266,0,0x5FbDB2315678afecb367f032d93F642f64180aa3",
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266,1,0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
        "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0,0,0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d",
        "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0,3,0xfffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c"
    })
    void createAddressesAreTheKnownOnes(String creator, long nonce, String expected) {
        assertThat(Address.created(Address.fromHex(creator), nonce))
                .isEqualTo(Address.fromHex(expected));
    }

    @Test
    void orderIsThatOfUnsignedBytesAndTheLimbsRoundTrip() {
        long seed = 20;
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            Bytes a = Bytes.random(20, random);
            // Half of the pairs share a prefix, so that every limb decides once.
            Bytes b = Bytes.random(20, random);
            if (i % 2 == 0) {
                int shared = random.nextInt(20);
                b = Bytes.concatenate(a.slice(0, shared), b.slice(shared));
            }
            int expected =
                    Integer.signum(java.util.Arrays.compareUnsigned(a.toArray(), b.toArray()));
            assertThat(Integer.signum(Address.of(a).compareTo(Address.of(b))))
                    .as("seed %d: %s and %s", seed, a, b)
                    .isEqualTo(expected);
            assertThat(Address.of(a).bytes()).isEqualTo(a);
            assertThat(Address.ofWord(Address.of(a).word())).isEqualTo(Address.of(a));
        }
    }

    @Test
    void numbersAreRightAligned() {
        assertThat(Address.ofNumber(0x0a01).toString())
                .isEqualTo("0x0000000000000000000000000000000000000a01");
        assertThat(Address.ofNumber(0x1_0000_0002L).toString())
                .isEqualTo("0x0000000000000000000000000000000100000002");
        assertThat(Address.ofNumber(0)).isEqualTo(Address.ZERO);
        assertThat(Address.ZERO.isZero()).isTrue();
        assertThat(Address.ofNumber(1).isZero()).isFalse();
    }

    @Test
    void aWrongSizeIsRefused() {
        assertThatThrownBy(() -> Address.fromHex("0x1234"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("an address has 20 bytes, not 2");
    }
}
