package dev.lockstep.genesis;

import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/** The header of block 0: the file's own fields and those that its fork adds. */
final class FirstHeader {
    /**
     * Of block 0 where the file names London for it and no base fee, also on a chain without fees:
     * it is not an ordinary block. @unit wei
     */
    private static final UInt256 BASE_FEE = UInt256.valueOf(1_000_000_000);

    /** SHA-256 of nothing. @source EIP-7685 */
    private static final Hash NO_REQUESTS =
            Hash.fromHex("0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    private FirstHeader() {}

    static BlockHeader read(JsonSection genesis, JsonSection config, Fork fork, Hash stateRoot) {
        BlockHeader.Builder b = new BlockHeader.Builder();
        b.parentHash = genesis.hash("parentHash", Hash.ZERO);
        b.coinbase = genesis.address("coinbase", Address.ZERO);
        b.stateRoot = stateRoot;
        b.difficulty = genesis.hexadecimal256("difficulty");
        b.gasLimit =
                genesis.has("gasTarget") && !genesis.has("gasLimit")
                        ? genesis.requiredNumber("gasTarget")
                        : genesis.requiredNumber("gasLimit");
        b.timestamp = genesis.number("timestamp", 0);
        b.extraData = genesis.bytes("extraData");
        b.mixHash = genesis.hash("mixHash", Hash.ZERO);
        b.nonce = Bytes.ofUnsignedLong(genesis.hexadecimal64("nonce"));
        boolean isLondonNamed = config.number("londonBlock", -1, 0, Long.MAX_VALUE) == 0;
        if (isLondonNamed || genesis.has("baseFeePerGas")) {
            b.baseFee = genesis.number256("baseFeePerGas", BASE_FEE);
        }
        // Besu ends a header where a field is missing, whatever the forks say: without a base fee
        // block 0 has nothing that comes behind it.
        if (b.baseFee == null) return b.build();
        if (fork.isAtLeast(Fork.SHANGHAI)) b.withdrawalsRoot = Hash.EMPTY_TRIE;
        if (fork.isAtLeast(Fork.CANCUN)) {
            b.blobGasUsed = genesis.hexadecimal64("blobGasUsed");
            b.excessBlobGas = genesis.hexadecimal64("excessBlobGas");
            b.parentBeaconBlockRoot = genesis.hash("parentBeaconBlockRoot", Hash.ZERO);
        }
        if (fork.isAtLeast(Fork.PRAGUE)) b.requestsHash = NO_REQUESTS;
        return b.build();
    }
}
