package dev.lockstep.types;

/** The rule sets of Ethereum in their order; a rule holds from its fork on. */
public enum Fork {
    FRONTIER,
    HOMESTEAD,
    /** Changed accounts and nothing else. @source EIP-779 */
    DAO,
    TANGERINE_WHISTLE,
    SPURIOUS_DRAGON,
    BYZANTIUM,
    CONSTANTINOPLE,
    PETERSBURG,
    ISTANBUL,
    BERLIN,
    LONDON,
    PARIS,
    SHANGHAI,
    CANCUN,
    PRAGUE,
    OSAKA;

    public boolean isAtLeast(Fork other) {
        return compareTo(other) >= 0;
    }
}
