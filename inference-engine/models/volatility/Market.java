package volatility;

import training.Rng;

/**
 * A market that does not exist: the variance of a candle follows GARCH(1,1) with now and then a shock, a candle is a walk of {@link
 * #STEPS} small normal returns. Parameters differ from market to market.
 */
final class Market {
    static final int STEPS = 32;
    private final Rng rng;
    private final double alpha;
    private final double beta;
    private final double longRun;
    private double variance;
    private double price;

    Market(Rng rng) {
        this.rng = rng;
        alpha = rng.uniform(0.05, 0.25);
        beta = rng.uniform(0.65, 0.97 - alpha);
        double deviation = 0.005 * StrictMath.exp(rng.uniform(0, StrictMath.log(10)));
        longRun = deviation * deviation;
        variance = longRun * rng.uniform(0.5, 2);
        price = StrictMath.exp(rng.uniform(-5, 11));
    }

    /** The next candle: open, high, low, close, and the root of the sum of its squared returns. */
    double[] candle() {
        if (rng.uniform() < 0.01) {
            variance *= rng.uniform(2, 5);
        }
        double open = price;
        double high = price;
        double low = price;
        double squares = 0;
        double deviation = StrictMath.sqrt(variance / STEPS);
        for (int i = 0; i < STEPS; i++) {
            double r = rng.normal() * deviation;
            squares += r * r;
            price *= 1 + r;
            high = Math.max(high, price);
            low = Math.min(low, price);
        }
        double change = price / open - 1;
        variance = Math.min(0.02, (1 - alpha - beta) * longRun + alpha * change * change + beta * variance);
        return new double[] {open, high, low, price, StrictMath.sqrt(squares)};
    }
}
