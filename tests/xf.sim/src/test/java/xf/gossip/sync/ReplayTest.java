package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Runs again what {@link Scenario#replayCommand} describes, and says how it went. */
@EnabledIfSystemProperty(named = "xf.seed", matches = "\\d+")
class ReplayTest {
  @Test
  void shouldConverge(TestReporter reporter) {
    Simulation simulation = new Simulation(Scenario.ofProperties());
    simulation.storm();
    boolean converged = simulation.settle(SimulationTest.SETTLE_MS);
    reporter.publishEntry("run", simulation.toString());
    assertTrue(converged, simulation::describe);
    reporter.publishEntry("trace", HexFormat.of().formatHex(simulation.traceHash()));
  }
}
