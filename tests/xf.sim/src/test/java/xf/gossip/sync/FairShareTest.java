package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How much liars slow the others, in virtual time and against the same seed without them. A liar
 * can keep an honest member waiting once for an answer; it cannot do so for long, and most members
 * do not notice.
 */
class FairShareTest {
  private static final int MEMBERS = 100;
  private static final int LIAR_PERCENT = 20;
  private static final int FEWER_MEMBERS = 60;
  private static final int MORE_LIARS_PERCENT = 25;

  /** A fifth fewer members to get events from make it 1.25 times as long; the rest is chance. */
  private static final double MOST_SLOWED = 1.5;

  private static final double LONGER_WAY = 2;

  /** The longest delay of one frame. */
  private static final long HOP_MS = 20;

  private static final long TIMEOUT_MS = SyncLimits.DEFAULT.requestTimeoutNs() / Schedule.MS;

  private static ArrivalTimes arrivals(long seed, int members, int liarPercent, LiarKind... liars) {
    Simulation simulation =
        new Simulation(Scenario.of(seed, members).withChurn(0).withLiars(liarPercent, liars));
    simulation.storm();
    assertTrue(simulation.settle(SimulationTest.SETTLE_MS), simulation::describe);
    return simulation.arrivals;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldBeSlowedNoMoreThanByTheShareOfLiars(long seed, TestReporter reporter) {
    ArrivalTimes without = arrivals(seed, MEMBERS, 0, LiarKind.values());
    ArrivalTimes with = arrivals(seed, MEMBERS, LIAR_PERCENT, LiarKind.values());
    String figures = figures(without, with);
    reporter.publishEntry("seed " + seed, figures);
    assertTrue(with.percentileMs(50) <= MOST_SLOWED * without.percentileMs(50), figures);
    assertTrue(with.percentileMs(90) <= MOST_SLOWED * without.percentileMs(90), figures);
    assertTrue(with.percentileMs(100) <= without.percentileMs(100) + 2 * TIMEOUT_MS, figures);
  }

  /**
   * A quarter of a group lies in one way. Members keep three links here, so where a quarter says
   * nothing the way round it is longer, by a hop for most; and who has none but liars to talk to
   * waits until one of them is found out.
   */
  @ParameterizedTest
  @EnumSource(LiarKind.class)
  void shouldBeSlowedNoMoreThanByALongerWayByAnyOneKind(LiarKind kind, TestReporter reporter) {
    ArrivalTimes without = arrivals(4, FEWER_MEMBERS, 0, kind);
    ArrivalTimes with = arrivals(4, FEWER_MEMBERS, MORE_LIARS_PERCENT, kind);
    String figures = kind + ": " + figures(without, with);
    reporter.publishEntry(kind.name(), figures);
    assertTrue(with.percentileMs(50) <= LONGER_WAY * without.percentileMs(50), figures);
    assertTrue(with.percentileMs(90) <= LONGER_WAY * without.percentileMs(90) + HOP_MS, figures);
    assertTrue(with.percentileMs(100) <= without.percentileMs(100) + TIMEOUT_MS, figures);
  }

  private static String figures(ArrivalTimes without, ArrivalTimes with) {
    return "median "
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
  }
}
