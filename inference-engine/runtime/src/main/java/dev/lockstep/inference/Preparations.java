package dev.lockstep.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What backends prepared for the operations that use one tensor of a model. */
final class Preparations {
    private volatile List<Use> uses = List.of();

    /** What one backend prepared for one operation and shape of its input. */
    private record Use(Op op, Shape input, Prepared prepared) {}

    /** What was prepared, or is now, by one thread for all. */
    <P extends Prepared> P get(Op op, Shape input, Class<P> type, Supplier<P> preparation) {
        P found = find(op, input, type);
        return found != null ? found : prepare(op, input, type, preparation);
    }

    // One operation is one object: to compare parameters would cost more than some kernels.
    @SuppressWarnings("ReferenceEquality")
    private <P extends Prepared> @Nullable P find(Op op, Shape input, Class<P> type) {
        List<Use> present = uses;
        for (int i = 0; i < present.size(); i++) {
            Use use = present.get(i);
            if (use.op == op && type.isInstance(use.prepared) && use.input.equals(input)) {
                return type.cast(use.prepared);
            }
        }
        return null;
    }

    private synchronized <P extends Prepared> P prepare(
            Op op, Shape input, Class<P> type, Supplier<P> preparation) {
        P found = find(op, input, type);
        if (found != null) {
            return found;
        }
        P prepared = preparation.get();
        List<Use> more = new ArrayList<>(uses);
        more.add(new Use(op, input, prepared));
        uses = List.copyOf(more);
        return prepared;
    }

    /** Memory that all of it takes. */
    long bytes() {
        return uses.stream().mapToLong(use -> use.prepared.bytes()).sum();
    }
}
