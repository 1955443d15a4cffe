package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A group under faults, one in twelve of it a liar, comes to have the same; {@link Invariants} says
 * what is looked at on the way. Nothing here depends on the machine's speed.
 */
class SimulationTest {
  /** Virtual time, after all faults. Most of it is never needed. */
  static final long SETTLE_MS = 180_000;

  private static final int MEMBERS = 1_000;
  private static final int SOAK_MEMBERS = 10_000;

  private static Simulation converged(Scenario scenario) {
    Simulation simulation = new Simulation(scenario);
    simulation.storm();
    assertTrue(simulation.settle(SETTLE_MS), simulation::describe);
    return simulation;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void shouldConvergeAmongAThousand(long seed, TestReporter reporter) {
    reporter.publishEntry("run", converged(Scenario.of(seed, MEMBERS)).toString());
  }

  /** The soak, of any seed: {@code -Dxf.soak=true -Dxf.seed=N}, with more heap. */
  @Test
  @EnabledIfSystemProperty(named = "xf.soak", matches = "true")
  void shouldConvergeAmongTenThousand(TestReporter reporter) {
    long seed = Long.getLong("xf.seed", 1);
    Simulation simulation = converged(Scenario.of(seed, SOAK_MEMBERS));
    reporter.publishEntry("run", simulation.toString());
    reporter.publishEntry("trace", HexFormat.of().formatHex(simulation.traceHash()));
  }

  @Test
  void shouldFetchALogOfManyPagesUnderFaults() {
    converged(Scenario.of(31, 60).withLongLog(9_000));
  }

  @Test
  void shouldReconcileManyLogsUnderFaults() {
    converged(Scenario.of(32, 40).withManyLogs(400));
  }

  @Test
  void shouldGiveTheSameTraceForTheSameSeed() {
    Scenario scenario = Scenario.of(77, 100);
    assertArrayEquals(converged(scenario).traceHash(), converged(scenario).traceHash());
  }

  @Test
  void shouldGiveAnotherTraceForAnotherSeed() {
    byte[] one = converged(Scenario.of(1, 20)).traceHash();
    byte[] other = converged(Scenario.of(2, 20)).traceHash();
    assertFalse(Arrays.equals(one, other));
  }
}
