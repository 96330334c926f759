package dev.lockstep.acceptance.dsl;

/** Well-known test accounts that a dev chain funds: address with checksum, and key. */
public record DevAccount(String address, String key) {
    public static final DevAccount FIRST =
            new DevAccount(
                    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
                    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    public static final DevAccount SECOND =
            new DevAccount(
                    "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
                    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d");
}
