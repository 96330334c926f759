package dev.lockstep.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Options that are not on the command line: from the environment ({@code LOCKSTEP_P2P_PORT}), then
 * from a TOML file whose keys are the options' names ({@code p2p-port = 30303}), then their
 * defaults.
 */
final class Settings implements IDefaultValueProvider {
    private static final String CONFIG_FILE = "--config-file";

    private final Map<String, String> environment;
    private final @Nullable TomlParseResult file;

    private Settings(Map<String, String> environment, @Nullable TomlParseResult file) {
        this.environment = environment;
        this.file = file;
    }

    /**
     * @param arguments in which the file may be named
     * @param command whose options may be set
     * @fails CommandFailure where the file can't be read, is no TOML or sets what is no option
     */
    static Settings of(List<String> arguments, Map<String, String> environment, CommandSpec command)
            throws IOException {
        String path = environment.get(variable(CONFIG_FILE));
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.startsWith(CONFIG_FILE + "=")) {
                path = argument.substring(CONFIG_FILE.length() + 1);
            } else if (argument.equals(CONFIG_FILE) && i + 1 < arguments.size()) {
                path = arguments.get(i + 1);
            }
        }
        return new Settings(environment, path == null ? null : read(Path.of(path), command));
    }

    private static TomlParseResult read(Path path, CommandSpec command) throws IOException {
        TomlParseResult toml = Toml.parse(GivenPath.file(CONFIG_FILE, path));
        if (toml.hasErrors()) {
            throw new CommandFailure(path + " is no TOML: " + toml.errors().getFirst());
        }
        List<String> known = command.options().stream().map(Settings::key).sorted().toList();
        for (String key : toml.keySet()) {
            if (known.contains(key)) continue;
            throw new CommandFailure(
                    path + " sets " + key + ", which is no option; there are " + shown(known));
        }
        return toml;
    }

    private static String shown(Collection<String> keys) {
        return keys.stream()
                .filter(key -> !key.equals("help") && !key.equals("version"))
                .collect(Collectors.joining(", "));
    }

    private static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^--", "");
    }

    private static String variable(String option) {
        return "LOCKSTEP_"
                + option.replaceFirst("^--", "").replace('-', '_').toUpperCase(Locale.ROOT);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)) return null;
        String set = environment.get(variable(option.longestName()));
        if (set != null) return set;
        return file == null ? null : text(file.get(List.of(key(option))));
    }

    private static @Nullable String text(@Nullable Object value) {
        if (!(value instanceof TomlArray array)) return value == null ? null : value.toString();
        return array.toList().stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
