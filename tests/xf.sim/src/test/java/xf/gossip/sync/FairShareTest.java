package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How much liars slow the others, in virtual time and against the same seed without them. A liar
 * can keep an honest member waiting once for an answer; it cannot do so for long, and most members
 * do not notice.
 */
class FairShareTest {
  private static final int MEMBERS = 100;
  private static final int LIAR_PERCENT = 20;

  /** A fifth fewer members to get events from make it 1.25 times as long; the rest is chance. */
  private static final double MOST_SLOWED = 1.5;

  private static final long TWO_TIMEOUTS_MS =
      2 * SyncLimits.DEFAULT.requestTimeoutNs() / Schedule.MS;

  private static ArrivalTimes arrivals(long seed, int liarPercent) {
    Simulation simulation =
        new Simulation(
            Scenario.of(seed, MEMBERS).withChurn(0).withLiars(liarPercent, LiarKind.values()));
    simulation.storm();
    assertTrue(simulation.settle(SimulationTest.SETTLE_MS), simulation::describe);
    return simulation.arrivals;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldBeSlowedNoMoreThanByTheShareOfLiars(long seed, TestReporter reporter) {
    ArrivalTimes without = arrivals(seed, 0);
    ArrivalTimes with = arrivals(seed, LIAR_PERCENT);
    String figures =
        "median "
            + without.percentileMs(50)
            + " -> "
            + with.percentileMs(50)
            + " ms, 90 % "
            + without.percentileMs(90)
            + " -> "
            + with.percentileMs(90)
            + " ms, all "
            + without.percentileMs(100)
            + " -> "
            + with.percentileMs(100)
            + " ms";
    reporter.publishEntry("seed " + seed, figures);
    assertTrue(with.percentileMs(50) <= MOST_SLOWED * without.percentileMs(50), figures);
    assertTrue(with.percentileMs(90) <= MOST_SLOWED * without.percentileMs(90), figures);
    assertTrue(with.percentileMs(100) <= without.percentileMs(100) + TWO_TIMEOUTS_MS, figures);
  }
}
