package dev.lockstep.genesis;

import dev.lockstep.types.Address;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;

/**
 * Contracts that a chain of today's rules is expected to have from its first block.
 *
 * @param name for readers
 * @param code at run time
 */
record SystemContract(String name, Address address, Bytes code) {
    static final long NONCE = 1;

    static final List<SystemContract> ALL =
            List.of(
                    // Keeps the beacon block roots of the last 8191 slots; EIP-4788
                    of(
                            "beacon roots",
                            "0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02",
                            "0x"
                                    + "3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024"
                                    + "575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001f"
                                    + "ff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff0155"
                                    + "00"),
                    // Keeps the hashes of the last 8191 blocks; EIP-2935
                    of(
                            "block hashes",
                            "0x0000F90827F1C53a10cb7A02335B175320002935",
                            "0x"
                                    + "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042"
                                    + "575f35600143038111604257611fff81430311604257611fff9006545f526020"
                                    + "5ff35b5f5ffd5b5f35611fff60014303065500"),
                    // Queues requests to withdraw; EIP-7002
                    of(
                            "withdrawal requests",
                            "0x00000961Ef480Eb55e80D19ad83579A64c007002",
                            "0x"
                                    + "3373fffffffffffffffffffffffffffffffffffffffe1460cb5760115f54807f"
                                    + "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                                    + "146101f457600182026001905f5b5f8211156068578101908302848302900491"
                                    + "6001019190604d565b909390049250505036603814608857366101f457346101"
                                    + "f4575f5260205ff35b34106101f4576001546001016001556003548060030260"
                                    + "04013381556001015f35815560010160203590553360601b5f5260385f601437"
                                    + "604c5fa0600101600355005b6003546002548082038060101160df575060105b"
                                    + "5f5b8181146101835782810160030260040181604c02815460601b8152601401"
                                    + "816001015481526020019060020154807fffffffffffffffffffffffffffffff"
                                    + "ff00000000000000000000000000000000168252906010019060401c90816038"
                                    + "1c81600701538160301c81600601538160281c81600501538160201c81600401"
                                    + "538160181c81600301538160101c81600201538160081c816001015353600101"
                                    + "60e1565b910180921461019557906002556101a0565b90505f6002555f600355"
                                    + "5b5f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                                    + "ffffffffff14156101cd57505f5b6001546002828201116101e25750505f6101"
                                    + "e8565b01600290035b5f555f600155604c025ff35b5f5ffd"),
                    // Queues requests to consolidate; EIP-7251
                    of(
                            "consolidation requests",
                            "0x0000BBdDc7CE488642fb579F8B00f3a590007251",
                            "0x"
                                    + "3373fffffffffffffffffffffffffffffffffffffffe1460d35760115f54807f"
                                    + "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                                    + "1461019a57600182026001905f5b5f8211156068578101908302848302900491"
                                    + "6001019190604d565b9093900492505050366060146088573661019a57346101"
                                    + "9a575f5260205ff35b341061019a576001546001016001556003548060040260"
                                    + "04013381556001015f358155600101602035815560010160403590553360601b"
                                    + "5f5260605f60143760745fa0600101600355005b600354600254808203806002"
                                    + "1160e7575060025b5f5b81811461012957828101600402600401816074028154"
                                    + "60601b8152601401816001015481526020018160020154815260200190600301"
                                    + "54905260010160e9565b910180921461013b5790600255610146565b90505f60"
                                    + "02555f6003555b5f54807fffffffffffffffffffffffffffffffffffffffffff"
                                    + "ffffffffffffffffffffff141561017357505f5b600154600182820111610188"
                                    + "5750505f61018e565b01600190035b5f555f6001556074025ff35b5f5ffd"),
                    // Makes contracts by CREATE2 for anyone, at the address where tools expect it
                    // on every chain.
                    of(
                            "deterministic deployment",
                            "0x4e59b44847b379578588920cA78FbF26c0B4956C",
                            "0x"
                                    + "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                                    + "e03601600081602082378035828234f58015156039578182fd5b808252505050"
                                    + "6014600cf3"));

    private static SystemContract of(String name, String address, String code) {
        return new SystemContract(name, Address.fromHex(address), Bytes.fromHexString(code));
    }
}
