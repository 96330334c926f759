package dev.lockstep.types;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import java.util.List;
import java.util.Random;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;

/** Random nouns, made from a seeded generator. */
final class Samples {
    private static final Signature NONE = new Signature(0, UInt256.ZERO, UInt256.ZERO);

    private Samples() {}

    static Address address(Random random) {
        return Address.of(Bytes.random(20, random));
    }

    static Hash hash(Random random) {
        return new Hash(Bytes32.random(random));
    }

    static UInt256 word(Random random) {
        return UInt256.fromBytes(Bytes.random(1 + random.nextInt(32), random));
    }

    static long number(Random random) {
        return random.nextLong() >>> random.nextInt(1, 64);
    }

    static Bytes data(Random random) {
        return Bytes.random(random.nextInt(200), random);
    }

    static Transaction signed(Transaction unsigned, KeyPair keys) {
        return unsigned.withSignature(Secp256k1.sign(unsigned.signingHash(), keys));
    }

    /** One signed transaction of every type, legacy with and without replay protection. */
    static List<Transaction> transactions(Random r, KeyPair keys) {
        List<AccessListEntry> list =
                List.of(
                        new AccessListEntry(address(r), List.of(Bytes32.random(r), Bytes32.ZERO)),
                        new AccessListEntry(address(r), List.of()));
        UInt256 chain = UInt256.valueOf(1337);
        UInt256 fee = word(r);
        List<Authorization> authorizations =
                List.of(new Authorization(chain, address(r), number(r), 1, word(r), word(r)));
        List<Transaction> unsigned =
                List.of(
                        new LegacyTransaction(
                                null, number(r), fee, number(r), null, word(r), data(r), NONE),
                        new LegacyTransaction(
                                chain, number(r), fee, 0, address(r), word(r), data(r), NONE),
                        new AccessListTransaction(
                                chain, 0, fee, number(r), address(r), word(r), data(r), list, NONE),
                        new DynamicFeeTransaction(
                                chain, 1, fee, fee, 21_000, null, word(r), data(r), list, NONE),
                        new BlobTransaction(
                                chain,
                                number(r),
                                fee,
                                fee,
                                number(r),
                                address(r),
                                word(r),
                                data(r),
                                list,
                                word(r),
                                List.of(hash(r), hash(r)),
                                NONE),
                        new SetCodeTransaction(
                                chain,
                                number(r),
                                fee,
                                fee,
                                number(r),
                                address(r),
                                word(r),
                                data(r),
                                list,
                                authorizations,
                                NONE));
        return unsigned.stream().map(tx -> signed(tx, keys)).toList();
    }

    static Block block(Random r, List<Transaction> transactions) {
        BlockHeader.Builder b = new BlockHeader.Builder();
        b.parentHash = hash(r);
        b.coinbase = address(r);
        b.stateRoot = hash(r);
        b.number = number(r);
        b.gasLimit = number(r);
        b.timestamp = number(r);
        b.extraData = extraData(r).encode();
        b.baseFee = word(r);
        b.withdrawalsRoot = hash(r);
        b.blobGasUsed = number(r);
        b.excessBlobGas = 0L;
        b.parentBeaconBlockRoot = Hash.ZERO;
        b.requestsHash = hash(r);
        Withdrawal withdrawal = new Withdrawal(number(r), number(r), address(r), number(r));
        return new Block(b.build(), transactions, List.of(), List.of(withdrawal));
    }

    static Log log(Random r) {
        return new Log(address(r), List.of(Bytes32.random(r), Bytes32.ZERO), data(r));
    }

    static CallRecord record(Random r) {
        return new CallRecord(
                r.nextInt(300), r.nextInt(3), address(r), hash(r), hash(r), hash(r), number(r));
    }

    static QbftExtraData extraData(Random r) {
        return new QbftExtraData(
                Bytes32.random(r),
                List.of(address(r), address(r)),
                new QbftExtraData.Vote(address(r), r.nextBoolean()),
                r.nextInt(1000),
                List.of(Bytes.random(65, r), Bytes.random(65, r)));
    }
}
