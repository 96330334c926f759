package dev.lockstep.acceptance.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The arrows of the house, as the top README draws them: what is not listed here is forbidden. */
class ArchitectureTest {
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("dev.lockstep");

    /** Packages right below dev.lockstep, and the module that each belongs to. */
    private static final Map<String, String> MODULE_OF_PACKAGE =
            Map.ofEntries(
                    Map.entry("types", "types"),
                    Map.entry("crypto", "types"),
                    Map.entry("evm", "evm"),
                    Map.entry("state", "state"),
                    Map.entry("ledger", "ledger"),
                    Map.entry("pool", "ledger"),
                    Map.entry("network", "network"),
                    Map.entry("rpc", "rpc"),
                    Map.entry("consensus", "consensus"),
                    Map.entry("precompiles", "precompiles"),
                    Map.entry("inference", "runtime"),
                    Map.entry("importer", "importer"),
                    Map.entry("genesis", "genesis"),
                    Map.entry("node", "cli"),
                    Map.entry("cli", "cli"));

    private static final Map<String, Set<String>> ARROWS =
            Map.ofEntries(
                    Map.entry("types", Set.of()),
                    Map.entry("evm", Set.of("types")),
                    Map.entry("state", Set.of("types")),
                    Map.entry("ledger", Set.of("types", "evm", "state")),
                    Map.entry("network", Set.of("types")),
                    Map.entry("rpc", Set.of("types", "evm", "state", "ledger")),
                    Map.entry("consensus", Set.of("types")),
                    Map.entry("precompiles", Set.of("types", "evm", "runtime")),
                    Map.entry("runtime", Set.of()),
                    Map.entry("importer", Set.of("runtime")),
                    Map.entry("genesis", Set.of("types", "state")),
                    Map.entry(
                            "cli",
                            Set.of(
                                    "types",
                                    "evm",
                                    "state",
                                    "ledger",
                                    "network",
                                    "rpc",
                                    "consensus",
                                    "precompiles",
                                    "runtime",
                                    "importer",
                                    "genesis")));

    private static final String COMPILER = "dev.lockstep.evm.compiled";

    private static final String[] DETERMINISTIC = {
        "dev.lockstep.types..",
        "dev.lockstep.crypto..",
        "dev.lockstep.evm..",
        "dev.lockstep.state..",
        "dev.lockstep.ledger..",
        "dev.lockstep.precompiles..",
        "dev.lockstep.consensus.core..",
        "dev.lockstep.inference.."
    };

    @Test
    void everyArrowIsOnTheMap() {
        List<String> wrong = new ArrayList<>();
        for (JavaClass from : CLASSES) {
            for (Dependency arrow : from.getDirectDependenciesFromSelf()) {
                JavaClass to = arrow.getTargetClass();
                if (!to.getPackageName().startsWith("dev.lockstep.")) continue;
                String source = module(from);
                String target = module(to);
                if (!source.equals(target) && !ARROWS.get(source).contains(target)) {
                    wrong.add(source + " -> " + target + ": " + arrow.getDescription());
                }
            }
        }
        assertThat(wrong).as("arrows that are not on the map").isEmpty();
    }

    @Test
    void everyModuleOfTheMapHasClasses() {
        Map<String, Integer> counts = new TreeMap<>();
        CLASSES.forEach(type -> counts.merge(module(type), 1, Integer::sum));
        assertThat(counts.keySet()).isEqualTo(ARROWS.keySet());
    }

    @Test
    void floatEnginesStayInTheImporter() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.lockstep.importer..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ai.djl..", "ai.onnxruntime..")
                .check(CLASSES);
    }

    @Test
    void nothingThatDiffersBetweenMachinesStandsInTheDeterministicModules() {
        noClasses()
                .that()
                .resideInAnyPackage(DETERMINISTIC)
                // Callers of one model wait for one run of it; what they get is the same either
                // way. The compiler's worker runs nothing that has a result.
                .and()
                .haveNameNotMatching(".*\\.InferenceMemo(\\$.*)?")
                // A state to work on, overwritten before each hash.
                .and()
                .doNotHaveFullyQualifiedName("dev.lockstep.crypto.Keccak")
                .and()
                .resideOutsideOfPackage(COMPILER)
                // Time and threads decide which of several backends with the same bits serves; and
                // a
                // benchmark.
                .and()
                .haveNameNotMatching(
                        "dev.lockstep.inference.kernels.(WarmUp|ServingKernels|NativeGuard|FmaPeak)")
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.Random")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.time.Instant")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.Thread")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.ThreadLocal")
                .check(CLASSES);
    }

    /** The evm knows the seam alone, and would run if nothing were behind it. */
    @Test
    void nothingDependsOnTheCompilerOfHotCode() {
        noClasses()
                .that()
                .resideOutsideOfPackage(COMPILER)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(COMPILER)
                .check(CLASSES);
    }

    @Test
    void theEvmAndTheRuntimeShareNothingBetweenThreads() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.lockstep.types..",
                        "dev.lockstep.evm..",
                        "dev.lockstep.consensus.core..")
                // Its worker makes classes and decides on nothing.
                .and()
                .resideOutsideOfPackage(COMPILER)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.concurrent..")
                .check(CLASSES);
    }

    private static String module(JavaClass type) {
        String rest = type.getPackageName().substring("dev.lockstep.".length());
        String root = rest.contains(".") ? rest.substring(0, rest.indexOf('.')) : rest;
        String module = MODULE_OF_PACKAGE.get(root);
        assertThat(module).as("the module of package dev.lockstep.%s", root).isNotNull();
        return module;
    }
}
