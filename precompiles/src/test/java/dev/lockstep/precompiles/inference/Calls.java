package dev.lockstep.precompiles.inference;

import com.esaulpaugh.headlong.abi.Function;
import com.esaulpaugh.headlong.abi.Single;
import com.esaulpaugh.headlong.abi.Tuple;
import com.esaulpaugh.headlong.abi.TupleType;
import dev.lockstep.inference.Model;
import java.math.BigInteger;
import java.util.stream.LongStream;
import org.apache.tuweni.bytes.Bytes;

/** Call data and results by an ABI library that is not ours. */
final class Calls {
    private static final Function INFER = new Function("infer(bytes32,bytes)", "(bytes)");
    private static final Function INTS = new Function("inferInts(bytes32,int256[])", "(int256[])");
    private static final Function DECIMALS =
            new Function("inferDecimals(bytes32,int256[],uint8)", "(int256[])");
    private static final Function QUOTE = new Function("quote(bytes32)", "(uint64)");
    private static final Function DESCRIBE = new Function("describe(bytes32)");
    private static final String TENSOR = "(uint8,uint32[],int64,uint8,int64,string)";

    private Calls() {}

    static byte[] id(Model model) {
        return model.id().toBytes();
    }

    static Bytes infer(byte[] model, byte... input) {
        return bytes(INFER.encodeCall(Tuple.of(model, input)));
    }

    static Bytes inferInts(byte[] model, long... input) {
        return inferInts(model, numbers(input));
    }

    static Bytes inferInts(byte[] model, BigInteger... input) {
        return bytes(INTS.encodeCall(Tuple.of(model, input)));
    }

    static Bytes inferDecimals(byte[] model, int decimals, BigInteger... mantissas) {
        return bytes(DECIMALS.encodeCall(Tuple.of(model, mantissas, decimals)));
    }

    static Bytes inferDecimals(byte[] model, int decimals, long... mantissas) {
        return inferDecimals(model, decimals, numbers(mantissas));
    }

    static Bytes quote(byte[] model) {
        return bytes(QUOTE.encodeCall(Single.of(model)));
    }

    static Bytes describe(byte[] model) {
        return bytes(DESCRIBE.encodeCall(Single.of(model)));
    }

    static Bytes rawOutput(Bytes result) {
        return Bytes.wrap((byte[]) INFER.decodeReturn(result.toArray()).get(0));
    }

    static BigInteger[] numbersOutput(Bytes result) {
        return INTS.decodeReturn(result.toArray()).get(0);
    }

    static BigInteger quoted(Bytes result) {
        return QUOTE.decodeReturn(result.toArray()).get(0);
    }

    static TupleType<Tuple> description() {
        return TupleType.parse("((" + TENSOR + "[]," + TENSOR + "[],uint64,uint64,uint64))");
    }

    /** What a Solidity contract reverts with. */
    static Bytes error(String signature, Object... arguments) {
        return bytes(new Function(signature).encodeCall(Tuple.from(arguments)));
    }

    static BigInteger[] numbers(long... values) {
        return LongStream.of(values).mapToObj(BigInteger::valueOf).toArray(BigInteger[]::new);
    }

    private static Bytes bytes(java.nio.ByteBuffer buffer) {
        return Bytes.wrap(buffer.array());
    }
}
