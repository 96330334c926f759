package dev.lockstep.evm;

import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import java.util.function.LongFunction;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * What the block gives to the transactions in it.
 *
 * @param timestamp @unit seconds
 * @param gasLimit of the whole block; whether a transaction fits into what earlier ones left is for
 *     the block's rules to say
 * @param baseFee zero before London @unit wei per gas
 * @param difficulty what DIFFICULTY answers before Paris
 * @param prevRandao what PREVRANDAO answers from Paris on
 * @param blobBaseFee @unit wei per blob gas
 * @param transactionGasLimitMax the cap of one transaction from Osaka on, 0 for none
 * @param codeBytesMax how much code a contract may have, or null for what the fork says
 * @param blockHashes asked only for the 256 blocks before this one
 */
public record BlockContext(
        Fork fork,
        UInt256 chainId,
        long number,
        long timestamp,
        long gasLimit,
        Address coinbase,
        UInt256 baseFee,
        UInt256 difficulty,
        Bytes32 prevRandao,
        UInt256 blobBaseFee,
        BlobSchedule blobs,
        long transactionGasLimitMax,
        @Nullable Integer codeBytesMax,
        LongFunction<Hash> blockHashes) {}
