package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A quarter of a group lies, all in one way: what that does to the others, and what it does not.
 */
class LiarTest {
  private static final int MEMBERS = 40;
  private static final int LIAR_PERCENT = 25;

  private static Simulation converged(Scenario scenario) {
    Simulation simulation = new Simulation(scenario);
    simulation.storm();
    assertTrue(simulation.settle(SimulationTest.SETTLE_MS), simulation::describe);
    return simulation;
  }

  @ParameterizedTest
  @EnumSource(LiarKind.class)
  void shouldConvergeAmongLiars(LiarKind kind) {
    Simulation simulation =
        converged(Scenario.of(seedOf(kind), MEMBERS).withLiars(LIAR_PERCENT, kind));
    if (isCaught(kind)) {
      assertTrue(simulation.refusals > 0, simulation::toString);
    }
  }

  private static long seedOf(LiarKind kind) {
    return kind.name().hashCode() & 0xFFFF;
  }

  /** Whether what it does can be told from an honest member's bad luck. */
  private static boolean isCaught(LiarKind kind) {
    return EnumSet.of(
            LiarKind.SCRAMBLER,
            LiarKind.WRONG_EVENTS,
            LiarKind.WRONG_PROOFS,
            LiarKind.FORGER,
            LiarKind.WITHHOLDER,
            LiarKind.LOG_FLOODER,
            LiarKind.MAD,
            LiarKind.HALF_UPGRADED)
        .contains(kind);
  }

  @ParameterizedTest
  @EnumSource(names = {"WRONG_EVENTS", "WRONG_PROOFS", "WITHHOLDER", "SCRAMBLER"})
  void shouldFetchALogOfManyPagesFromLiars(LiarKind kind) {
    converged(Scenario.of(seedOf(kind), 24).withLiars(LIAR_PERCENT, kind).withLongLog(9_000));
  }

  @ParameterizedTest
  @EnumSource(names = {"FORKER_OF_ONE_SIZE", "FORKER_OF_TWO_SIZES"})
  void shouldBringEvidenceOfAForkToEverybodyOrNobody(LiarKind kind) {
    Simulation simulation =
        converged(Scenario.of(seedOf(kind) + 1, MEMBERS).withLiars(LIAR_PERCENT, kind));
    int forkers = MEMBERS * LIAR_PERCENT / 100;
    // A machine that hears in time of events of its own that it does not have falls silent, and
    // its fork never comes out: that may happen to some.
    long honest = simulation.honestMembers();
    long forks = simulation.arrivals.evidence / honest;
    assertEquals(forks * honest, simulation.arrivals.evidence, simulation::toString);
    assertTrue(forks > forkers / 2 && forks <= forkers, simulation::toString);
  }
}
