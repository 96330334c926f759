package dev.lockstep.cli;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says in one line what is wrong with a command line: the word, what is allowed, where to look. */
final class Misuse {
    /** Letters that may be wrong in a word for another to be suggested. */
    private static final int TYPOS_MAX = 2;

    private Misuse() {}

    static String sentence(ParameterException misuse) {
        CommandLine command = misuse.getCommandLine();
        String help = "; `" + command.getCommandSpec().qualifiedName() + " --help` tells more";
        if (misuse instanceof UnmatchedArgumentException unmatched) {
            return unknown(unmatched.getUnmatched().getFirst(), command) + help;
        }
        ArgSpec argument = misuse.getArgSpec();
        String value = misuse.getValue();
        if (argument != null && value != null && argument.typeInfo().getType().isPrimitive()) {
            boolean isReal = argument.typeInfo().getType() == double.class;
            String needed = isReal ? "a number" : "a whole number, not too large,";
            return name(argument) + " is " + value + "; " + needed + " is needed" + help;
        }
        return misuse.getMessage() + help;
    }

    private static String name(ArgSpec argument) {
        return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    }

    private static String unknown(String word, CommandLine command) {
        String commandName = command.getCommandSpec().qualifiedName();
        if (word.startsWith("-")) {
            List<String> options =
                    command.getCommandSpec().options().stream()
                            .map(OptionSpec::longestName)
                            .toList();
            return "`" + commandName + "` has no option " + word + suggestion(word, options);
        }
        List<String> commands =
                command.getSubcommands().entrySet().stream()
                        .filter(entry -> !entry.getValue().getCommandSpec().usageMessage().hidden())
                        .map(Map.Entry::getKey)
                        .toList();
        if (commands.isEmpty()) return "`" + commandName + "` has no use for the argument " + word;
        return "`"
                + commandName
                + "` has no command "
                + word
                + suggestion(word, commands)
                + "; its commands are "
                + String.join(", ", commands);
    }

    private static String suggestion(String word, Collection<String> known) {
        String nearest = nearest(word, known);
        return nearest == null ? "" : " (did you mean " + nearest + "?)";
    }

    private static @Nullable String nearest(String word, Collection<String> known) {
        String nearest = null;
        int fewest = TYPOS_MAX + 1;
        for (String candidate : known) {
            int typos = typos(word, candidate);
            if (typos >= fewest) continue;
            fewest = typos;
            nearest = candidate;
        }
        return nearest;
    }

    /** Letters to put, drop, change or swap with the next, to make one word of the other. */
    static int typos(String from, String to) {
        int[][] cost = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int changed = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                int best = Math.min(cost[i - 1][j], cost[i][j - 1]) + 1;
                best = Math.min(best, cost[i - 1][j - 1] + changed);
                if (i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1)) {
                    best = Math.min(best, cost[i - 2][j - 2] + 1);
                }
                cost[i][j] = best;
            }
        }
        return cost[from.length()][to.length()];
    }
}
