package dev.lockstep.acceptance.speed;

/** What is said on a command line. */
final class Options {
    private Options() {}

    static int number(String option, String value, int least, int most) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) return number;
        } catch (NumberFormatException notANumber) {
            // Said below.
        }
        misuse(option + " takes a number from " + least + " to " + most + ", not '" + value + "'");
        return least;
    }

    static void misuse(String message) {
        System.err.println(message.strip());
        System.exit(2);
    }
}
