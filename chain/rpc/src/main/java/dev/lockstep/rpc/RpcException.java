package dev.lockstep.rpc;

/** Ends a handler with an error for its caller. Nothing is wrong with this machine. */
public final class RpcException extends RuntimeException {
    private final transient RpcError error;

    public RpcException(RpcError error) {
        super(error.message(), null, false, false);
        this.error = error;
    }

    public RpcException(RpcError.Kind kind, String message) {
        this(new RpcError(kind, message));
    }

    public RpcError error() {
        return error;
    }
}
