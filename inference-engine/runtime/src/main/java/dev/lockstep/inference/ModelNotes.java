package dev.lockstep.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What people call things in a model. It stands beside the file, not in it: no result and no id
 * depends on it.
 *
 * <p>On disk it is UTF-8 text, one {@code key=value} a line: {@code name}, {@code input.0}, {@code
 * output.0}, {@code label.0} and so on; any other key is kept in {@code more}. Empty lines and
 * lines that start with # are skipped.
 *
 * @param name of the model
 * @param inputs names of the inputs, in order
 * @param outputs names of the outputs, in order
 * @param labels names of classes, by index
 * @param more everything else, such as how an input is to be prepared
 */
public record ModelNotes(
        String name,
        List<String> inputs,
        List<String> outputs,
        List<String> labels,
        SortedMap<String, String> more) {
    /** No notes. */
    public static final ModelNotes NONE =
            new ModelNotes("", List.of(), List.of(), List.of(), new TreeMap<>());

    static final String SUFFIX = ".notes";

    public ModelNotes {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        labels = List.copyOf(labels);
        more = Collections.unmodifiableSortedMap(new TreeMap<>(more));
    }

    /** The notes in a file; lines that are no notes are skipped. */
    public static ModelNotes read(Path file) throws IOException {
        SortedMap<String, String> entries = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            int equals = line.indexOf('=');
            if (equals > 0 && !line.startsWith("#")) {
                entries.put(line.substring(0, equals).strip(), line.substring(equals + 1).strip());
            }
        }
        String name = entries.containsKey("name") ? entries.remove("name") : "";
        return new ModelNotes(
                name,
                takeList(entries, "input"),
                takeList(entries, "output"),
                takeList(entries, "label"),
                entries);
    }

    private static List<String> takeList(SortedMap<String, String> entries, String key) {
        List<String> values = new ArrayList<>();
        String value = entries.remove(key + ".0");
        while (value != null) {
            values.add(value);
            value = entries.remove(key + "." + values.size());
        }
        return values;
    }

    /** Writes the notes to a file; line breaks in values become spaces. */
    public void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(line("name", name));
        addList(lines, "input", inputs);
        addList(lines, "output", outputs);
        addList(lines, "label", labels);
        more.forEach((key, value) -> lines.add(line(key, value)));
        Files.write(file, lines);
    }

    private static void addList(List<String> lines, String key, List<String> values) {
        for (int i = 0; i < values.size(); i++) {
            lines.add(line(key + "." + i, values.get(i)));
        }
    }

    private static String line(String key, String value) {
        return key + "=" + value.replaceAll("\\R", " ");
    }
}
