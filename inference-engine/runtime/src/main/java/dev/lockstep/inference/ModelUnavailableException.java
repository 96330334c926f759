package dev.lockstep.inference;

import java.io.IOException;

/** This machine does not hold the model, or not intact: the message names the file. */
public final class ModelUnavailableException extends IOException {
    ModelUnavailableException(String message) {
        super(message);
    }

    ModelUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
