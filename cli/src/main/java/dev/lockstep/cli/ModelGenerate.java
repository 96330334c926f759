package dev.lockstep.cli;

import dev.lockstep.importer.DecoderRun;
import dev.lockstep.inference.Model;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Lets a decoder write: always the likeliest token, in integers, so that all machines write the
 * same.
 */
final class ModelGenerate {
    /** Token that starts a text and ends it. */
    private static final int START = 1;

    private final DecoderRun decoder;
    private final String @Nullable [] words;

    ModelGenerate(Model model, @Nullable Path tokenizer) throws IOException {
        try {
            decoder = DecoderRun.of(model);
        } catch (IllegalArgumentException noDecoder) {
            throw new CommandFailure(
                    "the model is no step of a decoder: it must take a token, a position and caches, and yield logits and caches",
                    noDecoder);
        }
        words = tokenizer == null ? null : words(tokenizer, decoder.vocabulary());
    }

    /**
     * The words of a tokenizer of llama2.c: the longest one's length; for each a float, a length,
     * bytes.
     */
    private static String[] words(Path file, int count) throws IOException {
        String[] words = new String[count];
        try {
            ByteBuffer in =
                    ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            in.getInt();
            for (int i = 0; i < count; i++) {
                in.getFloat();
                int length = in.getInt();
                if (length < 0 || length > in.remaining()) throw new BufferUnderflowException();
                byte[] bytes = new byte[length];
                in.get(bytes);
                words[i] = word(new String(bytes, StandardCharsets.UTF_8));
            }
        } catch (BufferUnderflowException tooShort) {
            throw new CommandFailure(
                    file + " is no tokenizer of llama2.c with " + count + " words", tooShort);
        }
        return words;
    }

    /** A byte stands as <0xNN>. */
    private static String word(String word) {
        return word.matches("<0x[0-9A-F]{2}>")
                ? Character.toString(Integer.parseInt(word.substring(3, 5), 16))
                : word;
    }

    void write(int tokens, PrintWriter out) {
        int token = START;
        int count = Math.min(tokens, decoder.context());
        int position = 0;
        for (; position < count; position++) {
            int next = DecoderRun.best(decoder.next(token, position));
            if (next == START) break;
            String word = words == null ? " " + next : words[next];
            out.print(token == START ? word.stripLeading() : word);
            out.flush();
            token = next;
        }
        out.println();
        out.println();
        out.println(position + " tokens");
    }
}
