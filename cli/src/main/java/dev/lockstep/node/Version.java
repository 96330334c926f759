package dev.lockstep.node;

/** What this build calls itself. */
public final class Version {
    public static final String TEXT = "0.1.0";

    /** As web3_clientVersion and peers see it. */
    public static final String CLIENT =
            "lockstep/v%s/%s-%s/java%d"
                    .formatted(
                            TEXT,
                            System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT),
                            System.getProperty("os.arch"),
                            Runtime.version().feature());

    private Version() {}
}
