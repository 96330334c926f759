package dev.lockstep.inference.kernels;

/**
 * The vectors of the JDK's incubator. A JVM that is started with {@code --add-modules
 * jdk.incubator.vector} has them from the first; any other gets them here when a kernel asks, as
 * the JDK itself loads agents into a running JVM. The launcher does it so because an incubating
 * module in the boot layer keeps HotSpot from storing linked classes in the start-up cache: a node
 * would take half as long again to start.
 *
 * @source JEP 483, JEP 508
 */
final class VectorModule {
    private static final String NAME = "jdk.incubator.vector";

    /** "false" where only plain loops shall serve. */
    private static final String WANTED = "lockstep.vectors";

    private static final boolean PRESENT =
            Boolean.parseBoolean(System.getProperty(WANTED, "true"))
                    && (ModuleLayer.boot().findModule(NAME).isPresent() || load());

    private VectorModule() {}

    /** Loads it where it is not there yet. Whether this JVM has it and may use it. */
    static boolean isPresent() {
        return PRESENT;
    }

    private static boolean load() {
        try {
            // Its package is open to us by --add-exports java.base/jdk.internal.module=ALL-UNNAMED
            // alone.
            Class.forName("jdk.internal.module.Modules")
                    .getMethod("loadModule", String.class)
                    .invoke(null, NAME);
            return true;
        } catch (ReflectiveOperationException | RuntimeException notHere) {
            return false;
        }
    }
}
