package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.Tracer.FrameEntry;
import dev.lockstep.evm.Tracer.FrameExit;
import dev.lockstep.evm.Tracer.FrameKind;
import dev.lockstep.types.Address;
import java.nio.charset.StandardCharsets;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class JsonTest {
    @Test
    void writesQuantitiesWithoutLeadingZeros() {
        assertThat(Json.quantity(0)).isEqualTo(Json.text("0x0"));
        assertThat(Json.quantity(255)).isEqualTo(Json.text("0xff"));
        assertThat(Json.quantity(-1L)).isEqualTo(Json.text("0xffffffffffffffff"));
        assertThat(Json.quantity(UInt256.ZERO)).isEqualTo(Json.text("0x0"));
        assertThat(Json.quantity(UInt256.valueOf(4096))).isEqualTo(Json.text("0x1000"));
    }

    @Test
    void writesDataWithAllTheirDigits() {
        assertThat(Json.data(Bytes.EMPTY)).isEqualTo(Json.text("0x"));
        assertThat(Json.data(Bytes.of(0, 1))).isEqualTo(Json.text("0x0001"));
    }

    @Test
    void writesTheDeepestCallTreeThereCanBe() {
        CallTracer tracer = new CallTracer(false);
        int depthMax = 1024;
        for (int depth = 0; depth <= depthMax; depth++) {
            tracer.onFrameEnter(
                    new FrameEntry(
                            depth,
                            FrameKind.CALL,
                            Address.ZERO,
                            Address.ZERO,
                            Address.ZERO,
                            UInt256.ZERO,
                            Bytes.EMPTY,
                            1));
        }
        for (int depth = depthMax; depth >= 0; depth--) {
            tracer.onFrameExit(new FrameExit(depth, true, 1, Bytes.EMPTY, null));
        }
        JsonNode tree = tracer.answer(new Trace.Run(1, 1, true, Bytes.EMPTY));
        String json = new String(Json.bytes(tree), StandardCharsets.UTF_8);
        assertThat(json.split("\"calls\"", -1)).hasSize(depthMax + 1);
    }
}
