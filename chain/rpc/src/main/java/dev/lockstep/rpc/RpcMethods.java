package dev.lockstep.rpc;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The table of methods: one row each, immutable. It answers {@code rpc_modules} by itself. */
public final class RpcMethods {
    private static final String MODULES = "rpc_modules";

    private final Map<String, RpcMethod> rows;
    private final Set<String> disabled;

    private RpcMethods(Map<String, RpcMethod> rows, Set<String> disabled) {
        this.rows = rows;
        this.disabled = disabled;
    }

    /**
     * @fails IllegalArgumentException where two rows have one name
     */
    public static RpcMethods of(Collection<RpcMethod> rows) {
        Map<String, RpcMethod> byName = new TreeMap<>();
        for (RpcMethod row : rows) {
            if (byName.put(row.name(), row) != null) {
                throw new IllegalArgumentException("two methods are called " + row.name());
            }
        }
        return new RpcMethods(byName, Set.of());
    }

    /** This table and these rows; a row of the same name is replaced. */
    public RpcMethods with(Collection<RpcMethod> more) {
        Map<String, RpcMethod> all = new TreeMap<>(rows);
        for (RpcMethod row : more) all.put(row.name(), row);
        return new RpcMethods(all, disabled);
    }

    /** This table with only the methods of these namespaces enabled, in any case of letters. */
    public RpcMethods only(Collection<String> namespaces) {
        Set<String> wanted =
                namespaces.stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet());
        Map<String, RpcMethod> kept = new TreeMap<>();
        Set<String> others = new TreeSet<>(disabled);
        for (RpcMethod row : rows.values()) {
            if (wanted.contains(row.namespace())) kept.put(row.name(), row);
            else others.add(row.name());
        }
        return new RpcMethods(kept, others);
    }

    @Nullable RpcMethod find(String name) {
        if (name.equals(MODULES)) return new RpcMethod(MODULES, params -> modules());
        return rows.get(name);
    }

    /** Whether this node has the method but was told not to serve it. */
    boolean isDisabled(String name) {
        return disabled.contains(name);
    }

    /** The names of all enabled methods, ascending. */
    public List<String> names() {
        List<String> names = new ArrayList<>(rows.keySet());
        names.add(MODULES);
        names.sort(null);
        return names;
    }

    private JsonNode modules() {
        ObjectNode modules = Json.object();
        rows.values().stream()
                .map(RpcMethod::namespace)
                .sorted()
                .distinct()
                .forEach(namespace -> modules.put(namespace, "1.0"));
        return modules.put("rpc", "1.0");
    }
}
