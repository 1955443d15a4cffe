package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Convergence under faults. A seed that failed is run again with {@code -Dxf.seed}; {@code
 * -Dxf.sim.members} sets how many take part.
 */
class SimulationTest {
  private static final int MEMBERS = Integer.getInteger("xf.sim.members", 40);

  private static Simulation faulty(long seed, int members) {
    Simulation simulation = new Simulation(seed, members, members / 10);
    simulation.run(4_000, 5, 60, members / 5);
    return simulation;
  }

  private static void assertConverges(long seed, int members) {
    Simulation simulation = faulty(seed, members);
    assertTrue(
        simulation.settle(120_000),
        () -> "seed " + seed + " does not converge:\n" + simulation.describe());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void shouldConvergeOnceFaultsStop(long seed) {
    assertConverges(Long.getLong("xf.seed", seed), MEMBERS);
  }

  @Test
  void shouldGiveTheSameTraceForTheSameSeed() {
    assertArrayEquals(faulty(77, 12).traceHash(), faulty(77, 12).traceHash());
  }
}
